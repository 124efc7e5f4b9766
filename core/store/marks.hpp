// How far the log was acknowledged, kept outside the log: two fixed slots, written in turn, at most 100 ms behind.
//
// At start a log that ends before its mark has lost acknowledged data, where one that ends behind it merely has an
// unfinished group at its end. Lives on the log thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/store/env.hpp"
#include "core/store/place.hpp"

namespace kns {

struct Mark {
    Place end;                       // acknowledged up to here
    std::uint64_t group_number = 0;  // of the last acknowledged group
    std::uint64_t records_total = 0;
    UnixMs written_ms = 0;
    bool clean = false;   // a regular stop: nothing followed
    std::string boot_id;  // tells a machine that went down from a process that did
};

// A whole marks file that holds this mark, for a log that goes elsewhere.
std::string marks_file_of(const Mark& mark);

class Marks {
   public:
    // `directory` must outlive the marks.
    static Result<Marks> open(Directory& directory);
    // The newest valid slot; nothing in a new directory, or if both are damaged.
    const std::optional<Mark>& newest() const { return newest_; }
    // With `sync` it survives a power cut too.
    Result<void> write(const Mark& mark, bool sync);

   private:
    explicit Marks(std::unique_ptr<File> file) : file_(std::move(file)) {}
    std::unique_ptr<File> file_;
    std::uint64_t turn_ = 0;  // counts writes; its low bit picks the slot
    std::optional<Mark> newest_;
};

}  // namespace kns
