// A batch at rest: how its records are encrypted and come back. The form on disk is in log_format.hpp. Any thread.
#pragma once

#include "core/base/record_batch.hpp"
#include "core/store/key_ring.hpp"

namespace kns {

inline constexpr std::int16_t kBatchEncrypted = 0x100;  // frozen
inline constexpr std::size_t kBatchSealBytes = sizeof(std::uint32_t) + kSealBytes;

inline bool is_encrypted(const BatchHeader& header) { return header.attributes & kBatchEncrypted; }

// `batch` has been stamped; `out` has kBatchSealBytes more and becomes what is stored.
void seal_batch(const DataKey& key, Bytes batch, MutableBytes out);

// The number of the data key that a stored, encrypted batch asks for. Its CRC must have matched.
Result<std::uint32_t> key_number_of(Bytes stored);
// Decrypts where it stands and gives the batch as it was stamped, which lies inside `stored`. Errc::corrupt: it is not what
// this stream's daemon once stored at this offset; then nothing readable is left of it.
Result<MutableBytes> open_batch(const DataKey& key, MutableBytes stored);

}  // namespace kns
