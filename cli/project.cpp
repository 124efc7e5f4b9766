#include "cli/project.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr std::string_view kStdin = "-";

Result<std::string> real_directory(const std::string& path) {
    char* real = ::realpath(path.c_str(), nullptr);
    if (!real) return fail_errno(errno, path);
    std::string out = real;
    std::free(real);
    return out;
}

Result<std::string> read_stdin() {
    std::string text, piece(64 << 10, '\0');
    for (;;) {
        const auto got = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "stdin");
        if (got == 0) return text;
        text.append(piece, 0, static_cast<std::size_t>(got));
    }
}

Result<std::vector<std::string>> yaml_files_in(const std::string& directory) {
    DIR* opened = ::opendir(directory.c_str());
    if (!opened) return fail_errno(errno, directory);
    std::vector<std::string> paths;
    while (const auto* entry = ::readdir(opened)) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml")))
            paths.push_back(fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", name));
    }
    ::closedir(opened);
    std::ranges::sort(paths);
    if (paths.empty()) return fail(Errc::not_found, "there is no *.yaml or *.yml in {}", directory);
    return paths;
}

std::string summary_of(const ProjectStep& step) {
    if (step.error) return *step.error;
    std::string out;
    for (const auto& change : step.changes) {
        if (step.result != ProjectResult::updated) break;  // all of it: the result says enough
        out += fmt::format("{}{}: {} -> {}", out.empty() ? "" : ", ", change.key, change.from.value_or("none"),
                           change.to.value_or("none"));
    }
    return out.empty() ? "-" : out;
}

}  // namespace

Result<std::vector<ProjectFile>> read_project_files(const std::string& where) {
    if (where == kStdin) return std::vector{ProjectFile{"stdin", KNS_TRY(real_directory(".")), KNS_TRY(read_stdin())}};
    struct stat status{};
    const bool is_directory = ::stat(where.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    std::vector<ProjectFile> files;
    for (const auto& path : is_directory ? KNS_TRY(yaml_files_in(where)) : std::vector{where}) {
        std::string text = KNS_TRY(read_file(path));
        const auto slash = path.rfind('/');
        const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        files.push_back({path, KNS_TRY(real_directory(directory)), std::move(text)});
    }
    return files;
}

Result<std::vector<ProjectStep>> apply_project(Context& kns, const ApplyProject& project) {
    return KNS_TRY(kns.daemon.post<Items<ProjectStep>>("/v1/apply", project)).items;
}

void print_steps(Context& kns, const std::vector<ProjectStep>& steps) {
    static constexpr Column kColumns[] = {{.heading = "KIND"}, {.heading = "NAME"}, {.heading = "RESULT"}, {.heading = "CHANGES"}};
    kns.out.list(steps, kColumns, [](const ProjectStep& step) {
        return Row{step.kind, step.name, std::string(name_of_enum(step.result)), summary_of(step)};
    });
}

std::string unified(const std::vector<ProjectStep>& steps) {
    std::string out;
    for (const auto& step : steps) {
        if (step.result == ProjectResult::unchanged) continue;
        const char mark = step.result == ProjectResult::created ? '+' : step.result == ProjectResult::deleted ? '-' : ' ';
        out += fmt::format("{}{} {}\n", mark, step.kind, step.name);
        for (const auto& change : step.changes) {
            if (change.from) out += fmt::format("-  {}: {}\n", change.key, *change.from);
            if (change.to) out += fmt::format("+  {}: {}\n", change.key, *change.to);
        }
    }
    return out;
}

}  // namespace kns::cli
