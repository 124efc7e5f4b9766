#include "core/aws/value.hpp"

#include <catch2/catch.hpp>

#include "core/aws/firehose_shapes.hpp"
#include "core/aws/kinesis_shapes.hpp"

using namespace kns;
using namespace kns::aws;

namespace {

const Shape& input_of(std::string_view operation) { return *find_kinesis_operation(operation)->input; }

std::string refusal(std::string_view operation, std::string json) {
    const auto value = decode_json(input_of(operation), json);
    return value ? "taken" : value.error().message;
}

std::string broken(std::string_view operation, std::string json) {
    const auto value = decode_json(input_of(operation), json);
    return value ? validation_message(violations(input_of(operation), *value)) : "not decoded";
}

}  // namespace

TEST_CASE("a request's members are found by name, whatever else it says") {
    std::string body = R"({"Data":"aGVsbG8=","Extra":{"a":[1,{"b":null}]},"PartitionKey":"a\u00e9\"b","StreamName":null})";
    const auto in = decode_json(input_of("PutRecord"), body);
    REQUIRE(in);
    CHECK((*in)["Data"].blob() == "hello");
    CHECK((*in)["PartitionKey"].text_or("") == "aé\"b");
    CHECK((*in)["StreamName"].is_null());
    CHECK((*in)["NoSuchMember"].is_null());
}

TEST_CASE("a member of another type is refused in the service's words") {
    CHECK(refusal("DescribeStream", R"({"StreamName":3})") == "NUMBER_VALUE can not be converted to a String");
    CHECK(refusal("DescribeStream", R"({"StreamName":true})") == "TRUE_VALUE can not be converted to a String");
    CHECK(refusal("DescribeStream", R"({"Limit":"3"})") == "STRING_VALUE can not be converted to an Integer");
    CHECK(refusal("DescribeStream", R"({"StreamName":{}})") == "Start of structure or map found where not expected.");
    CHECK(refusal("PutRecords", R"({"Records":"x"})") == "Expected list or null");
    CHECK(refusal("PutRecord", R"({"Data":"abc"})") ==
          "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3");
    for (const auto* text : {"", "{", "{}x", "[]", "3", "{\"StreamName\":\"\xff\"}"})
        CHECK(refusal("DescribeStream", text) != "taken");
}

TEST_CASE("a repeated member counts once, the last time") {
    std::string body = R"({"StreamName":"a","StreamName":"b"})";
    const auto in = decode_json(input_of("DescribeStream"), body);
    REQUIRE(in);
    CHECK((*in)["StreamName"].text_or("") == "b");
}

TEST_CASE("a list or map is kept to one element more than it may have") {
    std::string json = R"({"Records":[)";
    for (int i = 0; i < 10'000; ++i) json += i ? ",{}" : "{}";
    json += "]}";
    const auto in = decode_json(input_of("PutRecords"), json);
    REQUIRE(in);
    CHECK((*in)["Records"].list().size() == 501);
}

TEST_CASE("nesting has an end") {
    CHECK(refusal("DescribeStream", R"({"x":)" + std::string(200, '[') + std::string(200, ']') + "}") != "taken");
    CHECK(!decode_cbor(input_of("DescribeStream"), "\xbf\x61x" + std::string(200, '\x9f')));
}

TEST_CASE("timestamps are seconds in JSON and milliseconds behind CBOR's tag") {
    const auto& shape = input_of("GetShardIterator");
    std::string body = R"({"Timestamp":1700000000.5})";
    CHECK((*decode_json(shape, body))["Timestamp"].timestamp() == 1700000000500);
    using namespace std::string_literals;
    const std::string key = "\xa1\x69Timestamp";
    CHECK((*decode_cbor(shape, key + "\xc1\x1b\x00\x00\x01\x8b\xcf\xe5\x69\xf4"s))["Timestamp"].timestamp() == 1700000000500);
    CHECK((*decode_cbor(shape, key + "\xc1\xfb\x41\xd9\x54\xfc\x40\x20\x00\x00"s))["Timestamp"].timestamp() == 1700000000500);
    CHECK((*decode_cbor(shape, key + "\x1b\x00\x00\x01\x8b\xcf\xe5\x69\xf4"s))["Timestamp"].timestamp() == 1700000000500);
    CHECK((*decode_cbor(shape, key + "\x1a\x65\x53\xf1\x00"s))["Timestamp"].timestamp() == 1700000000000);
}

TEST_CASE("CBOR's strings may come in pieces, and its lengths are not believed") {
    using namespace std::string_literals;
    const auto& shape = input_of("PutRecord");
    const auto in = decode_cbor(shape, "\xbf\x64\x44"s + "ata\x5f\x41" + "a\x42" + "bc\xff\x6cPartitionKey\x7f\x61k\xff\xff");
    REQUIRE(in);
    CHECK((*in)["Data"].blob() == "abc");
    CHECK((*in)["PartitionKey"].text_or("") == "k");
    CHECK(!decode_cbor(shape, "\xa1\x64\x44"s + "ata\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"));
    CHECK(!decode_cbor(shape, "\xa1\x64\x44"s + "ata\x63" + "abc"));  // text is no blob here
    CHECK(!decode_cbor(shape, "\xa0\xa0"s));
    CHECK(!decode_cbor(shape, ""));
}

TEST_CASE("broken constraints are told in the service's words, all of them") {
    CHECK(broken("PutRecords", "{}") ==
          "1 validation error detected: Value null at 'records' failed to satisfy constraint: Member must not be null");
    CHECK(broken("CreateStream", R"({"StreamName":"a b","ShardCount":0})") ==
          "2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular "
          "expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'shardCount' failed to satisfy constraint: Member must have value "
          "greater "
          "than or equal to 1");
    CHECK(broken("PutRecords", R"({"Records":[{"Data":"","PartitionKey":""}]})") ==
          "1 validation error detected: Value '' at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have "
          "length "
          "greater than or equal to 1");
    CHECK(
        broken("GetShardIterator", R"({"ShardId":"0","ShardIteratorType":"NEWEST"})") ==
        "1 validation error detected: Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum "
        "value set: [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, LATEST, AT_TIMESTAMP]");
    CHECK(broken("DescribeStream", R"({"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/a"})").starts_with("0 "));
    CHECK(broken("DescribeStream", R"({"StreamARN":"arn:aws:kinesis:us-east-1:0000:stream/a"})").starts_with("1 "));
}

TEST_CASE("every operation of the model is there or refused by name") {
    CHECK(kinesis_operations().size() == 40);
    CHECK(kinesis_operations_not_here().size() == 17);
    for (const auto& operation : kinesis_operations()) CHECK(find_kinesis_operation(operation.name) == &operation);
    CHECK(find_kinesis_operation("CreateQueue") == nullptr);
}

TEST_CASE("blobs are decoded in place, also one with an escape in its text, and outlive the parser") {
    std::string body = R"({"Records":[{"Data":"aGVs\u0062G8=","PartitionKey":"a"},{"Data":")" + std::string(400, 'A') + R"("}]})";
    const auto in = decode_json(input_of("PutRecords"), body);
    REQUIRE(in);
    const auto records = (*in)["Records"].list();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["Data"].blob() == "hello");
    CHECK(records[1]["Data"].blob() == std::string(300, '\0'));
    CHECK(records[1]["Data"].blob()->data() > body.data());
    CHECK(records[1]["Data"].blob()->data() < body.data() + body.size());
    const auto copy = records[0];
    CHECK(copy["Data"].blob() == "hello");
}

