// What the daemon tells its log file: one line an event, `<time> <level> <event> key=value ...`.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace kns {

enum class LogLevel { debug, info, warn, error };

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
// One write(2) to stderr, whole lines only. Any thread.
void write_log(LogLevel level, std::string_view event, std::string_view fields);

template <class... Args>
void log_at(LogLevel level, std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    if (log_enabled(level)) write_log(level, event, fmt::format(fields, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    log_at(LogLevel::debug, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void log_info(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    log_at(LogLevel::info, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void log_warn(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    log_at(LogLevel::warn, event, fields, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view event, fmt::format_string<Args...> fields, Args&&... args) {
    log_at(LogLevel::error, event, fields, std::forward<Args>(args)...);
}

}  // namespace kns
