// What the native API says about delivery streams. Each struct is a JSON object; fields are only ever added.
#pragma once

#include <map>

#include "core/base/describe.hpp"
#include "core/base/time.hpp"

namespace kns {

enum class DeliveryStatus { creating, active, deleting };
inline std::span<const std::string_view> enum_names(DeliveryStatus) {
    static constexpr std::string_view names[] = {"CREATING", "ACTIVE", "DELETING"};
    return names;
}

// `gzip` and so on as in `--compress`; what a build can really do is up to the plugins it finds.
enum class Compression { none, gzip, zip, snappy, hadoop_snappy, zstd };
inline std::span<const std::string_view> enum_names(Compression) {
    static constexpr std::string_view names[] = {"none", "gzip", "zip", "snappy", "hadoop-snappy", "zstd"};
    return names;
}

enum class Delimiter { none, newline };
inline std::span<const std::string_view> enum_names(Delimiter) {
    static constexpr std::string_view names[] = {"none", "newline"};
    return names;
}

// What is done with records that are CloudWatch Logs' subscription data (gzip'ed JSON): decompressed, or taken apart too, so that
// each log event's message is a record of its own.
enum class Logs { none, decompress, messages };
inline std::span<const std::string_view> enum_names(Logs) {
    static constexpr std::string_view names[] = {"none", "decompress", "messages"};
    return names;
}

// Which records go to the backup: those that cannot be delivered, or each, as it was put.
enum class BackupMode { failed, all };
inline std::span<const std::string_view> enum_names(BackupMode) {
    static constexpr std::string_view names[] = {"failed", "all"};
    return names;
}

// The `schema` of a table whose columns are those that its records have.
inline constexpr std::string_view kInferSchema = "infer";

// What a delivery stream does with its records. Each struct below that has these members has them flat, among its own.
struct DeliverySettings {
    std::string to;                // URL
    std::string endpoint, region;  // of the service that `to` is at; empty: its own
    std::string secret, profile;   // what to say who we are with: a secret's name, or a profile of ~/.aws/credentials
    std::string format = "json";
    Compression compress = Compression::none;
    Delimiter delimiter = Delimiter::newline;
    std::uint64_t buffer_bytes = 5 << 20;  // before compression
    Ms buffer_ms = 300 * kSecond;
    // Of direct puts, and topics: more are refused, or not read, while this much waits (0: no limit), and what waited for longer is
    // given up.
    std::uint64_t spool_bytes = 0;
    Ms spool_ms = kDay;
    std::string prefix, error_prefix;
    Ms retry_ms = 300 * kSecond;
    std::string backup;                             // URL: where error records go; empty: with the objects, if it has objects
    std::map<std::string, std::string> attributes;  // of an HTTP endpoint: sent along with each request
    // What becomes of a record on its way, in this order:
    Logs logs = Logs::none;
    std::string deaggregate;                  // "json", "delimited:TEXT"; empty: a record is one
    std::string transform;                    // a command, or lambda:URL, lambda:DIRECTORY; empty: none
    std::uint64_t transform_bytes = 1 << 20;  // given to it at a time, about
    std::uint64_t transform_retries = 3;
    Ms transform_ms = kMinute;                     // it may take so long
    std::map<std::string, std::string> partition;  // keys of the prefix, and the jq expressions that give their values
    std::string extension;                         // of object names; empty: by format and compression
    std::string time_zone;                         // of the times in object names; empty: UTC
    BackupMode backup_mode = BackupMode::failed;
    std::string backup_prefix;  // of the names of objects with all records
    // Of a format of tables (table_format.hpp): the columns as DDL or a JSON schema, or "infer"; the keys in JSON of columns that
    // are called otherwise; more about the format.
    std::string schema;
    std::map<std::string, std::string> columns, format_options;

    bool operator==(const DeliverySettings&) const = default;

