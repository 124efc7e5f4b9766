// `kns foo` for a foo that is not ours runs `kns-foo` from PATH: what a site adds stays outside this tree.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

// Where kns-NAME is, or nothing.
std::optional<std::string> find_external(std::string_view name);

// Becomes that program, with KNS_SOCKET and KNS_DATA_DIR in its environment. Returns only if that fails.
Error run_external(const std::string& program, std::span<const std::string> arguments, const std::string& data_dir);

}  // namespace kns::cli
