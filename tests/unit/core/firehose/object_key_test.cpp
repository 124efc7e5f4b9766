#include "core/firehose/object_key.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace kns {
namespace {

// 2026-03-07T05:09:08.123Z, a Saturday, day 66
constexpr UnixMs kInstant = 1'772'860'148'123;

std::string evaluated(std::string_view prefix, PrefixKind kind = PrefixKind::data) {
    std::uint64_t seed = 1;
    return ObjectPrefix::parse(prefix, kind).value().evaluate(kInstant, seed, "processing-failed");
}

TEST_CASE("the test's instant is what it says") { REQUIRE(format_time(kInstant) == "2026-03-07T05:09:08.123Z"); }

TEST_CASE("date patterns are read as Java's DateTimeFormatter reads them") {
    struct Case {
        const char *pattern, *expected;
    };
    const Case c = GENERATE(values<Case>({
        {"yyyy/MM/dd/HH/", "2026/03/07/05/"},
        {"yyyy-MM-dd'T'HH:mm:ss", "2026-03-07T05:09:08"},
        {"'year='yyyy/'month='MM/", "year=2026/month=03/"},
        {"yy u y", "26 2026 2026"},
        {"M d H m s", "3 7 5 9 8"},
        {"MMM MMMM EEE EEEE", "Mar March Sat Saturday"},
        {"DDD D", "066 66"},
        {"hh a h", "05 AM 5"},
        {"SSS", "000"},
        {"''yyyy''", "'2026'"},
        {"'o''clock'", "o'clock"},
        {"'''a'''", "'a'"},
        {"'a''b''c'", "a'b'c"},
        {"'yyyy'", "yyyy"},
        {"", ""},
    }));
    INFO(c.pattern);
    const auto pattern = DatePattern::parse(c.pattern);
    REQUIRE(pattern);
    CHECK(pattern->format(kInstant) == c.expected);
}

TEST_CASE("noon and midnight are twelve") {
    CHECK(DatePattern::parse("h a")->format(0) == "12 AM");
    CHECK(DatePattern::parse("h a")->format(12 * kHour) == "12 PM");
    CHECK(DatePattern::parse("h a")->format(23 * kHour) == "11 PM");
}

TEST_CASE("date patterns that mean nothing here are refused by their letter") {
    struct Case {
        const char *pattern, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"yyyy-MM-DDT", "the date pattern \"yyyy-MM-DDT\" uses the letter T, which kns does not know"},
        {"MMMMM", "the date pattern \"MMMMM\" has too many letters M"},
        {"yyyy'x", "the date pattern \"yyyy'x\" has a quote that is not closed"},
        {"[yyyy]", "the date pattern \"[yyyy]\" uses [, which DateTimeFormatter reserves"},
    }));
    const auto pattern = DatePattern::parse(c.pattern);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().message == c.message);
}

TEST_CASE("a prefix is literal but for its expressions") {
    CHECK(evaluated("logs/!{timestamp:yyyy}/") == "logs/2026/");
    CHECK(evaluated("!{timestamp:'y='yyyy'/m='MM}-x") == "y=2026/m=03-x");
    CHECK(evaluated("!a{b}!{timestamp:dd}") == "!a{b}07");
    SECTION("without any it gets the date behind it, and no slash before") {
        CHECK(evaluated("") == "2026/03/07/05/");
        CHECK(evaluated("logs/") == "logs/2026/03/07/05/");
        CHECK(evaluated("legacy") == "legacy2026/03/07/05/");
    }
    SECTION("any expression at all stops that") { CHECK(evaluated("x!{firehose:random-string}/").size() == 1 + 11 + 1); }
    SECTION("an error prefix never gets a date by itself") {
        CHECK(evaluated("bad/", PrefixKind::error) == "bad/");
        CHECK(evaluated("bad/!{firehose:error-output-type}/!{timestamp:yyyy}/", PrefixKind::error) ==
              "bad/processing-failed/2026/");
    }
}

TEST_CASE("each use of random-string is another string, and the same in every attempt") {
    const std::string twice = evaluated("!{firehose:random-string}/!{firehose:random-string}/");
    CHECK(twice.substr(0, 11) != twice.substr(12, 11));
    CHECK(twice == evaluated("!{firehose:random-string}/!{firehose:random-string}/"));
}

