// Boost.Asio as the daemon uses it. The only header that includes it, so that its quirks have one home.
#pragma once

#include <utility>  // asio/awaitable.hpp needs it first with g++ 12

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <tuple>

namespace kns {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;  // Unix or TCP
using boost::system::error_code;

template <class T = void>
using Task = asio::awaitable<T>;

// `auto [error, bytes] = co_await socket.async_read_some(buffer, kNoThrow)`: the error as a value.
inline constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

// How a coroutine is spawned that the daemon cannot do without: what it throws (there is no memory) ends the process, with a
// word, instead of leaving one that looks well.
inline constexpr auto kOrEnd = [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
};

// Runs `work` on another executor (a thread pool) and comes back with what it returned.
//     auto extents = co_await run_on(readers, std::move(find));
// `work` must be a named object moved in: g++ 12 destroys temporaries in a co_await expression twice.
template <class Executor, class Work>
Task<std::invoke_result_t<Work&>> run_on(Executor& pool, Work work) {
    using R = std::invoke_result_t<Work&>;
    auto body = [](Work w) -> Task<R> { co_return w(); };
    co_return co_await asio::co_spawn(pool, body(std::move(work)), asio::use_awaitable);
}

}  // namespace kns
