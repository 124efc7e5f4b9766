#include "core/firehose/delivery_config.hpp"

#include <cctype>

#include "core/base/ids.hpp"
#include "core/firehose/object_key.hpp"

namespace kns {
namespace {

// API reference, ExtendedS3DestinationConfiguration: 1-128 MiB and 0-900 s, retry 0-7200 s. Here sizes may be smaller: a
// few records in a shell are worth delivering too.
constexpr std::uint64_t kMaxBufferBytes = 128 << 20;
constexpr Ms kMaxBufferAge = 900 * kSecond, kMaxRetry = 7200 * kSecond;

Result<void> check_word(std::string_view text, std::string_view what) {
    for (const char c : text)
        if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("-_.@ ").find(c) == std::string_view::npos)
            return fail(Errc::invalid_argument, "\"{}\" is no {}", text, what);
    return {};
}

Result<void> check(const DeliveryConfig& config) {
    if (config.format != "json")
        return fail(Errc::unsupported, "this kns cannot write the format \"{}\"", config.format).hint("json works");
    if (config.buffer_bytes == 0 || config.buffer_bytes > kMaxBufferBytes)
        return fail(Errc::invalid_argument, "a buffer holds 1 byte to 128 MiB, not {} bytes", config.buffer_bytes);
    if (config.buffer_ms < 0 || config.buffer_ms > kMaxBufferAge)
        return fail(Errc::invalid_argument, "a buffer waits 0 to 900 seconds, not {}", format_duration(config.buffer_ms));
    if (config.retry_ms < 0 || config.retry_ms > kMaxRetry)
        return fail(Errc::invalid_argument, "retries go on for 0 to 7200 seconds, not {}", format_duration(config.retry_ms));
    const Destination destination = KNS_TRY(parse_destination(config.to));
    const bool at_service = destination.scheme != "file";
    if (!at_service && !(config.endpoint + config.region + config.secret + config.profile).empty())
        return fail(Errc::invalid_argument, "files need no endpoint, region, secret or profile");
    if (!config.secret.empty() && !config.profile.empty())
        return fail(Errc::invalid_argument, "either a secret or a profile says who we are, not both");
    if (!config.secret.empty()) KNS_TRY(StreamName::parse(config.secret, "secret"));
    KNS_TRY(check_word(config.region, "region"));
    KNS_TRY(check_word(config.profile, "profile"));
    KNS_TRY(ObjectPrefix::parse(config.prefix));
    if (!config.error_prefix.empty()) KNS_TRY(context(ObjectPrefix::parse(config.error_prefix, PrefixKind::error), "error prefix"));
    return {};
}

// Every setting that the request has.
void overlay(DeliverySettings& settings, const UpdateDelivery& request) {
    constexpr auto kSettings = DeliverySettings::fields();
    constexpr auto kRequest = UpdateDelivery::fields();
    static_assert(std::tuple_size_v<decltype(kSettings)> == std::tuple_size_v<decltype(kRequest)>);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        static_assert(((std::get<I>(kSettings).name == std::get<I>(kRequest).name) && ...));
        const auto take = [](auto& setting, const auto& given) {
            if (given) setting = *given;
        };
        (take(settings.*(std::get<I>(kSettings).member), request.*(std::get<I>(kRequest).member)), ...);
    }(std::make_index_sequence<std::tuple_size_v<decltype(kSettings)>>());
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
    if (!request.to) return fail(Errc::invalid_argument, "a delivery stream needs a destination").hint("file:///DIRECTORY/");
    return update_delivery_config(std::move(config), request);
}

Result<DeliveryConfig> update_delivery_config(DeliveryConfig config, const UpdateDelivery& request) {
    overlay(config, request);
    if (request.to) config.to = KNS_TRY(parse_destination(config.to)).url();
    if (request.endpoint && !config.endpoint.empty()) config.endpoint = KNS_TRY(parse_endpoint(config.endpoint));
    KNS_TRY(check(config));
    return config;
}

}  // namespace kns
