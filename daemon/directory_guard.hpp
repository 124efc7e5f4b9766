// Sees to it that nothing is served or cleaned up under a path where another data directory may stand by now (ours was moved
// or removed, something was mounted over it): that ends the process like kill -9, which loses nothing acknowledged.
//
// The kernel tells of most that can happen; the rest is seen by looking where something happens. No timer: an idle daemon
// sleeps. On the I/O thread.
#pragma once

#include <sys/stat.h>

#include "core/base/paths.hpp"
#include "daemon/asio.hpp"

namespace kns {

class DirectoryGuard {
   public:
    DirectoryGuard(asio::io_context& io, const DataDir& data) : data_(data), events_(io) {}

    // Once the lock is ours.
    Result<void> start();
    // Looks, if it has not done so in the last second.
    void look();
    void stop();

   private:
    void await_events();
    void look_now();

    const DataDir& data_;
    struct stat locked_{};  // the lock file as it was taken
    asio::posix::stream_descriptor events_;
    std::chrono::steady_clock::time_point looked_{};
};

}  // namespace kns
