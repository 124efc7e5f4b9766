#include "cli/stream_reading.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/client.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/record_format.hpp"
#include "core/base/record_feed.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kWriteBytes = 256 << 10;
constexpr int kSilentDaemons = 3;  // that go away without having sent anything, before it is no use

// stdout in large pieces. Data does not go through the printer: it may be more than memory holds, and Ctrl-C must get
// through while the reader of a pipe takes its time.
class DataOutput {
   public:
    DataOutput(RecordFormat format, const Interrupt& interrupt) : format_(std::move(format)), interrupt_(interrupt) {
        if (format_.format() == Format::json) text_ = "[";
    }

    // At most `limit` records of the batch, from the shard's from_offset on; says how many there were.
    Result<std::uint64_t> write_batch(Bytes batch, const FeedShard& shard, std::uint64_t limit) {
        RecordReader reader(batch);
        // The data of a record and its newline take less than the record did: the whole batch has room.
        if (format_.is_plain()) make_room(batch.size());
        char* at = plain_.get() + filled_;
        RecordView record;
        std::uint64_t count = 0;
        while (count < limit && reader.step(record)) {
            if (record.offset < shard.from_offset) continue;
            if (format_.is_plain()) [[likely]] {
                ++count;
                std::memcpy(at, record.value.data(), record.value.size());
                at += record.value.size();
                *at++ = '\n';
            } else {
                format_.each(record, [&](const RecordView& part, std::optional<std::uint64_t> sub_sequence_number) {
                    append_object(part, shard, sub_sequence_number);
                    return ++count < limit;
                });
                if (text_.size() >= kWriteBytes) KNS_TRY(flush());
            }
        }
        filled_ = static_cast<std::size_t>(at - plain_.get());
        KNS_TRY(reader.outcome());
        if (filled_ >= kWriteBytes) KNS_TRY(flush());
        return count;
    }

    Result<void> finish() {
        if (format_.format() == Format::json) text_ += any_ ? "\n]\n" : "]\n";
        return flush();
    }

    Result<void> flush() {
        KNS_TRY(write_out({plain_.get(), std::exchange(filled_, 0)}));
        KNS_TRY(write_out(text_));
        text_.clear();
        return {};
    }

   private:
    void make_room(std::size_t bytes) {
        if (filled_ + bytes <= capacity_) return;
        capacity_ = filled_ + bytes + kWriteBytes;
        auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
        if (filled_ > 0) std::memcpy(larger.get(), plain_.get(), filled_);
        plain_ = std::move(larger);
    }

    void append_object(const RecordView& record, const FeedShard& shard, std::optional<std::uint64_t> sub_sequence_number) {
        if (format_.format() == Format::json) text_ += any_ ? ",\n" : "\n";
        any_ = true;
        format_.append(text_, record, shard, sub_sequence_number);
    }

    // Gives up without an error if Ctrl-C comes while the reader is not reading.
    Result<void> write_out(std::string_view left) {
        while (!left.empty()) {
            const auto written = ::write(STDOUT_FILENO, left.data(), left.size());
            if (written >= 0) {
                left.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno == EAGAIN) {
                pollfd watched[2] = {{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0},
                                     {.fd = interrupt_.fd(), .events = POLLIN, .revents = 0}};
                ::poll(watched, 2, -1);
            } else if (errno != EINTR) {
                return fail_errno(errno, "stdout");
            }
            if (written < 0 && interrupt_.requested()) break;
        }
        return {};
    }

    RecordFormat format_;
    const Interrupt& interrupt_;
    std::unique_ptr<char[]> plain_;  // data as it is, or
    std::size_t filled_ = 0, capacity_ = 0;
    std::string text_;  // records in another form
    bool any_ = false;
};

}  // namespace

