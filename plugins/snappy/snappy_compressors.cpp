// The two Snappy streams that Firehose writes; both cut the object into blocks of raw Snappy with lengths before them.
//
//     snappy          as the Java library snappy-java frames it: a magic, two version numbers, then for each block its
//                     compressed length and the block, of 32 KiB before compression
//     hadoop-snappy   as Hadoop's BlockCompressorStream: for each block its raw length, its compressed length, the block
//
// All numbers are 32 bits, big-endian. Both are called ".snappy", as the service has been seen to do.
#include <snappy-c.h>

#include "core/base/big_endian.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

class SnappyCompressor final : public Compressor {
   public:
    struct Framing {
        std::string_view opening;
        std::size_t block_bytes;
        bool raw_length;
    };
    explicit SnappyCompressor(const Framing& framing) : framing_(framing) {}

    Result<void> append(Bytes in, std::string& out) override {
        begin(out);
        while (block_.size() + in.size() >= framing_.block_bytes) {
            const std::size_t part = framing_.block_bytes - block_.size();
            block_ += as_text(in.first(part));
            in = in.subspan(part);
            KNS_TRY(end_block(out));
        }
        block_ += as_text(in);
        return {};
    }

    Result<void> finish(std::string& out) override {
        begin(out);
        if (!block_.empty()) KNS_TRY(end_block(out));
        begun_ = false;
        return {};
    }

    std::string_view extension() const override { return ".snappy"; }
    std::string_view content_encoding() const override { return framing_.raw_length ? "hadoop-snappy" : "snappy-java"; }

   private:
    void begin(std::string& out) {
        if (!std::exchange(begun_, true)) out += framing_.opening;
    }

    Result<void> end_block(std::string& out) {
        const std::size_t length_at = out.size() + (framing_.raw_length ? 4 : 0);
        std::size_t packed = ::snappy_max_compressed_length(block_.size());
        out.resize(length_at + 4 + packed);
        if (framing_.raw_length) put_length(out, length_at - 4, block_.size());
        if (::snappy_compress(block_.data(), block_.size(), out.data() + length_at + 4, &packed) != SNAPPY_OK)
            return fail(Errc::internal, "Snappy could not compress a block of {} bytes", block_.size());
        out.resize(length_at + 4 + packed);
        put_length(out, length_at, packed);
        block_.clear();
        return {};
    }

    static void put_length(std::string& out, std::size_t at, std::size_t length) {
        store_be(reinterpret_cast<std::byte*>(out.data() + at), static_cast<std::uint32_t>(length));
    }

    const Framing& framing_;
    std::string block_;
    bool begun_ = false;
};

// Magic, version 1, readable since version 1.
constexpr SnappyCompressor::Framing kJava{{"\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16}, 32 << 10, false};
// Hadoop's buffer of 256 KiB has to take a block that did not shrink: it leaves a sixth and 32 bytes of it free.
constexpr SnappyCompressor::Framing kHadoop{{}, (256 << 10) - (256 << 10) / 6 - 32, true};

}  // namespace
}  // namespace kns

KNS_PLUGIN(snappy, "Snappy compression as Java and Hadoop frame it") {
    registry.add_compressor("snappy", [] { return std::make_unique<kns::SnappyCompressor>(kns::kJava); });
    registry.add_compressor("hadoop-snappy", [] { return std::make_unique<kns::SnappyCompressor>(kns::kHadoop); });
}
