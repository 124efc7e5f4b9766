#include "core/firehose/vendor.hpp"

#include <catch2/catch.hpp>

#include "core/firehose/delivery_config.hpp"

namespace kns {
namespace {

TEST_CASE("a service's short name is a URL and what it wants") {
    struct Case {
        const char *to, *url;
        std::uint64_t bytes;
        bool gzip;
    };
    const Case c = GENERATE(values<Case>({
        {"datadog:", "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input", 4 << 20, true},
        {"datadog:metrics-eu", "https://awsmetrics-intake.datadoghq.eu/v1/input", 4 << 20, true},
        {"newrelic:eu", "https://aws-api.eu.newrelic.com/firehose/v1", 1 << 20, true},
        {"coralogix:eu2", "https://firehose-ingress.eu2.coralogix.com/firehose", 5 << 20, true},
        {"dynatrace:us", "https://us.aws.cloud.dynatrace.com", 5 << 20, false},
        {"honeycomb:my.data-set", "https://api.honeycomb.io/1/kinesis_events/my.data-set", 5 << 20, true},
        {"elastic:abc.es.us-east-1.aws.elastic-cloud.com:443", "https://abc.es.us-east-1.aws.elastic-cloud.com:443", 5 << 20,
         false},
        {"logzio:eu-central-1", "https://listener-aws-metrics-stream-eu-central-1.logz.io/", 5 << 20, false},
        {"mongodb:https://webhooks.mongodb-realm.com/x", "https://webhooks.mongodb-realm.com/x", 5 << 20, false},
        {"logicmonitor:acme", "https://acme.logicmonitor.com", 5 << 20, false},
        {"sumologic:endpoint4/log", "https://endpoint4.sumologic.net/receiver/v1/kinesis/log/{api_key}", 1 << 20, false},
    }));
    CreateDelivery request;
    request.to = c.to;
    if (std::string_view(c.to).starts_with("dynatrace"))
        request.attributes = std::map<std::string, std::string>{{"dt-url", "https://x.live.dynatrace.com"}};
    const auto config = make_delivery_config(request).value();
    CHECK(config.to == c.url);
    CHECK(config.buffer_bytes == c.bytes);
    CHECK((config.compress == Compression::gzip) == c.gzip);
}

TEST_CASE("what is said counts before what a service wants, and what it cannot do without is asked for") {
    CreateDelivery request;
    request.to = "newrelic:";
    request.compress = Compression::none;
    request.buffer_bytes = 1000;
    const auto config = make_delivery_config(request).value();
    CHECK(config.compress == Compression::none);
    CHECK(config.buffer_bytes == 1000);
    request.buffer_bytes = 2 << 20;
    CHECK(make_delivery_config(request).error().message == "a request to newrelic holds 1048576 bytes at most, not 2097152");
    request = {};
    request.to = "dynatrace:";
    CHECK(make_delivery_config(request).error().message == "dynatrace needs the attribute dt-url: the URL of the environment");
    for (const auto* odd :
         {"datadog:mars", "coralogix:", "honeycomb:", "honeycomb:a/b", "mongodb:http://x/", "sumologic:x", "elastic:a/b"}) {
        INFO(odd);
        request.to = odd;
        CHECK(make_delivery_config(request).error().message ==
              fmt::format("\"{}\" is no place of {}", odd, std::string_view(odd).substr(0, std::string_view(odd).find(':'))));
    }
    CHECK_FALSE(vendor_settings("https://host/").value());
    CHECK_FALSE(vendor_settings("datadog").value());
}

}  // namespace
}  // namespace kns
