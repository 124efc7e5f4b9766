// Fills zones that have failed, one after the other, as soon as they can be opened again.
//
// Lives on the I/O thread; copying has a thread of its own, which exists while something is being copied. While all zones
// are well nothing here wakes up.
#pragma once

#include <thread>

#include "core/store/zones.hpp"
#include "daemon/asio.hpp"

namespace kns {

class ZoneKeeper {
   public:
    // Borrows both. Begins at once with what is behind.
    ZoneKeeper(asio::io_context& io, ZonedDirectory& zones);
    // Ends what is under way; the next start goes on with it.
    ~ZoneKeeper();
    ZoneKeeper(const ZoneKeeper&) = delete;

    void stop() { stop_ = true; }  // any thread

   private:
    void changed();
    void arm();
    void fill_next();

    asio::io_context& io_;
    ZonedDirectory& zones_;
    asio::steady_timer timer_;
    std::chrono::milliseconds wait_;
    bool armed_ = false, filling_ = false;
    std::size_t turn_ = 0;  // the zone to try next
    std::atomic<bool> stop_{false};
    std::thread filler_;
};

}  // namespace kns
