#include "core/base/posix.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

namespace kns {
namespace {

struct Scratch {
    std::string path;
    Scratch() {
        std::string pattern = "/tmp/kns-posix-XXXXXX";
        path = ::mkdtemp(pattern.data());
    }
    ~Scratch() { std::filesystem::remove_all(path); }
};

// What a shell prints when started like this.
std::string output_of(Program program) {
    auto pipe = make_pipe().value();
    program.descriptors.push_back({pipe.write.get(), 1});
    const auto pid = start_program(program);
    REQUIRE(pid);
    pipe.write.reset();
    std::string out;
    char piece[512];
    for (ssize_t got = 0; (got = ::read(pipe.read.get(), piece, sizeof piece)) > 0;)
        out.append(piece, static_cast<std::size_t>(got));
    if (!program.detached) CHECK(wait_program(*pid) == 0);
    return out;
}

TEST_CASE("a file written atomically is there whole and leaves no temporary behind") {
    const Scratch scratch;
    const auto path = scratch.path + "/file";
    REQUIRE(write_file_atomically(path, "one"));
    REQUIRE(write_file_atomically(path, "two"));
    CHECK(read_file(path) == "two");
    CHECK(std::distance(std::filesystem::directory_iterator(scratch.path), {}) == 1);
}

TEST_CASE("an error names the file and keeps its kind") {
    const auto missing = read_file("/nowhere/at/all");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == Errc::not_found);
    CHECK(missing.error().message == "/nowhere/at/all: no such file or directory");
}

TEST_CASE("a lock has one holder, until it lets go") {
    const Scratch scratch;
    const auto path = scratch.path + "/lock";
    {
        const auto held = FileLock::try_take(path);
        REQUIRE(held);
        REQUIRE(held->has_value());
        CHECK_FALSE(FileLock::try_take(path)->has_value());
        const auto late = FileLock::take(path, Deadline::in(20));
        REQUIRE_FALSE(late);
        CHECK(late.error().code == Errc::timed_out);
    }
    CHECK(FileLock::try_take(path)->has_value());
}

TEST_CASE("a program gets the descriptors it was handed and no others") {
    const Fd ours(::open("/dev/null", O_RDONLY));  // not close-on-exec, and still not to be seen
    const Fd handed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK(output_of({.argv = {"ls", "/proc/self/fd"}, .descriptors = {{handed.get(), 5}}}) == "0\n1\n2\n3\n5\n");  // 3 is ls' own
}

TEST_CASE("descriptors may be swapped") {
    auto one = make_pipe().value(), two = make_pipe().value();
    REQUIRE(write_all(one.write.get(), "one"));
    REQUIRE(write_all(two.write.get(), "two"));
    one.write.reset();
    two.write.reset();
    const int a = one.read.get(), b = two.read.get();
    CHECK(output_of({.argv = {"sh", "-c", fmt::format("cat <&{}; cat <&{}", a, b)}, .descriptors = {{a, b}, {b, a}}}) == "twoone");
}

TEST_CASE("a program starts with default signals even where ours are ignored") {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    const auto status = output_of({.argv = {"grep", "SigIgn", "/proc/self/status"}});
    ::signal(SIGPIPE, before);
    CHECK(status == "SigIgn:\t0000000000000000\n");
}

TEST_CASE("a program that cannot be started is an error, not an exit code") {
    CHECK(start_program({.argv = {"no-such-program-here"}}).error().code == Errc::not_found);
    CHECK(start_program({.argv = {"/etc/passwd"}}).error().code == Errc::permission_denied);
}

TEST_CASE("a detached program is a session of its own") {
    const auto session =
        output_of({.argv = {"sh", "-c", "ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat"}, .detached = true});
    CHECK(std::stoi(session) != ::getsid(0));
}

TEST_CASE("exit codes of signals are told as shells do") {
    const auto pid = start_program({.argv = {"sh", "-c", "kill -9 $$"}});
    REQUIRE(pid);
    CHECK(wait_program(*pid) == 128 + 9);
}

TEST_CASE("a deadline passes, and the default one never") {
    CHECK(Deadline::in(0).passed());
    CHECK(Deadline::in(0).poll_timeout() == 0);
    CHECK_FALSE(Deadline::in(60'000).passed());
    CHECK_FALSE(Deadline().passed());
    CHECK(Deadline().poll_timeout() == -1);
}

}  // namespace
}  // namespace kns
