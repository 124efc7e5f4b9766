#include "daemon/scrubber.hpp"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/store/scrub.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;

constexpr Ms kEvery = 7 * kDay;
constexpr Ms kNotBefore = kMinute;              // after the start
constexpr std::uint64_t kPacedBytes = 4 << 20;  // at a time: some milliseconds of a core
constexpr std::uint64_t kFullBytes = 16 << 20;
// So many times as long as the reading thread worked; what it costs to hand the work over is not in that.
constexpr std::int64_t kRestIdle = 16, kRestBusy = 160;

// While it lives, this thread's reads come after everybody else's.
class IdleIo {
   public:
    IdleIo() { set(3 << 13); }  // IOPRIO_CLASS_IDLE
    ~IdleIo() { set(0); }
    IdleIo(const IdleIo&) = delete;
    IdleIo& operator=(const IdleIo&) = delete;

   private:
    static void set(int priority) { ::syscall(SYS_ioprio_set, 1, 0, priority); }  // IOPRIO_WHO_PROCESS, this thread
};

std::int64_t thread_cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

void Scrubber::start() {
    if (const auto text = read_file(state_path_))
        if (auto state = from_json_text<ScrubState>(*text, Unknown::ignore)) state_ = std::move(*state);
    arm();
}

void Scrubber::arm() {
    const UnixMs now = services_.clock.now();
    UnixMs due = now;
    if (state_.finished_at && state_.next_segment == 0)
        if (const auto finished = parse_time(*state_.finished_at, now)) due = std::min(*finished, now) + kEvery;
    timer_.expires_after(std::chrono::milliseconds(std::max(due - now, kNotBefore)));
    timer_.async_wait([this](error_code failure) {
        if (!failure) asio::co_spawn(services_.io, run_pass(), kOrEnd);
    });
}

Task<void> Scrubber::run_pass() {
    if (state_.next_segment == 0) state_ = {.finished_at = state_.finished_at};
    ScrubReport report{.segments = state_.segments, .bytes = state_.bytes, .damaged_batches = state_.damaged_batches};
    OnSegment done = [this, &report](std::uint64_t id) -> Task<void> {
        state_.next_segment = id + 1;
        state_.segments = report.segments;
        state_.bytes = report.bytes;
        state_.damaged_batches = report.damaged_batches;
        co_await save();
    };
    const auto outcome = co_await read_segments(state_.next_segment, true, report, std::move(done));
    if (outcome) {
        state_.next_segment = 0;
        state_.finished_at = format_time(services_.clock.now());
        log_info("scrubbed", "segments={} bytes={} damaged_batches={}", state_.segments, state_.bytes, state_.damaged_batches);
        co_await save();
    } else {
        log_error("scrub_failed", "next_segment={} error=\"{}\"", state_.next_segment, outcome.error().text());
        state_.finished_at = format_time(services_.clock.now());  // again in a week; not at once, over and over
        state_.next_segment = 0;
    }
    arm();
}

Task<Result<ScrubReport>> Scrubber::run_now(bool paced) {
    const auto began = services_.clock.monotonic_ns();
    ScrubReport report;
    OnSegment nothing = [](std::uint64_t) -> Task<void> { co_return; };
    const auto outcome = co_await read_segments(0, paced, report, std::move(nothing));
    if (!outcome) co_return std::unexpected(outcome.error());
    report.milliseconds = (services_.clock.monotonic_ns() - began) / 1'000'000;
    log_info("scrubbed", "segments={} bytes={} damaged_batches={} milliseconds={}", report.segments, report.bytes,
             report.damaged_batches, report.milliseconds);
    co_return report;
}

Task<Result<void>> Scrubber::read_segments(std::uint64_t first, bool paced, ScrubReport& report, OnSegment done) {
    // Only what the catalog's index has: it says what of a segment is worth a word.
    struct Listed {
        std::vector<std::uint64_t> segments;
        Place indexed;
    };
    auto list = [this, first]() -> Result<Listed> {
        auto& tools = *KNS_TRY(services_.reader_tools());
        Catalog catalog(tools.db);
        Listed out{{}, KNS_TRY(catalog.log_start()).indexed};
        out.segments = KNS_TRY(catalog.live_segments());
        std::erase_if(out.segments, [&](std::uint64_t id) { return id < first || id > out.indexed.segment; });
        return out;
    };
    const auto listed = co_await run_on(services_.readers, std::move(list));
    if (!listed) co_return std::unexpected(listed.error());
    for (const auto id : listed->segments) {
        const auto until = id == listed->indexed.segment ? listed->indexed.position : UINT64_MAX;
        auto outcome = co_await read_segment(id, until, paced, report);
        if (!outcome) co_return std::unexpected(std::move(outcome).error());
        ++report.segments;
        co_await done(id);
    }
    co_return Result<void>();
}

Task<Result<void>> Scrubber::read_segment(std::uint64_t id, std::uint64_t until, bool paced, ScrubReport& report) {
    std::optional<SegmentScrub> scrub;
    std::vector<Damage> damages;
    std::int64_t cpu_ns = 0;
    auto step = [&]() -> Result<bool> {
        const IdleIo idle;
        const auto began = thread_cpu_ns();
        auto& tools = *KNS_TRY(services_.reader_tools());
        Catalog catalog(tools.db);
        if (!scrub) {
            const auto generations = KNS_TRY(catalog.generations());
            const auto moved = generations.find(id);
            auto begun = SegmentScrub::begin(log_, id, moved == generations.end() ? 0 : moved->second, until);
            if (!begun && begun.error().code == Errc::not_found) {
                damages = KNS_TRY(SegmentScrub::missing(catalog, id));  // none, if it has just been collected
                return true;
            }
            scrub.emplace(KNS_TRY(std::move(begun)));
        }
        const bool done = KNS_TRY(scrub->step(catalog, paced ? kPacedBytes : kFullBytes, damages));
        cpu_ns = thread_cpu_ns() - began;
        return done;
    };
    for (;;) {
        damages.clear();
        const auto before = scrub ? scrub->position() : 0;
        auto once = [&step] { return step(); };
        const auto done = co_await run_on(services_.readers, std::move(once));
        if (!done) co_return std::unexpected(done.error());
        const auto read = (scrub ? scrub->position() : 0) - before;
        report.bytes += read;
        services_.counters.scrubbed_bytes += read;
        report.damaged_batches += damages.size();
        if (!damages.empty()) services_.report_damage(damages);
        if (*done) co_return Result<void>();
        if (paced) co_await rest(cpu_ns);
    }
}

Task<void> Scrubber::rest(std::int64_t cpu_ns) {
    const auto groups = services_.log.status().counters.groups;
    const auto read_bytes = services_.counters.read_bytes;
    const bool busy = std::exchange(seen_groups_, groups) != groups;
    const bool read = std::exchange(seen_read_bytes_, read_bytes) != read_bytes;
    asio::steady_timer timer(services_.io, std::chrono::nanoseconds(cpu_ns * (busy || read ? kRestBusy : kRestIdle)));
    co_await timer.async_wait(kNoThrow);
}

Task<void> Scrubber::save() {
    auto write = [path = state_path_, text = to_json(state_) + "\n"] { return write_file_atomically(path, text); };
    const auto saved = co_await run_on(services_.readers, std::move(write));
    if (!saved) log_warn("scrub_state_not_saved", "error=\"{}\"", saved.error().text());
}

}  // namespace kns
