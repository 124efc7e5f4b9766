#include <unistd.h>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/project.hpp"
#include "core/base/api/trial.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "FILE", .help = "the tests, as YAML", .completer = Completer::file, .many = true}};
constexpr Example kExamples[] = {
    {"kns firehose test clicks.test.yaml", "No delivery stream is needed: the file says what it would be."},
    {"kns firehose test tests/*.yaml -o ndjson", "All of them, for a machine."},
};
constexpr ExitCode kExits[] = {ExitCode::failed, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose explain", "apply"};

constexpr Column kColumns[] = {{.heading = "RESULT"}, {.heading = "TEST"}};

std::vector<Row> rows_of(const DeliveryTestReport& report) {
    std::vector<Row> rows{{report.passed ? "passed" : "FAILED", report.name}};
    for (const auto& difference : report.differences) rows.push_back({"", "  " + difference});
    return rows;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    if (!args.has("timeout")) kns.daemon.wait_without_limit();
    std::vector<DeliveryTestReport> all;
    std::size_t failed = 0;
    for (const auto& path : args.all("FILE")) {
        for (auto& file : KNS_TRY(read_project_files(path))) {
            const DeliveryTestFile question{
                .name = std::move(file.name), .directory = std::move(file.directory), .text = std::move(file.text)};
            for (auto& report : KNS_TRY(kns.daemon.post<Items<DeliveryTestReport>>("/v1/delivery-tests", question)).items) {
                failed += report.passed ? 0 : 1;
                all.push_back(std::move(report));
            }
        }
    }
    kns.out.list(all, kColumns, rows_of);
    kns.out.note(fmt::format("{} passed, {} failed", all.size() - failed, failed));
    return failed > 0 ? ExitCode::failed : ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_test{
    .path = "firehose test",
    .summary = "test a delivery stream that need not exist",
    .description =
        "A file has the settings of a delivery stream, as a project has them, records with the times at which they arrive, and "
        "the objects that are to come of them. Nothing is delivered, and nobody waits: the clock is that of the records. See "
        "kns.yaml(5) for what can stand in the file.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
