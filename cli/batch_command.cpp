#include "cli/batch_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

// A command may go away before it has read everything; writing to it must not be the end of us.
class IgnoredSigpipe {
   public:
    IgnoredSigpipe() {
        struct sigaction ignore{};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, &before_);
    }
    ~IgnoredSigpipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
    IgnoredSigpipe(const IgnoredSigpipe&) = delete;
    IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;

   private:
    struct sigaction before_{};
};

bool same_variable(std::string_view a, std::string_view b) { return a.substr(0, a.find('=')) == b.substr(0, b.find('=')); }

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
    std::vector<std::string> out = added;
    for (char** variable = environ; *variable; ++variable)
        if (std::ranges::none_of(added, [&](const auto& ours) { return same_variable(ours, *variable); }))
            out.emplace_back(*variable);
    return out;
}

}  // namespace

BatchCommand::BatchCommand(std::vector<std::string> argv, std::vector<std::string> environment)
    : argv_(std::move(argv)), environment_(environment_with(environment)) {}

Result<int> BatchCommand::run(std::string_view input, std::size_t records, const Meanwhile& meanwhile) const {
    const IgnoredSigpipe ignored_sigpipe;
    auto pipe = KNS_TRY(make_pipe());
    ::fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK);
    Program program{.argv = argv_, .environment = environment_, .descriptors = {{.ours = pipe.read.get(), .theirs = STDIN_FILENO}}};
    program.environment->push_back(fmt::format("KNS_BATCH_RECORDS={}", records));
    const pid_t child = KNS_TRY(start_program(program));
    pipe.read.reset();
    const Fd ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // readable once the child has ended
    if (!ended) return fail_errno(errno, "pidfd_open");

    for (;;) {
        while (pipe.write && !input.empty()) {
            const auto written = ::write(pipe.write.get(), input.data(), input.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0 && errno == EAGAIN) break;
            if (written < 0) input = {};
            input.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
        }
        if (input.empty()) pipe.write.reset();  // the end of its stdin
        pollfd watched[2] = {{.fd = ended.get(), .events = POLLIN, .revents = 0},
                             {.fd = pipe.write.get(), .events = POLLOUT, .revents = 0}};
        const auto wait = std::clamp<Ms>(meanwhile.due_in(), 0, INT_MAX);
        const int ready = ::poll(watched, 2, static_cast<int>(wait));
        if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
        if (ready > 0 && watched[0].revents) return wait_program(child);
        if (meanwhile.due_in() <= 0) meanwhile.act();
    }
}

}  // namespace kns::cli
