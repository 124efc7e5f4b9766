#include "cli/consumer.hpp"

#include <poll.h>

#include <algorithm>
#include <climits>

namespace kns::cli {
namespace {

constexpr std::size_t kMaxPendingBytes = 8 << 20;  // however many records were asked for
constexpr Ms kFirstPause = kSecond, kLongestPause = 30 * kSecond;

// After these the daemon may be there again in a moment: it was restarted, or is busy.
bool may_pass(const Error& error) {
    return error.code == Errc::unavailable || error.code == Errc::timed_out || error.code == Errc::conflict ||
           error.code == Errc::outcome_unknown || error.code == Errc::disk_full;
}

// Pauses that double, and the number of attempts that is left.
class Retries {
   public:
    explicit Retries(std::optional<std::uint64_t> most) : left_(most) {}

    bool any_left() const { return !left_ || *left_ > 0; }
    Ms next_pause() {
        if (left_) --*left_;
        return std::exchange(pause_, std::min(2 * pause_, kLongestPause));
    }

   private:
    std::optional<std::uint64_t> left_;
    Ms pause_ = kFirstPause;
};

}  // namespace

Consumer::Consumer(Context& kns, ConsumeOptions options, RecordFormat format, BatchCommand command)
    : kns_(kns), options_(std::move(options)), format_(std::move(format)), command_(std::move(command)) {}

Result<ExitCode> Consumer::run() {
    auto group = KNS_TRY(ConsumerGroup::join(kns_.daemon, options_.stream, options_.group, options_.from));
    auto outcome = work(group);
    group.leave();
    kns_.out.note(fmt::format("{} record{} in {} batch{} consumed", grouped(records_), records_ == 1 ? "" : "s", grouped(batches_),
                              batches_ == 1 ? "" : "es"));
    return outcome;
}

Result<ExitCode> Consumer::work(ConsumerGroup& group) {
    Retries retries(options_.retries);
    for (;;) {
        const auto before = records_;
        auto next = read(group);
        if (interrupt_.requested()) return ExitCode::interrupted;
        if (records_ > before) retries = Retries(options_.retries);
        if (!next) {
            if (!may_pass(next.error()) || !retries.any_left()) return std::unexpected(std::move(next.error()));
            const Ms pause = retries.next_pause();
            kns_.out.warn(fmt::format("{}; again in {}", next.error().text(), format_duration(pause)));
            wait(group, pause);
            static_cast<void>(group.renew());  // if it still fails, reading will say so
            continue;
        }
        if (*next == Next::finish) return lost_records_ ? ExitCode::partial : ExitCode::done;
    }
}

Result<RecordFeed> Consumer::open_feed(const ConsumerGroup& group) {
    std::string ranges;
    for (const auto& shard : group.shards()) {
        if (ended_.contains(shard.shard_number)) continue;
        ranges += fmt::format("{}{}:{}", ranges.empty() ? "" : ",", shard.shard_number, shard.next_offset);
    }
    auto opened = KNS_TRY(kns_.daemon.open({.method = "GET",
                                            .target = fmt::format("{}/batches?range={}&{}=1", path_of("streams", options_.stream),
                                                                  ranges, options_.until_end ? "until_end" : "follow")},
                                           kns_.daemon.deadline()));
    return RecordFeed(std::move(opened.connection), 0, interrupt_.fd());
}

// Reads the shards that are ours until they are read, or others.
Result<Consumer::Next> Consumer::read(ConsumerGroup& group) {
    pending_ = {};
    shards_changed_ = false;
    const bool any = std::ranges::any_of(group.shards(), [&](const auto& shard) { return !ended_.contains(shard.shard_number); });
    if (!any) {
        if (options_.until_end) return Next::finish;
        wait(group, group.until_renewal());
        return renew(group);
    }
    auto feed = KNS_TRY(open_feed(group));
    const auto shards = group.shards();
    const auto next = KNS_TRY(read_feed(group, feed));
    if (next != Next::finish) return next;
    for (const auto& shard : shards) ended_.insert(shard.shard_number);
    KNS_TRY(group.renew());  // their children may be ours now
    return Next::reopen;
}

Result<Consumer::Next> Consumer::read_feed(ConsumerGroup& group, RecordFeed& feed) {
    for (;;) {
        if (interrupt_.requested()) return Next::reopen;
        Next next = Next::read;
        if (group.until_renewal() <= 0) next = KNS_TRY(renew(group));
        if (next == Next::read && feed.would_wait()) {
            next = KNS_TRY(wait_for_records(group, feed));
        } else if (next == Next::read) {
            switch (KNS_TRY(feed.next())) {
                case RecordFeed::Got::batch: next = KNS_TRY(take_batch(group, feed)); break;
                case RecordFeed::Got::gap: report(feed); break;
                case RecordFeed::Got::end:
                    if (feed.end_reason() == "restarting" || feed.end_reason() == "stopping")
                        return fail(Errc::unavailable, "the daemon is {}", feed.end_reason());
                    next = KNS_TRY(deliver(group));
                    return next == Next::read ? Next::finish : next;
            }
        }
        if (next != Next::read) return next;
    }
}

Result<Consumer::Next> Consumer::take_batch(ConsumerGroup& group, const RecordFeed& feed) {
    RecordReader reader(feed.batch());
    RecordView record;
    const auto& shard = feed.shard();
    while (reader.step(record)) {
        if (record.offset < shard.from_offset) continue;
        if (pending_.records == 0) pending_.deadline = Deadline::in(options_.max_wait);
        format_.each(record, [&](const RecordView& part, std::optional<std::uint64_t> sub_sequence_number) {
            format_.append(pending_.lines, part, shard, sub_sequence_number);
            ++pending_.records;
            return true;  // the position is that of the whole
        });
        pending_.positions[shard.shard_number] = record.offset + 1;
        if (pending_.records < options_.batch && pending_.lines.size() < kMaxPendingBytes) continue;
        if (const auto next = KNS_TRY(deliver(group)); next != Next::read) return next;
    }
    KNS_TRY(reader.outcome());
    return Next::read;
}

Result<Consumer::Next> Consumer::wait_for_records(ConsumerGroup& group, RecordFeed& feed) {
    if (pending_.records > 0 && pending_.deadline.passed()) return deliver(group);
    const Ms longest = std::min(group.until_renewal(), pending_.records > 0 ? pending_.deadline.left() : INT_MAX);
    pollfd watched[2] = {{.fd = feed.fd(), .events = POLLIN, .revents = 0},
                         {.fd = interrupt_.fd(), .events = POLLIN, .revents = 0}};
    ::poll(watched, 2, static_cast<int>(std::clamp<Ms>(longest, 0, INT_MAX)));
    return Next::read;
}

Result<Consumer::Next> Consumer::deliver(ConsumerGroup& group) {
    Retries retries(options_.retries);
    while (pending_.records > 0) {
        if (interrupt_.requested()) return Next::reopen;
        bool said = false;
        const BatchCommand::Meanwhile meanwhile{.due_in = [&] { return group.until_renewal(); },
                                                .act =
                                                    [&] {
                                                        shards_changed_ |= group.renew().value_or(false);
                                                        if (interrupt_.requested() && !std::exchange(said, true))
                                                            kns_.out.note(fmt::format("waiting for {} to end", command_.name()));
                                                    }};
        const int code = KNS_TRY(command_.run(pending_.lines, pending_.records, meanwhile));
        if (code == 0) {
            shards_changed_ |= KNS_TRY(context(group.commit(pending_.positions), "committing the position"));
            records_ += pending_.records;
            ++batches_;
            pending_ = {};
            break;
        }
        if (interrupt_.requested()) return Next::reopen;
        if (!retries.any_left())
            return fail(Errc::cancelled, "{} ended with {}: its {} record{} not consumed", command_.name(), code,
                        grouped(pending_.records), pending_.records == 1 ? " is" : "s are")
                .hint("the position of the group has not moved");
        const Ms pause = retries.next_pause();
        kns_.out.warn(fmt::format("{} ended with {}: its {} record{} again in {}", command_.name(), code, grouped(pending_.records),
                                  pending_.records == 1 ? "" : "s", format_duration(pause)));
        wait(group, pause);
    }
    return shards_changed_ ? Next::reopen : Next::read;
}

Result<Consumer::Next> Consumer::renew(ConsumerGroup& group) { return KNS_TRY(group.renew()) ? Next::reopen : Next::read; }

// Sleeps, but for signs of life, until it is over or Ctrl-C.
void Consumer::wait(ConsumerGroup& group, Ms duration) {
    const auto over = Deadline::in(duration);
    while (!over.passed() && !interrupt_.requested()) {
        pollfd watched{.fd = interrupt_.fd(), .events = POLLIN, .revents = 0};
        ::poll(&watched, 1, static_cast<int>(std::clamp<Ms>(std::min(over.left(), group.until_renewal()), 0, INT_MAX)));
        if (group.until_renewal() <= 0 && !over.passed()) shards_changed_ |= group.renew().value_or(false);
    }
}

void Consumer::report(const RecordFeed& feed) {
    const auto& gap = feed.gap();
    lost_records_ = true;
    kns_.out.warn(fmt::format("{}: {} records from offset {} on are lost: {}", gap.shard_id, grouped(gap.records), gap.first_offset,
                              gap.reason));
}

}  // namespace kns::cli
