#include "core/base/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "core/base/api/daemon.hpp"
#include "core/base/posix.hpp"

namespace kns {
namespace {

// A directory of the test's own, gone afterwards.
struct Scratch {
    std::string path;
    Scratch() {
        std::string pattern = "/tmp/kns-paths-XXXXXX";
        path = ::mkdtemp(pattern.data());
    }
    ~Scratch() { std::filesystem::remove_all(path); }
};

// An environment variable for the length of a test.
struct Variable {
    std::string name;
    std::optional<std::string> before;
    Variable(const char* variable, const char* value) : name(variable) {
        if (const char* old = std::getenv(variable)) before = old;
        value ? ::setenv(variable, value, 1) : ::unsetenv(variable);
    }
    ~Variable() { before ? ::setenv(name.c_str(), before->c_str(), 1) : ::unsetenv(name.c_str()); }
};

TEST_CASE("the data directory is the option's, the variable's, XDG's or the home's, in this order") {
    const Variable home("HOME", "/nowhere/home"), xdg("XDG_DATA_HOME", "/nowhere/xdg"), own("KNS_DATA_DIR", "/nowhere/own");
    CHECK(DataDir::find("/nowhere/option")->root() == "/nowhere/option");
    CHECK(DataDir::find()->root() == "/nowhere/own");
    const Variable no_own("KNS_DATA_DIR", nullptr);
    CHECK(DataDir::find()->root() == "/nowhere/xdg/kns");
    const Variable relative("XDG_DATA_HOME", "relative");  // the specification says to ignore it
    CHECK(DataDir::find()->root() == "/nowhere/home/.local/share/kns");
}

// Another current directory for the length of a test.
struct Inside {
    std::string before = std::filesystem::current_path();
    explicit Inside(const std::string& path) { std::filesystem::current_path(path); }
    ~Inside() { std::filesystem::current_path(before); }
};

TEST_CASE("a project's own data directory is found from anywhere inside the project, and only there") {
    const Scratch scratch;
    const std::string root = std::filesystem::canonical(scratch.path);
    std::filesystem::create_directories(root + "/project/a/b");
    std::filesystem::create_directory(root + "/project/.kns");
    const Variable xdg("XDG_DATA_HOME", "/nowhere/xdg"), own("KNS_DATA_DIR", nullptr);
    {
        const Inside deep(root + "/project/a/b");
        CHECK(DataDir::find()->root() == root + "/project/.kns");
        CHECK(DataDir::find("/nowhere/option")->root() == "/nowhere/option");
        std::filesystem::create_directory(root + "/project/a/.kns");
        CHECK(DataDir::find()->root() == root + "/project/a/.kns");  // the nearest
        const Variable named("KNS_DATA_DIR", "/nowhere/own");
        CHECK(DataDir::find()->root() == "/nowhere/own");
    }
    const Inside outside(root);
    CHECK(DataDir::find()->root() == "/nowhere/xdg/kns");
    if (::getuid() != 0) return;  // only root can give a directory away
    std::filesystem::create_directory(root + "/.kns");
    REQUIRE(::chown((root + "/.kns").c_str(), 12345, 12345) == 0);
    CHECK(DataDir::find()->root() == "/nowhere/xdg/kns");
}

TEST_CASE("without HOME the home directory is the one in /etc/passwd") {
    const Variable home("HOME", nullptr);
    const auto found = home_directory();
    if (found) CHECK(found->starts_with('/'));  // this user may not be listed there
    if (!found) CHECK(found.error().code == Errc::invalid_argument);
}

TEST_CASE("two spellings of a directory are one") {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path + "/real");
    std::filesystem::create_directory_symlink(scratch.path + "/real", scratch.path + "/link");
    CHECK(DataDir::find(scratch.path + "/link/")->root() == scratch.path + "/real");
    CHECK(DataDir::find(scratch.path + "/link/later/on")->root() == scratch.path + "/real/later/on");
}

TEST_CASE("the socket is in the directory, or in the runtime directory if its path would be too long") {
    const Variable runtime("XDG_RUNTIME_DIR", "/run/user/1000");
    CHECK(choose_socket_path(DataDir("/data")) == "/data/run/knsd.sock");
    const std::string fits = "/" + std::string(kMaxSocketPathBytes - std::string("//run/knsd.sock").size(), 'd');
    CHECK(choose_socket_path(DataDir(fits))->size() == kMaxSocketPathBytes);
    const auto fallback = choose_socket_path(DataDir(fits + "d"));
    REQUIRE(fallback);
    CHECK(fallback->starts_with("/run/user/1000/kns/"));
    CHECK(*fallback != *choose_socket_path(DataDir(fits + "e")));
    const Variable none("XDG_RUNTIME_DIR", nullptr);
    REQUIRE_FALSE(choose_socket_path(DataDir(fits + "d")));
    CHECK(choose_socket_path(DataDir(fits + "d")).error().message.find("107") != std::string::npos);
}

TEST_CASE("a socket directory that others can enter is refused") {
    const Scratch scratch;
    const DataDir data(scratch.path);
    CHECK(prepare_socket_path(data));
    ::chmod(data.run_directory().c_str(), 0755);
    const auto refused = prepare_socket_path(data);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::permission_denied);
}

TEST_CASE("a client goes where knsd.json says, and where the daemon would be if it says nothing") {
    const Scratch scratch;
    const DataDir data(scratch.path);
    CHECK(find_socket(data) == data.run_directory() + "/knsd.sock");
    REQUIRE(write_file_atomically(data.daemon_file(),
                                  to_json(DaemonFile{.pid = 1, .version = "9", .api_version = "1.9", .socket = "/else/where"})));
    CHECK(find_socket(data) == "/else/where");
    REQUIRE(write_file_atomically(data.daemon_file(), "{torn"));
    CHECK(find_socket(data) == data.run_directory() + "/knsd.sock");
}

TEST_CASE("a data directory that is a file says so") {
    const Scratch scratch;
    REQUIRE(write_file_atomically(scratch.path + "/file", "x"));
    const auto made = DataDir(scratch.path + "/file").make();
    REQUIRE_FALSE(made);
    CHECK(made.error().text().find(scratch.path + "/file") != std::string::npos);
}

}  // namespace
}  // namespace kns
