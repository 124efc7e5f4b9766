#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/paths.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "DIR", .help = "the project's folder; this one if not given", .completer = Completer::directory, .optional = true}};
constexpr Example kExamples[] = {{"kns init shop", "A folder to begin in; what it prints is what to do next."}};
constexpr ExitCode kExits[] = {ExitCode::conflict};
constexpr std::string_view kSeeAlso[] = {"apply", "diff", "export"};

constexpr std::string_view kProject =
    R"(# What there is to be: `kns apply -f kns.yaml` makes it so, `kns diff -f kns.yaml` says what it would change.
# Every key is in kns.yaml(5): man kns.yaml

streams:
  events:
    shards: 2              # each key stays in one of them, and in order
    retention: 7d          # 1h to 365d; without this line 24h
    # durability: sync     # a put is answered once it is on disk; or interval=100ms, or os
    # limits: aws          # no faster than a shard of Kinesis
    # max_record_size: 1MiB
    # tags: {team: shop}

deliveries:
  archive:
    source: events         # without a source, records come by: kns firehose put archive
    to: ./archive          # a path is relative to this file
    compress: gzip
    buffer: 5MiB,300s      # an object is made when there is this much, or the oldest has waited this long
    # prefix: 'year=!{timestamp:yyyy}/month=!{timestamp:MM}/'
    # delimiter: newline
    # retry: 300s          # how long a failing destination is tried
)";

constexpr std::string_view kExample = R"sh(#!/bin/sh
# Makes what kns.yaml says, puts a hundred records, reads some, and delivers them all as files.
set -eu
cd "$(dirname "$0")"
unset KNS_DATA_DIR         # this project's data is in .kns, beside this file

kns apply -f kns.yaml
seq 100 | sed 's|.*|{"user":"user-&","page":"/"}|' | kns stream put events --format ndjson --key-json user
kns stream get events --limit 3
kns firehose deliver archive
)sh";

// The data itself is nothing to commit.
constexpr std::string_view kIgnoreAll = "*\n";

struct Initialized {
    std::string directory, data_dir;
    std::vector<std::string> files;
    std::vector<std::string> next;  // what to type

    static constexpr auto fields() {
        return std::tuple{field("directory", &Initialized::directory), field("data_dir", &Initialized::data_dir),
                          field("files", &Initialized::files), field("next", &Initialized::next)};
    }
};

Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
    const Fd file = KNS_TRY(open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode));
    return write_all(file.get(), text);
}

Result<ExitCode> run(Context& kns, const Args& args) {
    const std::string directory = args.text_or("DIR", ".");
    const std::string project = directory + "/kns.yaml", example = directory + "/example.sh",
                      data = directory + "/" + std::string(kProjectDataDir);
    for (const auto& path : {project, example, data})
        if (::access(path.c_str(), F_OK) == 0)
            return fail(Errc::already_exists, "{} exists already", path).hint("kns init overwrites nothing; choose another DIR");
    KNS_TRY(make_directories(directory, 0755));
    KNS_TRY(make_directories(data, 0700));
    KNS_TRY(write_new(data + "/.gitignore", kIgnoreAll, 0600));
    KNS_TRY(write_new(project, kProject, 0644));
    KNS_TRY(write_new(example, kExample, 0755));

    Initialized made{.directory = directory, .data_dir = data, .files = {project, example}, .next = {}};
    if (directory != ".")
        made.next.push_back(fmt::format("cd {}", shell_word(directory.starts_with('-') ? "./" + directory : directory)));
    if (std::getenv("KNS_DATA_DIR")) made.next.emplace_back("unset KNS_DATA_DIR");
    made.next.insert(made.next.end(), {"kns apply -f kns.yaml", "./example.sh"});
    if (kns.out.is_text())
        kns.out.raw(fmt::format("{}\n", fmt::join(made.next, "\n")));
    else
        kns.out.object(made, [](const Initialized&) { return Lines(); });
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec init{
    .path = "init",
    .summary = "make a project folder",
    .description =
        "Makes a folder with a commented kns.yaml, a small script that works, and .kns, a data directory of its own: in the folder "
        "and everywhere below it, kns finds and uses that one. --data-dir and KNS_DATA_DIR come first. Prints what to type "
        "next.\n\n"
        "In a copy of the folder without .kns, mkdir .kns is all that is needed.",
    .args = kArgs,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
