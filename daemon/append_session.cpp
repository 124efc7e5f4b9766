#include "daemon/append_session.hpp"

#include <sys/socket.h>

#include <cstring>

#include "core/base/log.hpp"
#include "core/store/batch_seal.hpp"
#include "daemon/http_exchange.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxInFlight = 12 << 20;  // bytes of one connection that have no outcome yet
constexpr std::size_t kSmallSlab = 16 << 10, kLargeSlab = 2 << 20;
constexpr std::size_t kMaxLimitedRecords = 500, kMaxLimitedBytes = 512 << 10;

// What a connection reads into. Appends under way keep it alive (hence shared); the reader fills the rest meanwhile.
struct Slab {
    explicit Slab(std::size_t bytes) : size(bytes), data(std::make_unique_for_overwrite<std::byte[]>(bytes)) {}
    std::size_t size;
    std::unique_ptr<std::byte[]> data;
};

// Shared by the reading coroutine, the acknowledging one, and the outcomes on their way back from the log.
class AppendSession : public std::enable_shared_from_this<AppendSession> {
   public:
    AppendSession(Services& services, Socket socket, StreamPtr stream, Admission admit)
        : services_(services),
          socket_(std::move(socket)),
          stream_(std::move(stream)),
          admit_(std::move(admit)),
          wake_reader_(services.io),
          wake_writer_(services.io) {
        wake_reader_.expires_at(std::chrono::steady_clock::time_point::max());
        wake_writer_.expires_at(std::chrono::steady_clock::time_point::max());
        services_.ending.to_call.insert(&end_);
    }
    ~AppendSession() { services_.ending.to_call.erase(&end_); }
    AppendSession(const AppendSession&) = delete;
    AppendSession& operator=(const AppendSession&) = delete;

    Task<void> read_batches(std::string already_read) {
        const Leaving leaving{[this] {
            reading_ = false;
            wake_writer_.cancel();
        }};
        slab_ = std::make_shared<Slab>(std::max(kSmallSlab, already_read.size()));
        std::memcpy(slab_->data.get(), already_read.data(), already_read.size());
        filled_ = already_read.size();
        for (;;) {
            auto taken = co_await take_batches();
            if (!taken) {
                last_words_ = error_answer(taken.error()).body;
                break;
            }
            if (services_.ending.now) break;  // what came so far is taken, and nothing else
            while (in_flight_ > kMaxInFlight && !gone_) co_await wake_reader_.async_wait(kNoThrow);
            if (gone_) break;
            if (filled_ == parsed_) {  // nothing half read: wait without holding memory
                if (slab_->size > kSmallSlab && in_flight_ == 0) slab_.reset();
                const Counted waiting(services_.counters.waiting_uploads);
                auto [failure] =
                    co_await socket_.async_wait(Socket::wait_read, asio::bind_cancellation_slot(woken_.slot(), kNoThrow));
                if (failure) break;
            }
            make_room();
            auto [failure, n] =
                co_await socket_.async_read_some(asio::buffer(slab_->data.get() + filled_, slab_->size - filled_), kNoThrow);
            if (failure) {
                if (filled_ != parsed_) log_warn("append_cut_off", "stream={} bytes={}", stream_->row.name, filled_ - parsed_);
                break;
            }
            full_read_ = n == slab_->size - filled_;
            filled_ += n;
        }
        if (services_.ending.now && last_words_.empty()) {
            Error ending = fail(Errc::unavailable, "the daemon is ending");
            ending.details = R"({"reason":"ending"})";
            last_words_ = error_answer(ending).body;
        }
    }

    Task<void> write_acks() {
        const Leaving leaving{[this] {
            error_code ignored;
            socket_.shutdown(Socket::shutdown_both, ignored);
            gone_ = true;
            wake_reader_.cancel();
        }};
        while (!gone_) {
            if (lines_.empty()) {
                if (!reading_ && in_flight_ == 0) lines_ = std::exchange(last_words_, {});
                if (!reading_ && in_flight_ == 0 && lines_.empty()) break;
                if (lines_.empty()) co_await wake_writer_.async_wait(kNoThrow);
                continue;
            }
            const std::string out = std::exchange(lines_, {});
            writing_ = true;
            auto [failure, n] = co_await asio::async_write(socket_, asio::buffer(out), kNoThrow);
            writing_ = false;
            if (failure) gone_ = true;
        }
    }

   private:
    // However one of the two coroutines ends (without memory: by an exception), the other learns of it.
    struct Leaving {
        std::function<void()> act;
        ~Leaving() { act(); }
    };

