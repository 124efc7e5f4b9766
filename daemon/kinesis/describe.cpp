#include "daemon/kinesis/describe.hpp"

#include <algorithm>

#include "core/stream/shard_filter.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxTags = 50;

bool is_tag_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
               std::string_view(" _./=+-@:%").find(c) != std::string_view::npos;
    });
}

}  // namespace

void write_names(AnswerWriter& out, const StreamRow& row, std::string_view arn, std::string_view status) {
    out.key("StreamName").text(row.name).key("StreamARN").text(arn).key("StreamStatus").text(status);
    out.key("StreamModeDetails").begin_structure();
    out.key("StreamMode").text(row.mode == "on-demand" ? "ON_DEMAND" : "PROVISIONED").end_structure();
    out.key("StreamCreationTimestamp").timestamp(row.created_ms / kSecond * kSecond);
}

void write_stream(AnswerWriter& out, const StreamRow& row, std::string_view arn, std::string_view status) {
    write_names(out, row, arn, status);
    out.key("RetentionPeriodHours").integer(row.retention_ms / kHour);
    out.key("EnhancedMonitoring").begin_list().begin_structure().key("ShardLevelMetrics").begin_list();
    for (const auto& metric : row.shard_metrics) out.text(metric);
    out.end_list().end_structure().end_list();
    out.key("EncryptionType").text(row.encrypted() ? "KMS" : "NONE");
    if (row.encrypted()) out.key("KeyId").text(row.kms_key.empty() ? "alias/aws/kinesis" : row.kms_key);
}

SequenceNumber sequence_before(const ShardRow& shard, std::int64_t offset) {
    return {shard.created_s, offset, shard.created_s - 1, shard.index};
}

bool is_between_records(const SequenceNumber& sequence) { return sequence.arrival_s < sequence.created_s; }

void write_shards(AnswerWriter& out, const Stream& stream, std::span<const ShardRow* const> shards) {
    out.begin_list();
    for (const auto* shard : shards) {
        out.begin_structure().key("ShardId").text(shard_id_text(shard->index));
        const auto parent = [&](std::string_view name, std::optional<std::uint32_t> number) {
            if (const auto* row = number ? stream.shard_by_number(*number) : nullptr) out.key(name).text(shard_id_text(row->index));
        };
        parent("ParentShardId", shard->parent);
        parent("AdjacentParentShardId", shard->adjacent_parent);
        out.key("HashKeyRange").begin_structure();
        out.key("StartingHashKey")
            .text(hash_key_text(shard->hash_first))
            .key("EndingHashKey")
            .text(hash_key_text(shard->hash_last));
        out.end_structure().key("SequenceNumberRange").begin_structure();
        out.key("StartingSequenceNumber").text(sequence_before(*shard, 0).text());
        if (shard->closed_ms)
            out.key("EndingSequenceNumber")
                .text(SequenceNumber{shard->created_s, kClosingCounter, *shard->closed_ms / kSecond, shard->index}.text());
        out.end_structure().end_structure();
    }
    out.end_list();
}

void write_children(AnswerWriter& out, const Stream& stream, std::uint32_t shard_number) {
    out.begin_list();
    for (const auto* child : children_of(stream, shard_number)) {
        out.begin_structure().key("ShardId").text(shard_id_text(child->index)).key("ParentShards").begin_list();
        for (const auto& parent : {child->parent, child->adjacent_parent})
            if (const auto* row = parent ? stream.shard_by_number(*parent) : nullptr) out.text(shard_id_text(row->index));
        out.end_list().key("HashKeyRange").begin_structure();
        out.key("StartingHashKey")
            .text(hash_key_text(child->hash_first))
            .key("EndingHashKey")
            .text(hash_key_text(child->hash_last));
        out.end_structure().end_structure();
    }
    out.end_list();
}

void write_tags(AnswerWriter& out, const std::map<std::string, std::string>& tags) {
    out.begin_list();
    for (const auto& [key, value] : tags) out.begin_structure().key("Key").text(key).key("Value").text(value).end_structure();
    out.end_list();
}

std::uint32_t shard_index_of(std::string_view shard_id) {
    const auto dash = shard_id.rfind('-');
    return parse_shard_id(dash == std::string_view::npos ? shard_id : shard_id.substr(dash + 1)).value_or(~0u);
}

Outcome<std::map<std::string, std::string>> read_tags(const Value& tags) {
    std::map<std::string, std::string> out;
    const auto* map = tags.map();
    if (!map) return out;
    for (const auto& [key, value] : *map) {
        if (!is_tag_text(key) || !is_tag_text(value.text_or("")))
            return refuse(
                "InvalidArgumentException",
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - "
                "% @.");
        out[key] = value.text_or("");
    }
    if (out.size() > kMaxTags)
        return refuse("InvalidArgumentException", "Failed to add tags: a resource can have at most {} tags.", kMaxTags);
    return out;
}

}  // namespace kns::aws
