// How a process is handed descriptors and says how it is: systemd's socket activation and readiness protocols
// (sd_listen_fds(3), sd_notify(3)), which any service manager may speak, without its library.
//
// knsd speaks the first one to itself as well: a restart in place hands the listening socket to the program that follows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/posix.hpp"

namespace kns {

struct HandedDescriptor {
    std::string name;  // of LISTEN_FDNAMES; may be empty
    Fd fd;
};

// What LISTEN_FDS says was handed to this very process; close-on-exec from here on. Takes the variables out of the
// environment, so that no child believes they are meant for it: the second call finds nothing.
std::vector<HandedDescriptor> take_handed_descriptors();

// "READY=1" and the like, to NOTIFY_SOCKET (a path, or abstract with a leading @). Nothing happens where there is none, or
// where nobody listens: the daemon does not depend on being watched.
void notify_service_manager(std::string_view state);

// Becomes `argv[0]` in this process, which is handed these descriptors and inherits 0, 1 and 2. Returns only if that is not
// possible; numbers from 3 on may then mean something else than before, so that all that is left is to end.
Error become_program(const std::vector<std::string>& argv, const std::vector<HandedDescriptor>& handed);

}  // namespace kns
