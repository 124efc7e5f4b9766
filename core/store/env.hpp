// The seam under the store: clock, randomness, files and SQLite's file system come in through here, so that a test can
// crank the time, cut the power at any write, or fill the disk.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

// An open file. One thread at a time, but for read_at, which any thread may call at any time.
class File {
   public:
    virtual ~File() = default;
    // Fills `out` from `offset`; fewer bytes only at the end of the file.
    virtual Result<std::size_t> read_at(MutableBytes out, std::uint64_t offset) const = 0;
    // Writes all of `parts` at `offset`, or fails: how much is there after a failure is unknown.
    virtual Result<void> write_at(std::span<const Bytes> parts, std::uint64_t offset) = 0;
    // Everything written so far survives a power cut. After a failure nothing may be assumed, and a second call would
    // lie: the file must be closed and read back (see facts: fsync marks the pages clean). A file that has lost its name
    // has failed too: what is in it goes with the last handle.
    virtual Result<void> sync() = 0;
    // Starts writing back what was written, without waiting. A hint.
    virtual void start_writeback(std::uint64_t offset, std::uint64_t bytes) = 0;
    // Whoever reads everything once lets go of it in the page cache, where others' data is wanted. A hint.
    virtual void forget_cached(std::uint64_t /*offset*/, std::uint64_t /*bytes*/) const {}
    virtual Result<std::uint64_t> size() const = 0;
    virtual Result<void> truncate(std::uint64_t bytes) = 0;
    // Where a file is kept more than once: makes all copies of the stretch that of one which `sound` accepts. False if there is
    // none. Any thread.
    virtual Result<bool> repair(std::uint64_t, std::size_t, const std::function<bool(Bytes)>&) const { return false; }
    // For sendfile; -1 where there is no descriptor.
    virtual int descriptor() const { return -1; }
};

// A directory and the files in it, by name without slashes. Any thread.
class Directory {
   public:
    virtual ~Directory() = default;
    virtual Result<std::unique_ptr<File>> open(const std::string& name, bool create) = 0;  // to read and write
    virtual Result<std::vector<std::string>> list() = 0;
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    virtual Result<void> remove(const std::string& name) = 0;
    virtual Result<void> sync() = 0;  // names survive a power cut
    virtual Result<std::uint64_t> free_bytes() = 0;
};

class Random {
   public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
};

// What a store is opened with. All borrowed; must outlive the store.
struct Env {
    Clock* clock = nullptr;
    Random* random = nullptr;
    Directory* log = nullptr;         // segments, marks
    Directory* quarantine = nullptr;  // damaged batches, kept as evidence
    std::string database_path;        // ":memory:"-like names only together with a `vfs`
    std::string vfs;                  // SQLite's; empty for the default
    std::string boot_id;              // of this machine's current run: tells a power cut from a killed process
    // A group goes into the next segment rather than past this.
    std::uint64_t segment_bytes = 256 << 20;
};

// The real thing.
Result<std::unique_ptr<Directory>> open_directory(const std::string& path, bool create);
Random& real_random();
std::string real_boot_id();

}  // namespace kns
