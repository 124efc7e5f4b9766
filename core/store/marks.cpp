#include "core/store/marks.hpp"

#include <array>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"

namespace kns {
namespace {

// A slot, frozen: magic, turn, segment, position, group, records, time, clean, boot id (36 characters), CRC32C of all that.
constexpr std::size_t kSlotBytes = 512;
constexpr std::uint64_t kMagic = 0x6b6e736d61726b31;  // "knsmark1"
constexpr std::size_t kBootIdBytes = 36, kAtBootId = 57, kAtCrc = kAtBootId + kBootIdBytes;
using Slot = std::array<std::byte, kSlotBytes>;

std::optional<std::pair<std::uint64_t, Mark>> decode(const Slot& slot) {
    auto u64 = [&](std::size_t i) { return load_be<std::uint64_t>(slot.data() + 8 * i); };
    if (u64(0) != kMagic || load_be<std::uint32_t>(slot.data() + kAtCrc) != crc32c(std::span(slot).first(kAtCrc)))
        return std::nullopt;
    Mark mark{{u64(2), u64(3)},
              u64(4),
              u64(5),
              static_cast<UnixMs>(u64(6)),
              slot[56] != std::byte{0},
              std::string(reinterpret_cast<const char*>(slot.data() + kAtBootId), kBootIdBytes)};
    mark.boot_id.erase(std::min(mark.boot_id.find('\0'), mark.boot_id.size()));
    return std::pair(u64(1), mark);
}

Slot encode(std::uint64_t turn, const Mark& mark) {
    Slot slot{};
    const std::uint64_t numbers[] = {kMagic,
                                     turn,
                                     mark.end.segment,
                                     mark.end.position,
                                     mark.group_number,
                                     mark.records_total,
                                     static_cast<std::uint64_t>(mark.written_ms)};
    for (std::size_t i = 0; i < std::size(numbers); ++i) store_be(slot.data() + 8 * i, numbers[i]);
    slot[56] = std::byte{mark.clean};
    std::memcpy(slot.data() + kAtBootId, mark.boot_id.data(), std::min(mark.boot_id.size(), kBootIdBytes));
    store_be(slot.data() + kAtCrc, crc32c(std::span(slot).first(kAtCrc)));
    return slot;
}

}  // namespace

std::string marks_file_of(const Mark& mark) {
    std::string file(2 * kSlotBytes, '\0');
    const Slot slot = encode(1, mark);
    std::memcpy(file.data() + kSlotBytes, slot.data(), slot.size());
    return file;
}

Result<Marks> Marks::open(Directory& directory) {
    Marks marks(KNS_TRY(directory.open("marks", true)));
    for (std::uint64_t i = 0; i < 2; ++i) {
        Slot slot{};
        KNS_TRY(marks.file_->read_at(slot, i * kSlotBytes));
        auto found = decode(slot);
        if (!found || found->first < marks.turn_) continue;
        marks.turn_ = found->first;
        marks.newest_ = std::move(found->second);
    }
    return marks;
}

Result<void> Marks::write(const Mark& mark, bool sync) {
    const Slot slot = encode(++turn_, mark);
    const Bytes part(slot);
    KNS_TRY(file_->write_at(std::span(&part, 1), (turn_ & 1) * kSlotBytes));
    newest_ = mark;
    return sync ? file_->sync() : Result<void>();
}

}  // namespace kns
