#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/service_units.hpp"
#include "cli/spawn.hpp"
#include "cli/text_encoding.hpp"

namespace kns::cli {
namespace {

constexpr OptionSpec kOptions[] = {
    {.name = "print", .help = "print the units and change nothing"},
    {.name = "remove", .help = "stop the service and delete the units", .excludes = "print"},
};
constexpr Example kExamples[] = {
    {"kns daemon install --print", "What it would write."},
    {"kns daemon install", "From now on the user's systemd listens, and starts the daemon when somebody asks."},
    {"kns daemon install --remove", "Commands start the daemon themselves again."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable, ExitCode::try_again};
constexpr std::string_view kSeeAlso[] = {"daemon restart", "daemon run", "daemon start"};

struct Installed {
    std::vector<std::string> changed;  // files written or deleted
    bool active = false;               // the service manager has been told
    std::vector<std::string> next;     // commands that are left to do

    static constexpr auto fields() {
        return std::tuple{field("changed", &Installed::changed), field("active", &Installed::active),
                          field("next", &Installed::next)};
    }
};

struct Unit {
    std::string path, text;

    static constexpr auto fields() { return std::tuple{field("path", &Unit::path), field("text", &Unit::text)}; }
};

struct Units {
    std::vector<Unit> units;

    static constexpr auto fields() { return std::tuple{field("units", &Units::units)}; }
};

std::vector<Unit> units_for(const ServicePaths& paths, const std::string& directory) {
    return {{fmt::format("{}/{}", directory, kServiceUnit), service_unit(paths)},
            {fmt::format("{}/{}", directory, kSocketUnit), socket_unit(paths)}};
}

// A unit is lines: a path with one in it would write others.
Result<void> check_one_line(const ServicePaths& paths) {
    for (const auto& path : {paths.kns, paths.knsd, paths.data_dir, paths.socket})
        for (const char c : path)
            if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
                return fail(Errc::invalid_argument, "{:?} has a control character in it, which no unit can name", path)
                    .hint("give the data directory another name");
    return {};
}

Result<std::string> unit_directory() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const std::string base = config && *config == '/' ? config : KNS_TRY(home_directory()) + "/.config";
    return base + "/systemd/user";
}

// Whether `systemctl --user ARGUMENTS` succeeds. What it has to say goes to stderr with --verbose.
Result<bool> systemctl(Context& kns, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"systemctl", "--user"});
    kns.out.step(fmt::format("{}", fmt::join(arguments, " ")));
    const Fd null = KNS_TRY(open_file("/dev/null", O_RDWR));
    const int said = kns.settings.verbose ? STDERR_FILENO : null.get();
    const auto pid = KNS_TRY(start_program(
        {.argv = std::move(arguments), .descriptors = {{null.get(), STDIN_FILENO}, {said, STDOUT_FILENO}, {said, STDERR_FILENO}}}));
    return KNS_TRY(wait_program(pid)) == 0;
}

// Writes it where it differs.
Result<bool> put_unit(const std::string& path, const std::string& text) {
    if (const auto old = read_file(path); old && *old == text) return false;
    KNS_TRY(write_file_atomically(path, text, 0644));
    return true;
}

Lines lines_of(const Installed& done) {
    Lines out;
    for (const auto& path : done.changed) out.emplace_back("changed", path);
    if (done.changed.empty()) out.emplace_back("changed", "nothing: it is as it should be");
    for (const auto& command : done.next) out.emplace_back("next", command);
    return out;
}

// How to have it started where systemd is not.
struct OtherStart {
    std::string crontab;  // a line for crontab -e
    std::string script;   // what a run script of runit and its like runs

    static constexpr auto fields() {
        return std::tuple{field("crontab", &OtherStart::crontab), field("script", &OtherStart::script)};
    }
};

OtherStart start_without_systemd(const ServicePaths& paths) {
    OtherStart out{
        .crontab = fmt::format("@reboot {} --data-dir {} daemon start", shell_word(paths.kns), shell_word(paths.data_dir)),
        .script = fmt::format("exec {} --data-dir {}", shell_word(paths.knsd), shell_word(paths.data_dir))};
    // cron ends its line at a % that is not behind a backslash.
    for (std::size_t at = 0; (at = out.crontab.find('%', at)) != std::string::npos; at += 2) out.crontab.insert(at, "\\");
    return out;
}

