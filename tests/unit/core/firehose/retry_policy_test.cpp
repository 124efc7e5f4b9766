#include "core/firehose/retry_policy.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("retries wait longer and longer, up to two minutes, each a little different") {
    CHECK(retry_delay(1, 15) == kSecond);
    CHECK(retry_delay(2, 15) == 2 * kSecond);
    CHECK(retry_delay(7, 15) == 64 * kSecond);
    CHECK(retry_delay(8, 15) == 2 * kMinute);
    CHECK(retry_delay(4'000'000'000, 15) == 2 * kMinute);
    CHECK(retry_delay(1, 0) == 850);
    CHECK(retry_delay(1, 30) == 1150);
}

TEST_CASE("the last attempt is the first that begins when the retry time is over, counted from the first failure") {
    CHECK_FALSE(is_last_attempt({}, 1, 1000));
    CHECK(is_last_attempt({}, 0, 1000));
    CHECK_FALSE(is_last_attempt(500, 501, 1000));
    CHECK(is_last_attempt(500, 500, 1000));
}

}  // namespace
}  // namespace kns
