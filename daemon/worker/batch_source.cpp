#include "daemon/worker/batch_source.hpp"

#include "daemon/worker/daemon_answer.hpp"

namespace kns {
namespace {

// The daemon sends an `idle` batch long before this when it has nothing to say.
constexpr Ms kSilence = 60 * kSecond;

}  // namespace

Result<BatchSource> BatchSource::open(const std::string& socket, const std::string& target) {
    auto answer = KNS_TRY(ask_daemon(socket, {.method = "GET", .target = target}));
    BatchSource source(std::move(answer.connection));
    source.buffer_.resize(1 << 20);
    return source;
}

// Reads the body into [from, to) of the buffer; fewer bytes only at its end.
Result<std::size_t> BatchSource::fill(std::size_t from, std::size_t to) {
    std::size_t at = from;
    while (at < to) {
        const std::size_t got = KNS_TRY(connection_.read_body(std::span(buffer_).subspan(at, to - at), Deadline::in(kSilence)));
        if (got == 0) break;
        at += got;
    }
    return at - from;
}

Result<std::optional<Bytes>> BatchSource::next() {
    const std::size_t got = KNS_TRY(fill(0, kBatchHeaderBytes));
    if (got == 0) return std::nullopt;
    if (got < kBatchHeaderBytes) return fail(Errc::unavailable, "the daemon's answer ends inside a batch");
    const BatchHeader header = KNS_TRY(parse_batch_header(as_bytes(std::string_view(buffer_).substr(0, kBatchHeaderBytes))));
    const std::size_t total = header.total_bytes();
    if (buffer_.size() < total) buffer_.resize(total);
    if (KNS_TRY(fill(kBatchHeaderBytes, total)) < total - kBatchHeaderBytes)
        return fail(Errc::unavailable, "the daemon's answer ends inside a batch");
    const Bytes batch = as_bytes(std::string_view(buffer_).substr(0, total));
    if (!batch_crc_matches(batch)) return fail(Errc::corrupt, "a batch of shard {} arrived damaged", header.shard_number);
    return batch;
}

}  // namespace kns
