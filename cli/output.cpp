#include "cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "cli/text_width.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr std::size_t kGap = 2;  // spaces between columns

bool environment_set(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

void to_stderr(std::string_view text) {
    // A closed stderr is nobody's fault and nothing to report it to.
    static_cast<void>(write_all(STDERR_FILENO, text));
}

// A tab, newline or backslash inside a value would break the lines that programs read.
void append_tsv(std::string& out, std::string_view value) {
    for (const char c : value) {
        switch (c) {
            case '\t': out += "\\t"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\\': out += "\\\\"; break;
            default: out += c;
        }
    }
}

std::string plain_text(const JsonValue& value) {
    if (value.is_null()) return "";
    if (const auto* text = value.as_string()) return *text;
    JsonWriter out;
    value.write(out);
    return out.take();
}

std::string tsv_row(const std::string& json, char separator) {
    const JsonValue value = parse_json(json).value_or(JsonValue());
    std::string out;
    if (const auto* members = value.as_object()) {
        for (const auto& [name, member] : *members) {
            if (separator == '\n') {
                append_tsv(out, name);
                out += '\t';
            } else if (&member != &members->front().second) {
                out += '\t';
            }
            append_tsv(out, plain_text(member));
            if (separator == '\n') out += '\n';
        }
    } else {
        append_tsv(out, plain_text(value));
    }
    if (separator != '\n' || !value.as_object()) out += '\n';
    return out;
}

void append_padded(std::string& out, std::string_view text, std::size_t width, bool right, bool last) {
    const auto used = display_width(text);
    const std::size_t spaces = used < width ? width - used : 0;
    if (right) out.append(spaces, ' ');
    out += text;
    if (!right && !last) out.append(spaces, ' ');
}

}  // namespace

Terminal Terminal::of(int fd, bool no_color) {
    Terminal terminal;
    terminal.is_tty = ::isatty(fd);
    const char* term = std::getenv("TERM");
    terminal.smart = terminal.is_tty && term && std::string_view(term) != "dumb";
    terminal.color = (terminal.smart || environment_set("CLICOLOR_FORCE")) && !environment_set("NO_COLOR") && !no_color;
    winsize size{};
    if (terminal.is_tty && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.width = size.ws_col;
    return terminal;
}

Printer::Printer(const Settings& settings)
    : settings_(settings),
      out_(Terminal::of(STDOUT_FILENO, settings.no_color)),
      err_(Terminal::of(STDERR_FILENO, settings.no_color)) {}

Printer::~Printer() { static_cast<void>(flush()); }

void Printer::add(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes && !flush()) failed_ = true;
}

Result<void> Printer::flush() {
    const std::string pending = std::exchange(buffer_, {});
    if (failed_) return fail(Errc::io_error, "stdout: an earlier write failed");
    auto outcome = write_all(STDOUT_FILENO, pending);
    if (!outcome) {
        failed_ = true;
        outcome.error().code = Errc::io_error;  // whatever it was: trying again would not help
        outcome.error().contexts.emplace_back("stdout");
    }
    return outcome;
}

void Printer::raw(std::string_view bytes) { add(bytes); }

void Printer::table(std::span<const Column> columns, const std::vector<Row>& rows) {
    if (rows.empty()) return;
    std::vector<std::size_t> widths;
    for (const auto& column : columns) widths.push_back(display_width(column.heading));
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

    std::vector<bool> shown(columns.size(), true);
    auto total = [&] {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < columns.size(); ++i) sum += shown[i] ? widths[i] + (sum ? kGap : 0) : 0;
        return sum;
    };
    for (std::size_t i = columns.size(); out_.is_tty && i-- > 0 && total() > static_cast<std::size_t>(out_.width);)
        if (columns[i].if_wide) shown[i] = false;
    std::size_t last = 0;
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (shown[i]) last = i;

    auto line = [&](auto cell, bool bold) {
        std::string text;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!shown[i]) continue;
            if (!text.empty()) text.append(kGap, ' ');
            append_padded(text, cell(i), widths[i], columns[i].right, i == last);
        }
        add(bold ? fmt::format("\033[1m{}\033[0m\n", text) : text + '\n');
    };
    line([&](std::size_t i) { return columns[i].heading; }, out_.color);
    for (const auto& row : rows) line([&](std::size_t i) { return std::string_view(row[i]); }, false);
}

void Printer::block(const Lines& lines) {
    std::size_t width = 0;
    for (const auto& [name, value] : lines) width = std::max(width, display_width(name) + 1);
    for (const auto& [name, value] : lines) {
        if (value.empty()) continue;
        std::string label;
        append_padded(label, fmt::format("{}:", name), width + kGap, false, false);
        add(out_.color ? fmt::format("\033[1m{}\033[0m{}\n", label, value) : label + value + '\n');
    }
}

void Printer::json_list(const std::vector<std::string>& values) {
    if (settings_.output == Format::json) {
        add("[");
        for (const auto& value : values) add(fmt::format("{}\n{}", &value == &values.front() ? "" : ",", value));
        add(values.empty() ? "]\n" : "\n]\n");
        return;
    }
    for (const auto& value : values) add(settings_.output == Format::tsv ? tsv_row(value, '\t') : value + '\n');
}

void Printer::json_object(const std::string& value) { add(settings_.output == Format::tsv ? tsv_row(value, '\n') : value + '\n'); }

void Printer::note(std::string_view sentence) {
    if (!settings_.quiet && (err_.is_tty || settings_.verbose)) to_stderr(fmt::format("{}\n", sentence));
}

void Printer::warn(std::string_view sentence) {
    if (!settings_.quiet)
        to_stderr(fmt::format("{}warning:{} {}\n", err_.color ? "\033[33m" : "", err_.color ? "\033[0m" : "", sentence));
}

void Printer::step(std::string_view sentence) {
    if (!settings_.quiet && settings_.verbose) to_stderr(fmt::format("{}\n", sentence));
}

void Printer::error(const Error& error) {
    static_cast<void>(flush());
    if (settings_.output == Format::json || settings_.output == Format::ndjson) {
        JsonWriter out;
        out.begin_object().key("error").begin_object();
        out.member("code", name_of(error.code)).member("message", error.text());
        if (!error.hint.empty()) out.member("hint", error.hint);
        if (!error.details.empty()) out.key("details").raw(error.details);
        out.end_object().end_object();
        to_stderr(out.take() + '\n');
        return;
    }
    const char* red = err_.color ? "\033[31m" : "";
    const char* plain = err_.color ? "\033[0m" : "";
    std::string text = fmt::format("{}kns:{} {}\n", red, plain, error.text());
    if (!error.hint.empty()) text += fmt::format("hint: {}\n", error.hint);
    to_stderr(text);
}

std::string grouped(std::uint64_t number) {
    std::string digits = fmt::format("{}", number);
    for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

}  // namespace kns::cli
