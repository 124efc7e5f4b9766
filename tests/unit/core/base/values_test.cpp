// Small value types: ids, times, sizes, JSON, encodings.
#include <openssl/evp.h>

#include <catch2/catch.hpp>

#include "core/base/api/stream.hpp"
#include "core/base/base64.hpp"
#include "core/base/edit_distance.hpp"
#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/time.hpp"

using namespace kns;

TEST_CASE("a sequence number has 56 digits, keeps its parts, and sorts by offset") {
    const SequenceNumber number{1'700'000'000, 12'345, 1'700'000'100, 17};
    const auto text = number.text();
    CHECK(text.size() == 56);
    CHECK(text.starts_with("49"));
    CHECK(*SequenceNumber::parse(text) == number);
    auto later = number;
    later.offset += 1;
    CHECK(later.text() > text);
}

TEST_CASE("a sequence number of any parts is read back as it was written") {
    std::uint64_t random = 88172645463325252;
    const auto next = [&random] {
        random ^= random << 13;
        random ^= random >> 7;
        return random ^= random << 17;
    };
    for (int i = 0; i < 10'000; ++i) {
        const unsigned few = next() % 64;  // small numbers too
        const SequenceNumber number{
            static_cast<std::int64_t>((next() >> few) & 0xfffffffff), static_cast<std::int64_t>((next() >> few) >> 1),
            static_cast<std::int64_t>((next() >> few) & 0xfffffffff), static_cast<std::uint32_t>(next() >> few)};
        REQUIRE(*SequenceNumber::parse(number.text()) == number);
    }
}

TEST_CASE("what is not a sequence number of this layout is refused") {
    CHECK_FALSE(SequenceNumber::parse("5"));
    CHECK_FALSE(SequenceNumber::parse(std::string(56, '9')));
    CHECK_FALSE(SequenceNumber::parse(std::string(56, 'x')));
}

TEST_CASE("the hash of a partition key is its MD5 as a number") {
    // md5("a") = 0cc175b9c0f1b6a831c399e269772661
    CHECK(hash_key_text(hash_of_key("a")) == "16955237001963240173058271559858726497");
    CHECK(hash_key_text(*parse_hash_key("340282366920938463463374607431768211455")) == "340282366920938463463374607431768211455");
    CHECK_FALSE(parse_hash_key("340282366920938463463374607431768211456"));
    CHECK_FALSE(parse_hash_key("-1"));
}

TEST_CASE("stream names are checked, and ARNs reduced to them") {
    CHECK(StreamName::parse("a-b_c.9")->text() == "a-b_c.9");
    CHECK(StreamName::parse("arn:aws:kinesis:us-east-1:000000000000:stream/clicks")->text() == "clicks");
    for (const auto* bad : {"", "a b", "a/b", "..", "ü"}) CHECK_FALSE(StreamName::parse(bad));
    CHECK_FALSE(StreamName::parse(std::string(129, 'a')));
}

TEST_CASE("durations, sizes and times are read as people write them") {
    CHECK(*parse_duration("300") == 300'000);
    CHECK(*parse_duration("1h30m") == 5'400'000);
    CHECK(*parse_duration("250ms") == 250);
    for (const auto* bad : {"", "h", "3x", "-5s", "1h-"}) CHECK_FALSE(parse_duration(bad));
    CHECK(*parse_size("5MiB") == 5u << 20);
    CHECK(*parse_size("100") == 100);
    for (const auto* bad : {"", "MiB", "5 apples", "-1"}) CHECK_FALSE(parse_size(bad));
    const UnixMs now = 1'700'000'000'000;
    CHECK(*parse_time("2023-11-14T22:13:20Z", 0) == now);
    CHECK(*parse_time("2023-11-14T23:13:20+01:00", 0) == now);
    CHECK(*parse_time("1700000000", 0) == now);
    CHECK(*parse_time("1700000000000", 0) == now);
    CHECK(*parse_time("-10m", now) == now - 600'000);
    for (const auto* bad : {"", "yesterday", "2023-13-01", "2023-11-14T25:00"}) CHECK_FALSE(parse_time(bad, now));
    CHECK(format_time(now) == "2023-11-14T22:13:20.000Z");
    for (const Ms d : {0ll, 1ll, 1500ll, 60'000ll, 86'400'000ll, 604'800'000ll}) CHECK(*parse_duration(format_duration(d)) == d);
}

TEST_CASE("JSON goes in and out unchanged") {
    const auto text =
        GENERATE("{}", "[]", R"({"a":[1,-2,3.5,true,null,"x\n\"\u0001"]})", R"("\ud83d\ude00")", "18446744073709551615");
    const auto parsed = parse_json(text);
    REQUIRE(parsed);
    JsonWriter out;
    parsed->write(out);
    const auto again = parse_json(out.text());
    REQUIRE(again);
    JsonWriter twice;
    again->write(twice);
    CHECK(twice.text() == out.text());
}

TEST_CASE("what is not JSON is refused") {
    for (const auto* bad : {"", "{", "[1,]", "nul", "1 2", "\"\xff\"", "{\"a\":}"}) CHECK_FALSE(parse_json(bad));
    CHECK_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
}

TEST_CASE("a JSON path finds members and elements") {
    const auto json = parse_json(R"({"user":{"ids":[{"n":7}]}})");
    REQUIRE(json);
    CHECK(*json->at_path("user.ids[0].n")->as_int() == 7);
    CHECK(*json->at_path("$.user.ids[0].n")->as_int() == 7);
    for (const auto* none : {"user.name", "user.ids[1]", "user[0]", "user.ids[x]"}) CHECK(json->at_path(none) == nullptr);
}

TEST_CASE("a struct is read strictly, and the error names the field") {
    CHECK(from_json_text<CreateStream>(R"({"name":"s","shard_count":2})")->shard_count == 2);
    CHECK(from_json_text<CreateStream>(R"({"shards":2})").error().message == "unknown field \"shards\"");
    CHECK(from_json_text<CreateStream>(R"({"shard_count":-1})").error().text().starts_with("shard_count:"));
    CHECK(from_json_text<CreateStream>(R"({"shards":2})", Unknown::ignore));
}

TEST_CASE("base64 and hex are strict and reversible") {
    for (const std::string text : {"", "f", "fo", "foo", "foob", "\xff\xfe"}) {
        CHECK(*base64_decode(base64_encode(text)) == text);
        CHECK(*hex_decode(hex_encode(text)) == text);
    }
    CHECK(base64_encode("foob") == "Zm9vYg==");
    for (const auto* bad : {"Zg=", "Zg", "Z===", "Zh==", "Zm9v YmFy"}) CHECK_FALSE(base64_decode(bad));
    for (const auto* bad : {"f", "zz"}) CHECK_FALSE(hex_decode(bad));
}

TEST_CASE("base64 of any length is OpenSSL's") {
    std::string bytes;
    for (std::size_t size = 0; size < 400; ++size) {
        std::string theirs(size / 3 * 4 + 5, '\0');
        const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(theirs.data()),
                                           reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(size));
        theirs.resize(static_cast<std::size_t>(length));
        std::string ours = "before";
        base64_encode_append(ours, bytes);
        REQUIRE(ours == "before" + theirs);
        std::string back = "before";
        REQUIRE(base64_decode_append(back, theirs));
        REQUIRE(back == "before" + bytes);
        bytes += static_cast<char>(size * 151 + size / 7);
    }
}

TEST_CASE("base64 refuses every character that is not of its alphabet, wherever it stands") {
    const std::string good(120, 'A');
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < good.size() - 4; ++at)  // behind that, '=' may be padding
        for (int c = 0; c < 256; ++c) {
            std::string text = good;
            text[at] = static_cast<char>(c);
            std::string out = "before";
            if (base64_decode_append(out, text)) {
                ++accepted;
                REQUIRE(base64_encode(std::string_view(out).substr(6)) == text);
            } else {
                REQUIRE(out == "before");
            }
        }
    CHECK(accepted == (good.size() - 4) * 64);
}

TEST_CASE("a swapped pair of letters is one mistake") {
    CHECK(edit_distance("clikcs", "clicks") == 1);
    CHECK(nearest("clikcs", std::vector<std::string>{"orders", "clicks"}) == "clicks");
    CHECK_FALSE(nearest("weather", std::vector<std::string>{"orders", "clicks"}));
}
