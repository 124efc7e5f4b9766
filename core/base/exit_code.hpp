// Exit codes of `kns`. Scripts depend on the numbers: never change one.
#pragma once

namespace kns {

enum class ExitCode : int {
    done = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    conflict = 4,
    unreachable = 5,
    try_again = 6,
    partial = 7,
    interrupted = 130,
    pipe_closed = 141,
};

}  // namespace kns