TEST_CASE("a blob that is none is quoted as it came, though it was decoded in place") {
    const auto text = std::string(200, 'Q') + "!AAA";
    CHECK(refusal("PutRecord", R"({"Data":")" + text + R"("})") ==
          "'" + std::string(100, 'Q') + "' can not be converted to a Blob: Invalid Base64");
    CHECK(refusal("PutRecord", "{\"Data\":\"\xff\xff\xff\xff\"}") != "taken");
}

TEST_CASE("text that is not UTF-8 is refused, known or not") {
    CHECK(refusal("PutRecord", "{\"PartitionKey\":\"\xff\"}") != "taken");
    CHECK(refusal("PutRecord", "{\"Unknown\":\"\xff\"}") != "taken");
    CHECK(refusal("PutRecord", "{\"\xff\":1}") != "taken");
}

TEST_CASE("patterns that look ahead hold as they are written, and places of AWS's own only count if they are wanted") {
    const auto& tag = *find_firehose_operation("TagDeliveryStream")->input;
    const auto takes_key = [&](std::string_view key) {
        std::string json = fmt::format(R"({{"DeliveryStreamName":"d","Tags":[{{"Key":"{}"}}]}})", key);
        return violations(tag, decode_json(tag, json).value()).empty();
    };
    for (const auto* good : {"a", "aw", "aws", "awsx", "team:web", "x aws:", "\xc3\xa9t\xc3\xa9"}) {
        INFO(good);
        CHECK(takes_key(good));
    }
    for (const auto* bad : {"aws:", "aws:x", "!", "!abc", "a!", "aw!", "team#1"}) {
        INFO(bad);
        CHECK_FALSE(takes_key(bad));
    }
    const auto& create = *find_firehose_operation("CreateDeliveryStream")->input;
    const auto endpoint = [&](std::string_view url, std::string_view name, bool strict) {
        std::string json =
            fmt::format(R"({{"DeliveryStreamName":"d","HttpEndpointDestinationConfiguration":{{"EndpointConfiguration":{{)"
                        R"("Url":"{}","Name":"{}"}},"S3Configuration":{{"RoleARN":"arn:aws:iam::000000000000:role/r",)"
                        R"("BucketARN":"arn:aws:s3:::lake"}}}}}})",
                        url, name);
        return violations(create, decode_json(create, json).value(), strict).size();
    };
    CHECK(endpoint("http://127.0.0.1:1/", "n", false) == 0);
    CHECK(endpoint("http://127.0.0.1:1/", "n", true) == 1);
    CHECK(endpoint("https://host/", "n", true) == 0);
    CHECK(endpoint("https://host/", "  ", false) == 1);
    CHECK(endpoint("https://host/", " n", false) == 0);
}
