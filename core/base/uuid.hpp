// UUIDs as text: "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace kns {

// The sixteen bytes as they are; the version and variant bits are the caller's.
std::string uuid_text(const std::array<std::byte, 16>& bytes);
// Version 4, from the kernel's random numbers.
std::string random_uuid();

}  // namespace kns
