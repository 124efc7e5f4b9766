// The one question kns asks: whether to destroy something.
#pragma once

#include <string_view>

#include "core/base/result.hpp"

namespace kns::cli {

// Asks on stderr if stdin is a terminal; elsewhere the command line is the decision and the answer is yes. "No" is the
// error `cancelled`.
Result<void> confirm(std::string_view question, bool already_yes);

}  // namespace kns::cli
