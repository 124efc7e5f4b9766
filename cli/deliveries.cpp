#include "cli/deliveries.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/tags.hpp"
#include "core/base/command_words.hpp"

namespace kns::cli {

namespace {

Result<std::string> working_directory() {
    char* here = ::getcwd(nullptr, 0);
    if (!here) return fail_errno(errno, "the current directory");
    std::string path = here;
    std::free(here);
    return path;
}

std::string spool_text(const DeliverySettings& delivery) {
    return fmt::format("{}, for {} at most", delivery.spool_bytes ? format_size(delivery.spool_bytes) : "no limit",
                       format_duration(delivery.spool_ms));
}

}  // namespace

Result<std::string> destination_url(const std::string& text) {
    if (text.find(':') < text.find('/')) return text;
    if (text.starts_with('/')) return "file://" + text;
    return fmt::format("file://{}/{}", KNS_TRY(working_directory()), text.starts_with("./") ? text.substr(2) : text);
}

Result<std::string> transform_from_here(const std::string& text) { return anchor_transform(text, KNS_TRY(working_directory())); }

Lines lines_of_delivery(const DeliveryInfo& delivery) {
    return {
        {"name", delivery.name},
        {"arn", delivery.arn},
        {"status", std::string(name_of_enum(delivery.status))},
        {"source", delivery.source.value_or("direct put")},
        {"to", delivery.to},
        {"endpoint", delivery.endpoint},
        {"region", delivery.region},
        {"secret", delivery.secret},
        {"profile", delivery.profile},
        {"format", delivery.format},
        {"schema", delivery.schema},
        {"columns", tags_text(delivery.columns)},
        {"options", tags_text(delivery.format_options)},
        {"compress", std::string(name_of_enum(delivery.compress))},
        {"delimiter", std::string(name_of_enum(delivery.delimiter))},
        {"buffer", fmt::format("{} or {}", format_size(delivery.buffer_bytes), format_duration(delivery.buffer_ms))},
        {"spool", delivery.source && !is_topic(*delivery.source) ? "" : spool_text(delivery)},
        {"prefix", delivery.prefix},
        {"error prefix", delivery.error_prefix},
        {"retry for", format_duration(delivery.retry_ms)},
        {"backup", delivery.backup},
        {"attributes", tags_text(delivery.attributes)},
        {"logs", delivery.logs == Logs::none ? "" : std::string(name_of_enum(delivery.logs))},
        {"deaggregate", delivery.deaggregate},
        {"transform", delivery.transform},
        {"given to it", delivery.transform.empty()
                            ? ""
                            : fmt::format("{} at a time, for {}, {} more times if it fails", format_size(delivery.transform_bytes),
                                          format_duration(delivery.transform_ms), delivery.transform_retries)},
        {"partition", tags_text(delivery.partition)},
        {"extension", delivery.extension},
        {"time zone", delivery.time_zone},
        {"backup mode", delivery.backup_mode == BackupMode::failed ? "" : std::string(name_of_enum(delivery.backup_mode))},
        {"backup prefix", delivery.backup_prefix},
        {"unread", delivery.unread_records ? fmt::format("{} records of the topic", grouped(*delivery.unread_records)) : ""},
        {"pending", fmt::format("{} records, {}", grouped(delivery.pending_records), format_size(delivery.pending_bytes))},
        {"delivered", fmt::format("{} records in {} objects, {}", grouped(delivery.delivered_records),
                                  grouped(delivery.delivered_objects), format_size(delivery.delivered_bytes))},
        {"failed", delivery.failed_records ? fmt::format("{} records, in error records", grouped(delivery.failed_records)) : ""},
        {"last delivery", delivery.last_delivery_at.value_or("")},
        {"last error", delivery.last_error.value_or("")},
        {"paused", delivery.paused_since ? fmt::format("since {}: neither destination nor backup takes the records, which wait",
                                                       *delivery.paused_since)
                                         : ""},
        {"created", delivery.created_at},
    };
}

}  // namespace kns::cli
