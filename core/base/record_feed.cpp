#include "core/base/record_feed.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace kns {
namespace {

constexpr std::size_t kBufferBytes = 512 << 10;  // grows for larger batches, up to kMaxBatchBytes

struct Remark {
    std::vector<FeedShard> shards{};
    std::string reason{};
    UnixMs not_before_ms = 0;

    static constexpr auto fields() {
        return std::tuple{field("shards", &Remark::shards), field("reason", &Remark::reason),
                          field("not_before_ms", &Remark::not_before_ms)};
    }
};

}  // namespace

RecordFeed::RecordFeed(HttpConnection connection, Ms patience, int interrupt_fd)
    : connection_(std::move(connection)),
      patience_(patience),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes + kSlackBytes)),
      capacity_(kBufferBytes),
      interrupt_fd_(interrupt_fd) {
    connection_.watch_for_interrupt(interrupt_fd);
    connection_.watch_output(STDOUT_FILENO);
}

void RecordFeed::go_on(HttpConnection connection) {
    connection_ = std::move(connection);
    connection_.watch_for_interrupt(interrupt_fd_);
    connection_.watch_output(STDOUT_FILENO);
    at_ = filled_ = 0;  // half a batch is nothing
}

std::optional<std::string> RecordFeed::resume_query() const {
    if (next_.empty()) return std::nullopt;
    std::string out = "resume=";
    for (const auto& [shard, next] : next_) out += fmt::format("{}{}:{}", out.ends_with('=') ? "" : ",", shard, next);
    if (not_before_ms_ > 0) out += fmt::format("&not_before={}", percent_encode(format_time(not_before_ms_)));
    return out;
}

std::optional<std::size_t> RecordFeed::whole_batch() const {
    if (held() < kBatchHeaderBytes) return std::nullopt;
    const auto header = parse_batch_header(as_bytes({buffer_.get() + at_, held()}));
    if (!header) return kBatchHeaderBytes;  // `next` will say what is wrong with it
    return header->total_bytes() <= held() ? std::optional(header->total_bytes()) : std::nullopt;
}

bool RecordFeed::would_wait() { return !whole_batch() && !connection_.body_is_ready(); }

void RecordFeed::make_room(std::size_t bytes) {
    if (at_ + bytes <= capacity_ && filled_ < capacity_) return;
    const std::size_t keep = held();
    if (bytes > capacity_) {
        const std::size_t larger = std::max(bytes, std::min(2 * capacity_, kMaxBatchBytes));
        auto grown = std::make_unique_for_overwrite<char[]>(larger + kSlackBytes);
        std::memcpy(grown.get(), buffer_.get() + at_, keep);
        buffer_ = std::move(grown);
        capacity_ = larger;
    } else if (at_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + at_, keep);
    }
    at_ = 0;
    filled_ = keep;
}

Result<void> RecordFeed::receive() {
    std::size_t wanted = kBatchHeaderBytes;
    if (held() >= kBatchHeaderBytes) wanted = KNS_TRY(parse_batch_header(as_bytes({buffer_.get() + at_, held()}))).total_bytes();
    make_room(wanted);
    const Deadline deadline = patience_ > 0 ? Deadline::in(patience_) : Deadline();
    const auto got = KNS_TRY(connection_.read_body({buffer_.get() + filled_, capacity_ - filled_}, deadline));
    if (got == 0) return fail(Errc::unavailable, "the daemon stopped sending before the end").hint("kns daemon logs");
    filled_ += got;
    return {};
}

Result<RecordFeed::Got> RecordFeed::next() {
    for (;;)
        if (const auto got = KNS_TRY(step())) return *got;
}

Result<std::optional<RecordFeed::Got>> RecordFeed::step() {
    std::optional<std::size_t> size;
    while (!(size = whole_batch())) KNS_TRY(receive());
    const Bytes bytes = as_bytes({buffer_.get() + at_, *size});
    const BatchHeader header = KNS_TRY(context(parse_batch_header(bytes), "the daemon's answer"));
    at_ += *size;
    if (at_ == filled_) at_ = filled_ = 0;
    if (header.is_control()) return context(read_remark(bytes), "the daemon's answer");
    const auto shard = shards_.find(header.shard_number);
    if (shard == shards_.end())
        return fail(Errc::internal, "the daemon sent records of shard number {} without saying which it is", header.shard_number);
    if (header.last_offset() < shard->second.from_offset) return std::nullopt;
    next_[header.shard_number] = header.last_offset() + 1;
    batch_ = bytes;
    shard_ = &shard->second;
    return Got::batch;
}

Result<std::optional<RecordFeed::Got>> RecordFeed::read_remark(Bytes batch) {
    RecordReader reader(batch);
    RecordView record;
    if (!KNS_TRY(reader.next(record)) || !record.key) return fail(Errc::internal, "a remark without a name");
    if (*record.key == "gap") {
        gap_ = KNS_TRY(from_json_text<FeedGap>(record.value, Unknown::ignore));
        return Got::gap;
    }
    if (*record.key != "shards" && *record.key != "end") return std::nullopt;  // idle, and what newer daemons may add
    auto remark = KNS_TRY(from_json_text<Remark>(record.value, Unknown::ignore));
    if (*record.key == "end") {
        end_reason_ = std::move(remark.reason);
        return Got::end;
    }
    not_before_ms_ = std::max(not_before_ms_, remark.not_before_ms);
    for (auto& shard : remark.shards) {
        next_.try_emplace(shard.shard_number, shard.from_offset);
        shards_.insert_or_assign(shard.shard_number, std::move(shard));
    }
    return std::nullopt;
}

}  // namespace kns