    // Room behind filled_ for at least a header, and for the whole of a batch whose size is known.
    void make_room() {
        std::size_t needed = kBatchHeaderBytes;
        if (filled_ - parsed_ >= kBatchHeaderBytes)
            if (const auto header = parse_batch_header({slab_->data.get() + parsed_, filled_ - parsed_}))
                needed = header->total_bytes();
        const std::size_t rest = slab_ ? filled_ - parsed_ : 0;
        if (slab_ && slab_->size - parsed_ >= needed && slab_->size > filled_ &&
            !(filled_ == parsed_ && slab_->size - filled_ < kSmallSlab))
            return;
        // A reader that gets as much as it asks for asks for more.
        std::size_t size = slab_ ? (full_read_ ? slab_->size * 4 : slab_->size) : kSmallSlab;
        size = std::clamp(size, std::max(kSmallSlab, needed), std::max(kLargeSlab, needed));
        auto next = std::make_shared<Slab>(size);
        if (rest) std::memcpy(next->data.get(), slab_->data.get() + parsed_, rest);
        slab_ = std::move(next);
        parsed_ = 0;
        filled_ = rest;
    }

    // Hands every whole batch in the slab to the log, as one request: those before one that cannot be taken, too.
    Task<Result<void>> take_batches() {
        auto request = std::make_unique<AppendRequest>();
        std::size_t bytes = 0;
        Result<std::size_t> taken = 0;
        while ((taken = take_batch(*request)) && *taken > 0) {
            bytes += *taken;
            if (stream_->row.limits != "aws") continue;
            if (auto paced = co_await keep_pace(request->batches.back()); !paced) {
                taken = std::unexpected(std::move(paced).error());
                bytes -= request->batches.back().bytes.size();
                request->batches.pop_back();
                break;
            }
        }
        if (bytes > 0) submit(std::move(request), bytes);
        if (!taken) co_return std::unexpected(std::move(taken).error());
        co_return Result<void>();
    }

    // Its bytes; 0 if the slab has no whole one.
    Result<std::size_t> take_batch(AppendRequest& request) {
        const MutableBytes rest(slab_->data.get() + parsed_, filled_ - parsed_);
        if (rest.size() < kBatchHeaderBytes) return 0;
        auto header = parse_batch_header(rest);
        if (!header) return std::unexpected(std::move(header).error());
        if (header->total_bytes() > rest.size()) return 0;
        const auto batch = rest.first(header->total_bytes());
        if (header->is_control()) return fail(Errc::invalid_argument, "control batches cannot be appended");
        if (admit_) KNS_TRY(admit_());
        if (is_encrypted(*header)) return fail(Errc::invalid_argument, "what a batch looks like at rest cannot be appended");
        auto ticket = prepare_stamp(batch);
        if (!ticket) return std::unexpected(std::move(ticket).error());
        const auto data_bytes = check_records(batch, stream_->row.max_record_bytes);
        if (!data_bytes) return std::unexpected(data_bytes.error());
        request.batches.push_back(
            {shard_of(header->shard_number), batch, *ticket, static_cast<std::uint32_t>(header->record_count), *data_bytes});
        parsed_ += batch.size();
        return batch.size();
    }

    void submit(std::unique_ptr<AppendRequest> request, std::size_t bytes) {
        request->stream_id = stream_->row.id;
        request->keep_alive.push_back(slab_);
        request->broken = broken_;
        in_flight_ += bytes;
        services_.counters.appended_batches += request->batches.size();
        request->done = [self = shared_from_this(), bytes, request = request.get()](AppendOutcome&& outcome) {
            self->finished(*request, outcome, bytes);
        };
        services_.log.submit(std::move(request));
    }

    // A shard that is not (or no longer) this stream's is refused by the log like a closed one.
    std::uint32_t shard_of(std::uint32_t number) {
        if (stream_->shard_by_number(number)) return number;
        if (auto fresh = services_.directory.find_id(stream_->row.id)) stream_ = fresh;
        return stream_->shard_by_number(number) ? number : kLogShard;
    }

    // Limited streams are paced, not refused: the order of a shard's records stays as it was sent.
    Task<Result<void>> keep_pace(const AppendBatch& batch) {
        if (batch.records > kMaxLimitedRecords || batch.bytes.size() > kMaxLimitedBytes + (10u << 20))
            co_return fail(Errc::limit_exceeded, "a batch of {} records exceeds the limit of {} for a limited stream",
                           batch.records, kMaxLimitedRecords);
        co_await pace_in(services_, batch.shard, batch.records, static_cast<double>(batch.bytes.size()));
        if (gone_) co_return fail(Errc::cancelled, "the client went away");
        co_return Result<void>();
    }

