#include "daemon/worker/record_pipeline.hpp"

#include <catch2/catch.hpp>

#include "core/base/aggregate.hpp"

namespace kns {
namespace {

// Gives each record back in capitals; drops "drop", fails "fail", and fails altogether as often as it is told to.
class Capitals final : public Transform {
   public:
    explicit Capitals(int& calls, int failures = 0) : calls_(calls), failures_(failures) {}
    std::size_t most_bytes() const override { return 100; }
    std::size_t most_records() const override { return 3; }
    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override {
        ++calls_;
        if (failures_-- > 0) return std::unexpected(TransformFailure{"T.Down", {.code = Errc::unavailable, .message = "down"}});
        std::vector<TransformOutcome> out;
        for (const auto& record : records) {
            TransformOutcome outcome{.kind = TransformOutcome::Kind::ok,
                                     .data = std::string(record.data),
                                     .partition_keys = {{"id", record.id}},
                                     .code = {},
                                     .message = {}};
            for (auto& c : outcome.data) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            if (record.data == "drop") outcome.kind = TransformOutcome::Kind::dropped;
            if (record.data == "fail") {
                outcome.kind = TransformOutcome::Kind::failed;
                outcome.code = "T.Failed";
            }
            out.push_back(std::move(outcome));
        }
        return out;
    }

   private:
    int& calls_;
    int failures_;
};

class FirstLetter final : public MetadataQuery {
   public:
    Result<std::string> value_in(std::string_view record) override {
        if (record.empty()) return fail(Errc::invalid_argument, "nothing there");
        return std::string(record.substr(0, record.front() == '.' ? 2 : 1));
    }
};

struct Came {
    std::vector<std::string> ready, lost, places;
};

struct Line {
    explicit Line(DeliveryConfig config, std::unique_ptr<Transform> transform = nullptr) {
        spec.config = std::move(config);
        RecordPipeline::Queries queries;
        for (const auto& [name, query] : spec.config.partition) queries.emplace_back(name, std::make_unique<FirstLetter>());
        pipeline =
            RecordPipeline::make(
                spec, std::move(transform), std::move(queries),
                {.ready = [this](const ReadyRecord& record) -> Result<void> {
                     std::string text(record.data);
                     if (record.keys)
                         for (const auto& [name, value] : record.keys->query) text += " " + name + "=" + value;
                     came.ready.push_back(std::move(text));
                     came.places.push_back(record.place.part ? std::to_string(*record.place.part) : "whole");
                     return {};
                 },
                 .lost = [this](const LostRecord& record) -> Result<void> {
                     came.lost.push_back(fmt::format("{} {} {} x{}", record.failure, record.code, record.data, record.attempts));
                     return {};
                 }})
                .value();
    }
    Came put(const std::vector<std::string>& records) {
        for (const auto& record : records)
            REQUIRE(pipeline->add({.offset = offset++, .timestamp = 1, .key = "k", .value = record}, shard));
        REQUIRE(pipeline->flush());
        return std::exchange(came, {});
    }

    DeliverySpec spec;
    ShardRange shard;
    std::int64_t offset = 0;
    Came came;
    std::unique_ptr<RecordPipeline> pipeline;
};

using Texts = std::vector<std::string>;

TEST_CASE("without anything to do records pass as they are") {
    Line line({});
    const auto came = line.put({"a", "", "b"});
    CHECK(came.ready == Texts{"a", "", "b"});
    CHECK(came.places == Texts{"whole", "whole", "whole"});
}

TEST_CASE("what a producer of a stream packed is taken apart, and of a direct put is not") {
    AggregateBuilder builder;
    builder.add({.key = "x", .explicit_hash_key = {}, .data = "one"});
    builder.add({.key = "y", .explicit_hash_key = {}, .data = "two"});
    const std::string packed = builder.finish();
    DeliveryConfig config;
    CHECK(Line(config).put({packed}).ready == Texts{packed});
    config.source = "s";
    const auto came = Line(config).put({packed, "three"});
    CHECK(came.ready == Texts{"one", "two", "three"});
    CHECK(came.places == Texts{"0", "1", "whole"});
}

TEST_CASE("parts are numbered in their record, and what has none is lost whole") {
    DeliveryConfig config;
    config.deaggregate = "json";
    const auto came = Line(config).put({"{}{\"a\":1}", "x", "{}"});
    CHECK(came.ready == Texts{"{}", "{\"a\":1}", "{}"});
    CHECK(came.places == Texts{"0", "1", "0"});
    CHECK(came.lost == Texts{"processing-failed RecordDeAggregation.MalformedData x x1"});
}

TEST_CASE("a transform is given no more than it takes, and each record ends as it says") {
    int calls = 0;
    Line line({}, std::make_unique<Capitals>(calls));
    const auto came = line.put({"a", "drop", "b", "fail", "c", std::string(101, 'x')});
    CHECK(came.ready == Texts{"A", "B", "C"});
    CHECK(came.lost.size() == 2);
    CHECK(std::ranges::count(came.lost, "processing-failed T.Failed fail x1") == 1);
    CHECK(calls == 2);
}

TEST_CASE("a transform that fails is tried again as often as is set, and then its records are lost with the count") {
    DeliveryConfig config;
    config.transform_retries = 1;
    int calls = 0;
    int heard = 0;
    Line tried_again(config, std::make_unique<Capitals>(calls, 1));
    tried_again.pipeline->on_retry([&] { ++heard; });
    CHECK(tried_again.put({"a"}).ready == Texts{"A"});
    CHECK(calls == 2);
    CHECK(heard == 1);
    const auto came = Line(config, std::make_unique<Capitals>(calls, 2)).put({"a", "b"});
    CHECK(came.lost == Texts{"processing-failed T.Down a x2", "processing-failed T.Down b x2"});
    CHECK(calls == 4);
}

TEST_CASE("keys come from what the transform made, and what would lead out of the destination is lost as it was before") {
    DeliveryConfig config;
    config.partition = {{"first", "."}};
    config.prefix = "!{partitionKeyFromQuery:first}/";
    int calls = 0;
    Line line(config, std::make_unique<Capitals>(calls));
    const auto came = line.put({"ab", "", "..c"});
    CHECK(came.ready == Texts{"AB first=A"});
    CHECK(came.lost == Texts{"processing-failed DynamicPartitioning.MetadataExtractionFailed  x1",
                             "processing-failed DynamicPartitioning.MetadataExtractionFailed ..c x1"});
}

TEST_CASE("logs that cannot be decompressed have a folder of their own, and are kept as they came") {
    DeliveryConfig config;
    config.logs = Logs::messages;
    CHECK(Line(config).put({"plain"}).lost == Texts{"decompression-failed Decompression failed. plain x1"});
}

}  // namespace
}  // namespace kns
