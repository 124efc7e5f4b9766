#include "core/firehose/vendor.hpp"

#include <algorithm>

namespace kns {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

struct Vendor {
    std::string_view name;
    std::uint64_t buffer_bytes;  // 0: as for any endpoint
    bool gzip;
    std::string_view wants;  // what may stand behind the name, for people
};
constexpr Vendor kVendors[] = {
    {"datadog", 4 * kMiB, true, "nothing, eu, gov, metrics or metrics-eu"},
    {"newrelic", kMiB, true, "nothing, eu, metrics or metrics-eu"},
    {"coralogix", 0, true, "us, eu1, eu2, in or sg"},
    {"dynatrace", 0, false, "nothing, us or eu"},
    {"honeycomb", 0, true, "a dataset"},
    {"elastic", 0, false, "the cluster's host"},
    {"logzio", 0, false, "a region, such as us-east-1"},
    {"mongodb", 0, false, "the https:// URL of a webhook"},
    {"logicmonitor", 0, false, "an account"},
    {"sumologic", kMiB, false, "DEPLOYMENT/log or DEPLOYMENT/metric"},
};

struct Place {
    std::string_view vendor, word, url;
};
constexpr Place kPlaces[] = {
    {"datadog", "", "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input"},
    {"datadog", "eu", "https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input"},
    {"datadog", "gov", "https://aws-kinesis-http-intake.logs.ddog-gov.com/v1/input"},
    {"datadog", "metrics", "https://awsmetrics-intake.datadoghq.com/v1/input"},
    {"datadog", "metrics-eu", "https://awsmetrics-intake.datadoghq.eu/v1/input"},
    {"newrelic", "", "https://aws-api.newrelic.com/firehose/v1"},
    {"newrelic", "eu", "https://aws-api.eu.newrelic.com/firehose/v1"},
    {"newrelic", "metrics", "https://aws-api.newrelic.com/cloudwatch-metrics/v1"},
    {"newrelic", "metrics-eu", "https://aws-api.eu01.nr-data.net/cloudwatch-metrics/v1"},
    {"coralogix", "us", "https://firehose-ingress.coralogix.us/firehose"},
    {"coralogix", "eu1", "https://firehose-ingress.coralogix.com/firehose"},
    {"coralogix", "eu2", "https://firehose-ingress.eu2.coralogix.com/firehose"},
    {"coralogix", "in", "https://firehose-ingress.coralogix.in/firehose"},
    {"coralogix", "sg", "https://firehose-ingress.coralogixsg.com/firehose"},
    {"dynatrace", "", "https://aws.cloud.dynatrace.com"},
    {"dynatrace", "us", "https://us.aws.cloud.dynatrace.com"},
    {"dynatrace", "eu", "https://eu.aws.cloud.dynatrace.com"},
};

bool is_host_word(std::string_view text, std::string_view more = "") {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               more.find(c) != std::string_view::npos;
    });
}

// Empty: this is none.
std::string url_of(std::string_view vendor, std::string_view word) {
    for (const auto& place : kPlaces)
        if (place.vendor == vendor && place.word == word) return std::string(place.url);
    if (vendor == "honeycomb" && is_host_word(word, "._~%"))
        return fmt::format("https://api.honeycomb.io/1/kinesis_events/{}", word);
    if (vendor == "elastic" && is_host_word(word, ".:")) return fmt::format("https://{}", word);
    if (vendor == "logzio" && is_host_word(word)) return fmt::format("https://listener-aws-metrics-stream-{}.logz.io/", word);
    if (vendor == "mongodb" && word.starts_with("https://")) return std::string(word);
    if (vendor == "logicmonitor" && is_host_word(word)) return fmt::format("https://{}.logicmonitor.com", word);
    if (vendor == "sumologic") {
        const auto slash = word.find('/');
        const auto deployment = word.substr(0, slash), kind = slash == std::string_view::npos ? "" : word.substr(slash + 1);
        if (is_host_word(deployment) && (kind == "log" || kind == "metric"))
            return fmt::format("https://{}.sumologic.net/receiver/v1/kinesis/{}/{}", deployment, kind, kKeyInUrl);
    }
    return {};
}

}  // namespace

Result<std::optional<UpdateDelivery>> vendor_settings(std::string_view to) {
    const auto colon = to.find(':');
    const auto* vendor = std::ranges::find(kVendors, to.substr(0, colon), &Vendor::name);
    if (colon == std::string_view::npos || vendor == std::end(kVendors)) return std::nullopt;
    UpdateDelivery out;
    out.to = url_of(vendor->name, to.substr(colon + 1));
    if (out.to->empty())
        return fail(Errc::invalid_argument, "\"{}\" is no place of {}", to, vendor->name)
            .hint(fmt::format("behind {}: stands {}", vendor->name, vendor->wants));
    if (vendor->buffer_bytes > 0) out.buffer_bytes = vendor->buffer_bytes;
    if (vendor->gzip) out.compress = Compression::gzip;
    return out;
}

}  // namespace kns
