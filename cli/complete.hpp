// Completion for the shells: `kns __complete --cword N -- WORDS...`, words as on the command line with `kns` itself first.
// Answers lines "value<TAB>description" and a last line ":directive":
//
//   :none     nothing to add
//   :files    let the shell complete file names       :dirs  ... directories
//   :command  names of programs
//
// It may run at every key: it never starts a daemon, never prints an error, and is done within 150 ms.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "core/base/api/daemon.hpp"

namespace kns::cli {

// Where names of streams and so on come from. `stream` is the one named earlier on the line, for shards and groups.
using NameSource = std::function<std::vector<Completion>(Completer kind, const std::string& prefix, const std::string& stream)>;

struct Candidates {
    std::vector<Completion> items;
    std::string directive = "none";
};
// `words` without `kns`; the last is the one being typed, possibly empty.
Candidates complete(std::span<const std::string> words, const NameSource& names);

// The whole of `kns __complete ARGUMENTS...`: asks the daemon, prints. Always succeeds.
void run_complete(std::span<const std::string> arguments);

}  // namespace kns::cli
