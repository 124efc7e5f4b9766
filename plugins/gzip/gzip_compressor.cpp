// gzip by libdeflate, which is half again as fast as zlib at its better ratio but takes whole buffers only. So an object
// is compressed in pieces, each a gzip member of its own (RFC 1952, 2.2: members may follow each other, and every common
// reader takes them), several at a time. Objects up to one piece, which is more than the default buffer, are a single member.
#include <libdeflate.h>

#include <algorithm>
#include <deque>
#include <future>
#include <thread>

#include "core/base/resize_uninitialized.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 8 << 20;  // bounds the worker's memory, whatever the object's size
constexpr int kLevel = 6;

std::string compress(const std::string& piece) {
    struct Free {
        void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
    };
    const std::unique_ptr<libdeflate_compressor, Free> handle(libdeflate_alloc_compressor(kLevel));
    if (!handle) throw std::bad_alloc();
    std::string out;
    resize_uninitialized(out, libdeflate_gzip_compress_bound(handle.get(), piece.size()));
    // Within the bound it cannot fail.
    out.resize(libdeflate_gzip_compress(handle.get(), piece.data(), piece.size(), out.data(), out.size()));
    return out;
}

class GzipCompressor final : public Compressor {
   public:
    Result<void> append(Bytes in, std::string& out) override {
        while (piece_.size() + in.size() >= kPieceBytes) {
            const std::size_t part = kPieceBytes - piece_.size();
            piece_ += as_text(in.first(part));
            in = in.subspan(part);
            if (at_work_.size() == kAtOnce) take_oldest(out);
            at_work_.push_back(std::async(std::launch::async, [piece = std::exchange(piece_, {})] { return compress(piece); }));
            piece_.reserve(kPieceBytes);
        }
        piece_ += as_text(in);
        return {};
    }

    Result<void> finish(std::string& out) override {
        const bool any = !at_work_.empty() || any_;
        while (!at_work_.empty()) take_oldest(out);
        if (!piece_.empty() || !any) out += compress(piece_);  // nothing at all is still a valid gzip file
        piece_.clear();
        any_ = false;
        return {};
    }

    std::string_view extension() const override { return ".gz"; }
    std::string_view content_encoding() const override { return "gzip"; }

   private:
    void take_oldest(std::string& out) {
        out += at_work_.front().get();
        at_work_.pop_front();
        any_ = true;
    }

    static inline const std::size_t kAtOnce = std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
    std::string piece_;
    std::deque<std::future<std::string>> at_work_;  // the pieces before it, in order
    bool any_ = false;                              // of this object some has been given away
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(gzip, "gzip compression by libdeflate") {
    registry.add_compressor("gzip", [] { return std::make_unique<kns::GzipCompressor>(); });
}
