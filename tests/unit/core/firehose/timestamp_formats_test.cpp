#include "core/firehose/timestamp_formats.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

constexpr std::int64_t kSecondMicros = 1'000'000;
constexpr std::int64_t kTime = 1'767'323'045 * kSecondMicros;  // 2026-01-02T03:04:05Z

std::optional<std::int64_t> read(std::string_view text, std::string_view patterns = "") {
    return TimestampFormats::parse(patterns)->read(text);
}

TEST_CASE("without patterns a time is ISO 8601, or a number whose size tells its unit") {
    for (const auto* text : {"2026-01-02T03:04:05Z", "2026-01-02 03:04:05", "2026-1-2 3:04:05.0", "2026-01-02T04:04:05+01:00",
                             "2026-01-02T02:34:05-0030", "1767323045", "1767323045000", "1767323045000000", "1767323045.0"}) {
        INFO(text);
        CHECK(read(text) == kTime);
    }
    CHECK(read("2026-01-02T03:04:05.123456789Z") == kTime + 123456);
    CHECK(read("1767323045.5") == kTime + 500'000);
    CHECK(read("1969-12-31T23:59:59.9Z") == -100'000);
    CHECK(read("2026-01-02") == kTime - (3 * 3600 + 4 * 60 + 5) * kSecondMicros);
    for (const auto* text : {"", "x", "2026-02-30", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05Zx",
                             "2026-01-02T03:04:05.1234567890Z", "26-01-02", "2026-01-02T03:04:05+25:00", "1e300", "-1e17", "nan"}) {
        INFO(text);
        CHECK(!read(text));
    }
}

TEST_CASE("patterns are Joda's, and the only times there are") {
    CHECK(read("02/Jan/2026:03:04:05 +0000", "dd/MMM/yyyy:HH:mm:ss Z") == kTime);
    CHECK(read("1/2/26 3:04:05 AM", "M/d/yy h:mm:ss a") == kTime);
    CHECK(read("2026-01-02T03:04:05.250", "yyyy-MM-dd'T'HH:mm:ss.SSS") == kTime + 250'000);
    CHECK(read("1767323045000", "yyyy|millis") == kTime);
    CHECK(read("2026", "yyyy|millis") == 1'767'225'600 * kSecondMicros);
    CHECK(!read("2026-01-02T03:04:05Z", "yyyy"));
    CHECK(!read("1767323045", "yyyy-MM-dd"));
    CHECK(TimestampFormats::parse("yyyy-QQ").error().message ==
          "the timestamp format \"yyyy-QQ\" has the letter Q, which means nothing here");
    CHECK(!TimestampFormats::parse("yyyy'T"));
}

TEST_CASE("a date is days since 1970") {
    CHECK(read_date("1970-01-02") == 1);
    CHECK(read_date("1969-12-31") == -1);
    CHECK(!read_date("2026-01-02T00:00:00Z"));
    CHECK(!read_date("2026-13-01"));
}

}  // namespace
}  // namespace kns
