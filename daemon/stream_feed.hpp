// Who is waiting for a stream to grow. Lives on the I/O thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "daemon/asio.hpp"

namespace kns {

class StreamFeed {
   public:
    explicit StreamFeed(asio::io_context& io) : io_(io) {}

    // Counts a stream's commits and changes. Read it before looking for records, then wait for it to move on: nothing that
    // is committed in between is missed.
    std::uint64_t version(std::int64_t stream_id) const {
        const auto found = streams_.find(stream_id);
        return found == streams_.end() ? 0 : found->second.version;
    }

    void changed(std::int64_t stream_id) {
        auto& stream = streams_[stream_id];
        ++stream.version;
        for (auto* timer : stream.waiting) timer->cancel();
    }

    // Until the version is no longer `seen`, or the time is over.
    Task<void> wait(std::int64_t stream_id, std::uint64_t seen, std::chrono::steady_clock::time_point until) {
        if (version(stream_id) != seen) co_return;
        Waiting waiting(streams_[stream_id], io_, until);
        co_await waiting.timer.async_wait(kNoThrow);
    }

    void forget(std::int64_t stream_id) { changed(stream_id); }
    std::size_t waiting() const {
        std::size_t sum = 0;
        for (const auto& [id, stream] : streams_) sum += stream.waiting.size();
        return sum;
    }

   private:
    struct Stream {
        std::uint64_t version = 0;
        std::set<asio::steady_timer*> waiting;
    };
    struct Waiting {
        Waiting(Stream& of, asio::io_context& io, std::chrono::steady_clock::time_point until) : stream(of), timer(io, until) {
            stream.waiting.insert(&timer);
        }
        ~Waiting() { stream.waiting.erase(&timer); }
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        Stream& stream;  // stays: streams_ only grows
        asio::steady_timer timer;
    };
    asio::io_context& io_;
    std::map<std::int64_t, Stream> streams_;
};

}  // namespace kns