// In words that can be pasted.
std::string without_systemd(const OtherStart& start) {
    return fmt::format(
        "There is no systemd here, and commands start the daemon when they need it. To have it from the start of the machine, a\n"
        "line for crontab -e:\n\n"
        "    {}\n\n"
        "or, for runit and its like, a run script:\n\n"
        "    #!/bin/sh\n"
        "    {}\n",
        start.crontab, start.script);
}

Result<Installed> install(Context& kns, const ServicePaths& paths, const std::string& directory) {
    Installed done;
    KNS_TRY(make_directories(directory, 0755));
    for (const auto& unit : units_for(paths, directory))
        if (KNS_TRY(put_unit(unit.path, unit.text))) done.changed.push_back(unit.path);
    if (KNS_TRY(systemctl(kns, {"daemon-reload"}))) {
        // systemd is about to listen in place of a daemon that a command started, or for another data directory than before.
        const bool ours = KNS_TRY(systemctl(kns, {"is-active", "--quiet", std::string(kSocketUnit)}));
        if (ours && !done.changed.empty()) KNS_TRY(systemctl(kns, {"stop", std::string(kSocketUnit), std::string(kServiceUnit)}));
        if (!ours || !done.changed.empty())
            if (const auto running = KNS_TRY(running_daemon(kns))) KNS_TRY(stop_daemon(kns, *running));
        done.active = KNS_TRY(systemctl(kns, {"enable", "--now", std::string(kSocketUnit), std::string(kServiceUnit)}));
    }
    if (!done.active) done.next = {"systemctl --user daemon-reload", "systemctl --user enable --now knsd.socket knsd.service"};
    return done;
}

Result<Installed> remove(Context& kns, const std::string& directory) {
    Installed done;
    const bool has_systemd = find_in_path("systemctl").has_value();
    if (has_systemd)
        done.active = KNS_TRY(systemctl(kns, {"disable", "--now", std::string(kSocketUnit), std::string(kServiceUnit)}));
    for (const auto name : {kServiceUnit, kSocketUnit}) {
        const auto path = fmt::format("{}/{}", directory, name);
        if (::unlink(path.c_str()) == 0) {
            done.changed.push_back(path);
        } else if (errno != ENOENT) {
            return fail_errno(errno, path);
        }
    }
    if (has_systemd && !KNS_TRY(systemctl(kns, {"daemon-reload"})) && !done.changed.empty())
        done.next = {"systemctl --user daemon-reload"};
    return done;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto data = KNS_TRY(kns.daemon.data_dir());
    const ServicePaths paths{.kns = KNS_TRY(program_directory()) + "/kns",
                             .knsd = KNS_TRY(find_knsd()),
                             .data_dir = data.root(),
                             .socket = KNS_TRY(choose_socket_path(data))};
    KNS_TRY(check_one_line(paths));
    const auto directory = KNS_TRY(unit_directory());
    const Units units{units_for(paths, directory)};
    if (args.flag("remove")) {
        kns.out.object(KNS_TRY(remove(kns, directory)), lines_of);
    } else if (args.flag("print")) {
        if (!kns.out.is_text()) {
            kns.out.changed(units, "");
            return ExitCode::done;
        }
        for (const auto& unit : units.units) kns.out.raw(fmt::format("# {}\n{}\n", unit.path, unit.text));
    } else if (find_in_path("systemctl")) {
        kns.out.object(KNS_TRY(install(kns, paths, directory)), lines_of);
    } else if (const auto start = start_without_systemd(paths); kns.out.is_text()) {
        kns.out.raw(without_systemd(start));
    } else {
        kns.out.changed(start, "");
    }
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec daemon_install{
    .path = "daemon install",
    .summary = "let the user's systemd keep the daemon",
    .description =
        "Writes knsd.service and knsd.socket to ~/.config/systemd/user, for this data directory, and enables them; where no "
        "systemd "
        "answers it prints the commands that are left to do. Again, it writes only what differs. The daemon then runs from login "
        "on, or from the start of the machine after loginctl enable-linger, and its socket is there also while it does not run.\n\n"
        "Without systemd it writes nothing, and says what a crontab or a run script needs.",
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
