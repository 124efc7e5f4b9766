// A ZIP archive of one deflated entry with a UUID for its name, as Firehose makes them (PKWARE's APPNOTE 4.3). The entry's size
// is not known when it begins, so it stands behind it, in a data descriptor and in the directory.
#include <zlib.h>

#include "core/base/time.hpp"
#include "core/base/uuid.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

constexpr int kLevel = 6;
constexpr std::uint32_t kLocalHeader = 0x04034b50, kDescriptor = 0x08074b50, kDirectoryEntry = 0x02014b50,
                        kDirectoryEnd = 0x06054b50;
constexpr std::uint16_t kVersion = 20, kSizesFollow = 1 << 3, kDeflated = 8;

void put16(std::string& out, std::uint16_t value) {
    out += static_cast<char>(value);
    out += static_cast<char>(value >> 8);
}
void put32(std::string& out, std::uint32_t value) {
    put16(out, static_cast<std::uint16_t>(value));
    put16(out, static_cast<std::uint16_t>(value >> 16));
}

class ZipCompressor final : public Compressor {
   public:
    ~ZipCompressor() override {
        if (open_) ::deflateEnd(&stream_);
    }

    Result<void> append(Bytes in, std::string& out) override {
        if (!open_) KNS_TRY(begin(out));
        crc_ = static_cast<std::uint32_t>(::crc32_z(crc_, reinterpret_cast<const Bytef*>(in.data()), in.size()));
        raw_ += in.size();
        return deflate_into(out, in, Z_NO_FLUSH);
    }

    Result<void> finish(std::string& out) override {
        if (!open_) KNS_TRY(begin(out));
        KNS_TRY(deflate_into(out, {}, Z_FINISH));
        ::deflateEnd(&stream_);
        open_ = false;
        const std::uint64_t directory_at = std::uint64_t{30} + name_.size() + packed_ + 16;
        if (raw_ > UINT32_MAX || directory_at > UINT32_MAX) return fail(Errc::limit_exceeded, "a ZIP archive holds 4 GiB at most");
        put32(out, kDescriptor);
        put_sums(out);
        const std::size_t directory = out.size();
        put32(out, kDirectoryEntry);
        put16(out, kVersion);  // made by
        put_header(out);
        put_sums(out);
        put16(out, static_cast<std::uint16_t>(name_.size()));
        out.append(8, '\0');  // no extra field, no comment, first disk, no internal attributes
        out.append(4, '\0');  // no external attributes
        put32(out, 0);        // where the local header is
        out += name_;
        const auto size = static_cast<std::uint32_t>(out.size() - directory);
        put32(out, kDirectoryEnd);
        put32(out, 0);  // this disk, the directory's disk
        put16(out, 1);
        put16(out, 1);
        put32(out, size);
        put32(out, static_cast<std::uint32_t>(directory_at));
        put16(out, 0);  // no comment
        return {};
    }

    std::string_view extension() const override { return ".zip"; }
    std::string_view content_encoding() const override { return "zip"; }

   private:
    Result<void> begin(std::string& out) {
        stream_ = {};
        if (::deflateInit2(&stream_, kLevel, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            return fail(Errc::limit_exceeded, "no memory for the compressor");
        open_ = true;
        crc_ = 0;
        raw_ = packed_ = 0;
        name_ = random_uuid();
        const CivilTime now = civil_utc(Clock::real().now());
        time_ = static_cast<std::uint16_t>(now.hour << 11 | now.minute << 5 | now.second / 2);
        date_ = static_cast<std::uint16_t>((now.year - 1980) << 9 | now.month << 5 | now.day);
        put32(out, kLocalHeader);
        put_header(out);
        out.append(12, '\0');  // checksum and sizes follow
        put16(out, static_cast<std::uint16_t>(name_.size()));
        put16(out, 0);
        out += name_;
        return {};
    }
    void put_header(std::string& out) const {
        put16(out, kVersion);
        put16(out, kSizesFollow);
        put16(out, kDeflated);
        put16(out, time_);
        put16(out, date_);
    }
    void put_sums(std::string& out) const {
        put32(out, crc_);
        put32(out, static_cast<std::uint32_t>(packed_));
        put32(out, static_cast<std::uint32_t>(raw_));
    }

    Result<void> deflate_into(std::string& out, Bytes in, int flush) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));  // zlib reads only
        stream_.avail_in = static_cast<uInt>(in.size());
        int state = Z_OK;
        do {
            const std::size_t before = out.size();
            constexpr std::size_t kRoom = 64 << 10;
            out.resize(before + kRoom);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = kRoom;
            state = ::deflate(&stream_, flush);
            const std::size_t made = kRoom - stream_.avail_out;
            out.resize(before + made);
            packed_ += made;
        } while (state == Z_OK && (stream_.avail_out == 0 || flush == Z_FINISH));
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            return fail(Errc::internal, "deflate failed: {}", state);
        return {};
    }

    z_stream stream_{};
    bool open_ = false;
    std::uint32_t crc_ = 0;
    std::uint64_t raw_ = 0, packed_ = 0;
    std::uint16_t time_ = 0, date_ = 0;
    std::string name_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(zip, "ZIP archives of one entry, by zlib") {
    registry.add_compressor("zip", [] { return std::make_unique<kns::ZipCompressor>(); });
}
