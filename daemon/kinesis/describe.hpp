// Pieces of answers that several operations share.
#pragma once

#include <span>

#include "core/aws/answer_writer.hpp"
#include "core/aws/value.hpp"
#include "core/stream/stream_directory.hpp"
#include "daemon/aws/api_error.hpp"

namespace kns::aws {

// StreamName, StreamARN, StreamStatus, StreamModeDetails, StreamCreationTimestamp: members of the structure that is open.
void write_names(AnswerWriter& out, const StreamRow& row, std::string_view arn, std::string_view status);
// Those and retention, monitoring, encryption.
void write_stream(AnswerWriter& out, const StreamRow& row, std::string_view arn, std::string_view status);
void write_shards(AnswerWriter& out, const Stream& stream, std::span<const ShardRow* const> shards);
// ChildShards, at a closed shard's end.
void write_children(AnswerWriter& out, const Stream& stream, std::uint32_t shard_number);
void write_tags(AnswerWriter& out, const std::map<std::string, std::string>& tags);

// The place before an offset, as a number: above that of the record before it, below that of the record at it. Its time lies
// before the shard's beginning, which no record's does.
SequenceNumber sequence_before(const ShardRow& shard, std::int64_t offset);
bool is_between_records(const SequenceNumber& sequence);
// The digits behind the last dash, whatever stands before it; the largest number if there are none.
std::uint32_t shard_index_of(std::string_view shard_id);

// A TagMap, checked: characters and the limit of 50.
Outcome<std::map<std::string, std::string>> read_tags(const Value& tags);

}  // namespace kns::aws
