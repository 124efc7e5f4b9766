// Gives streams in on-demand mode the shards that their load asks for. On the I/O thread.
//
// Nothing happens while nothing comes in: each look is armed by records.
#pragma once

#include "daemon/services.hpp"

namespace kns {

class OnDemandScaler {
   public:
    explicit OnDemandScaler(Services& services) : services_(services), timer_(services.io) {}

    void records_came();

   private:
    // Of the on-demand streams into which something came since the last look.
    using Loads = std::vector<std::pair<StreamPtr, double>>;
    Loads loads();
    Task<void> scale_all(Loads loads);
    Task<void> scale(StreamPtr stream, double load);

    Services& services_;
    asio::steady_timer timer_;
    bool armed_ = false;
    std::int64_t looked_ns_ = 0;
    struct Seen {
        std::uint64_t bytes = 0, records = 0;
    };
    std::map<std::int64_t, Seen> seen_;  // by stream, when last looked at
};

}  // namespace kns
