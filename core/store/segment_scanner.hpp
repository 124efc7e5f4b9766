// Walks a segment file batch by batch. For recovery and the collector; readers have a cursor of their own.
#pragma once

#include <vector>

#include "core/store/env.hpp"

namespace kns {

class SegmentScanner {
   public:
    // Reads [position, limit) of `file`, which must outlive the scanner.
    SegmentScanner(const File& file, std::uint64_t position, std::uint64_t limit)
        : file_(file), position_(position), limit_(limit) {}

    struct Batch {
        BatchHeader header;
        Bytes bytes;  // until the next call
        std::uint64_t position = 0;
    };
    // The batch at position(), which is then stepped over. Errc::not_found at the limit; Errc::corrupt, without a step,
    // where no batch begins or the rest is cut off. The CRC is the caller's business.
    Result<Batch> next();

    std::uint64_t position() const { return position_; }
    void seek(std::uint64_t position) { position_ = position; }

    // The whole of [position, position + bytes), or what the file has of it.
    Result<Bytes> view(std::uint64_t position, std::size_t bytes);

   private:
    const File& file_;
    std::uint64_t position_, limit_;
    std::vector<std::byte> window_;
    std::uint64_t window_start_ = 0;
    std::size_t window_used_ = 0;
};

}  // namespace kns