    static constexpr auto fields() {
        return std::tuple{field("to", &DeliverySettings::to),
                          field("endpoint", &DeliverySettings::endpoint),
                          field("region", &DeliverySettings::region),
                          field("secret", &DeliverySettings::secret),
                          field("profile", &DeliverySettings::profile),
                          field("format", &DeliverySettings::format),
                          field("compress", &DeliverySettings::compress),
                          field("delimiter", &DeliverySettings::delimiter),
                          field("buffer_bytes", &DeliverySettings::buffer_bytes),
                          field("buffer_ms", &DeliverySettings::buffer_ms),
                          field("spool_bytes", &DeliverySettings::spool_bytes),
                          field("spool_ms", &DeliverySettings::spool_ms),
                          field("prefix", &DeliverySettings::prefix),
                          field("error_prefix", &DeliverySettings::error_prefix),
                          field("retry_ms", &DeliverySettings::retry_ms),
                          field("backup", &DeliverySettings::backup),
                          field("attributes", &DeliverySettings::attributes),
                          field("logs", &DeliverySettings::logs),
                          field("deaggregate", &DeliverySettings::deaggregate),
                          field("transform", &DeliverySettings::transform),
                          field("transform_bytes", &DeliverySettings::transform_bytes),
                          field("transform_retries", &DeliverySettings::transform_retries),
                          field("transform_ms", &DeliverySettings::transform_ms),
                          field("partition", &DeliverySettings::partition),
                          field("extension", &DeliverySettings::extension),
                          field("time_zone", &DeliverySettings::time_zone),
                          field("backup_mode", &DeliverySettings::backup_mode),
                          field("backup_prefix", &DeliverySettings::backup_prefix),
                          field("schema", &DeliverySettings::schema),
                          field("columns", &DeliverySettings::columns),
                          field("format_options", &DeliverySettings::format_options)};
    }
};

// Some of the settings, the same fields in the same order. Absent ones stay as they are; an update that changes nothing keeps
// the version.
struct UpdateDelivery {
    std::optional<std::string> to, endpoint, region, secret, profile, format;
    std::optional<Compression> compress;
    std::optional<Delimiter> delimiter;
    std::optional<std::uint64_t> buffer_bytes;
    std::optional<Ms> buffer_ms;
    std::optional<std::uint64_t> spool_bytes;
    std::optional<Ms> spool_ms;
    std::optional<std::string> prefix, error_prefix;
    std::optional<Ms> retry_ms;
    std::optional<std::string> backup;
    std::optional<std::map<std::string, std::string>> attributes;
    std::optional<Logs> logs;
    std::optional<std::string> deaggregate, transform;
    std::optional<std::uint64_t> transform_bytes, transform_retries;
    std::optional<Ms> transform_ms;
    std::optional<std::map<std::string, std::string>> partition;
    std::optional<std::string> extension, time_zone;
    std::optional<BackupMode> backup_mode;
    std::optional<std::string> backup_prefix, schema;
    std::optional<std::map<std::string, std::string>> columns, format_options;

    static constexpr auto fields() {
        return std::tuple{field("to", &UpdateDelivery::to),
                          field("endpoint", &UpdateDelivery::endpoint),
                          field("region", &UpdateDelivery::region),
                          field("secret", &UpdateDelivery::secret),
                          field("profile", &UpdateDelivery::profile),
                          field("format", &UpdateDelivery::format),
                          field("compress", &UpdateDelivery::compress),
                          field("delimiter", &UpdateDelivery::delimiter),
                          field("buffer_bytes", &UpdateDelivery::buffer_bytes),
                          field("buffer_ms", &UpdateDelivery::buffer_ms),
                          field("spool_bytes", &UpdateDelivery::spool_bytes),
                          field("spool_ms", &UpdateDelivery::spool_ms),
                          field("prefix", &UpdateDelivery::prefix),
                          field("error_prefix", &UpdateDelivery::error_prefix),
                          field("retry_ms", &UpdateDelivery::retry_ms),
                          field("backup", &UpdateDelivery::backup),
                          field("attributes", &UpdateDelivery::attributes),
                          field("logs", &UpdateDelivery::logs),
                          field("deaggregate", &UpdateDelivery::deaggregate),
                          field("transform", &UpdateDelivery::transform),
                          field("transform_bytes", &UpdateDelivery::transform_bytes),
                          field("transform_retries", &UpdateDelivery::transform_retries),
                          field("transform_ms", &UpdateDelivery::transform_ms),
                          field("partition", &UpdateDelivery::partition),
                          field("extension", &UpdateDelivery::extension),
                          field("time_zone", &UpdateDelivery::time_zone),
                          field("backup_mode", &UpdateDelivery::backup_mode),
                          field("backup_prefix", &UpdateDelivery::backup_prefix),
                          field("schema", &UpdateDelivery::schema),
                          field("columns", &UpdateDelivery::columns),
                          field("format_options", &UpdateDelivery::format_options)};
    }
};

// With `to` at least; what else is absent is as its destination usually has it.
struct CreateDelivery : UpdateDelivery {
    std::string name;
    std::optional<std::string> source;  // a stream's name, or kafka://HOST:PORT/TOPIC; absent: direct put
    std::string from = "start";         // where in the source: start (all it still keeps), latest, a time
    bool if_not_exists = false;

