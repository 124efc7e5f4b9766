// RFC 8949, as far as AWS's clients write it. Nothing is allocated by a length on the wire: text and bytes are taken from the body
// where they stand, arrays and maps grow with what is there.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/aws/value_builder.hpp"
#include "core/base/json.hpp"

namespace kns::aws {
namespace {

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr unsigned kIndefinite = 31;
constexpr std::uint64_t kTimestampTag = 1;

double half_to_double(std::uint16_t half) {
    const int exponent = half >> 10 & 0x1f;
    const double mantissa = half & 0x3ff;
    const double value = exponent == 0    ? std::ldexp(mantissa, -24)
                         : exponent != 31 ? std::ldexp(mantissa + 1024, exponent - 25)
                         : mantissa == 0  ? std::numeric_limits<double>::infinity()
                                          : std::numeric_limits<double>::quiet_NaN();
    return half & 0x8000 ? -value : value;
}

class CborReader {
   public:
    CborReader(std::string_view body, ValueBuilder& builder) : left_(body), builder_(builder) {}

    bool document() { return item(0) && (left_.empty() || broken()); }

   private:
    struct Head {
        unsigned major = 0, info = 0;
        std::uint64_t number = 0;
        bool indefinite() const { return info == kIndefinite; }
    };

    bool broken() { return builder_.fail("the CBOR of the request is malformed"); }

    bool head(Head& out) {
        if (left_.empty()) return broken();
        const auto first = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        out = {static_cast<unsigned>(first >> 5), static_cast<unsigned>(first & 31), 0};
        if (out.info < 24) return out.number = out.info, true;
        if (out.info == kIndefinite) return (out.major >= kBytes && out.major != kTag) || broken();
        if (out.info > 27) return broken();
        const std::size_t size = std::size_t{1} << (out.info - 24);
        if (left_.size() < size) return broken();
        for (std::size_t i = 0; i < size; ++i) out.number = out.number << 8 | static_cast<unsigned char>(left_[i]);
        left_.remove_prefix(size);
        return true;
    }

    bool at_break() {
        if (left_.empty() || left_.front() != '\xff') return false;
        left_.remove_prefix(1);
        return true;
    }

    // A text or byte string, whole; `pieces` holds one that came in chunks.
    bool string(const Head& h, std::string& pieces, std::string_view& out) {
        if (!h.indefinite()) {
            if (h.number > left_.size()) return broken();
            out = left_.substr(0, static_cast<std::size_t>(h.number));
            left_.remove_prefix(out.size());
            return true;
        }
        while (!at_break()) {
            Head chunk;
            std::string_view piece;
            if (!head(chunk) || chunk.major != h.major || chunk.indefinite()) return broken();
            if (!string(chunk, pieces, piece)) return false;
            pieces += piece;
        }
        out = pieces;
        return true;
    }

    static ValueBuilder::Lasts lasts(const Head& h) {
        return h.indefinite() ? ValueBuilder::Lasts::call : ValueBuilder::Lasts::body;
    }

    bool item(std::size_t depth) {
        if (depth > kMaxDepth) return builder_.fail("nested too deeply");
        Head h;
        if (!head(h)) return false;
        std::string pieces;
        std::string_view text;
        switch (h.major) {
            case kUnsigned:
                return h.number <= INT64_MAX ? builder_.integer(static_cast<std::int64_t>(h.number))
                                             : builder_.number(static_cast<double>(h.number));
            case kNegative:
                return h.number <= INT64_MAX ? builder_.integer(-1 - static_cast<std::int64_t>(h.number))
                                             : builder_.number(-1.0 - static_cast<double>(h.number));
            case kBytes: return string(h, pieces, text) && builder_.bytes(text, lasts(h));
            case kText: return string(h, pieces, text) && (is_utf8(text) || broken()) && builder_.text(text, lasts(h));
            case kArray: {
                if (!builder_.begin_array()) return false;
                for (std::uint64_t i = 0; h.indefinite() ? !at_break() : i < h.number; ++i)
                    if (!item(depth + 1)) return false;
                return builder_.end_array();
            }
            case kMap: {
                if (!builder_.begin_object()) return false;
                for (std::uint64_t i = 0; h.indefinite() ? !at_break() : i < h.number; ++i) {
                    Head key;
                    std::string key_pieces;
                    std::string_view name;
                    if (!head(key) || key.major != kText || !string(key, key_pieces, name) || !is_utf8(name)) return broken();
                    if (!builder_.key(name) || !item(depth + 1)) return false;
                }
                return builder_.end_object();
            }
            case kTag: return h.number == kTimestampTag ? timestamp() : item(depth + 1);
            default: return simple(h);
        }
    }

    // AWS's clients write milliseconds behind the tag; a fraction says that it is seconds.
    bool timestamp() {
        Head h;
        if (!head(h)) return false;
        if (h.major == kUnsigned && h.number <= INT64_MAX) return builder_.timestamp_ms(static_cast<std::int64_t>(h.number));
        if (h.major == kNegative && h.number <= INT64_MAX) return builder_.timestamp_ms(-1 - static_cast<std::int64_t>(h.number));
        if (h.major == kSimple) return simple(h);
        return broken();
    }

    bool simple(const Head& h) {
        switch (h.info) {
            case 20: return builder_.boolean(false);
            case 21: return builder_.boolean(true);
            case 22:
            case 23: return builder_.null();
            case 25: return builder_.number(half_to_double(static_cast<std::uint16_t>(h.number)));
            case 26: return builder_.number(std::bit_cast<float>(static_cast<std::uint32_t>(h.number)));
            case 27: return builder_.number(std::bit_cast<double>(h.number));
            default: return broken();
        }
    }

    std::string_view left_;
    ValueBuilder& builder_;
};

}  // namespace

Result<Value> decode_cbor(const Shape& shape, std::string_view body) {
    ValueBuilder builder(shape, false);
    CborReader reader(body, builder);
    if (!reader.document()) return fail(Errc::invalid_argument, "{}", builder.error());
    return builder.take();
}

}  // namespace kns::aws
