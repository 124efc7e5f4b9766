#include "core/store/segment_scanner.hpp"

#include <algorithm>

namespace kns {
namespace {

constexpr std::size_t kWindowBytes = 1 << 20;

}  // namespace

Result<Bytes> SegmentScanner::view(std::uint64_t position, std::size_t bytes) {
    if (position >= limit_) return Bytes();
    bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, limit_ - position));
    const bool inside = position >= window_start_ && position + bytes <= window_start_ + window_used_;
    if (!inside) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(bytes, kWindowBytes), limit_ - position));
        window_.resize(std::max(window_.size(), wanted));
        window_used_ = 0;
        window_used_ = KNS_TRY(file_.read_at(MutableBytes(window_).first(wanted), position));
        window_start_ = position;
    }
    const auto from = static_cast<std::size_t>(position - window_start_);
    return Bytes(window_).subspan(from, std::min(bytes, window_used_ - from));
}

Result<SegmentScanner::Batch> SegmentScanner::next() {
    if (position_ >= limit_) return fail(Errc::not_found, "end of the segment");
    const auto head = KNS_TRY(view(position_, kBatchHeaderBytes));
    Batch batch;
    batch.header = KNS_TRY(parse_batch_header(head));
    batch.position = position_;
    batch.bytes = KNS_TRY(view(position_, batch.header.total_bytes()));
    if (batch.bytes.size() < batch.header.total_bytes())
        return fail(Errc::corrupt, "a record batch is cut off at byte {}", position_);
    position_ += batch.bytes.size();
    return batch;
}

}  // namespace kns
