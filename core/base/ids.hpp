// Names and numbers with a shape. Each is made by `parse`, which checks once; whoever holds one need not check again.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

__extension__ using uint128 = unsigned __int128;

// Where things are said to be, in their ARNs.
struct ArnPlace {
    std::string region = "us-east-1", account = "000000000000";  // twelve digits

    // "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"
    std::string arn(std::string_view service, std::string_view kind, std::string_view name) const;
};

// [a-zA-Z0-9_.-]{1,128}; a full ARN is accepted and reduced to its name. Streams, groups, consumers.
class StreamName {
   public:
    static Result<StreamName> parse(std::string_view text, std::string_view noun = "stream");
    const std::string& text() const { return text_; }
    auto operator<=>(const StreamName&) const = default;

   private:
    explicit StreamName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

// The place of a shard in its stream: 0, 1, 2... and "shardId-000000000000".
std::string shard_id_text(std::uint32_t shard_index);
Result<std::uint32_t> parse_shard_id(std::string_view text);  // also "shardId-3" and "3"

// A 128-bit hash key in decimal, as Kinesis writes them.
std::string hash_key_text(uint128 value);
Result<uint128> parse_hash_key(std::string_view text);
// MD5 of the partition key, big-endian: where a record goes.
uint128 hash_of_key(std::string_view partition_key);

// Kinesis' sequence number of layout 2: 47 hex digits read as one decimal number. Frozen: clients store them.
//   '2' | shard creation s (9) | low digit of shard index (1) | counter (16) | '00' | record time s (9) | shard index (8) | '2'
// The counter is the record's offset in its shard.
struct SequenceNumber {
    std::int64_t created_s = 0;  // of the shard
    std::int64_t offset = 0;
    std::int64_t arrival_s = 0;
    std::uint32_t shard_index = 0;

    static constexpr std::size_t kDigits = 56;
    std::array<char, kDigits> digits() const;
    std::string text() const;
    static Result<SequenceNumber> parse(std::string_view text);
    auto operator<=>(const SequenceNumber&) const = default;
};
inline constexpr std::int64_t kClosingCounter = 0x7fffffffffffffff;

// Begins the names of the groups whose positions say what delivery streams have delivered.
inline constexpr std::string_view kDeliveryGroups = "firehose:";

}  // namespace kns
