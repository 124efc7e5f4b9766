// Tags as they are typed: KEY=VALUE.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace kns::cli {

// `noun`: what a word that is none should have been.
Result<std::map<std::string, std::string>> parse_tags(const std::vector<std::string>& words, std::string_view noun = "a tag");

// "env=prod, team=web"
std::string tags_text(const std::map<std::string, std::string>& tags);

}  // namespace kns::cli
