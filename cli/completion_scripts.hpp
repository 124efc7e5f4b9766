// The files of completions/, put into the program by the build.
#pragma once

#include <string_view>

namespace kns::cli {

extern const std::string_view kBashCompletion, kZshCompletion, kFishCompletion;

}  // namespace kns::cli
