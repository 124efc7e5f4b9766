// What `kns doctor` can see without a daemon: the data directory, the machine, the programs, the shell.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/base/api/daemon.hpp"
#include "core/base/api/doctor.hpp"
#include "core/base/paths.hpp"

namespace kns::cli {

struct LocalFinding {
    Finding finding;
    std::function<Result<std::string>()> fix{};  // gives what it did; empty where there is nothing it could do
};

// `daemon`: the one that runs for this directory, if any.
std::vector<LocalFinding> check_locally(const DataDir& data, const std::optional<DaemonStatus>& daemon);

// What knsd says of the store, or did to it, where no daemon has it open: `--check` or `--repair`.
Result<std::vector<Finding>> ask_knsd(const DataDir& data, std::string_view option);

}  // namespace kns::cli
