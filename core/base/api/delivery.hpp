// What the native API says about delivery streams. Each struct is a JSON object; fields are only ever added.
#pragma once

#include "core/base/describe.hpp"
#include "core/base/time.hpp"

namespace kns {

enum class DeliveryStatus { creating, active, deleting };
inline std::span<const std::string_view> enum_names(DeliveryStatus) {
    static constexpr std::string_view names[] = {"CREATING", "ACTIVE", "DELETING"};
    return names;
}

// `gzip` and so on as in `--compress`; what a build can really do is up to the plugins it finds.
enum class Compression { none, gzip };
inline std::span<const std::string_view> enum_names(Compression) {
    static constexpr std::string_view names[] = {"none", "gzip"};
    return names;
}

enum class Delimiter { none, newline };
inline std::span<const std::string_view> enum_names(Delimiter) {
    static constexpr std::string_view names[] = {"none", "newline"};
    return names;
}

struct DeliveryInfo {
    std::string name;
    std::string arn;
    DeliveryStatus status = DeliveryStatus::active;
    std::optional<std::string> source;  // the stream read from; null: records are put directly
    std::string to;                     // URL
    std::string format = "json";
    Compression compress = Compression::none;
    Delimiter delimiter = Delimiter::newline;
    std::uint64_t buffer_bytes = 0;  // before compression
    Ms buffer_ms = 0;
    std::string prefix, error_prefix;
    Ms retry_ms = 0;
    std::uint64_t version = 1;                             // +1 with every change; part of object names
    std::string created_at;                                // RFC 3339
    std::uint64_t pending_records = 0, pending_bytes = 0;  // put, not yet delivered; bytes as stored
    std::uint64_t delivered_records = 0, delivered_bytes = 0, delivered_objects = 0;
    std::optional<std::string> last_delivery_at;
    std::optional<std::string> last_error;  // of the newest attempt; null once one succeeds

    static constexpr auto fields() {
        return std::tuple{field("name", &DeliveryInfo::name),
                          field("arn", &DeliveryInfo::arn),
                          field("status", &DeliveryInfo::status),
                          field("source", &DeliveryInfo::source),
                          field("to", &DeliveryInfo::to),
                          field("format", &DeliveryInfo::format),
                          field("compress", &DeliveryInfo::compress),
                          field("delimiter", &DeliveryInfo::delimiter),
                          field("buffer_bytes", &DeliveryInfo::buffer_bytes),
                          field("buffer_ms", &DeliveryInfo::buffer_ms),
                          field("prefix", &DeliveryInfo::prefix),
                          field("error_prefix", &DeliveryInfo::error_prefix),
                          field("retry_ms", &DeliveryInfo::retry_ms),
                          field("version", &DeliveryInfo::version),
                          field("created_at", &DeliveryInfo::created_at),
                          field("pending_records", &DeliveryInfo::pending_records),
                          field("pending_bytes", &DeliveryInfo::pending_bytes),
                          field("delivered_records", &DeliveryInfo::delivered_records),
                          field("delivered_bytes", &DeliveryInfo::delivered_bytes),
                          field("delivered_objects", &DeliveryInfo::delivered_objects),
                          field("last_delivery_at", &DeliveryInfo::last_delivery_at),
                          field("last_error", &DeliveryInfo::last_error)};
    }
};

struct CreateDelivery {
    std::string name;
    std::optional<std::string> source;  // a stream's name; absent: direct put
    std::string from = "start";         // where in the source: start (all it still keeps), latest, a time
    std::string to;
    std::string format = "json";
    Compression compress = Compression::none;
    std::optional<Delimiter> delimiter;  // absent: newline for file://, where each record is to be one line of a file
    std::uint64_t buffer_bytes = 5 << 20;
    Ms buffer_ms = 300 * kSecond;
    std::string prefix, error_prefix;
    Ms retry_ms = 300 * kSecond;
    bool if_not_exists = false;

    static constexpr auto fields() {
        return std::tuple{field("name", &CreateDelivery::name),
                          field("source", &CreateDelivery::source),
                          field("from", &CreateDelivery::from),
                          field("to", &CreateDelivery::to),
                          field("format", &CreateDelivery::format),
                          field("compress", &CreateDelivery::compress),
                          field("delimiter", &CreateDelivery::delimiter),
                          field("buffer_bytes", &CreateDelivery::buffer_bytes),
                          field("buffer_ms", &CreateDelivery::buffer_ms),
                          field("prefix", &CreateDelivery::prefix),
                          field("error_prefix", &CreateDelivery::error_prefix),
                          field("retry_ms", &CreateDelivery::retry_ms),
                          field("if_not_exists", &CreateDelivery::if_not_exists)};
    }
};

// Absent fields stay as they are. An update that changes nothing keeps the version.
struct UpdateDelivery {
    std::optional<std::string> to, format;
    std::optional<Compression> compress;
    std::optional<Delimiter> delimiter;
    std::optional<std::uint64_t> buffer_bytes;
    std::optional<Ms> buffer_ms;
    std::optional<std::string> prefix, error_prefix;
    std::optional<Ms> retry_ms;

    static constexpr auto fields() {
        return std::tuple{field("to", &UpdateDelivery::to),
                          field("format", &UpdateDelivery::format),
                          field("compress", &UpdateDelivery::compress),
                          field("delimiter", &UpdateDelivery::delimiter),
                          field("buffer_bytes", &UpdateDelivery::buffer_bytes),
                          field("buffer_ms", &UpdateDelivery::buffer_ms),
                          field("prefix", &UpdateDelivery::prefix),
                          field("error_prefix", &UpdateDelivery::error_prefix),
                          field("retry_ms", &UpdateDelivery::retry_ms)};
    }
};

// One object (for file://, one file) that is at its destination.
struct DeliveredObject {
    std::string key;  // below the destination
    std::string url;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // before compression
    std::uint64_t stored_bytes = 0;
    std::string first_arrival, last_arrival;  // RFC 3339

    static constexpr auto fields() {
        return std::tuple{field("key", &DeliveredObject::key),
                          field("url", &DeliveredObject::url),
                          field("records", &DeliveredObject::records),
                          field("bytes", &DeliveredObject::bytes),
                          field("stored_bytes", &DeliveredObject::stored_bytes),
                          field("first_arrival", &DeliveredObject::first_arrival),
                          field("last_arrival", &DeliveredObject::last_arrival)};
    }
};

}  // namespace kns
