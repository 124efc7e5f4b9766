// Room in a string without writing zeros there first. Any thread.
#pragma once

#include <string>

namespace kns {

// What is new holds anything, until the caller has written it.
// (The size that resize_and_overwrite hands to its operation is not used: g++ 12 gives more than was asked for.)
inline void resize_uninitialized(std::string& text, std::size_t size) {
    text.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
}

}  // namespace kns
