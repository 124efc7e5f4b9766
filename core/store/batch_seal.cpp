#include "core/store/batch_seal.hpp"

#include <cstring>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"

namespace kns {
namespace {

// Kafka protocol guide, "Record Batch".
constexpr std::size_t kAtLength = 8, kAtCrc = 17, kAtAttributes = 21;

// What is authenticated along with the records: everything that says whose they are, where and when.
struct Associated {
    std::byte bytes[8 + kAtCrc + (kBatchHeaderBytes - kAtAttributes)];
    Associated(std::int64_t stream_id, const std::byte* header) {
        store_be(bytes, stream_id);
        std::memcpy(bytes + 8, header, kAtCrc);
        std::memcpy(bytes + 8 + kAtCrc, header + kAtAttributes, kBatchHeaderBytes - kAtAttributes);
    }
};

void grow(std::byte* header, std::ptrdiff_t bytes) {
    store_be(header + kAtLength, static_cast<std::int32_t>(load_be<std::int32_t>(header + kAtLength) + bytes));
}

void toggle_encrypted(std::byte* header) {
    store_be(header + kAtAttributes, static_cast<std::int16_t>(load_be<std::int16_t>(header + kAtAttributes) ^ kBatchEncrypted));
}

void store_crc(MutableBytes batch) { store_be(batch.data() + kAtCrc, crc32c(batch.subspan(kAtAttributes))); }

}  // namespace

void seal_batch(const DataKey& key, Bytes batch, MutableBytes out) {
    std::memcpy(out.data(), batch.data(), kBatchHeaderBytes);
    grow(out.data(), kBatchSealBytes);
    toggle_encrypted(out.data());
    store_be(out.data() + kBatchHeaderBytes, key.number);
    const Associated associated(key.stream_id, out.data());
    seal(key.key, batch.subspan(kBatchHeaderBytes), associated.bytes, out.subspan(kBatchHeaderBytes + sizeof key.number));
    store_crc(out);
}

Result<std::uint32_t> key_number_of(Bytes stored) {
    if (stored.size() < kBatchHeaderBytes + kBatchSealBytes) return fail(Errc::corrupt, "too short to be encrypted");
    return load_be<std::uint32_t>(stored.data() + kBatchHeaderBytes);
}

Result<MutableBytes> open_batch(const DataKey& key, MutableBytes stored) {
    const Associated associated(key.stream_id, stored.data());
    if (!open_in_place(key.key, stored.subspan(kBatchHeaderBytes + sizeof key.number), associated.bytes))
        return fail(Errc::corrupt, "it does not authenticate: altered, or not of this place");
    // The records follow the nonce: the header moves up to them.
    const auto batch = stored.subspan(sizeof key.number + kNonceBytes, stored.size() - kBatchSealBytes);
    std::memmove(batch.data(), stored.data(), kBatchHeaderBytes);
    grow(batch.data(), -static_cast<std::ptrdiff_t>(kBatchSealBytes));
    toggle_encrypted(batch.data());
    store_crc(batch);
    return batch;
}

}  // namespace kns
