// When an acknowledgement is given: the named policy of a stream.
#pragma once

#include <string>

#include "core/base/time.hpp"

namespace kns {

struct Durability {
    enum class Policy {
        sync,      // acknowledged means on disk: survives kill -9 and a power cut
        interval,  // on disk at most `interval_ms` later: a power cut may cost that much
        os,        // whenever the kernel writes it back: survives kill -9 only
    };
    Policy policy = Policy::sync;
    Ms interval_ms = 0;

    static Result<Durability> parse(std::string_view text) {  // "sync", "interval=100ms", "os"
        if (text == "sync") return Durability{};
        if (text == "os") return Durability{Policy::os, 0};
        if (text.starts_with("interval=")) {
            const auto interval = KNS_TRY(parse_duration(text.substr(9)));
            if (interval >= 1 && interval <= kMinute) return Durability{Policy::interval, interval};
            return fail(Errc::invalid_argument, "a durability interval of {} is out of range", text.substr(9)).hint("1ms to 60s");
        }
        return fail(Errc::invalid_argument, "\"{}\" is not a durability policy", text).hint("sync, interval=100ms or os");
    }
    std::string text() const {
        if (policy == Policy::interval) return "interval=" + format_duration(interval_ms);
        return policy == Policy::os ? "os" : "sync";
    }
};

}  // namespace kns
