// Tags as they are typed: KEY=VALUE.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace kns::cli {

Result<std::map<std::string, std::string>> parse_tags(const std::vector<std::string>& words);

// "env=prod, team=web"
std::string tags_text(const std::map<std::string, std::string>& tags);

}  // namespace kns::cli
