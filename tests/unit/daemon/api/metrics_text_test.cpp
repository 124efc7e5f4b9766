#include "daemon/api/metrics_text.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("a stream's counters are labelled with its name") {
    TopSample sample;
    auto& stream = sample.streams.emplace_back();
    stream.name = "clicks";
    stream.records_in = 12;
    stream.bytes_out = 34;
    const auto text = metrics_text(sample, {});
    CHECK(has_line(text, "# TYPE kns_stream_records_in_total counter"));
    CHECK(has_line(text, "kns_stream_records_in_total{stream=\"clicks\"} 12"));
    CHECK(has_line(text, "kns_stream_bytes_out_total{stream=\"clicks\"} 34"));
}

TEST_CASE("label values are escaped") {
    TopSample sample;
    sample.groups.push_back({.stream = "clicks", .name = "a\"b\\c\nd", .lag = 5, .members = 1});
    CHECK(has_line(metrics_text(sample, {}), R"(kns_group_lag_records{stream="clicks",group="a\"b\\c\nd"} 5)"));
}

TEST_CASE("a histogram's buckets add up, and end with all of them") {
    MetricsExtra extra;
    extra.log.sync_times.add(40'000);         // 0.04 ms
    extra.log.sync_times.add(1'500'000);      // 1.5 ms
    extra.log.sync_times.add(9'000'000'000);  // longer than any bound
    const auto text = metrics_text({}, extra);
    CHECK(has_line(text, "kns_log_sync_seconds_bucket{le=\"5e-05\"} 1"));
    CHECK(has_line(text, "kns_log_sync_seconds_bucket{le=\"0.001\"} 1"));
    CHECK(has_line(text, "kns_log_sync_seconds_bucket{le=\"0.002\"} 2"));
    CHECK(has_line(text, "kns_log_sync_seconds_bucket{le=\"5\"} 2"));
    CHECK(has_line(text, "kns_log_sync_seconds_bucket{le=\"+Inf\"} 3"));
    CHECK(has_line(text, "kns_log_sync_seconds_count 3"));
}

TEST_CASE("a backlog's age is zero without a backlog, and absent where it is not known") {
    TopSample sample;
    sample.deliveries.push_back({.name = "empty"});
    sample.deliveries.push_back({.name = "waiting", .pending_records = 3, .oldest_pending_ms = 1500});
    sample.deliveries.push_back({.name = "unknown", .pending_records = 3});
    const auto text = metrics_text(sample, {});
    CHECK(has_line(text, "kns_delivery_backlog_age_seconds{delivery=\"empty\"} 0"));
    CHECK(has_line(text, "kns_delivery_backlog_age_seconds{delivery=\"waiting\"} 1.5"));
    CHECK(text.find("kns_delivery_backlog_age_seconds{delivery=\"unknown\"}") == std::string::npos);
}

TEST_CASE("jobs that wait after a failure are told from those that were never tried") {
    TopSample sample;
    sample.jobs = {.queued = 5, .retrying = 2};
    const auto text = metrics_text(sample, {});
    CHECK(has_line(text, "kns_jobs{state=\"queued\"} 3"));
    CHECK(has_line(text, "kns_jobs{state=\"retrying\"} 2"));
}

}  // namespace
}  // namespace kns
