#include "core/stream/shard_iterator.hpp"

#include <array>

#include "core/base/big_endian.hpp"
#include "core/base/record_batch.hpp"

namespace kns {
namespace {

constexpr std::size_t kBytes = 8 + 4 + 8 + 8;

}  // namespace

std::string ShardIterator::bytes() const {
    std::array<std::byte, kBytes> out{};
    store_be(out.data(), stream_id);
    store_be(out.data() + 8, shard_number);
    store_be(out.data() + 12, next_offset);
    store_be(out.data() + 20, not_before_ms);
    return std::string(as_text(out));
}

Result<ShardIterator> ShardIterator::from_bytes(std::string_view bytes) {
    if (bytes.size() != kBytes) return fail(Errc::invalid_argument, "not a shard iterator");
    const std::byte* at = as_bytes(bytes).data();
    return ShardIterator{.stream_id = load_be<std::int64_t>(at),
                         .shard_number = load_be<std::uint32_t>(at + 8),
                         .next_offset = load_be<std::int64_t>(at + 12),
                         .not_before_ms = load_be<std::int64_t>(at + 20)};
}

}  // namespace kns
