// POSIX ustar archives of plain files: `tar tvf` lists them, `tar xf` unpacks them.
//
// Written in one pass with constant memory, and read the same way. Strict: a header whose checksum is wrong, anything but
// a plain file, and padding that is not zero are errors, so that no bit of an archive can flip unnoticed by whoever checks
// the contents of its entries.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"

namespace kns {

inline constexpr std::size_t kTarBlockBytes = 512;

struct TarEntry {
    std::string name;  // at most 100 bytes
    std::uint64_t bytes = 0;
    std::int64_t modified_s = 0;
};

// The block in front of an entry's contents. Errc::limit_exceeded from 8 GiB on, which ustar cannot say.
Result<std::string> tar_header(const TarEntry& entry);
// Zeros that follow contents of this size.
inline std::size_t tar_padding(std::uint64_t bytes) {
    return static_cast<std::size_t>((kTarBlockBytes - bytes % kTarBlockBytes) % kTarBlockBytes);
}
// What an archive ends with.
inline constexpr std::size_t kTarEndBytes = 2 * kTarBlockBytes;

// Takes an archive in pieces of any size. Errors are Errc::corrupt and name the entry. One thread.
class TarReader {
   public:
    struct Visitor {
        std::function<Result<void>(const TarEntry&)> begin;
        std::function<Result<void>(Bytes)> contents;  // a piece of the entry that was begun last
        std::function<Result<void>()> end;
    };
    explicit TarReader(Visitor visitor) : visitor_(std::move(visitor)) {}

    Result<void> feed(Bytes bytes);
    // There is nothing more: an error if the archive is not complete.
    Result<void> finish() const;

   private:
    enum class Part { header, contents, padding, end };
    Result<void> take_header();

    Visitor visitor_;
    Part part_ = Part::header;
    TarEntry entry_;
    std::uint64_t left_ = 0;  // of the contents or the padding
    std::string block_;       // of a header, as far as it has come
    std::size_t zero_blocks_ = 0;
};

}  // namespace kns
