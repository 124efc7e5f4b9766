#include "core/base/log.hpp"

#include <unistd.h>

#include <atomic>

#include "core/base/time.hpp"

namespace kns {
namespace {

std::atomic<LogLevel> threshold = LogLevel::info;

}  // namespace

void set_log_level(LogLevel level) { threshold = level; }
bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void write_log(LogLevel level, std::string_view event, std::string_view fields) {
    static constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
    const auto line =
        fmt::format("{} {} {} {}\n", format_time(Clock::real().now()), kNames[static_cast<int>(level)], event, fields);
    std::ignore = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace kns
