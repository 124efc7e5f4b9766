// daemon/packaging/*.in, put into the program by the build.
#pragma once

#include <string_view>

namespace kns::cli {

extern const std::string_view kServiceTemplate, kSocketTemplate;

}  // namespace kns::cli
