#include "cli/put_pipeline.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

namespace kns::cli {
namespace {

constexpr std::size_t kMaxUnacknowledged = 16 << 20;
constexpr std::size_t kWindow = 256 << 10;  // stays in the processor's cache between read and encode
constexpr std::size_t kSortingWindowPerShard = 16 << 10;
constexpr std::size_t kMaxSortingWindow = 4 << 20;  // a fraction of what may be on its way: sorting and sending overlap
constexpr std::size_t kMaxFailures = 100;           // listed; all are counted
constexpr int kMaxPauseMs = 100;                    // between two attempts to send the same records
constexpr BatchLimits kPlainLimits{};
constexpr BatchLimits kAwsLimits{.bytes = 512 << 10, .records = 500};  // the daemon's word for streams that are paced

Routing routing_of(const PutOptions& options) {
    if (!options.explicit_hash_key.empty()) return {.same_for_all = parse_hash_key(options.explicit_hash_key).value_or(0)};
    switch (options.key.kind()) {
        case KeySource::Kind::none: return {};
        case KeySource::Kind::fixed: return {.same_for_all = hash_of_key(options.key.fixed_key())};
        case KeySource::Kind::field:
        case KeySource::Kind::json: break;
    }
    return {.by_key = true};
}

// A record of n bytes is longer as text.
std::size_t text_bytes(Encoding encoding, std::size_t bytes) {
    switch (encoding) {
        case Encoding::raw: return bytes;
        case Encoding::base64: return bytes / 3 * 4 + 6;
        case Encoding::hex: return bytes * 2 + 2;
    }
    return bytes;
}

std::optional<std::uint64_t> bytes_left_in(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

Error too_long(std::uint64_t bytes, std::uint64_t limit) {
    return fail(Errc::invalid_argument, "{} bytes are more than the {} a record may have", bytes, limit);
}

// Whether a refusal is about the records, not about the daemon or the stream.
bool blames_the_records(const Error& error) { return error.code == Errc::invalid_argument; }

Result<ShardRouter> read_router(Client& daemon, const PutTarget& target) {
    return ShardRouter::of(KNS_TRY(daemon.list<ShardInfo>(target.stream_path + "/shards")));
}

Result<Client::Opened> open_append(Client& daemon, const PutTarget& target) {
    auto opened = KNS_TRY(daemon.open(
        {.method = "POST", .target = target.append_path, .headers = {{"Connection", "Upgrade"}, {"Upgrade", "kns-append"}}},
        daemon.deadline()));
    if (opened.response.status != 101)
        return fail(Errc::internal, "the daemon answered {} where it should have switched protocols", opened.response.status);
    return opened;
}

}  // namespace

Result<PutPipeline> PutPipeline::open(Context& kns, const PutTarget& target, PutOptions options) {
    if (!options.explicit_hash_key.empty()) KNS_TRY(parse_hash_key(options.explicit_hash_key));
    auto stream = KNS_TRY(kns.daemon.get<StreamInfo>(target.stream_path));
    if (target.max_record_bytes) stream.max_record_bytes = target.max_record_bytes;
    auto router = KNS_TRY(read_router(kns.daemon, target));
    auto opened = KNS_TRY(open_append(kns.daemon, target));
    return PutPipeline(kns, target, std::move(options), std::move(stream), std::make_unique<ParcelMemory>(), std::move(router),
                       std::move(opened));
}

PutPipeline::PutPipeline(Context& kns, PutTarget target, PutOptions options, StreamInfo stream,
                         std::unique_ptr<ParcelMemory> memory, ShardRouter router, Client::Opened opened)
    : kns_(kns),
      target_(std::move(target)),
      options_(std::move(options)),
      stream_(std::move(stream)),
      memory_(std::move(memory)),
      packer_(routing_of(options_), std::move(router), stream_.limits == "aws" ? kAwsLimits : kPlainLimits, *memory_,
              options_.packing) {
    use(std::move(opened));
}

void PutPipeline::use(Client::Opened opened) {
    auto upgraded = opened.connection.take_socket();
    link_ = std::make_unique<AppendLink>(std::move(upgraded.socket), std::move(upgraded.already_read), *memory_);
}

void PutPipeline::fail_record(std::uint64_t number, const Error& error) {
    ++result_.failed;
    if (result_.failures.size() < kMaxFailures)
        result_.failures.push_back({.record = number, .code = std::string(name_of(error.code)), .message = error.text()});
}

void PutPipeline::add_record(std::span<char> text) {
    ++record_;
    const auto size = decode_in_place(options_.encoding, text);
    if (!size) return fail_record(record_, size.error());
    Draft draft{.data = {text.data(), *size}, .explicit_hash_key = options_.explicit_hash_key, .number = record_};
    if (options_.key.kind() == KeySource::Kind::fixed) {
        draft.key = options_.key.fixed_key();
    } else if (options_.key.kind() != KeySource::Kind::none) {
        auto key = options_.key.find(draft.data);
        if (key)
            if (auto good = check_key(*key); !good) key = std::unexpected(good.error());
        if (!key) return fail_record(record_, key.error());
        draft.key = *key;
    }
    const auto bytes = draft.data.size() + draft.key.value_or("").size();
    if (bytes > stream_.max_record_bytes) return fail_record(record_, too_long(bytes, stream_.max_record_bytes));
    packer_.add(draft);
}

bool PutPipeline::has_room() const {
    const std::size_t next = packer_.sorts() ? kMaxSortingWindow : kWindow;
    return (link_ ? link_->unacknowledged_bytes() : 0) + next < kMaxUnacknowledged;
}

void PutPipeline::take_lines(InputWindow& window) {
    InputWindow::Line line;
    const bool plain = options_.encoding == Encoding::raw && options_.key.kind() == KeySource::Kind::none;
    while (!packer_.has_parcels() && !packer_.is_full() && window.next_line(line)) {
        if (line.skipped) {
            fail_record(++record_, too_long(line.bytes, stream_.max_record_bytes));
        } else if (plain && line.bytes <= stream_.max_record_bytes) [[likely]] {
            packer_.add({.data = {line.text.data(), line.text.size()}, .number = ++record_});
        } else {
            add_record(line.text);
        }
    }
}

Result<void> PutPipeline::move_parcels() {
    auto parcels = packer_.take_parcels();
    if (parcels.empty()) return {};
    if (!link_) use(KNS_TRY(open_append(kns_.daemon, target_)));
    for (auto& parcel : parcels) link_->queue(std::move(parcel));
    return {};
}

Result<void> PutPipeline::exchange() {
    if (!link_) return {};
    auto exchanged = link_->exchange();
    if (exchanged) return exchanged;
    const bool vanished = exchanged.error().code == Errc::outcome_unknown;
    if (says_goodbye(exchanged.error()) || (vanished && link_->all_answered())) return change_links();
    return exchanged;
}

// A daemon that ends (a restart, say) answers what it has taken. The rest, and what comes, is for the one that follows: it is
// there, or started, when there are records for it.
Result<void> PutPipeline::change_links() {
    auto again = KNS_TRY(settle_refusals());
    for (auto& unanswered : link_->take_unanswered()) again.push_back(std::move(unanswered));
    stored_before_ += link_->stored();
    link_.reset();
    if (again.empty()) return {};
    packer_.pack();  // what was read since goes behind it
    auto newer = packer_.take_parcels();
    if (auto resent = resend(again); !resent) {
        for (const auto& refused : again) dropped_ += refused.slip.records;
        return resent;
    }
    for (auto& parcel : newer) link_->queue(std::move(parcel));
    return {};
}

PutCount PutPipeline::stored() const {
    PutCount out = stored_before_;
    if (link_) out += link_->stored();
    return out;
}

Result<void> PutPipeline::flush() {
    packer_.pack();
    options_.key.forget();
    KNS_TRY(move_parcels());
    return exchange();
}

Result<void> PutPipeline::carry_lines(InputWindow& window) {
    Progress progress(kns_.out, kns_.settings, "put", bytes_left_in(window.fd()));
    while (!interrupt_->requested()) {
        KNS_TRY(exchange());
        KNS_TRY(handle_refusals());
        progress.update(window.bytes_read());
        const bool room = has_room();
        if (room) {
            take_lines(window);
            if (packer_.is_full()) packer_.pack();
            if (packer_.has_parcels()) {
                KNS_TRY(move_parcels());
                continue;
            }
            if (window.used_up()) return flush();
            if (!window.has_room()) {
                if (packer_.holds_drafts()) {  // which point into the window
                    KNS_TRY(flush());
                    continue;
                }
                window.slide();
            }
        }
        std::array<pollfd, 3> watched{{
            {.fd = link_ ? link_->fd() : -1,
             .events = static_cast<short>(POLLIN | (link_ && link_->wants_to_send() ? POLLOUT : 0)),
             .revents = 0},
            {.fd = interrupt_->fd(), .events = POLLIN, .revents = 0},
            {.fd = room && !window.ended() ? window.fd() : -1, .events = POLLIN, .revents = 0},
        }};
        const bool held_back = room && !packer_.is_empty();
        if (::poll(watched.data(), watched.size(), held_back ? 0 : -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
        if (watched[2].revents) {
            KNS_TRY(window.fill());
        } else if (held_back) {  // the input has nothing for us now
            KNS_TRY(flush());
            if (!packer_.sorts()) window.slide();
        }
    }
    return flush();
}

Result<void> PutPipeline::drain() {
    for (;;) {
        KNS_TRY(exchange());
        if (!link_ || link_->all_answered()) return {};
        pollfd watched{
            .fd = link_->fd(), .events = static_cast<short>(POLLIN | (link_->wants_to_send() ? POLLOUT : 0)), .revents = 0};
        if (::poll(&watched, 1, -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
    }
}

Result<void> PutPipeline::handle_refusals() {
    while (has_refused()) {
        // What follows a refused batch may be for the same keys. So nothing new is sent before all that is under way has
        // its outcome; then the refused ones go again, in the order they had.
        KNS_TRY(flush());
        KNS_TRY(drain());
        const auto again = KNS_TRY(settle_refusals());
        if (again.empty()) continue;
        kns_.out.step(
            fmt::format("shards of {} were split or merged: {} batches go to their children", stream_.name, again.size()));
        // The children may be on their way to the disk still.
        if (resent_in_vain_++ == 0) give_up_resending_ = Deadline::in(kns_.settings.timeout);
        std::this_thread::sleep_for(std::chrono::milliseconds(std::min(resent_in_vain_ - 1, kMaxPauseMs)));
        auto router = read_router(kns_.daemon, target_);
        if (router && give_up_resending_.passed())
            router = fail(Errc::conflict, "{} changes its shards faster than records can follow", stream_.name);
        if (!router) {
            for (const auto& refused : again) dropped_ += refused.slip.records;
            return std::unexpected(std::move(router.error()));
        }
        packer_.reroute(std::move(*router));
        KNS_TRY(resend(again));
        KNS_TRY(drain());
        if (!has_refused()) resent_in_vain_ = 0;
    }
    return {};
}

// Counts what is refused for good; gives back what only has to go elsewhere.
Result<std::vector<AppendLink::Refused>> PutPipeline::settle_refusals() {
    std::vector<AppendLink::Refused> again;
    std::optional<Error> reason_to_stop;
    for (auto& refused : link_->take_refused()) {
        if (refused.by_closed_shard()) {
            again.push_back(std::move(refused));
        } else if (blames_the_records(refused.error)) {
            fail_record(refused.slip.first_record, refused.error);
            result_.failed += refused.slip.records - 1;  // those that travelled with it
        } else {
            (refused.error.code == Errc::outcome_unknown ? unknown_ : dropped_) += refused.slip.records;
            if (!reason_to_stop) reason_to_stop = std::move(refused.error);
        }
    }
    if (!reason_to_stop) return again;
    for (const auto& refused : again) dropped_ += refused.slip.records;
    return std::unexpected(std::move(*reason_to_stop));
}

Result<void> PutPipeline::resend(const std::vector<AppendLink::Refused>& refused) {
    for (const auto& [parcel, slip, error] : refused) {
        RecordReader reader(as_bytes({parcel->memory.data() + slip.at, slip.bytes}));
        RecordView record;
        std::uint64_t number = slip.first_record;
        const auto add = [&](const UserRecord& user, bool keyed) {
            Draft draft{.data = user.data, .explicit_hash_key = user.explicit_hash_key, .number = number++};
            if (keyed) draft.key = user.key;
            packer_.add(draft);
        };
        const bool spreads = options_.key.kind() == KeySource::Kind::none && options_.explicit_hash_key.empty();
        while (reader.next(record).value_or(false)) {
            // Its user records may go to different children.
            auto aggregate = options_.packing == Packing::aggregated ? AggregateReader::open(record.value) : std::nullopt;
            if (!aggregate) {
                add({record.key.value_or(""), record.explicit_hash_key, record.value}, record.key.has_value());
                continue;
            }
            for (UserRecord user; aggregate->next(user);)
                add({user.key, spreads ? "" : user.explicit_hash_key, user.data}, !spreads);
        }
    }
    packer_.pack();
    return move_parcels();
}

// Says what is certain and what is not, for a connection or a stream that failed half way.
std::unexpected<Error> PutPipeline::with_counts(Error error) const {
    const auto stored = this->stored();
    const auto unanswered = link_ ? link_->unanswered().records : 0;
    const bool dismissed = link_ && link_->dismissed();
    const auto unknown = unknown_ + (dismissed ? 0 : unanswered);
    const auto dropped = dropped_ + (dismissed ? unanswered : 0);
    if (stored.records + dropped + unknown == 0) return std::unexpected(std::move(error));  // nothing had begun
    std::string counts = fmt::format("{} records are stored", grouped(stored.records));
    if (dropped > 0) counts += fmt::format(", {} were refused", grouped(dropped));
    if (unknown > 0) counts += fmt::format(", of {} it is unknown", grouped(unknown));
    error.message = fmt::format("{}: {}", error.text(), counts);
    error.contexts.clear();
    if (error.hint.empty() && unknown > 0)
        error.hint = "putting the unknown ones again may store them twice; kns daemon logs may tell more";
    JsonWriter details;
    details.begin_object().member("stored", stored.records).member("refused", dropped).member("unknown", unknown).end_object();
    if (error.details.empty()) error.details = details.take();
    return std::unexpected(std::move(error));
}

Result<PutOutcome> PutPipeline::finish() {
    auto drained = drain();
    while (drained && has_refused()) drained = handle_refusals();  // which drains again
    if (!drained) return with_counts(std::move(drained.error()));
    if (link_) link_->no_more();
    std::ignore = exchange();  // everything has its outcome: a daemon that goes away now takes nothing along
    result_.records = stored().records;
    result_.bytes = stored().bytes;
    return PutOutcome{.result = std::move(result_), .interrupted = interrupt_->requested()};
}

Result<PutOutcome> PutPipeline::put_lines(int input) {
    Interrupt interrupt;
    interrupt_ = &interrupt;
    const std::size_t size =
        packer_.sorts() ? std::clamp(packer_.shards() * kSortingWindowPerShard, kWindow, kMaxSortingWindow) : kWindow;
    InputWindow window(input, size, text_bytes(options_.encoding, stream_.max_record_bytes));
    if (auto carried = carry_lines(window); !carried) return with_counts(std::move(carried.error()));
    if (interrupt.requested()) kns_.out.note("stopping: waiting for what has been sent");
    return finish();
}

Result<PutOutcome> PutPipeline::put_one(std::string record) {
    Interrupt interrupt;
    interrupt_ = &interrupt;
    add_record(record);
    if (auto sent = flush(); !sent) return with_counts(std::move(sent.error()));
    return finish();
}

Result<PutOutcome> PutPipeline::put_whole(int input) {
    // One byte more than fits tells too long from just right; the rest is not read.
    const std::size_t limit = text_bytes(options_.encoding, stream_.max_record_bytes) + 1;
    std::string record;
    while (record.size() < limit) {
        const std::size_t had = record.size();
        record.resize(std::min(limit, std::max<std::size_t>(2 * had, 64 << 10)));
        const auto got = ::read(input, record.data() + had, record.size() - had);
        record.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) break;
        if (got < 0 && errno != EINTR) return fail_errno(errno, "reading the input");
    }
    return put_one(std::move(record));
}

}  // namespace kns::cli
