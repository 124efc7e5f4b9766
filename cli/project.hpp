// What the project commands have in common: the files of a project, sent to the daemon, and what it says would change.
#pragma once

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/project.hpp"

namespace kns::cli {

inline constexpr OptionSpec kProjectFile{.name = "file",
                                         .letter = 'f',
                                         .kind = ValueKind::text,
                                         .value = "FILE|-|DIR",
                                         .help = "the project, as kns.yaml(5) describes it",
                                         .completer = Completer::file,
                                         .required = true};

// `-f FILE|-|DIR`: one file, stdin, or every *.yaml and *.yml in a directory, in the order of their names. The daemon reads
// them: this program knows no YAML.
Result<std::vector<ProjectFile>> read_project_files(const std::string& where);

Result<std::vector<ProjectStep>> apply_project(Context& kns, const ApplyProject& project);

// One line a step.
void print_steps(Context& kns, const std::vector<ProjectStep>& steps);

// "+", "-" and " " in front of objects and their keys; nothing of what stays as it is.
std::string unified(const std::vector<ProjectStep>& steps);

}  // namespace kns::cli
