#include "core/firehose/splunk_collector.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("a collector takes raw text unless it is told otherwise, and has three minutes to acknowledge") {
    CHECK(parse_splunk_collector("").value().type == CollectorType::raw);
    CHECK(parse_splunk_collector("/").value().ack_timeout == 180 * kSecond);
    const auto events = parse_splunk_collector("/?type=event&ack_timeout=300s").value();
    CHECK(events.type == CollectorType::event);
    CHECK(events.ack_timeout == 300 * kSecond);
    for (const auto* wrong : {"/services/collector", "?type=other", "?ack_timeout=601s", "?ack_timeout=0s", "?x"}) {
        INFO(wrong);
        CHECK_FALSE(parse_splunk_collector(wrong));
    }
}

}  // namespace
}  // namespace kns
