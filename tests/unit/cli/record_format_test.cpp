#include "cli/record_format.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace kns::cli {
namespace {

const FeedShard kShard{.shard_number = 4, .shard_id = "shardId-000000000001", .shard_index = 1, .created_s = 1'700'000'000};

std::string written(Format format, Encoding encoding, const RecordView& record) {
    std::string out;
    RecordFormat("clicks", format, encoding).append(out, record, kShard);
    return out;
}

RecordView record_of(std::string_view data, std::optional<std::string_view> key = std::nullopt) {
    return {.offset = 3, .timestamp = 1'700'000'001'234, .key = key, .value = data};
}

TEST_CASE("text is the data and a newline") {
    CHECK(written(Format::text, Encoding::raw, record_of("a\tb")) == "a\tb\n");
    CHECK(written(Format::text, Encoding::base64, record_of("foo")) == "Zm9v\n");
    CHECK(written(Format::text, Encoding::hex, record_of("\xff")) == "ff\n");
}

TEST_CASE("an object tells all, and its sequence number is that of the record") {
    const auto json = parse_json(written(Format::ndjson, Encoding::raw, record_of("a\"b", "k"))).value();
    CHECK(*json["stream"].as_string() == "clicks");
    CHECK(*json["shard_id"].as_string() == "shardId-000000000001");
    CHECK(*json["partition_key"].as_string() == "k");
    CHECK(*json["arrival_time"].as_string() == "2023-11-14T22:13:21.234Z");
    CHECK(*json["data"].as_string() == "a\"b");
    const auto sequence = SequenceNumber::parse(*json["sequence_number"].as_string()).value();
    CHECK(sequence == SequenceNumber{.created_s = 1'700'000'000, .offset = 3, .arrival_s = 1'700'000'001, .shard_index = 1});
}

TEST_CASE("data that is not UTF-8 stands as base64, and without a key there is none") {
    const auto json = parse_json(written(Format::json, Encoding::raw, record_of("\xff\xfe"))).value();
    CHECK(*json["data_base64"].as_string() == "//4=");
    CHECK_FALSE(json.has("data"));
    CHECK(json["partition_key"].is_null());
    CHECK(*parse_json(written(Format::ndjson, Encoding::hex, record_of("a")))->operator[]("data_hex").as_string() == "61");
}

TEST_CASE("tsv keeps a record on one line of five columns") {
    const auto line = written(Format::tsv, Encoding::raw, record_of("a\tb\nc\\", "k\t1"));
    CHECK(line.ends_with("\tshardId-000000000001\tk\\t1\t2023-11-14T22:13:21.234Z\ta\\tb\\nc\\\\\n"));
    CHECK(std::ranges::count(line, '\t') == 4);
}

}  // namespace
}  // namespace kns::cli
