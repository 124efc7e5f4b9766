// Starting knsd when there is none: one starts it, everybody else waits for him, and whoever asked hears "ready" or the
// reason why not.
#pragma once

#include <string>

#include "core/base/paths.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

enum class Started { now, by_another };

// Returns once a daemon answers for this directory. What knsd has to say when it cannot start comes back as the error.
Result<Started> start_daemon(const DataDir& data);

// Whether a daemon has said that it is ready, and not that it ended. (One that was killed says neither.)
bool is_announced(const DataDir& data);

// The knsd that belongs to this kns: beside it, or else on PATH.
Result<std::string> find_knsd();

}  // namespace kns::cli
