#include "cli/interrupt.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>

namespace kns::cli {
namespace {

int pipe_ends[2] = {-1, -1};
std::atomic<bool> seen = false;

void set_handling(void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
}

void on_signal(int number) {
    seen = true;
    [[maybe_unused]] const auto ignored = ::write(pipe_ends[1], "!", 1);
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    ::sigaction(number, &plain, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
    seen = false;
    if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0) set_handling(on_signal);
}

Interrupt::~Interrupt() {
    set_handling(SIG_DFL);
    for (int& end : pipe_ends) {
        ::close(end);
        end = -1;
    }
}

int Interrupt::fd() const { return pipe_ends[0]; }
bool Interrupt::requested() const { return seen; }

}  // namespace kns::cli
