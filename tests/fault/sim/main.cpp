// kns-sim: the store on a simulated disk that fails, tears and loses power.
//
//     kns-sim                      what every test run does: scenarios, histories, damage, old layouts, the control
//     kns-sim --scenarios [--verbose]
//                                  every scenario with every fault at every operation
//     kns-sim --seed=S [--count=N] [--verbose]
//     kns-sim --flips=N            random bit flips, and files cut short, gone or older
//     kns-sim --control            the disk lies about its syncs: lost records must be reported
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/base/log.hpp"
#include "tests/fault/sim/corruption.hpp"
#include "tests/fault/sim/history.hpp"
#include "tests/fault/sim/layouts.hpp"
#include "tests/fault/sim/scenarios.hpp"

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

// With a stride: every so many-th operation only, another one for each fault.
void all_scenarios(std::uint64_t stride, bool verbose) {
    for (const auto& scenario : scenarios()) {
        std::uint64_t points = 0, runs = 0;
        std::string broken;
        for (const auto fault : kFaults) try {
                const auto done = run_scenario(scenario, fault, static_cast<std::uint64_t>(fault) % stride, stride, verbose);
                points = std::max(points, done.points);
                runs += done.runs;
            } catch (const Violation& violation) {
                broken += "\n    " + violation.what;
            }
        verdict(broken.empty(), fmt::format("{}: {} operations, {} runs{}", scenario.name, points, runs, broken));
    }
}

void corruption(std::uint64_t flips) {
    const auto tell = [](const std::map<std::string, Tally>& tallies) {
        for (const auto& [what, t] : tallies) {
            std::printf("    %-20s %6llu tried, %llu harmless, %llu noticed, %llu refused\n", what.c_str(),
                        static_cast<unsigned long long>(t.tried), static_cast<unsigned long long>(t.harmless),
                        static_cast<unsigned long long>(t.noticed), static_cast<unsigned long long>(t.refused));
        }
    };
    try {
        tell(flip_bits(1, flips));
        tell(damage_files(1));
        verdict(true, fmt::format("{} flipped bits, and files cut short, gone or older: no wrong record, no silent loss", flips));
    } catch (const Violation& violation) {
        verdict(false, violation.what);
    }
}

void layouts() {
    try {
        verdict(true, fmt::format("layouts of earlier versions: opened {} times, all records are there",
                                  open_old_layouts(KNS_SIM_LAYOUTS)));
    } catch (const Violation& violation) {
        verdict(false, violation.what);
    }
}

const char* value_of(const char* argument, const char* name) {
    const auto n = std::strlen(name);
    return std::strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    std::optional<std::uint64_t> seed;
    std::uint64_t count = 1, flips = 0;
    bool verbose = false, only_control = false, only_scenarios = false;
    for (int i = 1; i < argc; ++i) {
        if (const auto* v = value_of(argv[i], "--seed"))
            seed = std::strtoull(v, nullptr, 10);
        else if (const auto* n = value_of(argv[i], "--count"))
            count = std::strtoull(n, nullptr, 10);
        else if (const auto* f = value_of(argv[i], "--flips"))
            flips = std::strtoull(f, nullptr, 10);
        else if (std::strcmp(argv[i], "--verbose") == 0)
            verbose = true;
        else if (std::strcmp(argv[i], "--control") == 0)
            only_control = true;
        else if (std::strcmp(argv[i], "--scenarios") == 0)
            only_scenarios = true;
        else {
            std::fprintf(stderr, "usage: kns-sim [--seed=S [--count=N]] [--verbose] [--scenarios | --flips=N | --control]\n");
            return 2;
        }
    }
    if (!verbose) set_log_level(static_cast<LogLevel>(4));  // the faults are meant
    if (seed)
        histories(*seed, count, verbose);
    else if (only_control)
        control(verbose);
    else if (flips)
        corruption(flips);
    else if (only_scenarios)
        all_scenarios(1, verbose);
    else {
        all_scenarios(7, verbose);
        histories(1, 2000, verbose);
        corruption(500);
        layouts();
        control(verbose);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
