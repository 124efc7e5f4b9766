// The schema, as steps from one version to the next. A step that has been released is never edited.
#pragma once

#include <span>
#include <string_view>

namespace kns {

inline constexpr int kApplicationId = 0x6b6e7331;  // "kns1"

// migrations()[v] takes a database from version v to v + 1; the newest version is the number of steps.
std::span<const std::string_view> migrations();

}  // namespace kns
