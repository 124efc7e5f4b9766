// The file this process runs from, and whether an upgrade has put another one in its place.
#pragma once

#include <string>

namespace kns {

// Its path as it was when the process started. Never empty on Linux with /proc.
const std::string& own_program();

// Another file is there now. One stat(2): cheap enough for every answer. Any thread.
bool own_program_was_replaced();

}  // namespace kns