std::string batches_target(const ReadSelection& selection, const std::string& resume) {
    std::string target = path_of("streams", selection.stream) + "/batches?";
    target += resume.empty() ? "from=" + percent_encode(selection.from) : resume;
    if (selection.shard) target += fmt::format("&shard={}", percent_encode(*selection.shard));
    if (selection.limit) target += fmt::format("&limit={}", *selection.limit);
    if (selection.duration) target += fmt::format("&for={}", format_duration(*selection.duration));
    return target + (selection.follow || selection.duration ? "&follow=1" : "&until_end=1");
}

Result<ExitCode> read_stream(Context& kns, const ReadSelection& selection, Encoding encoding, Aggregates aggregates) {
    const Interrupt interrupt;
    auto opened = KNS_TRY(kns.daemon.open({.method = "GET", .target = batches_target(selection)}, kns.daemon.deadline()));
    const bool may_be_silent = selection.follow || selection.duration;
    RecordFeed feed(std::move(opened.connection), may_be_silent ? 0 : kns.settings.timeout, interrupt.fd());
    DataOutput output(RecordFormat(selection.stream, kns.settings.output, encoding, aggregates), interrupt);
    std::uint64_t left = selection.limit.value_or(UINT64_MAX);
    ExitCode exit = ExitCode::done;
    const auto until = selection.duration ? Deadline::in(*selection.duration) : Deadline();
    // The daemon restarts, or was killed: the one that follows has the rest. One that was stopped has been stopped on purpose.
    int silent_daemons = 0;  // one after the other
    const auto go_on = [&]() -> Result<void> {
        const auto resume = ++silent_daemons > kSilentDaemons ? std::nullopt : feed.resume_query();
        if (!resume) return fail(Errc::unavailable, "the daemon stopped sending before the end").hint("kns daemon logs");
        KNS_TRY(output.flush());
        kns.out.step("the daemon went away: going on with the next one");
        auto rest = selection;
        if (rest.limit) rest.limit = left;
        if (rest.duration) rest.duration = std::max<Ms>(until.left(), 1);
        auto again = KNS_TRY(kns.daemon.open({.method = "GET", .target = batches_target(rest, *resume)}, kns.daemon.deadline()));
        feed.go_on(std::move(again.connection));
        return {};
    };
    while (left > 0) {
        if (may_be_silent && feed.would_wait()) KNS_TRY(output.flush());
        const Result<RecordFeed::Got> got = interrupt.requested() ? fail(Errc::cancelled, "interrupted") : feed.next();
        if (!got && got.error().code == Errc::cancelled && interrupt.requested()) {
            KNS_TRY(output.finish());
            kns.out.note("stopped");
            return ExitCode::interrupted;
        }
        if (!got && (got.error().code == Errc::unavailable || got.error().code == Errc::outcome_unknown) &&
            !interrupt.requested()) {
            if (auto again = go_on(); !again) {
                KNS_TRY(output.finish());
                return std::unexpected(std::move(again).error());
            }
            continue;
        }
        if (!got) {
            KNS_TRY(output.finish());  // what came before the error is whole
            return std::unexpected(got.error());
        }
        silent_daemons = 0;
        if (*got == RecordFeed::Got::end && feed.end_reason() == "restarting") {
            KNS_TRY(go_on());
            continue;
        }
        if (*got == RecordFeed::Got::end && feed.end_reason() == "stopping") {
            KNS_TRY(output.finish());
            return fail(Errc::unavailable, "the daemon was stopped").hint("kns daemon start");
        }
        if (*got == RecordFeed::Got::end) break;
        if (*got == RecordFeed::Got::gap) {
            const auto& gap = feed.gap();
            kns.out.warn(fmt::format("{}: {} records from offset {} on are lost: {}", gap.shard_id, grouped(gap.records),
                                     gap.first_offset, gap.reason));
            exit = ExitCode::partial;
            continue;
        }
        left -= KNS_TRY(output.write_batch(feed.batch(), feed.shard(), left));
    }
    KNS_TRY(output.finish());
    return exit;
}

}  // namespace kns::cli
