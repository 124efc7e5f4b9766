#include "core/base/record_feed.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

namespace kns {
namespace {

std::string batch_of(std::uint32_t shard, std::int64_t base_offset, std::vector<std::string> data) {
    BatchBuilder builder(shard);
    for (const auto& value : data) builder.append("k", value);
    return std::string(builder.finish(base_offset, 5));
}

std::string remark(std::string_view name, std::string_view json) {
    BatchBuilder builder(0);
    builder.append(name, json);
    return std::string(builder.finish(0, 0, kBatchControl));
}

std::string shards(std::int64_t from_offset = 0) {
    return remark(
        "shards",
        fmt::format(
            R"({{"shards":[{{"shard_number":4,"shard_id":"shardId-000000000001","shard_index":1,"created_s":9,"from_offset":{}}}]}})",
            from_offset));
}

std::string chunked(const std::string& body, std::size_t piece) {
    std::string out;
    for (std::size_t at = 0; at < body.size(); at += piece) {
        const auto part = body.substr(at, piece);
        out += fmt::format("{:x}\r\n{}\r\n", part.size(), part);
    }
    return out + "0\r\n\r\n";
}

// A feed of this body, whose chunks have `piece` bytes.
class Source {
   public:
    Source(std::string body, std::size_t piece) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        daemon_ = Fd(ends[1]);
        writer_ = std::thread([this, text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, piece)] {
            static_cast<void>(write_all(daemon_.get(), text));
        });
        HttpConnection connection{Fd(ends[0])};
        REQUIRE(connection.request({.target = "/"}, Deadline::in(5000)));
        feed.emplace(std::move(connection), 5000);
    }
    ~Source() {
        feed.reset();
        writer_.join();
    }
    std::optional<RecordFeed> feed;

   private:
    Fd daemon_;
    std::thread writer_;
};

TEST_CASE("batches come whole whatever the chunks") {
    const std::string large(300'000, 'x');
    const std::string body = shards() + batch_of(4, 0, {"a", "b"}) + remark("idle", "{}") + batch_of(4, 2, {large, large, large}) +
                             batch_of(4, 5, {"c"}) + remark("end", R"({"reason":"until_end"})");
    Source source(body, GENERATE(1000, 61, 4096, 10'000'000));
    std::vector<std::string> data;
    for (;;) {
        const auto got = source.feed->next().value();
        if (got == RecordFeed::Got::end) break;
        REQUIRE(got == RecordFeed::Got::batch);
        CHECK(source.feed->shard().shard_id == "shardId-000000000001");
        RecordReader reader(source.feed->batch());
        RecordView record;
        while (reader.step(record)) data.emplace_back(record.value);
    }
    CHECK(data == std::vector<std::string>{"a", "b", large, large, large, "c"});
    CHECK(source.feed->end_reason() == "until_end");
}

TEST_CASE("batches that lie before what was asked for are left out whole") {
    Source source(shards(3) + batch_of(4, 0, {"a", "b"}) + batch_of(4, 2, {"c", "d"}) + remark("end", "{}"), 1000);
    REQUIRE(source.feed->next().value() == RecordFeed::Got::batch);
    CHECK(parse_batch_header(source.feed->batch())->base_offset == 2);
    CHECK(source.feed->shard().from_offset == 3);
    CHECK(source.feed->next().value() == RecordFeed::Got::end);
}

TEST_CASE("a gap is told with all that is known of it") {
    Source source(
        shards() +
            remark("gap", R"({"shard_id":"shardId-000000000001","first_offset":7,"records":3,"reason":"checksum","more":1})"),
        1000);
    REQUIRE(source.feed->next().value() == RecordFeed::Got::gap);
    CHECK(source.feed->gap().first_offset == 7);
    CHECK(source.feed->gap().records == 3);
    CHECK(source.feed->gap().reason == "checksum");
}

TEST_CASE("a body that ends early, an unknown shard and bytes that are no batch are errors") {
    CHECK(Source(shards(), 1000).feed->next().error().code == Errc::unavailable);
    CHECK(Source(shards() + batch_of(5, 0, {"a"}), 1000).feed->next().error().code == Errc::internal);
    CHECK(Source(std::string(200, 'z'), 1000).feed->next().error().code == Errc::corrupt);
}

}  // namespace
}  // namespace kns
