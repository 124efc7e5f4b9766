// Words in, exit code out. SIGPIPE and SIGINT keep their default action: `kns ... | head` ends quietly with 141.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/complete.hpp"
#include "cli/external.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/parser.hpp"
#include "cli/suggest.hpp"
#include "core/base/api/daemon.hpp"

namespace kns::cli {
namespace {

const char* environment(const char* name) { return std::getenv(name); }

int exit_with(Printer& out, const Error& error) {
    out.error(error);
    return static_cast<int>(row_of(error.code).exit);
}

// A caller may have closed some of the first three (`kns ... <&-`). Our own sockets must not get their numbers; the
// placeholder answers as a closed descriptor would, with EBADF.
void occupy_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

// For the build, shells and editors; not in the table and not in help.
bool is_internal(const std::string& word) { return word == "__complete" || word == "__man" || word == "__commands"; }

int run_internal(std::span<const std::string> words) {
    if (words[0] == "__complete") {
        run_complete(words.subspan(1));
        return 0;
    }
    const Settings settings;
    Printer out(settings);
    if (words[0] == "__commands") {
        out.raw(commands_as_json());
    } else if (words.size() == 3 && words[1] == "--all") {
        if (auto written = write_man_pages(words[2]); !written) return exit_with(out, written.error());
    } else {
        std::string path;
        for (const auto& word : words.subspan(1)) path += (path.empty() ? "" : " ") + word;
        const auto page = man_page(path);
        if (page.empty()) return exit_with(out, fail(Errc::not_found, "no manual page for \"{}\"", path));
        out.raw(page);
    }
    if (auto flushed = out.flush(); !flushed) return exit_with(out, flushed.error());
    return 0;
}

Error unknown_command(const Resolution& resolution, std::span<const std::string> words) {
    Error error = fail(Errc::invalid_argument, "unknown command \"{}{}{}\"", resolution.path, resolution.path.empty() ? "" : " ",
                       *resolution.unknown)
                      .hint(resolution.path.empty() ? std::string("kns help") : fmt::format("kns help {}", resolution.path));
    std::vector<std::string> plain;
    for (const auto& word : words)
        if (!word.starts_with('-')) plain.push_back(word);
    if (const auto guess = suggest_command(plain)) error.hint = fmt::format("did you mean \"kns {}\"?", *guess);
    return error;
}

int run(const std::vector<std::string>& words) {
    occupy_standard_descriptors();
    if (!words.empty() && is_internal(words[0])) return run_internal(words);

    Settings early;  // until the command line is understood
    early.output = format_wanted(words, environment);
    Printer out(early);
    const HelpStyle style{.width = out.out().is_tty ? out.out().width : 80, .color = out.out().color};
    const auto resolution = resolve(words);
    if (!resolution.command) {
        if (has_flag(resolution.rest, "--version")) {
            out.raw(fmt::format("kns {}\n", kVersion));
        } else if (resolution.unknown && resolution.path.empty() && find_external(*resolution.unknown)) {
            const auto name = std::find(words.begin(), words.end(), *resolution.unknown);
            return exit_with(
                out, run_external(*find_external(*name), std::span(name + 1, words.end()), data_dir_among({words.begin(), name})));
        } else if (resolution.unknown) {
            return exit_with(out, unknown_command(resolution, words));
        } else if (resolution.path.empty()) {
            static constexpr CommandSpec kBare{};  // `kns` alone, with its global options at most
            if (auto checked = parse(kBare, resolution.rest, environment); !checked) return exit_with(out, checked.error());
            out.raw(help_overview(style));
        } else if (has_flag(resolution.rest, "--help", "-h")) {
            out.raw(help_of_noun(resolution.path, style));
        } else {
            std::fputs(help_of_noun(resolution.path, {.width = out.err().width, .color = out.err().color}).c_str(), stderr);
            return static_cast<int>(ExitCode::usage);
        }
        return 0;
    }

    auto parsed = parse(*resolution.command, resolution.rest, environment);
    if (!parsed) return exit_with(out, parsed.error());
    if (parsed->help) {
        out.raw(help_of_command(*resolution.command, style));
        return 0;
    }
    if (parsed->version) {
        out.raw(fmt::format("kns {}\n", kVersion));
        return 0;
    }
    Printer printer(parsed->settings);
    Client daemon(parsed->settings, printer);
    Context kns{.settings = parsed->settings, .out = printer, .daemon = daemon};
    const auto outcome = resolution.command->run(kns, parsed->args);
    if (!outcome) return exit_with(printer, outcome.error());
    if (auto flushed = printer.flush(); !flushed) return exit_with(printer, flushed.error());
    return static_cast<int>(*outcome);
}

}  // namespace
}  // namespace kns::cli

int main(int argc, char** argv) { return kns::cli::run(std::vector<std::string>(argv + 1, argv + argc)); }
