#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/daemon_control.hpp"
#include "cli/service_units.hpp"
#include "cli/spawn.hpp"

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

// How to have it started where systemd is not: what to put where, in words that can be pasted.
std::string without_systemd(const ServicePaths& paths) {
    return fmt::format(
        "There is no systemd here, and commands start the daemon when they need it. To have it from the start of the machine, a\n"
        "line for crontab -e:\n\n"
        "    @reboot {0} --data-dir {2} daemon start\n\n"
        "or, for runit and its like, a run script:\n\n"
        "    #!/bin/sh\n"
        "    exec {1} --data-dir {2}\n",
        paths.kns, paths.knsd, paths.data_dir);
}

Result<Installed> install(Context& kns, const ServicePaths& paths, const std::string& directory) {
    Installed done;
    KNS_TRY(make_directories(directory, 0755));
    for (const auto& [name, text] : {std::pair(kServiceUnit, service_unit(paths)), std::pair(kSocketUnit, socket_unit(paths))}) {
        const auto path = fmt::format("{}/{}", directory, name);
        if (KNS_TRY(put_unit(path, text))) done.changed.push_back(path);
    }
    if (KNS_TRY(systemctl(kns, {"daemon-reload"}))) {
        // systemd is about to listen in place of a daemon that a command started.
        const bool ours = KNS_TRY(systemctl(kns, {"is-active", "--quiet", std::string(kSocketUnit)}));
        if (!ours)
            if (const auto running = KNS_TRY(running_daemon(kns))) KNS_TRY(stop_daemon(kns, *running));
        done.active = KNS_TRY(systemctl(kns, {"enable", "--now", std::string(kSocketUnit), std::string(kServiceUnit)}));
    }
    if (!done.active) done.next = {"systemctl --user daemon-reload", "systemctl --user enable --now knsd.socket knsd.service"};
    return done;
}

Result<Installed> remove(Context& kns, const std::string& directory) {
    Installed done;
    done.active = KNS_TRY(systemctl(kns, {"disable", "--now", std::string(kSocketUnit), std::string(kServiceUnit)}));
    for (const auto name : {kServiceUnit, kSocketUnit}) {
        const auto path = fmt::format("{}/{}", directory, name);
        if (::unlink(path.c_str()) == 0) {
            done.changed.push_back(path);
        } else if (errno != ENOENT) {
            return fail_errno(errno, path);
        }
    }
    if (!KNS_TRY(systemctl(kns, {"daemon-reload"})) && !done.changed.empty()) done.next = {"systemctl --user daemon-reload"};
    return done;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const auto data = KNS_TRY(kns.daemon.data_dir());
    const ServicePaths paths{.kns = KNS_TRY(program_directory()) + "/kns",
                             .knsd = KNS_TRY(find_knsd()),
                             .data_dir = data.root(),
                             .socket = KNS_TRY(choose_socket_path(data))};
    const auto directory = KNS_TRY(unit_directory());
    if (args.flag("print")) {
        kns.out.raw(fmt::format("# {0}/{1}\n{2}\n# {0}/{3}\n{4}", directory, kServiceUnit, service_unit(paths), kSocketUnit,
                                socket_unit(paths)));
    } else if (!find_in_path("systemctl")) {
        kns.out.raw(without_systemd(paths));
    } else {
        kns.out.object(KNS_TRY(args.flag("remove") ? remove(kns, directory) : install(kns, paths, directory)), lines_of);
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
