// Zstandard, a frame for each object. AWS has no such thing: it is for who reads the objects on this machine.
#include <zstd.h>

#include "core/plugin/abi.hpp"

namespace kns {
namespace {

constexpr int kLevel = 3;

class ZstdCompressor final : public Compressor {
   public:
    static Result<std::unique_ptr<Compressor>> make() {
        Handle handle(::ZSTD_createCCtx());
        if (!handle) return fail(Errc::limit_exceeded, "no memory for the compressor");
        ::ZSTD_CCtx_setParameter(handle.get(), ZSTD_c_compressionLevel, kLevel);
        ::ZSTD_CCtx_setParameter(handle.get(), ZSTD_c_checksumFlag, 1);
        return std::unique_ptr<Compressor>(new ZstdCompressor(std::move(handle)));
    }

    Result<void> append(Bytes in, std::string& out) override { return run(in, out, ZSTD_e_continue); }
    Result<void> finish(std::string& out) override { return run({}, out, ZSTD_e_end); }
    std::string_view extension() const override { return ".zst"; }
    std::string_view content_encoding() const override { return "zstd"; }

   private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
    };
    using Handle = std::unique_ptr<ZSTD_CCtx, Free>;
    explicit ZstdCompressor(Handle handle) : handle_(std::move(handle)) {}

    Result<void> run(Bytes in, std::string& out, ZSTD_EndDirective mode) {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        for (bool done = false; !done;) {
            const std::size_t before = out.size();
            out.resize(before + ::ZSTD_CStreamOutSize());
            ZSTD_outBuffer output{out.data() + before, out.size() - before, 0};
            const std::size_t left = ::ZSTD_compressStream2(handle_.get(), &output, &input, mode);
            out.resize(before + output.pos);
            if (::ZSTD_isError(left)) return fail(Errc::internal, "zstd: {}", ::ZSTD_getErrorName(left));
            done = mode == ZSTD_e_end ? left == 0 : input.pos == input.size;
        }
        return {};
    }

    Handle handle_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(zstd, "Zstandard compression") { registry.add_compressor("zstd", kns::ZstdCompressor::make); }
