#include "core/base/tar.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace kns {
namespace {

// Where the fields of a ustar header are: pax(1), "ustar Interchange Format".
struct Field {
    std::size_t at, bytes;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12}, kModified{136, 12}, kChecksum{148, 8},
    kType{156, 1}, kMagic{257, 8};
constexpr std::string_view kUstar{"ustar\00000", 8};
constexpr std::uint64_t kMaxEntryBytes = (std::uint64_t{1} << 33) - 1;  // eleven octal digits

void put(std::string& block, Field field, std::string_view text) { block.replace(field.at, text.size(), text); }

std::string octal(std::uint64_t value, Field field) { return fmt::format("{:0{}o}", value, field.bytes - 1); }

// The sum of all bytes, with the checksum's own taken for spaces: as every tar writes it.
std::string checksum_text(std::string_view block) {
    std::uint64_t sum = 8 * ' ';
    for (std::size_t i = 0; i < block.size(); ++i)
        if (i < kChecksum.at || i >= kChecksum.at + kChecksum.bytes) sum += static_cast<unsigned char>(block[i]);
    return fmt::format("{:06o}", sum) + std::string("\0 ", 2);
}

std::optional<std::uint64_t> number(std::string_view block, Field field) {
    const auto text = block.substr(field.at, field.bytes);
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (failure != std::errc()) return std::nullopt;
    return value;
}

bool all_zero(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

Result<std::string> tar_header(const TarEntry& entry) {
    if (entry.name.size() > kName.bytes) return fail(Errc::limit_exceeded, "\"{}\" is too long a name for an archive", entry.name);
    if (entry.bytes > kMaxEntryBytes)
        return fail(Errc::limit_exceeded, "{} has {} bytes, an archive's file at most {}", entry.name, entry.bytes, kMaxEntryBytes);
    std::string block(kTarBlockBytes, '\0');
    put(block, kName, entry.name);
    put(block, kMode, octal(0600, kMode));
    put(block, kUid, octal(0, kUid));
    put(block, kGid, octal(0, kGid));
    put(block, kSize, octal(entry.bytes, kSize));
    put(block, kModified, octal(static_cast<std::uint64_t>(std::max<std::int64_t>(0, entry.modified_s)), kModified));
    put(block, kType, "0");
    put(block, kMagic, kUstar);
    put(block, kChecksum, checksum_text(block));
    return block;
}

Result<void> TarReader::take_header() {
    if (all_zero(as_bytes(block_))) {
        if (++zero_blocks_ == 2) part_ = Part::end;
        return {};
    }
    const auto before = entry_.name.empty() ? std::string("at its beginning") : fmt::format("behind {}", entry_.name);
    const auto size = number(block_, kSize), modified = number(block_, kModified);
    if (zero_blocks_ > 0 || std::string_view(block_).substr(kChecksum.at, kChecksum.bytes) != checksum_text(block_) || !size ||
        !modified || std::string_view(block_).substr(kMagic.at, kMagic.bytes) != kUstar || block_[kType.at] != '0' ||
        *size > kMaxEntryBytes)
        return fail(Errc::corrupt, "the archive is damaged {}", before);
    const auto name = std::string_view(block_).substr(kName.at, kName.bytes);
    entry_ = {std::string(name.substr(0, name.find('\0'))), *size, static_cast<std::int64_t>(*modified)};
    KNS_TRY(visitor_.begin(entry_));
    left_ = entry_.bytes;
    part_ = Part::contents;
    return {};
}

Result<void> TarReader::feed(Bytes bytes) {
    // An entry without contents ends before there is a byte to take for it.
    while (!bytes.empty() || (left_ == 0 && (part_ == Part::contents || part_ == Part::padding))) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        switch (part_) {
            case Part::header: {
                const auto more = std::min(kTarBlockBytes - block_.size(), bytes.size());
                block_ += as_text(bytes.first(more));
                bytes = bytes.subspan(more);
                if (block_.size() < kTarBlockBytes) return {};
                KNS_TRY(take_header());
                block_.clear();
                break;
            }
            case Part::contents:
                if (n > 0) KNS_TRY(visitor_.contents(bytes.first(n)));
                bytes = bytes.subspan(n);
                if ((left_ -= n) > 0) return {};
                KNS_TRY(visitor_.end());
                left_ = tar_padding(entry_.bytes);
                part_ = Part::padding;
                break;
            case Part::padding:
                if (!all_zero(bytes.first(n))) return fail(Errc::corrupt, "the archive is damaged behind {}", entry_.name);
                bytes = bytes.subspan(n);
                if ((left_ -= n) > 0) return {};
                part_ = Part::header;
                break;
            case Part::end:  // tar(1) fills up its last record
                if (!all_zero(bytes)) return fail(Errc::corrupt, "the archive is damaged behind its end");
                return {};
        }
    }
    return {};
}

Result<void> TarReader::finish() const {
    if (part_ == Part::end) return {};
    if (entry_.name.empty()) return fail(Errc::corrupt, "the archive is cut off at its beginning");
    const bool inside = part_ != Part::header;
    return fail(Errc::corrupt, "the archive is cut off {} {}", inside ? "in the middle of" : "behind", entry_.name);
}

}  // namespace kns
