#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "core/base/api/daemon.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/config/config_file.hpp"
#include "daemon/daemon.hpp"
#include "daemon/http_exchange.hpp"
#include "daemon/offline.hpp"

namespace {

constexpr std::string_view kUsage =
    "usage: knsd [--data-dir DIR] [--ready-fd N] [--idle-exit DURATION] [--zones DIR,...] [--version]\n"
    "       knsd [--data-dir DIR] --check|--repair    of a directory that no daemon has open; see kns doctor\n"
    "The daemon of kns. Normally started by `kns`; see kns(1).\n";

kns::Result<kns::DaemonOptions> parse_options(int argc, char** argv) {
    std::string data_dir;
    std::map<std::string, std::string, std::less<>> flags;
    int ready_fd = -1;
    for (int i = 1; i < argc; ++i) {
        std::string_view arg = argv[i];
        std::string_view value;
        const bool joined = arg.find('=') != std::string_view::npos;
        if (joined) {
            value = arg.substr(arg.find('=') + 1);
            arg = arg.substr(0, arg.find('='));
        } else if (i + 1 < argc) {
            value = argv[i + 1];
        }
        if (arg == "--check" || arg == "--repair") continue;  // see main
        if (arg == "--data-dir")
            data_dir = value;
        else if (arg == "--ready-fd")
            ready_fd = std::atoi(std::string(value).c_str());
        else if (arg == "--idle-exit")
            flags["idle_exit"] = value;
        else if (arg == "--zones")
            flags["zones"] = value;
        else
            return kns::fail(kns::Errc::invalid_argument, "unknown option {}", arg).hint("knsd --help");
        if (!joined) ++i;
    }
    kns::DataDir data = KNS_TRY(kns::DataDir::find(data_dir));
    auto environment = [](const char* name) -> const char* { return std::getenv(name); };
    kns::ConfigSources config{.file = data.config_file(), .environment = environment, .flags = std::move(flags)};
    return kns::DaemonOptions{std::move(data), ready_fd, std::move(config)};
}

// For `kns doctor`: findings as JSON on stdout.
int answer_offline(const kns::DaemonOptions& options, bool repair) {
    const auto look = [&]() -> kns::Result<std::vector<kns::Finding>> {
        const auto config = KNS_TRY(kns::ConfigStore::open(options.config));
        const auto& zones = config.config().zones;
        return repair ? kns::repair_offline(options.data, zones) : kns::check_offline(options.data, zones);
    };
    const auto findings = look();
    const std::string said = findings ? kns::to_json(kns::Items<kns::Finding>{.items = *findings, .next = {}}) + "\n"
                                      : kns::error_answer(findings.error()).body;
    std::ignore = kns::write_all(STDOUT_FILENO, said);
    return findings ? 0 : static_cast<int>(kns::row_of(findings.error().code).exit);
}

}  // namespace

// Without memory, or by a defect: the last words need none.
[[noreturn]] void say_and_abort() {
    constexpr std::string_view kWords =
        "- error ended error=\"out of memory (bad_alloc), or a defect of kns: an exception nobody caught\"\n";
    std::ignore = ::write(STDERR_FILENO, kWords.data(), kWords.size());
    std::abort();
}

int main(int argc, char** argv) {
    std::set_terminate(say_and_abort);
    std::optional<bool> repair;  // or only check; neither: be the daemon
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--check") == 0) repair = false;
        if (std::strcmp(argv[i], "--repair") == 0) repair = true;
        if (std::strcmp(argv[i], "--version") == 0) return std::printf("knsd %s\n", kns::kVersion.data()) < 0;
        if (std::strcmp(argv[i], "--help") == 0) return std::fputs(kUsage.data(), stdout) < 0;
    }
    kns::guard_memory();
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    if (std::getenv("KNS_DEBUG")) kns::set_log_level(kns::LogLevel::debug);
    auto options = parse_options(argc, argv);
    if (options && repair) return answer_offline(*options, *repair);
    auto outcome = options ? kns::run_daemon(*options) : kns::Result<void>(std::unexpected(options.error()));
    if (outcome) return 0;
    kns::log_error("not_started", "error=\"{}\"", outcome.error().text());
    if (options && options->ready_fd >= 0) std::ignore = kns::write_all(options->ready_fd, kns::error_answer(outcome.error()).body);
    return static_cast<int>(kns::row_of(outcome.error().code).exit);
}
