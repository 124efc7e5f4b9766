#include "core/firehose/delivery_config.hpp"

#include "core/base/ids.hpp"
#include "core/firehose/object_key.hpp"

namespace kns {
namespace {

// API reference, ExtendedS3DestinationConfiguration: 1-128 MiB and 0-900 s, retry 0-7200 s. Here sizes may be smaller: a
// few records in a shell are worth delivering too.
constexpr std::uint64_t kMaxBufferBytes = 128 << 20;
constexpr Ms kMaxBufferAge = 900 * kSecond, kMaxRetry = 7200 * kSecond;

Result<void> check(const DeliveryConfig& config) {
    if (config.format != "json")
        return fail(Errc::unsupported, "this kns cannot write the format \"{}\"", config.format).hint("json works");
    if (config.buffer_bytes == 0 || config.buffer_bytes > kMaxBufferBytes)
        return fail(Errc::invalid_argument, "a buffer holds 1 byte to 128 MiB, not {} bytes", config.buffer_bytes);
    if (config.buffer_ms < 0 || config.buffer_ms > kMaxBufferAge)
        return fail(Errc::invalid_argument, "a buffer waits 0 to 900 seconds, not {}", format_duration(config.buffer_ms));
    if (config.retry_ms < 0 || config.retry_ms > kMaxRetry)
        return fail(Errc::invalid_argument, "retries go on for 0 to 7200 seconds, not {}", format_duration(config.retry_ms));
    KNS_TRY(ObjectPrefix::parse(config.prefix));
    if (!config.error_prefix.empty()) KNS_TRY(context(ObjectPrefix::parse(config.error_prefix, PrefixKind::error), "error prefix"));
    return {};
}

}  // namespace

Result<std::string> parse_delivery_name(std::string_view text) {
    const std::string_view arn_mark = ":deliverystream/";
    if (text.starts_with("arn:"))
        if (const auto at = text.find(arn_mark); at != std::string_view::npos) text.remove_prefix(at + arn_mark.size());
    if (text.size() > 64)
        return fail(Errc::invalid_argument, "a delivery stream's name has at most 64 characters, not {}", text.size());
    return KNS_TRY(StreamName::parse(text, "delivery stream")).text();
}

std::string direct_put_stream(std::string_view delivery) { return fmt::format("kns.firehose.{}", delivery); }
std::string position_group(std::string_view delivery) { return fmt::format("firehose:{}", delivery); }
bool is_position_group(std::string_view group) { return group.starts_with("firehose:"); }

Result<DeliveryConfig> make_delivery_config(const CreateDelivery& request) {
    DeliveryConfig config;
    if (request.source) config.source = KNS_TRY(StreamName::parse(*request.source)).text();
    config.to = KNS_TRY(parse_destination(request.to)).url();
    config.format = request.format;
    config.compress = request.compress;
    // AWS puts nothing between records. In files that people read line by line that would glue records together, so here
    // the default is a newline after each, which makes them NDJSON.
    config.delimiter = request.delimiter.value_or(Delimiter::newline);
    config.buffer_bytes = request.buffer_bytes;
    config.buffer_ms = request.buffer_ms;
    config.prefix = request.prefix;
    config.error_prefix = request.error_prefix;
    config.retry_ms = request.retry_ms;
    KNS_TRY(check(config));
    return config;
}

Result<DeliveryConfig> update_delivery_config(DeliveryConfig config, const UpdateDelivery& request) {
    if (request.to) config.to = KNS_TRY(parse_destination(*request.to)).url();
    if (request.format) config.format = *request.format;
    if (request.compress) config.compress = *request.compress;
    if (request.delimiter) config.delimiter = *request.delimiter;
    if (request.buffer_bytes) config.buffer_bytes = *request.buffer_bytes;
    if (request.buffer_ms) config.buffer_ms = *request.buffer_ms;
    if (request.prefix) config.prefix = *request.prefix;
    if (request.error_prefix) config.error_prefix = *request.error_prefix;
    if (request.retry_ms) config.retry_ms = *request.retry_ms;
    KNS_TRY(check(config));
    return config;
}

}  // namespace kns