    void finished(const AppendRequest& request, const AppendOutcome& outcome, std::size_t bytes) {
        in_flight_ -= bytes;
        auto refused = outcome.refused.begin();
        for (std::size_t i = 0; i < request.batches.size(); ++i, ++next_batch_) {
            const Error* error = outcome.error ? &*outcome.error : nullptr;
            if (refused != outcome.refused.end() && refused->first == i) error = &(refused++)->second;
            if (error) {
                lines_ += fmt::format("{{\"batch\":{},", next_batch_) + error_answer(*error).body.substr(1);
            } else {
                records_ += request.batches[i].records;
                bytes_ += request.batches[i].bytes.size();
            }
        }
        lines_ += fmt::format("{{\"acked\":{},\"records\":{},\"bytes\":{}}}\n", next_batch_, records_, bytes_);
        acknowledge();
        if (in_flight_ <= kMaxInFlight) wake_reader_.cancel();
    }

    // An acknowledgement is short and the socket has room for it: no coroutine needs to wake up for that.
    void acknowledge() {
        if (!writing_ && !gone_ && reading_) {
            const auto n = ::send(socket_.native_handle(), lines_.data(), lines_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n > 0) lines_.erase(0, static_cast<std::size_t>(n));
            if (lines_.empty()) return;
        }
        wake_writer_.cancel();
    }

    Services& services_;
    Socket socket_;
    StreamPtr stream_;
    const Admission admit_;
    asio::steady_timer wake_reader_, wake_writer_;  // as condition variables: cancelled to wake

    std::shared_ptr<Slab> slab_;
    std::size_t parsed_ = 0, filled_ = 0;  // of the slab
    bool full_read_ = false;

    std::shared_ptr<std::optional<Error>> broken_ =
        std::make_shared<std::optional<Error>>();  // the log thread's; see AppendRequest
    std::size_t in_flight_ = 0;
    std::uint64_t next_batch_ = 0, records_ = 0, bytes_ = 0;  // with an outcome
    std::string lines_;                                       // to be written
    std::string last_words_;                                  // why the connection ends; behind all outcomes
    bool reading_ = true, writing_ = false, gone_ = false;
    asio::cancellation_signal woken_;  // a reader that waits for bytes
    const std::function<void()> end_ = [this] { woken_.emit(asio::cancellation_type::all); };
};

}  // namespace

Task<void> serve_append(Services& services, Socket socket, std::string already_read, StreamPtr stream, Admission admit) {
    int size = 1 << 20;
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    auto session = std::make_shared<AppendSession>(services, std::move(socket), std::move(stream), std::move(admit));
    auto write = [](std::shared_ptr<AppendSession> s) -> Task<void> { co_await s->write_acks(); };
    asio::co_spawn(services.io, write(session), asio::detached);
    co_await session->read_batches(std::move(already_read));
}

void forget_stream(Services& services, std::int64_t stream_id) {
    services.groups.remove_stream(stream_id);
    services.consumers.forget_stream(stream_id);
    services.meters.erase(stream_id);
    services.feed.forget(stream_id);
}

Task<void> pace_in(Services& services, std::uint32_t shard, double records, double bytes) {
    auto& pace = services.paces[shard];
    for (;;) {
        const auto now = services.clock.monotonic_ns();
        auto wait = pace.in_records.take(records, now);
        if (wait == 0 && (wait = pace.in_bytes.take(bytes, now)) > 0) pace.in_records.give_back(records);
        if (wait == 0) co_return;
        asio::steady_timer timer(services.io, std::chrono::nanoseconds(wait));
        co_await timer.async_wait(kNoThrow);
    }
}

Task<AppendOutcome> append_and_wait(Services& services, std::unique_ptr<AppendRequest> request) {
    struct Waiting {
        asio::steady_timer timer;
        AppendOutcome outcome;
        bool done = false;
    };
    auto waiting = std::make_shared<Waiting>(asio::steady_timer(services.io, std::chrono::steady_clock::time_point::max()));
    request->done = [waiting](AppendOutcome&& outcome) {
        waiting->outcome = std::move(outcome);
        waiting->done = true;
        waiting->timer.cancel();
    };
    services.log.submit(std::move(request));
    while (!waiting->done) co_await waiting->timer.async_wait(kNoThrow);
    co_return std::move(waiting->outcome);
}

}  // namespace kns
