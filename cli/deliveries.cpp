#include "cli/deliveries.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/tags.hpp"

namespace kns::cli {

Result<std::string> destination_url(const std::string& text) {
    if (text.find(':') < text.find('/')) return text;
    if (text.starts_with('/')) return "file://" + text;
    char* here = ::getcwd(nullptr, 0);
    if (!here) return fail_errno(errno, "the current directory");
    std::string url = fmt::format("file://{}/{}", here, text.starts_with("./") ? text.substr(2) : text);
    std::free(here);
    return url;
}

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
        {"compress", std::string(name_of_enum(delivery.compress))},
        {"delimiter", std::string(name_of_enum(delivery.delimiter))},
        {"buffer", fmt::format("{} or {}", format_size(delivery.buffer_bytes), format_duration(delivery.buffer_ms))},
        {"prefix", delivery.prefix},
        {"error prefix", delivery.error_prefix},
        {"retry for", format_duration(delivery.retry_ms)},
        {"backup", delivery.backup},
        {"attributes", tags_text(delivery.attributes)},
        {"pending", fmt::format("{} records, {}", grouped(delivery.pending_records), format_size(delivery.pending_bytes))},
        {"delivered", fmt::format("{} records in {} objects, {}", grouped(delivery.delivered_records),
                                  grouped(delivery.delivered_objects), format_size(delivery.delivered_bytes))},
        {"failed", delivery.failed_records ? fmt::format("{} records, in error records", grouped(delivery.failed_records)) : ""},
        {"last delivery", delivery.last_delivery_at.value_or("")},
        {"last error", delivery.last_error.value_or("")},
        {"created", delivery.created_at},
    };
}

}  // namespace kns::cli
