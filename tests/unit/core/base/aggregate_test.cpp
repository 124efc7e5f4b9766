#include "core/base/aggregate.hpp"

#include <catch2/catch.hpp>

#include "core/base/base64.hpp"

namespace kns {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string bytes_of(std::string_view hex) { return hex_decode(hex).value(); }

Rows rows_of(AggregateReader reader) {
    Rows rows;
    for (UserRecord record; reader.next(record);)
        rows.push_back({std::string(record.key), std::string(record.explicit_hash_key), std::string(record.data)});
    return rows;
}

// As aws_kinesis_agg for Python packs ("alice", "one"), ("bob", "", 2^128 - 1), ("alice", 00 FF).
const std::string kTheirs = bytes_of(
    "f3899ac20a05616c6963650a03626f6212273334303238323336363932303933383436333436333337343630373433313736383231313435351a0708001a"
    "036f6e651a06080110001a001a0608001a0200ff81d1951ce29cc4f8070e95993d77b788");
const Rows kTheirRows{
    {"alice", "", "one"}, {"bob", "340282366920938463463374607431768211455", ""}, {"alice", "", std::string("\0\xff", 2)}};

TEST_CASE("an aggregate of another implementation is taken apart") {
    const auto reader = AggregateReader::open(kTheirs);
    REQUIRE(reader);
    CHECK(reader->size() == 3);
    CHECK(rows_of(*reader) == kTheirRows);
}

TEST_CASE("an aggregate of ours is what another implementation makes of the same records") {
    AggregateBuilder builder;
    for (const auto& row : kTheirRows) {
        const UserRecord record{row[0], row[1], row[2]};
        const auto at_most = builder.bytes_with(record);
        builder.add(record);
        auto copy = builder;
        CHECK(copy.finish().size() <= at_most);
    }
    CHECK(builder.size() == 3);
    CHECK(builder.finish() == kTheirs);
    CHECK(builder.empty());
}

TEST_CASE("what is not exactly an aggregate is an ordinary record") {
    const std::string nothing = bytes_of("f3899ac2d41d8cd98f00b204e9800998ecf8427e");  // no record in it, and 20 bytes
    for (const std::string& data : {std::string(), std::string("text"), std::string("\xf3\x89\x9a\xc2"), nothing, kTheirs + "x",
                                    kTheirs.substr(1), kTheirs.substr(0, kTheirs.size() - 1)})
        CHECK_FALSE(AggregateReader::open(data));
    for (std::size_t at = 0; at < kTheirs.size(); ++at) {
        auto damaged = kTheirs;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        CHECK_FALSE(AggregateReader::open(damaged));
    }
}

}  // namespace
}  // namespace kns
