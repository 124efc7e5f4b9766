#include "cli/append_link.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/base/record_batch.hpp"

namespace kns::cli {
namespace {

Parcel parcel_of(std::string_view data, std::size_t batches) {
    Parcel parcel;
    for (std::size_t i = 0; i < batches; ++i) {
        BatchBuilder builder(1);
        builder.append(std::nullopt, data);
        const auto batch = builder.finish(0, 0);
        parcel.slips.push_back(
            {.at = parcel.bytes, .bytes = batch.size(), .records = 1, .data_bytes = data.size(), .first_record = i + 1});
        parcel.memory += batch;
        parcel.bytes += batch.size();
    }
    return parcel;
}

// A link, and the daemon's end of it in the test's hand.
struct Pair {
    Pair() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        daemon = Fd(ends[1]);
        link.emplace(Fd(ends[0]), "", memory);
    }
    void say(std::string_view text) {
        REQUIRE(write_all(daemon.get(), text));
        REQUIRE(link->exchange());
    }
    ParcelMemory memory;
    Fd daemon;
    std::optional<AppendLink> link;
};

TEST_CASE("batches are numbered in the order they are queued, across parcels") {
    Pair pair;
    pair.link->queue(parcel_of("a", 2));
    pair.link->queue(parcel_of("b", 1));
    REQUIRE(pair.link->exchange());
    char bytes[4096];
    const auto got = ::read(pair.daemon.get(), bytes, sizeof bytes);
    Bytes rest = as_bytes({bytes, static_cast<std::size_t>(got)});
    for (std::int64_t number = 0; number < 3; ++number) {
        const auto header = parse_batch_header(rest).value();
        CHECK(header.base_offset == number);
        CHECK(batch_crc_matches(rest.first(header.total_bytes())));
        rest = rest.subspan(header.total_bytes());
    }
    CHECK(rest.empty());
}

TEST_CASE("what is acknowledged is counted, what is not is kept") {
    Pair pair;
    pair.link->queue(parcel_of("abc", 3));
    const auto all = pair.link->unacknowledged_bytes();
    pair.say("{\"acked\":1,\"records\":1,\"bytes\":70}\n{\"acked\":2,");
    CHECK(pair.link->stored().records == 1);
    CHECK(pair.link->unanswered().records == 2);
    CHECK(pair.link->unacknowledged_bytes() == all / 3 * 2);
    pair.say("\"records\":2,\"bytes\":140}\n");
    CHECK(pair.link->stored().bytes == 6);
    CHECK_FALSE(pair.link->all_answered());
    pair.say("{\"acked\":3,\"records\":3,\"bytes\":210}\n");
    CHECK(pair.link->all_answered());
    CHECK(pair.link->unacknowledged_bytes() == 0);
}

TEST_CASE("a refused batch comes back with its bytes and the reason, and is not counted as stored") {
    Pair pair;
    pair.link->queue(parcel_of("x", 3));
    pair.say(R"({"batch":1,"error":{"code":"conflict","message":"closed","details":{"reason":"shard_closed"}}})"
             "\n"
             R"({"acked":3})"
             "\n");
    CHECK(pair.link->stored().records == 2);
    const auto refused = pair.link->take_refused();
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].by_closed_shard());
    CHECK(refused[0].slip.first_record == 2);
    RecordReader reader(as_bytes(refused[0].batch()));
    RecordView record;
    REQUIRE(reader.step(record));
    CHECK(record.value == "x");
    CHECK_FALSE(pair.link->has_refused());
}

TEST_CASE("other refusals are not taken for closed shards") {
    Pair pair;
    pair.link->queue(parcel_of("x", 1));
    pair.say(R"({"batch":0,"error":{"code":"disk_full","message":"no space"}})"
             "\n"
             R"({"acked":1})"
             "\n");
    const auto refused = pair.link->take_refused();
    REQUIRE(refused.size() == 1);
    CHECK_FALSE(refused[0].by_closed_shard());
    CHECK(refused[0].error.code == Errc::disk_full);
}

TEST_CASE("a daemon that goes away before it has answered is an error, afterwards it is not") {
    Pair pair;
    pair.link->queue(parcel_of("x", 1));
    SECTION("before") {
        REQUIRE(pair.link->exchange());
        pair.daemon.reset();
        const auto outcome = pair.link->exchange();
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == Errc::outcome_unknown);
        CHECK(pair.link->unanswered().records == 1);
    }
    SECTION("after") {
        pair.link->no_more();
        pair.say("{\"acked\":1}\n");
        pair.daemon.reset();
        CHECK(pair.link->exchange());
    }
}

TEST_CASE("acknowledgements that make no sense are errors") {
    const auto* line =
        GENERATE("{\"acked\":2}\n", "{\"batch\":1,\"error\":{}}\n", "acked\n", "{\"acked\":-1}\n", "{\"acked\":\"1\"}\n");
    Pair pair;
    pair.link->queue(parcel_of("x", 1));
    REQUIRE(write_all(pair.daemon.get(), line));
    CHECK_FALSE(pair.link->exchange());
}

TEST_CASE("an error without a batch ends the connection with its reason") {
    Pair pair;
    pair.link->queue(parcel_of("x", 1));
    REQUIRE(write_all(pair.daemon.get(), R"({"error":{"code":"corrupt","message":"damaged","hint":"h"}})"
                                         "\n"));
    const auto outcome = pair.link->exchange();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == Errc::corrupt);
    CHECK(outcome.error().hint == "h");
}

}  // namespace
}  // namespace kns::cli
