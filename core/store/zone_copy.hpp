// Makes one directory's log files those of another: compares, copies what differs, syncs, reads back.
#pragma once

#include <functional>
#include <mutex>

#include "core/store/env.hpp"

namespace kns {

// Segments, their unfinished rewrites, and marks: what zones copy and delete. Anything else in a directory is not theirs.
bool is_log_file(const std::string& name);
Result<std::vector<std::string>> list_log_files(Directory& directory);

struct ZoneCopy {
    // Of the source, by name.
    std::function<Result<std::size_t>(const std::string& name, MutableBytes out, std::uint64_t offset)> read;
    std::function<Result<std::uint64_t>(const std::string& name)> size;
    Directory* target = nullptr;
    std::mutex* writes = nullptr;  // keeps others from writing to source and target: held for a chunk at a time, or null
    std::function<Result<void>(std::uint64_t bytes)> passed = [](std::uint64_t) { return Result<void>(); };  // an error ends it
    std::uint64_t written_bytes = 0;

    // One file, with its length. Durable and verified on return, except for its name. A file that the source no longer has is
    // left as it is.
    Result<void> file(const std::string& name);

   private:
    Result<void> verify(const std::string& name, File& copy);
};

// All log files, from one directory that nobody writes to into another; those that the source lacks are deleted there.
Result<void> copy_log(Directory& from, Directory& to);

}  // namespace kns
