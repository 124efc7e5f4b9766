#include "daemon/worker/sql/stream_input.hpp"

#include "daemon/worker/daemon_answer.hpp"

namespace kns {
namespace {

constexpr std::size_t kBatchesAtOnce = 16;
constexpr int kSilentDaemons = 3;  // that go away without having sent anything, before it is no use

std::string target_of(const std::string& stream, const std::string& place, bool until_end) {
    return fmt::format("/v1/streams/{}/batches?{}&{}", percent_encode(stream), place, until_end ? "until_end=1" : "follow=1");
}

}  // namespace

Result<HttpConnection> StreamInput::connect(const std::string& place) const {
    return std::move(KNS_TRY(ask_daemon(socket_, {.method = "GET", .target = target_of(stream_, place, until_end_)})).connection);
}

Result<std::unique_ptr<StreamInput>> StreamInput::open(const std::string& socket, std::string stream, const std::string& from,
                                                       bool until_end) {
    std::unique_ptr<StreamInput> out(new StreamInput(socket, std::move(stream), until_end));
    out->feed_.emplace(KNS_TRY(out->connect("from=" + percent_encode(from))), 0);
    return out;
}

// The daemon restarts, or was killed: the one that follows has the rest.
Result<void> StreamInput::go_on() {
    const auto resume = ++silent_daemons_ > kSilentDaemons ? std::nullopt : feed_->resume_query();
    if (!resume) return fail(Errc::unavailable, "the daemon stopped sending before the end").hint("kns daemon logs");
    feed_->go_on(KNS_TRY(connect(*resume)));
    return {};
}

Result<void> StreamInput::give_batch(sql::TableFeed& into) {
    const FeedShard& shard = feed_->shard();
    RecordReader reader(feed_->batch());
    RecordView record;
    sql::RecordMeta meta{.shard_id = shard.shard_id, .source = stream_};
    meta.sequence = {.created_s = shard.created_s, .shard_index = shard.shard_index};
    while (reader.step(record)) {
        if (record.offset < shard.from_offset) continue;
        meta.arrival_us = record.timestamp * 1000;
        meta.partition_key = record.key.value_or("");
        meta.offset = record.offset;
        meta.sequence.offset = record.offset, meta.sequence.arrival_s = record.timestamp / 1000;
        into.record(record.value, meta, shard.shard_number);
    }
    return reader.outcome();
}

Result<TableInput::State> StreamInput::read(sql::TableFeed& into) {
    static_assert(RecordFeed::kSlackBytes >= sql::kRecordPadding);
    for (std::size_t n = 0; n < kBatchesAtOnce; ++n) {
        if (feed_->would_wait()) return State::waiting;
        const auto got = feed_->step();
        // Time waits for every shard that there is, from its first mention on.
        if (feed_->shards().size() != known_shards_) {
            known_shards_ = feed_->shards().size();
            for (const auto& [number, shard] : feed_->shards()) into.set_split(number, true);
        }
        if (!got) {
            if (got.error().code != Errc::unavailable && got.error().code != Errc::outcome_unknown)
                return std::unexpected(got.error());
            KNS_TRY(go_on());
            continue;
        }
        silent_daemons_ = 0;
        if (!*got) continue;
        switch (**got) {
            case RecordFeed::Got::batch: KNS_TRY(give_batch(into)); break;
            case RecordFeed::Got::gap:
                warning_ = fmt::format("{}: {} records from offset {} on are lost: {}", feed_->gap().shard_id, feed_->gap().records,
                                       feed_->gap().first_offset, feed_->gap().reason);
                break;
            case RecordFeed::Got::end:
                if (feed_->end_reason() == "restarting") {
                    KNS_TRY(go_on());
                    break;
                }
                if (feed_->end_reason() == "stopping")
                    return fail(Errc::unavailable, "the daemon was stopped").hint("kns daemon start");
                return State::ended;
        }
    }
    return State::more;
}

Result<std::vector<std::string>> first_records(const std::string& socket, const std::string& stream, std::size_t limit) {
    const std::string target = fmt::format("{}&limit={}", target_of(stream, "from=start", true), limit);
    RecordFeed feed(std::move(KNS_TRY(ask_daemon(socket, {.method = "GET", .target = target})).connection), 10 * kSecond);
    std::vector<std::string> out;
    while (out.size() < limit) {
        const auto got = KNS_TRY(feed.next());
        if (got == RecordFeed::Got::end) break;
        if (got != RecordFeed::Got::batch) continue;
        RecordReader reader(feed.batch());
        RecordView record;
        while (out.size() < limit && reader.step(record))
            if (record.offset >= feed.shard().from_offset) out.emplace_back(record.value);
    }
    return out;
}

}  // namespace kns
