// Many user records in one record of a stream, as the Kinesis Producer Library packs them: F3 89 9A C2, a protobuf message,
// the MD5 of the message. Contract: aggregation-format.md of the library.
//
//     AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
//                        repeated Record records = 3 }
//     Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2; required bytes data = 3;
//              repeated Tag tags = 4 }
//
// What is not exactly this is an ordinary record, and so is one that holds nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kns {

struct UserRecord {
    std::string_view key;
    std::string_view explicit_hash_key;  // empty: none
    std::string_view data;
};

// Walks the user records of an aggregate, which it points into.
class AggregateReader {
   public:
    // Nothing if `data` is an ordinary record. Otherwise all of it has been checked.
    static std::optional<AggregateReader> open(std::string_view data);
    std::size_t size() const { return records_; }
    // False behind the last.
    bool next(UserRecord& record);

   private:
    AggregateReader() = default;
    bool read(std::string_view message, UserRecord& record) const;

    std::vector<std::string_view> keys_, explicit_hash_keys_;
    std::string_view left_;  // of the protobuf message
    std::size_t records_ = 0;
};

class AggregateBuilder {
   public:
    void add(const UserRecord& record);
    std::size_t size() const { return records_; }
    bool empty() const { return records_ == 0; }
    // How long the aggregate would be with one more, at most.
    std::size_t bytes_with(const UserRecord& record) const;
    // The aggregate; afterwards it is empty.
    std::string finish();

   private:
    struct Table {
        std::unordered_map<std::string, std::uint64_t> places;
        std::uint64_t place_of(std::string_view text, unsigned field, std::string& message);
    };
    Table keys_, explicit_hash_keys_;
    std::string tables_, messages_;  // encoded
    std::size_t records_ = 0;
};

}  // namespace kns
