#include "daemon/worker/delivery_line.hpp"

#include <catch2/catch.hpp>

#include "plugins/built_in_plugins.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kns {
namespace {

struct Place {
    Place() {
        load_plugins(built_in_plugins(), "", registry);
        spec.config.to = "file://" + there.path() + "/";
        spec.config.transform = "cat";  // stands for the one that is given
    }
    const TemporaryDirectory there;
    Registry registry;
    DeliverySpec spec{.delivery = "d", .version = 1, .source = "s", .config = {}};
};

class Unchanged final : public Transform {
   public:
    std::size_t most_bytes() const override { return 1 << 20; }
    std::size_t most_records() const override { return 1000; }
    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override {
        std::vector<TransformOutcome> out;
        for (const auto& record : records) {
            out.emplace_back();
            out.back().data = record.data;
        }
        return out;
    }
};

TEST_CASE("records of a backlog are kept apart by age while they wait for a transform, and a cut hands them all on") {
    Place place;
    const auto line = DeliveryLine::make(place.spec, {}, std::make_unique<Unchanged>(), place.registry).value();
    const ShardRange shard;
    const auto at = [](std::int64_t offset, UnixMs arrival) {
        return RecordView{.offset = offset, .timestamp = arrival, .key = {}, .value = "x"};
    };
    CHECK_FALSE(line->is_full(at(0, 0), 10));
    REQUIRE(line->add(at(0, 0), shard, {}));
    CHECK_FALSE(line->is_full(at(1, place.spec.config.buffer_ms - 1), 10));
    REQUIRE(line->add(at(1, place.spec.config.buffer_ms - 1), shard, {}));
    CHECK(line->is_full(at(2, place.spec.config.buffer_ms), 10));
    const auto made = line->cut().value();
    REQUIRE(made.size() == 1);
    CHECK(made[0].records == 2);
    CHECK(line->empty());
    CHECK_FALSE(line->is_full(at(2, place.spec.config.buffer_ms), 10));
}

class Failing final : public Transform {
   public:
    std::size_t most_bytes() const override { return 1 << 20; }
    std::size_t most_records() const override { return 1000; }
    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override {
        return std::vector<TransformOutcome>(records.size(),
                                             {.kind = TransformOutcome::Kind::failed, .code = "T.No", .message = "no"});
    }
};

TEST_CASE("a backlog of records that all fail does not gather in memory") {
    Place place;
    const auto line = DeliveryLine::make(place.spec, {}, std::make_unique<Failing>(), place.registry).value();
    const ShardRange shard;
    const std::string large(1 << 20, 'x');
    std::int64_t count = 0;
    const auto next = [&] { return RecordView{.offset = count, .timestamp = 0, .key = {}, .value = large}; };
    while (!line->is_full(next(), 10)) {
        REQUIRE(count < 20);
        REQUIRE(line->add(next(), shard, {}));
        ++count;
    }
    CHECK(count >= 4);
    const auto made = line->cut().value();
    REQUIRE(made.size() == 1);
    CHECK(made[0].records == static_cast<std::uint64_t>(count));
    CHECK(made[0].failure == "processing-failed");
}

}  // namespace
}  // namespace kns
