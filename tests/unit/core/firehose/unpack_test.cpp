#include "core/firehose/unpack.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>

namespace kns {
namespace {

std::string gzipped(std::string_view text) {
    z_stream stream{};
    REQUIRE(::deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(::deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    ::deflateEnd(&stream);
    return out;
}

TEST_CASE("gzip is taken back, of one member or several") {
    const std::string long_text(300'000, 'x');
    CHECK(decompress_gzip(gzipped("hello"), 100).value() == "hello");
    CHECK(decompress_gzip(gzipped(""), 100).value().empty());
    CHECK(decompress_gzip(gzipped("a") + gzipped(long_text) + gzipped("b"), 1 << 20).value() == "a" + long_text + "b");
}

TEST_CASE("what is no gzip, is cut off or holds too much is an error, and a bomb takes no more memory than is allowed") {
    const std::string whole = gzipped("some text that is compressed");
    CHECK(decompress_gzip("plain", 100).error().message == "it is no gzip stream");
    CHECK(decompress_gzip("", 100).error().message == "its gzip stream is cut off");
    CHECK(decompress_gzip(whole.substr(0, whole.size() - 3), 100).error().message == "its gzip stream is cut off");
    CHECK(decompress_gzip(whole + "x", 100).error().message == "its gzip stream is cut off");
    std::string wrong = whole;
    wrong[wrong.size() - 8] ^= 1;  // its checksum
    CHECK(decompress_gzip(wrong, 100).error().message == "it is no gzip stream");
    const std::string bomb = gzipped(std::string(50 << 20, '\0'));
    CHECK(bomb.size() < 100'000);
    CHECK(decompress_gzip(bomb, 1 << 20).error().message == "it holds more than 1048576 bytes");
    CHECK(decompress_gzip(gzipped("12345"), 5).value() == "12345");
    CHECK_FALSE(decompress_gzip(gzipped("123456"), 5));
}

TEST_CASE("messages are taken out of CloudWatch Logs' data; a control message has none") {
    CHECK(log_messages(R"({"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","message":"a"},{"message":"b \" c"}]})").value() ==
          std::vector<std::string>{"a", "b \" c"});
    CHECK(log_messages(R"({"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]})").value().empty());
    for (const auto* odd : {"", "[]", "{}", R"({"messageType":"DATA_MESSAGE"})", R"({"messageType":"X","logEvents":[]})",
                            R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":1}]})"})
        CHECK_FALSE(log_messages(odd));
}

TEST_CASE("a record is taken apart into its JSON objects") {
    const Deaggregation json = parse_deaggregation("json").value();
    using Parts = std::vector<std::string_view>;
    CHECK(parts_of(json, R"({"a":1}{"b":"}{\"" }  {"c":[{},{"d":2}]})").value() ==
          Parts{R"({"a":1})", R"({"b":"}{\"" })", R"({"c":[{},{"d":2}]})"});
    CHECK(parts_of(json, "{}\n{}\r\n").value() == Parts{"{}", "{}"});
    CHECK(parts_of(json, " \n").value().empty());
    CHECK(parts_of(json, R"({"a":1} x)").error().message == "byte 8 of the record begins no JSON object");
    CHECK(parts_of(json, R"([{"a":1}])").error().message == "byte 0 of the record begins no JSON object");
    CHECK(parts_of(json, R"({}{"a":1)").error().message == "the JSON object at byte 2 of the record has no end");
    CHECK_FALSE(parts_of(json, R"({"a":"\)"));
}

TEST_CASE("a record is taken apart at its delimiter, and nothing is made of nothing") {
    using Parts = std::vector<std::string_view>;
    const Deaggregation by = parse_deaggregation("delimited:--").value();
    CHECK(parts_of(by, "a--b----c--").value() == Parts{"a", "b", "c"});
    CHECK(parts_of(by, "a-b").value() == Parts{"a-b"});
    CHECK(parts_of(by, "--").value().empty());
    CHECK(parts_of(parse_deaggregation("").value(), "").value() == Parts{""});
    for (const auto* odd : {"xml", "delimited", "delimited:"}) CHECK_FALSE(parse_deaggregation(odd));
}

}  // namespace
}  // namespace kns
