#include "daemon/worker_process.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

namespace kns {
namespace {

struct Ran {
    std::vector<std::string> lines;
    std::optional<Error> error;
    int status = -1;
};

// A shell as the worker, run to its end.
Ran run_shell(const std::string& script, const std::string& input = "", const std::string& log = "", Ms silence = 20 * kSecond) {
    asio::io_context io;
    Ran ran;
    auto body = [&]() -> Task<void> {
        auto process = WorkerProcess::start(io, {.argv = {"/bin/sh", "-c", script}, .input = input, .log_path = log}).value();
        for (;;) {
            auto line = co_await process->next_line(silence);
            if (!line) {
                ran.error = line.error();
                process->terminate();
            }
            if (!line || !*line) break;
            ran.lines.push_back(std::move(**line));
        }
        ran.status = co_await process->finish();
    };
    asio::co_spawn(io, body(), asio::detached);
    io.run();
    return ran;
}

TEST_CASE("a worker gets its input, says its lines, and its errors are kept") {
    const TemporaryDirectory dir;
    const Ran ran = run_shell("cat >&3; echo two >&3; echo oops >&2; exit 7", "one\n", dir.path() + "/log");
    CHECK(ran.lines == std::vector<std::string>{"one", "two"});
    CHECK(ran.status == 7);
    CHECK(read_file(dir.path() + "/log").value() == "oops\n");
}

TEST_CASE("a worker inherits neither environment nor descriptors") {
    ::setenv("KNS_TEST_SECRET", "1", 1);
    const Ran ran = run_shell("env | grep -c KNS_TEST_SECRET >&3; ls /proc/self/fd | wc -l >&3");
    REQUIRE(ran.lines.size() == 2);
    CHECK(ran.lines[0] == "0");
    CHECK(ran.lines[1] == "5");  // 0 to 3, and ls's own
}

TEST_CASE("a worker that dies is reported by its signal") {
    const Ran ran = run_shell("echo x >&3; kill -9 $$");
    CHECK(ran.lines.size() == 1);
    CHECK(describe_exit(ran.status) == "was killed by SIGKILL");
    CHECK(describe_exit(3) == "ended with status 3");
}

TEST_CASE("a worker that falls silent is ended, with its children") {
    const Ran ran = run_shell("sleep 1000 & echo $! >&3; wait", "", "", 100);
    REQUIRE(ran.error);
    CHECK(ran.error->code == Errc::timed_out);
    CHECK(ran.status == 128 + SIGTERM);
}

TEST_CASE("a worker that cannot be started is an error at once") {
    asio::io_context io;
    CHECK_FALSE(WorkerProcess::start(io, {.argv = {"/no/such/program"}, .input = ""}));
}

}  // namespace
}  // namespace kns