    static constexpr auto fields() {
        return std::tuple_cat(
            std::tuple{field("name", &CreateDelivery::name), field("source", &CreateDelivery::source),
                       field("from", &CreateDelivery::from), field("if_not_exists", &CreateDelivery::if_not_exists)},
            UpdateDelivery::fields());
    }
};

struct DeliveryInfo : DeliverySettings {
    std::string name;
    std::string arn;
    DeliveryStatus status = DeliveryStatus::active;
    std::optional<std::string> source;                     // the stream or topic read from; null: records are put directly
    std::uint64_t version = 1;                             // +1 with every change; part of object names
    std::string created_at;                                // RFC 3339
    std::uint64_t pending_records = 0, pending_bytes = 0;  // put, not yet delivered; bytes as stored
    std::uint64_t delivered_records = 0, delivered_bytes = 0, delivered_objects = 0;
    std::uint64_t failed_records = 0;             // that ended as error records
    std::optional<std::uint64_t> unread_records;  // of a topic: not yet read from it, as far as is known
    std::optional<std::string> last_delivery_at;
    std::optional<std::string> last_error;    // of the newest attempt; null once one succeeds
    std::optional<std::string> paused_since;  // destination and backup both fail: what is pending waits

    static constexpr auto fields() {
        return std::tuple_cat(
            std::tuple{field("name", &DeliveryInfo::name), field("arn", &DeliveryInfo::arn), field("status", &DeliveryInfo::status),
                       field("source", &DeliveryInfo::source)},
            DeliverySettings::fields(),
            std::tuple{
                field("version", &DeliveryInfo::version), field("created_at", &DeliveryInfo::created_at),
                field("pending_records", &DeliveryInfo::pending_records), field("pending_bytes", &DeliveryInfo::pending_bytes),
                field("delivered_records", &DeliveryInfo::delivered_records),
                field("delivered_bytes", &DeliveryInfo::delivered_bytes),
                field("delivered_objects", &DeliveryInfo::delivered_objects),
                field("failed_records", &DeliveryInfo::failed_records), field("unread_records", &DeliveryInfo::unread_records),
                field("last_delivery_at", &DeliveryInfo::last_delivery_at), field("last_error", &DeliveryInfo::last_error),
                field("paused_since", &DeliveryInfo::paused_since)});
    }
};

// One object (for file://, one file) that is at its destination, or one request that an endpoint has taken.
struct DeliveredObject {
    std::string key;  // below the destination; of a request: its id
    std::string url;
    std::string failure;  // of an object of error records: "http-endpoint-failed" and so on; empty: these are the data
    bool backup = false;  // all records as they were put, beside what is delivered
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // before compression
    std::uint64_t stored_bytes = 0;
    std::string first_arrival, last_arrival;  // RFC 3339

    static constexpr auto fields() {
        return std::tuple{field("key", &DeliveredObject::key),
                          field("url", &DeliveredObject::url),
                          field("failure", &DeliveredObject::failure),
                          field("backup", &DeliveredObject::backup),
                          field("records", &DeliveredObject::records),
                          field("bytes", &DeliveredObject::bytes),
                          field("stored_bytes", &DeliveredObject::stored_bytes),
                          field("first_arrival", &DeliveredObject::first_arrival),
                          field("last_arrival", &DeliveredObject::last_arrival)};
    }
};

}  // namespace kns