TEST_CASE("a prefix that could not work is refused when it is given") {
    struct Case {
        const char* prefix;
        PrefixKind kind;
        const char* message;
    };
    const Case c = GENERATE(values<Case>({
        {"a/!{timestamp:yyyy", PrefixKind::data, "the prefix \"a/!{timestamp:yyyy\" has an expression without its closing brace"},
        {"!{date}/", PrefixKind::data, "the prefix has an unknown expression !{date}"},
        {"!{partitionKeyFromQuery:}/", PrefixKind::data, "!{partitionKeyFromQuery:} names no key"},
        {"!{firehose:error-output-type}/!{partitionKeyFromQuery:id}/", PrefixKind::error,
         "an error prefix cannot have !{partitionKeyFromQuery:id}: a failed record may have no such key"},
        {"!{firehose:error-output-type}/", PrefixKind::data,
         "!{firehose:error-output-type} belongs into the error prefix, not the prefix"},
        {"e/!{timestamp:yyyy}/", PrefixKind::error, "an error prefix with expressions must contain !{firehose:error-output-type}"},
        {"../up/", PrefixKind::data, "the object's name holds \"..\", which would lead elsewhere"},
        {"a/../../up/", PrefixKind::data, "the object's name holds \"..\", which would lead elsewhere"},
        {"a/!{timestamp:'..'}/", PrefixKind::data, "the object's name holds \"..\", which would lead elsewhere"},
        {"./", PrefixKind::data, "the object's name holds \".\", which would lead elsewhere"},
        {"/abs/", PrefixKind::data, "the object's name cannot begin with a slash"},
        {"a\nb", PrefixKind::data, "the object's name holds a control character"},
    }));
    INFO(c.prefix);
    const auto prefix = ObjectPrefix::parse(c.prefix, c.kind);
    REQUIRE_FALSE(prefix);
    CHECK(prefix.error().message == c.message);
}

TEST_CASE("prefixes and names have an end") {
    CHECK_FALSE(ObjectPrefix::parse(std::string(1025, 'a')));
    CHECK_FALSE(ObjectPrefix::parse(std::string(300, 'a') + "/"));
    CHECK(ObjectPrefix::parse(std::string(200, 'a') + "/"));
    CHECK_FALSE(validate_key(std::string(1024, '/').replace(0, 1, "a") + "ab"));
    CHECK_FALSE(validate_key(std::string_view("a\0b", 3)));
    CHECK_FALSE(validate_key("a/"));
    CHECK(validate_key("a/b..c/...d"));
}

TEST_CASE("a key says the delivery stream, its version and the instant, and is unlike any other") {
    const auto prefix = ObjectPrefix::parse("out/!{timestamp:yyyy}/").value();
    const ObjectNaming naming{.delivery = "clicks", .version = 3, .extension = ".gz"};
    const std::string key = object_key(prefix, naming, kInstant, {5, 7}).value();
    CHECK_THAT(key, Catch::Matches("out/2026/clicks-3-2026-03-07-05-09-08-"
                                   "00000000-0005-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\.gz"));
    CHECK(key == object_key(prefix, naming, kInstant, {5, 7}).value());
    std::set<std::string> keys;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) keys.insert(object_key(prefix, naming, kInstant, {0, seed}).value());
    CHECK(keys.size() == 1000);
    std::string before = object_key(prefix, naming, kInstant, {0, 7}).value();
    for (const std::uint64_t place : {1ull, 0xffffull, 0x10000ull, 0x123456789ull}) {
        const std::string next = object_key(prefix, naming, kInstant, {place, 7}).value();
        CHECK(before < next);
        before = next;
    }
}

TEST_CASE("seeds are frozen: an older kns must have made the same names") {
    CHECK(seed_from("clicks/1/s/0:0-10") != seed_from("clicks/1/s/0:0-11"));
    std::uint64_t seed = seed_from("clicks/1/s/0:0-10");
    CHECK(ObjectPrefix::parse("!{firehose:random-string}")->evaluate(0, seed) == "5ixs2v3kJy3");
}

TEST_CASE("a prefix has the values of partition keys where it names them, and no date of its own then") {
    const auto prefix =
        ObjectPrefix::parse("c=!{partitionKeyFromQuery:c}/!{partitionKeyFromLambda:c}-!{partitionKeyFromQuery:c}/").value();
    std::uint64_t seed = 0;
    CHECK(prefix.evaluate(0, seed, {}, {.query = {{"c", "x"}, {"d", "y"}}, .lambda = {{"c", "z"}}}) == "c=x/z-x/");
    CHECK(prefix.keys() == PartitionKeys{.query = {{"c", "x"}}, .lambda = {{"c", "x"}}});
}

}  // namespace
}  // namespace kns
