#include "core/firehose/lambda_event.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

constexpr auto kArn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/d";

std::vector<TransformInput> two() {
    return {{.id = "a", .data = "one", .arrival = 1495072949453}, {.id = "b", .data = "", .arrival = 1495072949454}};
}

std::vector<TransformOutcome> read(std::string_view answer) {
    const auto inputs = two();
    return read_lambda_answer(answer, inputs).value();
}

TEST_CASE("the event is Firehose's; a stream's records say more of themselves") {
    auto inputs = two();
    CHECK(lambda_event(kArn, "", "i", inputs) ==
          R"({"invocationId":"i","deliveryStreamArn":"arn:aws:firehose:eu-west-1:123456789012:deliverystream/d",)"
          R"("region":"eu-west-1","records":[{"recordId":"a","approximateArrivalTimestamp":1495072949453,"data":"b25l"},)"
          R"({"recordId":"b","approximateArrivalTimestamp":1495072949454,"data":""}]})");
    inputs.pop_back();
    inputs[0].shard_id = "shardId-000000000000";
    inputs[0].partition_key = "k";
    inputs[0].sequence_number = "49";
    CHECK(lambda_event(kArn, "arn:aws:kinesis:s", "i", inputs).find(R"("sourceKinesisStreamArn":"arn:aws:kinesis:s")") !=
          std::string::npos);
    CHECK(lambda_event(kArn, "arn:aws:kinesis:s", "i", inputs)
              .find(R"("kinesisRecordMetadata":{"shardId":"shardId-000000000000","partitionKey":"k",)"
                    R"("approximateArrivalTimestamp":1495072949453,"sequenceNumber":"49","subsequenceNumber":0})") !=
          std::string::npos);
}

TEST_CASE("a topic's records are asked and answered under names of their own") {
    std::vector<TransformInput> inputs{{.id = "a", .data = "one", .arrival = 1495072949453, .partition_id = "3", .offset = "17"}};
    CHECK(lambda_event(kArn, "kafka://h:9092/t", "i", inputs) ==
          R"({"invocationId":"i","deliveryStreamArn":"arn:aws:firehose:eu-west-1:123456789012:deliverystream/d",)"
          R"("sourceMSKArn":"kafka://h:9092/t","region":"eu-west-1","records":[{"recordId":"a",)"
          R"("approximateArrivalTimestamp":1495072949453,"kafkaRecordValue":"b25l",)"
          R"("mskRecordMetadata":{"offset":"17","partitionId":"3","approximateArrivalTimestamp":1495072949453}}]})");
    const auto out = read_lambda_answer(R"({"records":[{"recordId":"a","result":"Ok","kafkaRecordValue":"dHdv"}]})", inputs);
    REQUIRE(out);
    CHECK(out->front().data == "two");
}

TEST_CASE("each record has the result that the answer has for its id, in whatever order") {
    const auto out = read(R"({"records":[{"recordId":"b","result":"Dropped"},
        {"recordId":"a","result":"Ok","data":"dHdv","metadata":{"partitionKeys":{"k":"v","n":1}}}]})");
    REQUIRE(out.size() == 2);
    CHECK(out[0].kind == TransformOutcome::Kind::ok);
    CHECK(out[0].data == "two");
    CHECK(out[0].partition_keys == std::map<std::string, std::string>{{"k", "v"}});
    CHECK(out[1].kind == TransformOutcome::Kind::dropped);
}

TEST_CASE("a record fails by itself if the answer says so, lacks it, or has it twice") {
    const auto said = read(R"({"records":[{"recordId":"a","result":"ProcessingFailed","data":""}]})");
    CHECK(said[0].code == "Lambda.ProcessingFailedStatus");
    const auto routed = read(R"({"records":[{"recordId":"a","result":"Ok","metadata":{"otfMetadata":{"operation":"delete"}}},
        {"recordId":"b","result":"Ok","metadata":{"otfMetadata":{"operation":"insert"}}}]})");
    CHECK(routed[0].code == "Lambda.ProcessingFailedStatus");
    CHECK(routed[1].kind == TransformOutcome::Kind::ok);
    CHECK(said[1].code == "Lambda.MissingRecordId");
    const auto twice = read(R"({"records":[{"recordId":"a","result":"Ok","data":""},{"recordId":"a","result":"Ok","data":""},
        {"recordId":"b","result":"Ok","data":""},{"recordId":"c","result":"Ok"}]})");
    CHECK(twice[0].code == "Lambda.DuplicatedRecordId");
    CHECK(twice[1].kind == TransformOutcome::Kind::ok);
}

TEST_CASE("an answer that is none fails all of them") {
    const auto inputs = two();
    const std::pair<const char*, const char*> cases[] = {
        {"nothing", "Lambda.JsonProcessingException"},
        {"{}", "Lambda.JsonProcessingException"},
        {R"({"records":[{"recordId":"a","result":"ok"}]})", "Lambda.JsonProcessingException"},
        {R"({"records":[{"recordId":"a"}]})", "Lambda.JsonProcessingException"},
        {R"({"records":[{"recordId":"a","result":"Ok","data":"*"}]})", "Lambda.FunctionError"},
    };
    for (const auto& [answer, code] : cases) {
        const auto out = read_lambda_answer(answer, inputs);
        REQUIRE_FALSE(out);
        CHECK(out.error().code == code);
    }
    CHECK(read_lambda_answer(std::string(kMostLambdaBytes + 1, ' '), inputs).error().code == "Lambda.FunctionError");
}

}  // namespace
}  // namespace kns
