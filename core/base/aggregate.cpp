#include "core/base/aggregate.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED  // the one-shot MD5 needs no provider
#include <openssl/md5.h>

#include <array>

namespace kns {
namespace {

constexpr std::string_view kMagic = "\xf3\x89\x9a\xc2";
constexpr std::size_t kDigest = MD5_DIGEST_LENGTH;
constexpr std::size_t kFieldOverhead = 11;  // a tag of one byte, a varint

std::string md5(std::string_view text) {
    std::string digest(kDigest, '\0');
    MD5(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
    std::uint64_t number = 0;
    WireType type = WireType::varint;
    std::uint64_t value = 0;  // of a varint
    std::string_view bytes;
};

std::optional<std::uint64_t> take_varint(std::string_view& left) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < left.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(left[i]);
        if (i == 9 && byte > 1) return std::nullopt;
        value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
        if (byte & 0x80) continue;
        left.remove_prefix(i + 1);
        return value;
    }
    return std::nullopt;
}

// The next field of a message, which is not empty. Groups, of a protobuf of long ago, are not taken.
std::optional<Field> take_field(std::string_view& left) {
    const auto tag = take_varint(left);
    if (!tag || *tag >> 3 == 0) return std::nullopt;
    Field field{.number = *tag >> 3, .type = static_cast<WireType>(*tag & 7), .value = 0, .bytes = {}};
    std::size_t size = 0;
    switch (field.type) {
        case WireType::varint: {
            const auto value = take_varint(left);
            if (!value) return std::nullopt;
            field.value = *value;
            return field;
        }
        case WireType::bytes: {
            const auto length = take_varint(left);
            if (!length || *length > left.size()) return std::nullopt;
            size = static_cast<std::size_t>(*length);
            break;
        }
        case WireType::fixed64: size = 8; break;
        case WireType::fixed32: size = 4; break;
        default: return std::nullopt;
    }
    if (size > left.size()) return std::nullopt;
    field.bytes = left.substr(0, size);
    left.remove_prefix(size);
    return field;
}

void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

void append_number(std::string& out, unsigned field, std::uint64_t value) {
    append_varint(out, field << 3);
    append_varint(out, value);
}

void append_bytes(std::string& out, unsigned field, std::string_view bytes) {
    append_varint(out, field << 3 | static_cast<unsigned>(WireType::bytes));
    append_varint(out, bytes.size());
    out += bytes;
}

}  // namespace

std::optional<AggregateReader> AggregateReader::open(std::string_view data) {
    if (data.size() <= kMagic.size() + kDigest || !data.starts_with(kMagic)) return std::nullopt;
    const auto message = data.substr(kMagic.size(), data.size() - kMagic.size() - kDigest);
    if (md5(message) != data.substr(data.size() - kDigest)) return std::nullopt;
    std::array<std::size_t, 4> count{};  // by field; others are of a later version
    for (auto left = message; !left.empty();) {
        const auto field = take_field(left);
        if (!field || (field->number < count.size() && field->type != WireType::bytes)) return std::nullopt;
        if (field->number < count.size()) ++count[static_cast<std::size_t>(field->number)];
    }
    AggregateReader reader;
    reader.left_ = message;
    reader.keys_.reserve(count[1]);
    reader.explicit_hash_keys_.reserve(count[2]);
    reader.records_ = count[3];
    for (auto left = message; !left.empty();) {
        const auto field = take_field(left);
        if (field->number == 1) reader.keys_.push_back(field->bytes);
        if (field->number == 2) reader.explicit_hash_keys_.push_back(field->bytes);
    }
    UserRecord record;
    std::size_t good = 0;
    for (auto check = reader; check.next(record);) ++good;
    if (good == 0 || good != reader.records_) return std::nullopt;
    return reader;
}

// The tables may stand behind the records that point into them.
bool AggregateReader::next(UserRecord& record) {
    while (!left_.empty()) {
        const auto field = take_field(left_);
        if (!field) return false;
        if (field->number == 3) return read(field->bytes, record);
    }
    return false;
}

bool AggregateReader::read(std::string_view message, UserRecord& record) const {
    bool has_key = false, has_data = false;
    record = {};
    while (!message.empty()) {
        const auto field = take_field(message);
        if (!field) return false;
        const bool is_number = field->number == 1 || field->number == 2;
        if ((is_number && field->type != WireType::varint) || (field->number == 3 && field->type != WireType::bytes)) return false;
        if (is_number) {
            const auto& table = field->number == 1 ? keys_ : explicit_hash_keys_;
            if (field->value >= table.size()) return false;
            (field->number == 1 ? record.key : record.explicit_hash_key) = table[static_cast<std::size_t>(field->value)];
            has_key |= field->number == 1;
        } else if (field->number == 3) {
            record.data = field->bytes;
            has_data = true;
        }
    }
    return has_key && has_data;
}

std::uint64_t AggregateBuilder::Table::place_of(std::string_view text, unsigned field, std::string& message) {
    const auto [place, added] = places.try_emplace(std::string(text), places.size());
    if (added) append_bytes(message, field, text);
    return place->second;
}

std::size_t AggregateBuilder::bytes_with(const UserRecord& record) const {
    return kMagic.size() + tables_.size() + messages_.size() + record.key.size() + record.explicit_hash_key.size() +
           record.data.size() + 6 * kFieldOverhead + kDigest;
}

void AggregateBuilder::add(const UserRecord& record) {
    std::string message;
    append_number(message, 1, keys_.place_of(record.key, 1, tables_));
    if (!record.explicit_hash_key.empty())
        append_number(message, 2, explicit_hash_keys_.place_of(record.explicit_hash_key, 2, tables_));
    append_bytes(message, 3, record.data);
    append_bytes(messages_, 3, message);
    ++records_;
}

std::string AggregateBuilder::finish() {
    const std::string message = tables_ + messages_;
    std::string out(kMagic);
    out += message;
    out += md5(message);
    *this = {};
    return out;
}

}  // namespace kns
