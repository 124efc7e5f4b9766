#include "daemon/zone_keeper.hpp"

#include <pthread.h>

namespace kns {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstTry = 1s, kLastTry = 30s;  // doubled from try to try

}  // namespace

ZoneKeeper::ZoneKeeper(asio::io_context& io, ZonedDirectory& zones) : io_(io), zones_(zones), timer_(io), wait_(kFirstTry) {
    zones_.on_change([this] { asio::post(io_, [this] { changed(); }); });
    if (zones_.ok_count() < zones_.count()) fill_next();
}

ZoneKeeper::~ZoneKeeper() {
    stop_ = true;
    if (filler_.joinable()) filler_.join();
}

void ZoneKeeper::changed() {
    if (zones_.ok_count() < zones_.count()) arm();
}

void ZoneKeeper::arm() {
    if (filling_ || stop_ || std::exchange(armed_, true)) return;
    timer_.expires_after(wait_);
    timer_.async_wait([this](error_code failure) {
        armed_ = false;
        if (!failure) fill_next();
    });
}

void ZoneKeeper::fill_next() {
    const auto status = zones_.status();
    std::size_t next = status.size();
    for (std::size_t i = 0; i < status.size() && next == status.size(); ++i)
        if (const auto zone = (turn_ + i) % status.size(); status[zone].state == ZoneState::failed) next = zone;
    if (next == status.size() || filling_ || stop_) return;
    turn_ = next + 1;
    filling_ = true;
    if (filler_.joinable()) filler_.join();
    filler_ = std::thread([this, next] {
        pthread_setname_np(pthread_self(), "kns-zones");
        const bool filled = zones_.fill(next, stop_).has_value();
        asio::post(io_, [this, filled] {
            filling_ = false;
            wait_ = filled ? kFirstTry : std::min(kLastTry, 2 * wait_);
            changed();
        });
    });
}

}  // namespace kns
