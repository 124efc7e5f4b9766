// How many shards a stream in on-demand mode gets.
#include <catch2/catch.hpp>

#include "core/stream/on_demand.hpp"

using namespace kns;

TEST_CASE("the load of a shard is the larger part of what it may take in") {
    CHECK(load_of(1 << 20, 10) == 1.0);
    CHECK(load_of(1 << 10, 2500) == 2.5);
}

TEST_CASE("an on-demand stream has room for twice its highest load, and never less than four shards") {
    CHECK(wanted_shards(4, 0.1, 0) == 4);
    CHECK(wanted_shards(4, 2.0, 0) == 4);
    CHECK(wanted_shards(4, 2.1, 0) == 5);
    CHECK(wanted_shards(1, 0, 0) == 2);  // on its way to four
    CHECK(wanted_shards(150, 5000, 0) == 200);
    CHECK(wanted_shards(200, 5000, 0) == 200);
    CHECK(wanted_shards(500, 250, 0) == 500);  // it had so many in the other mode: that it may not grow takes none away
}

TEST_CASE("an on-demand stream doubles or halves at most in one step") {
    CHECK(wanted_shards(4, 60, 0) == 8);
    CHECK(wanted_shards(64, 1, 0) == 32);
    CHECK(wanted_shards(9, 2, 0) == 5);
    CHECK(wanted_shards(7, 2, 0) == 7);  // not for less than half
}

TEST_CASE("shards that somebody asked to be kept warm stay") {
    CHECK(wanted_shards(4, 0, 6) == 6);
    CHECK(wanted_shards(40, 0, 40) == 40);
    CHECK(wanted_shards(500, 0, 500) == 500);
}

TEST_CASE("a peak is kept for thirty days, and written down when it is clearly a new one") {
    LoadPeaks peaks;
    const UnixMs first = 20'000 * kDay;
    CHECK(peaks.add(first, 8));
    CHECK_FALSE(peaks.add(first + kHour, 8.1));
    CHECK_FALSE(peaks.add(first + kHour, 2));
    CHECK(peaks.add(first + kDay, 3));
    CHECK(peaks.text() == "20000:8.000 20001:3.000");
    CHECK(LoadPeaks::of(peaks.text()).text() == peaks.text());
    CHECK(peaks.highest() == 8);
    CHECK(peaks.add(first + 30 * kDay, 1));
    CHECK(peaks.highest() == 3);
}

TEST_CASE("what is no list of peaks is read as far as it is one") {
    CHECK(LoadPeaks::of("").empty());
    CHECK(LoadPeaks::of("nonsense").empty());
    CHECK(LoadPeaks::of("1:2 x").text() == "1:2.000");
}

TEST_CASE("another mode begins without what the one before has seen") {
    StreamRow row;
    row.mode = kOnDemand;
    row.load_peaks = "1:2";
    set_mode(row, std::string(kOnDemand));
    CHECK(row.load_peaks == "1:2");
    set_mode(row, "provisioned");
    CHECK(row.load_peaks.empty());
}
