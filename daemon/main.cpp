#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/api/daemon.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "daemon/daemon.hpp"
#include "daemon/http_exchange.hpp"

namespace {

constexpr std::string_view kUsage =
    "usage: knsd [--data-dir DIR] [--ready-fd N] [--idle-exit DURATION] [--zones DIR,...] [--version]\n"
    "The daemon of kns. Normally started by `kns`; see kns(1).\n";

kns::Result<kns::DaemonOptions> parse_options(int argc, char** argv) {
    std::string data_dir, idle, zones;
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
        if (arg == "--data-dir")
            data_dir = value;
        else if (arg == "--ready-fd")
            ready_fd = std::atoi(std::string(value).c_str());
        else if (arg == "--idle-exit")
            idle = value;
        else if (arg == "--zones")
            zones = value;
        else
            return kns::fail(kns::Errc::invalid_argument, "unknown option {}", arg).hint("knsd --help");
        if (!joined) ++i;
    }
    if (idle.empty() && std::getenv("KNS_IDLE_EXIT")) idle = std::getenv("KNS_IDLE_EXIT");
    if (zones.empty() && std::getenv("KNS_ZONES")) zones = std::getenv("KNS_ZONES");
    kns::DaemonOptions options{KNS_TRY(kns::DataDir::find(data_dir)), ready_fd, {}};
    for (std::size_t at = 0; at < zones.size();) {
        const auto comma = std::min(zones.find(',', at), zones.size());
        options.zones.push_back(zones.substr(at, comma - at));
        at = comma + 1;
    }
    if (!idle.empty()) options.idle_exit_ms = KNS_TRY(kns::parse_duration(idle));
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--version") == 0) return std::printf("knsd %s\n", kns::kVersion.data()) < 0;
        if (std::strcmp(argv[i], "--help") == 0) return std::fputs(kUsage.data(), stdout) < 0;
    }
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    if (std::getenv("KNS_DEBUG")) kns::set_log_level(kns::LogLevel::debug);
    auto options = parse_options(argc, argv);
    auto outcome = options ? kns::run_daemon(*options) : kns::Result<void>(std::unexpected(options.error()));
    if (outcome) return 0;
    kns::log_error("not_started", "error=\"{}\"", outcome.error().text());
    if (options && options->ready_fd >= 0) std::ignore = kns::write_all(options->ready_fd, kns::error_answer(outcome.error()).body);
    return static_cast<int>(kns::row_of(outcome.error().code).exit);
}
