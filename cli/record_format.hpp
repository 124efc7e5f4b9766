// How a record is written for its reader: as its data, or as an object that tells all about it.
//
//   text    the data (or its base64 or hex text), a newline
//   ndjson  {"stream","shard_id","sequence_number","partition_key","arrival_time","data"}; where the data is not UTF-8, or
//           another encoding is asked for, "data_base64" or "data_hex" stands instead of "data"
//   json    the same objects as one array
//   tsv     sequence number, shard, partition key, arrival time, data; tab, newline and backslash as \t \n \\ .
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/aggregate.hpp"
#include "core/base/record_batch.hpp"
#include "core/base/record_feed.hpp"

namespace kns::cli {

// Whether records that a producer packed together are written one by one, each with its "sub_sequence_number".
enum class Aggregates { as_stored, taken_apart };

class RecordFormat {
   public:
    RecordFormat(std::string stream, Format format, Encoding encoding, Aggregates aggregates = Aggregates::as_stored);

    // Calls `use` with each record that a reader is to see of this one: itself, or its user records. False from it: enough.
    template <class Use>
    void each(const RecordView& record, Use use) const {
        auto aggregate = aggregates_ == Aggregates::taken_apart ? AggregateReader::open(record.value) : std::nullopt;
        if (!aggregate) {
            use(record, std::nullopt);
            return;
        }
        RecordView part = record;
        std::uint64_t number = 0;
        for (UserRecord user; aggregate->next(user);) {
            part.key = user.key;
            part.explicit_hash_key = user.explicit_hash_key;
            part.value = user.data;
            if (!use(part, std::optional(number++))) return;
        }
    }

    // Appends one record. In json, commas between records are the caller's business.
    void append(std::string& out, const RecordView& record, const FeedShard& shard,
                std::optional<std::uint64_t> sub_sequence_number = {});

    // The most common case, data as it is: callers with much to write need not go through `append`.
    bool is_plain() const { return format_ == Format::text && encoding_ == Encoding::raw && aggregates_ == Aggregates::as_stored; }
    Format format() const { return format_; }

   private:
    void append_object(std::string& out, const RecordView& record, const FeedShard& shard,
                       std::optional<std::uint64_t> sub_sequence_number);
    void append_columns(std::string& out, const RecordView& record, const FeedShard& shard);
    const std::string& arrival_text(std::int64_t arrival_ms);

    std::string stream_;
    Format format_;
    Encoding encoding_;
    Aggregates aggregates_;
    std::int64_t arrival_ms_ = -1;  // of arrival_text_: the records of a batch share it
    std::string arrival_text_;
};

}  // namespace kns::cli
