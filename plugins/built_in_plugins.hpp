// The plugins that are linked into this program. The table itself is generated.
#pragma once

#include <span>

#include "core/plugin/loader.hpp"

namespace kns {

std::span<const StaticPlugin> built_in_plugins();

}  // namespace kns
