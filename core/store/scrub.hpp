// Reads a segment, as far as it is indexed, and says which of its batches cannot be believed: by their own checksums,
// by their trailer's, and by what the index says should be there.
//
// In steps, so that whoever calls decides on the pace. On any one thread at a time.
#pragma once

#include "core/store/catalog.hpp"
#include "core/store/group_reader.hpp"

namespace kns {

class SegmentScrub {
   public:
    // Errc::not_found where the file is missing, though the index names it: see `missing`. `until`: the end of a group; the log
    // may be writing behind it.
    static Result<SegmentScrub> begin(Directory& log, std::uint64_t segment, std::uint64_t generation,
                                      std::uint64_t until = UINT64_MAX);

    // Reads on, about `bytes` (a whole number of commit groups). True once all has been read. Damage of what the index does not
    // name any more is not worth a word.
    Result<bool> step(Catalog& catalog, std::uint64_t bytes, std::vector<Damage>& damages);
    std::uint64_t position() const { return reader_.end(); }

    // What is lost with a segment that is not there.
    static Result<std::vector<Damage>> missing(Catalog& catalog, std::uint64_t segment) {
        return catalog.extents_past(segment, std::nullopt);
    }

   private:
    SegmentScrub(std::unique_ptr<File> file, std::uint64_t segment) : file_(std::move(file)), segment_(segment) {}
    Result<void> keep_live(Catalog& catalog, std::vector<Damage> found, std::vector<Damage>& damages);

    std::unique_ptr<File> file_;
    std::uint64_t segment_;
    GroupReader reader_{std::nullopt};
};

}  // namespace kns
