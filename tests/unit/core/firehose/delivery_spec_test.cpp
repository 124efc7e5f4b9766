#include "core/firehose/delivery_spec.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("ranges are written as the batches route takes them, empty ones left out") {
    const std::vector<ShardRange> ranges = {{3, 0, 17}, {4, 5, 5}, {9, 9, 12}};
    CHECK(range_query(ranges) == "3:0-17,9:9-12");
    CHECK(range_query({}).empty());
}

TEST_CASE("delivered positions move ranges forward, never back and never beyond their end") {
    DeliverySpec spec{.ranges = {{1, 10, 20}, {2, 0, 5}}, .place = 100};
    skip_delivered(spec, std::vector<ShardPosition>{{1, 15}, {7, 99}});
    CHECK(spec.ranges == std::vector<ShardRange>{{1, 15, 20}, {2, 0, 5}});
    CHECK(spec.place == 105);
    skip_delivered(spec, std::vector<ShardPosition>{{1, 3}, {2, 100}});
    CHECK(spec.ranges == std::vector<ShardRange>{{1, 15, 20}, {2, 5, 5}});
    CHECK(spec.place == 110);
}

TEST_CASE("an attempt that goes on behind a finished object draws the names the first one would have drawn") {
    const DeliverySpec spec{.delivery = "d", .version = 2, .source = "s", .ranges = {{1, 0, 100}, {2, 0, 50}}, .place = 7};
    std::vector<ShardRange> left = spec.ranges;
    left[0].first_offset = 40;  // where its second object begins
    const ObjectIdentity first_attempt = object_identity(spec, left);
    DeliverySpec later = spec;
    skip_delivered(later, std::vector<ShardPosition>{{1, 40}});
    const ObjectIdentity second_attempt = object_identity(later, later.ranges);
    CHECK(first_attempt.seed == second_attempt.seed);
    CHECK(first_attempt.place == 47);
    CHECK(second_attempt.place == 47);
    CHECK(first_attempt.seed != object_identity(spec, spec.ranges).seed);
}

}  // namespace
}  // namespace kns
