// Runs one program for a worker that may start none itself: a helper process, started before the worker enters its sandbox,
// that enters one of its own and starts the program, again and again, when it is told to.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/posix.hpp"
#include "daemon/worker/sandbox.hpp"

namespace kns {

struct HostedProgram {
    std::vector<std::string> argv;         // argv[0] absolute, or found on PATH
    std::vector<std::string> environment;  // all of it
    std::string directory;                 // where it runs
    std::vector<std::string> readable;     // beside what the system has
    std::uint16_t connectable = 0;         // the one TCP port it may reach; 0: none
    bool output_is_log = false;            // what it writes goes where its errors go; `output` only ends when it does

    static constexpr auto fields();
};

class ProgramHost {
   public:
    // Starts the helper, not yet the program. Before the sandbox.
    static Result<ProgramHost> start(const HostedProgram& program);

    struct Ends {
        Fd input, output;  // of the program: what is written there it reads, what it writes is read here
    };
    // Starts the program; one that still runs is killed first.
    Result<Ends> run();

   private:
    explicit ProgramHost(Fd control) : control_(std::move(control)) {}
    Fd control_;  // the helper ends when it is closed
};

// "PATH=...": where a worker and what it runs find programs, which the daemon has settled.
std::string program_path();

// The helper's own main, with its end of the connection as stdin.
int host_program();

inline constexpr std::string_view kHostFlag = "--host";

}  // namespace kns
