#include "cli/client.hpp"
#include "cli/command.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"kns metrics", "All counters, in the text format of Prometheus."},
    {"kns metrics | grep kns_stream_records", "Some of them."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"daemon status"};

Result<ExitCode> run(Context& kns, const Args&) {
    kns.out.raw(KNS_TRY(kns.daemon.call("GET", "/v1/metrics")));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec metrics{
    .path = "metrics",
    .summary = "print the daemon's counters for Prometheus",
    .description = "One format whatever -o says: that of Prometheus.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
