// Records coming down: the body of GET .../batches, taken apart into batches and the daemon's remarks between them.
//
// The CRC of a batch is not computed a second time: the daemon has checked it against what is on the disk, and a Unix
// socket does not change bytes. Lengths are checked all the same, so a wrong batch is an error and never a read outside
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/describe.hpp"
#include "core/base/record_batch.hpp"
#include "core/base/unix_http.hpp"

namespace kns {

// A shard that records come from.
struct FeedShard {
    std::uint32_t shard_number = 0;
    std::string shard_id{};
    std::uint32_t shard_index = 0;
    std::int64_t created_s = 0;
    std::int64_t from_offset = 0;  // what a batch holds before this was not asked for

    static constexpr auto fields() {
        return std::tuple{field("shard_number", &FeedShard::shard_number), field("shard_id", &FeedShard::shard_id),
                          field("shard_index", &FeedShard::shard_index), field("created_s", &FeedShard::created_s),
                          field("from_offset", &FeedShard::from_offset)};
    }
};

// Records that are lost.
struct FeedGap {
    std::string shard_id{};
    std::int64_t first_offset = 0;
    std::uint64_t records = 0;
    std::string reason{};

    static constexpr auto fields() {
        return std::tuple{field("shard_id", &FeedGap::shard_id), field("first_offset", &FeedGap::first_offset),
                          field("records", &FeedGap::records), field("reason", &FeedGap::reason)};
    }
};

class RecordFeed {
   public:
    // So many bytes behind a batch can be read, whatever they are: for parsers that read in large words.
    static constexpr std::size_t kSlackBytes = 64;

    // `patience`: how long the daemon may be silent.
    RecordFeed(HttpConnection connection, Ms patience, int interrupt_fd = -1);

    enum class Got { batch, gap, end };
    // Waits for the next of them. `cancelled` if the interrupt came first.
    Result<Got> next();
    // The same, but nothing for a remark that says neither: so that whoever has other things to wait for need not wait here.
    Result<std::optional<Got>> step();
    // Whether `step` would have to wait.
    bool would_wait();
    int fd() const { return connection_.fd(); }  // to poll while it would

    // After Got::batch, until the next call:
    Bytes batch() const { return batch_; }
    const FeedShard& shard() const { return *shard_; }
    // All shards that were named so far, by number; some may have no records yet.
    const std::unordered_map<std::uint32_t, FeedShard>& shards() const { return shards_; }
    // After Got::gap and Got::end:
    const FeedGap& gap() const { return gap_; }
    const std::string& end_reason() const { return end_reason_; }

    // Goes on with another answer to the same question, asked with `resume_query`: what has been received is not received again.
    void go_on(HttpConnection connection);
    // "resume=5:100,6:0"; nothing before the daemon has said which shards there are.
    std::optional<std::string> resume_query() const;

   private:
    std::size_t held() const { return filled_ - at_; }
    std::optional<std::size_t> whole_batch() const;  // its size, if one has been received
    Result<void> receive();
    Result<std::optional<Got>> read_remark(Bytes batch);
    void make_room(std::size_t bytes);

    HttpConnection connection_;
    Ms patience_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_;
    std::size_t at_ = 0, filled_ = 0;

    int interrupt_fd_;
    std::unordered_map<std::uint32_t, FeedShard> shards_;
    std::unordered_map<std::uint32_t, std::int64_t> next_;  // the offset behind what was received, by shard
    UnixMs not_before_ms_ = 0;
    Bytes batch_;
    const FeedShard* shard_ = nullptr;
    FeedGap gap_;
    std::string end_reason_;
};

}  // namespace kns
