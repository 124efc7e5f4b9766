#include "core/firehose/buffer_policy.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

constexpr UnixMs kNow = 1'800'000'000'000;
constexpr BufferHints kHints{.bytes = 1000, .age = 60 * kSecond};

TEST_CASE("a buffer is flushed when it is large or old enough, whichever is first") {
    struct Case {
        const char* story;
        BufferState state;
        BufferDecision expected;
    };
    const Case c = GENERATE(values<Case>({
        {"nothing pending: nothing to do, and no timer", {0, 0, 0}, {false, std::nullopt}},
        {"fresh and small: look again when it is old", {1, 10, kNow}, {false, kNow + 60 * kSecond}},
        {"half its age", {1, 10, kNow - 30 * kSecond}, {false, kNow + 30 * kSecond}},
        {"a millisecond too young", {1, 10, kNow - 60 * kSecond + 1}, {false, kNow + 1}},
        {"exactly its age", {1, 10, kNow - 60 * kSecond}, {true, std::nullopt}},
        {"older, after the daemon was off", {1, 10, kNow - kDay}, {true, std::nullopt}},
        {"one byte too small", {5, 999, kNow}, {false, kNow + 60 * kSecond}},
        {"exactly full", {5, 1000, kNow}, {true, std::nullopt}},
        {"empty records age as well", {1, 0, kNow - 60 * kSecond}, {true, std::nullopt}},
        {"the clock was set back an hour: a full age from now, not an hour more",
         {1, 10, kNow + kHour},
         {false, kNow + 60 * kSecond}},
    }));
    INFO(c.story);
    const auto decision = decide_flush(kHints, c.state, kNow);
    CHECK(decision.flush == c.expected.flush);
    CHECK(decision.look_again_at == c.expected.look_again_at);
}

TEST_CASE("an age of zero flushes at once") { CHECK(decide_flush({.bytes = 1000, .age = 0}, {1, 1, kNow}, kNow).flush); }

TEST_CASE("a backlog is cut into the objects it would have had live") {
    constexpr std::uint64_t kMany = 1'000'000;
    CHECK_FALSE(ends_object(kHints, {10, 999, kNow}, kNow, kMany));
    CHECK(ends_object(kHints, {10, 1000, kNow}, kNow, kMany));
    CHECK_FALSE(ends_object(kHints, {1, 1, kNow}, kNow + 60 * kSecond - 1, kMany));
    CHECK(ends_object(kHints, {1, 1, kNow}, kNow + 60 * kSecond, kMany));
    CHECK_FALSE(ends_object(kHints, {}, kNow + kDay, kMany));
    SECTION("but never into one a second") {
        const BufferHints short_age{.bytes = 1000, .age = kSecond};
        CHECK_FALSE(ends_object(short_age, {1, 1, kNow}, kNow + 10 * kSecond, kMany));
        CHECK(ends_object(short_age, {1, 1, kNow}, kNow + kMinute, kMany));
    }
    SECTION("and a crumb at the end is taken along") {
        CHECK_FALSE(ends_object(kHints, {10, 1000, kNow}, kNow, 2));  // 200 bytes more
        CHECK(ends_object(kHints, {10, 1000, kNow}, kNow, 3));
        CHECK(ends_object(kHints, {10, 1000, kNow}, kNow + kHour, 1));  // unless it is of another time
    }
}

}  // namespace
}  // namespace kns
