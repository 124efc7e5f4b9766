#include "core/config/delivery_test_file.hpp"

#include <catch2/catch.hpp>

#include "core/base/base64.hpp"

namespace kns {
namespace {

Result<DeliveryTests> tests_of(const char* text) { return read_delivery_tests({"t.yaml", "/here", text}); }

TriedObject object_of(std::string key, std::string content) {
    TriedObject out;
    out.key = std::move(key);
    out.content = std::move(content);
    out.records = 1;
    out.made_at = "2026-01-02T03:09:05.000Z";
    return out;
}

TEST_CASE("a file of tests says the settings, the records with their times, and what is expected") {
    const auto file = tests_of(R"(
name: lake
delivery: {transform: ./clean.sh, partition: {k: .k}}
tests:
  - records:
      - one
      - {data: two, after: 61s, key: p}
      - {base64: dGhyZWU=, at: 2026-01-03T00:00:00Z}
    expect: [{key: k=*, records: 3}]
  - name: second
)");
    REQUIRE(file);
    CHECK(file->name == "lake");
    CHECK(file->config.to == "s3://bucket/");
    CHECK(file->config.transform == "/here/clean.sh");
    REQUIRE(file->tests.size() == 2);
    const auto& records = file->tests[0].records;
    REQUIRE(records.size() == 3);
    CHECK(base64_decode(records[0].data_base64).value() == "one");
    CHECK(records[1].arrival_ms - records[0].arrival_ms == 61'000);
    CHECK(records[1].partition_key == "p");
    CHECK(format_time(records[2].arrival_ms) == "2026-01-03T00:00:00.000Z");
    CHECK(file->tests[0].name == "test 1");
    CHECK(file->tests[1].name == "second");
}

TEST_CASE("a file that is none is refused at its place") {
    CHECK(tests_of("tests: []").error().message == "t.yaml has no delivery to test");
    CHECK(tests_of("delivery: {prefx: a}").error().message.starts_with("t.yaml:1:12: "));
    CHECK(tests_of("delivery: {partition: {a: .a}, prefix: b}").error().text().find("partition key") != std::string::npos);
    CHECK(tests_of("delivery: {}\ntests: [{records: [{data: a, at: 2026-01-02T00:00:00Z}, {data: b, at: 2026-01-01T00:00:00Z}]}]")
              .error()
              .message.find("cannot arrive before the one above it") != std::string::npos);
    CHECK_FALSE(tests_of("delivery: {}\ntests: {}"));
}

TEST_CASE("what was made is compared with what was expected, in no order, and nothing may be left") {
    DeliveryTest test;
    test.expected = {ExpectedObject{.key = "b=*"}, ExpectedObject{.key = "a=?*", .content = "1\n"}};
    test.expected[1].key = "a=*-*";
    const Trial trial{.objects = {object_of("a=1/x-y", "1\n"), object_of("b=2/x", "2\n")}};
    CHECK(differences(test, trial).empty());

    test.expected[1].content = "2\n";
    const auto wrong = differences(test, trial);
    REQUIRE(wrong.size() == 2);
    CHECK(wrong[0] == R"({content: "2\n", key: "a=*-*"}: content is "1\n", not "2\n")");
    CHECK(wrong[1] == R"(made, but not expected: a=1/x-y with 1 records: "1\n")");

    test.expected = {ExpectedObject{.failure = "processing-failed"}};
    CHECK(differences(test, Trial{}) == std::vector<std::string>{"{failure: processing-failed}: nothing of this kind is made"});
    CHECK(differences(DeliveryTest{}, Trial{}).empty());
}

}  // namespace
}  // namespace kns
