// What the daemon commands have in common: is one running, and end it.
#pragma once

#include <optional>

#include "cli/client.hpp"
#include "core/base/api/daemon.hpp"

namespace kns::cli {

// The running daemon, or nothing. Never starts one; other reasons for no answer are errors.
Result<std::optional<DaemonStatus>> running_daemon(Context& kns);

// Asks it to stop and waits until its process has ended.
Result<void> stop_daemon(Context& kns, const DaemonStatus& daemon);

Lines lines_of_daemon(const DaemonStatus& daemon);

}  // namespace kns::cli
