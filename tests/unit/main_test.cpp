#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <csignal>

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // as in the programs: a closed pipe is an error of the write
    return Catch::Session().run(argc, argv);
}
