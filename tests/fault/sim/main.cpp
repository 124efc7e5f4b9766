// kns-sim: the store on a simulated disk that fails, tears and loses power.
//
//     kns-sim                      what every test run does: histories, the control
//     kns-sim --seed=S [--count=N] [--verbose]
//     kns-sim --control            the disk lies about its syncs: lost records must be reported
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/base/log.hpp"
#include "tests/fault/sim/history.hpp"

using namespace kns;
using namespace kns::sim;

namespace {

int passed = 0, failed = 0;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void verdict(bool good, const std::string& what) {
    std::printf("%s: %s\n", good ? "passed" : "failed", what.c_str());
    ++(good ? passed : failed);
}

std::optional<Violation> violation_of(std::uint64_t seed, bool verbose, bool lying) {
    try {
        run_history(seed, verbose, lying);
        return std::nullopt;
    } catch (const Violation& violation) {
        return violation;
    }
}

void histories(std::uint64_t first, std::uint64_t count, bool verbose) {
    const auto began = cpu_seconds();
    std::uint64_t violations = 0, run = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        const auto violation = violation_of(seed, verbose, false);
        ++run;
        if (!violation) continue;
        std::printf("%s\n    again: kns-sim --seed=%llu --verbose\n", violation->what.c_str(),
                    static_cast<unsigned long long>(seed));
        if (++violations >= 10) break;
    }
    const auto took = cpu_seconds() - began;
    verdict(violations == 0, fmt::format("{} histories, {} violations, {:.0f} histories a CPU minute", run, violations,
                                         60 * static_cast<double>(run) / std::max(took, 0.001)));
}

void control(bool verbose) {
    std::uint64_t lost = 0;
    constexpr std::uint64_t kRuns = 100;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed)
        if (const auto violation = violation_of(seed, verbose, true); violation && violation->lost_records) ++lost;
    verdict(lost > 0,
            fmt::format("control: with a disk that lies about its syncs, {} of {} histories report lost records", lost, kRuns));
}

const char* value_of(const char* argument, const char* name) {
    const auto n = std::strlen(name);
    return std::strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    std::optional<std::uint64_t> seed;
    std::uint64_t count = 1;
    bool verbose = false, only_control = false;
    for (int i = 1; i < argc; ++i) {
        if (const auto* v = value_of(argv[i], "--seed"))
            seed = std::strtoull(v, nullptr, 10);
        else if (const auto* n = value_of(argv[i], "--count"))
            count = std::strtoull(n, nullptr, 10);
        else if (std::strcmp(argv[i], "--verbose") == 0)
            verbose = true;
        else if (std::strcmp(argv[i], "--control") == 0)
            only_control = true;
        else {
            std::fprintf(stderr, "usage: kns-sim [--seed=S [--count=N]] [--verbose] [--control]\n");
            return 2;
        }
    }
    if (!verbose) set_log_level(static_cast<LogLevel>(4));  // the faults are meant
    if (seed)
        histories(*seed, count, verbose);
    else if (only_control)
        control(verbose);
    else {
        histories(1, 3000, verbose);
        control(verbose);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
