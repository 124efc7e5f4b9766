#include "plugins/iceberg/avro.hpp"

#include <libdeflate.h>

#include <bit>
#include <cstring>
#include <memory>

namespace kns {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr std::size_t kSyncSize = 16, kMostBytes = 256 << 20, kMostValues = 16 << 20;
constexpr int kDeepest = 32;

std::unexpected<Error> damaged(std::string_view what) {
    return std::unexpected(Error{.code = Errc::corrupt, .message = fmt::format("an Avro file is damaged: {}", what)});
}

class Reader {
   public:
    explicit Reader(std::string_view rest) : rest_(rest) {}
    bool empty() const { return rest_.empty(); }

    Result<std::string_view> take(std::size_t size) {
        if (size > rest_.size()) return damaged("it ends too soon");
        const auto out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    Result<std::int64_t> number() {
        std::uint64_t out = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(KNS_TRY(take(1))[0]);
            out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return static_cast<std::int64_t>(out >> 1) ^ -static_cast<std::int64_t>(out & 1);
        }
        return damaged("a number has no end");
    }
    Result<std::string_view> bytes() {
        const auto size = KNS_TRY(number());
        if (size < 0) return damaged("a size is negative");
        return take(static_cast<std::size_t>(size));
    }
    // Of an array or a map: how many come now; 0 at its end.
    Result<std::size_t> block() {
        auto count = KNS_TRY(number());
        if (count < 0) {
            KNS_TRY(number());  // the block's size, for those who skip it
            count = count == std::numeric_limits<std::int64_t>::min() ? 0 : -count;
        }
        return static_cast<std::size_t>(count);
    }

   private:
    std::string_view rest_;
};

class Writer {
   public:
    void number(std::int64_t value) {
        auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
        for (; rest >= 0x80; rest >>= 7) out_ += static_cast<char>(rest | 0x80);
        out_ += static_cast<char>(rest);
    }
    void bytes(std::string_view text) {
        number(static_cast<std::int64_t>(text.size()));
        out_ += text;
    }
    void raw(std::string_view text) { out_ += text; }
    std::string take() { return std::move(out_); }
    std::size_t size() const { return out_.size(); }

   private:
    std::string out_;
};

// A schema's types by their names, for those that say no more than a name.
class Names {
   public:
    const JsonValue& resolve(const JsonValue& schema) const {
        const auto* name = schema.as_string();
        const auto found = name ? names_.find(*name) : names_.end();
        return found == names_.end() ? schema : *found->second;
    }
    // As they come.
    void note(const JsonValue& schema) {
        if (const auto* name = schema["name"].as_string()) names_.emplace(*name, &schema);
    }

   private:
    std::map<std::string, const JsonValue*> names_;
};

std::string_view type_of(const JsonValue& schema) {
    if (const auto* name = schema.as_string()) return *name;
    const auto* type = schema["type"].as_string();
    return type ? *type : std::string_view();
}

template <class Float, class Bits>
Result<JsonValue> read_float(Reader& in) {
    const auto bytes = KNS_TRY(in.take(sizeof(Bits)));
    Bits bits = 0;
    for (std::size_t i = 0; i < sizeof bits; ++i) bits |= static_cast<Bits>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
    return JsonValue(static_cast<double>(std::bit_cast<Float>(bits)));
}

class Decoder {
   public:
    Result<JsonValue> read(Reader& in, const JsonValue& given, int depth = 0) {
        if (depth > kDeepest || ++values_ > kMostValues) return damaged("it has more values than anybody would put there");
        const JsonValue& schema = names_.resolve(given);
        if (const auto* branches = schema.as_array()) {
            const auto branch = KNS_TRY(in.number());
            if (branch < 0 || static_cast<std::size_t>(branch) >= branches->size()) return damaged("a union has no such branch");
            return read(in, (*branches)[static_cast<std::size_t>(branch)], depth + 1);
        }
        const auto type = type_of(schema);
        if (type == "null") return JsonValue();
        if (type == "boolean") return JsonValue(KNS_TRY(in.take(1))[0] != 0);
        if (type == "int" || type == "long") return JsonValue(KNS_TRY(in.number()));
        if (type == "float") return read_float<float, std::uint32_t>(in);
        if (type == "double") return read_float<double, std::uint64_t>(in);
        if (type == "bytes" || type == "string") return JsonValue(std::string(KNS_TRY(in.bytes())));
        if (type == "fixed") {
            const auto size = schema["size"].as_uint();
            return JsonValue(std::string(KNS_TRY(in.take(size ? static_cast<std::size_t>(*size) : 0))));
        }
        if (type == "enum") return read_enum(in, schema);
        if (type == "record") return read_record(in, schema, depth);
        if (type == "array") return read_array(in, schema["items"], depth);
        if (type == "map") return read_map(in, schema["values"], depth);
        // {"type": {...}}: a type in a type.
        if (schema["type"].as_object() || schema["type"].as_array()) return read(in, schema["type"], depth + 1);
        return damaged(fmt::format("its schema has the unknown type \"{}\"", type));
    }

   private:
    Result<JsonValue> read_enum(Reader& in, const JsonValue& schema) {
        const auto at = KNS_TRY(in.number());
        const auto* symbols = schema["symbols"].as_array();
        if (!symbols || at < 0 || static_cast<std::size_t>(at) >= symbols->size()) return damaged("an enum has no such symbol");
        return (*symbols)[static_cast<std::size_t>(at)];
    }
    Result<JsonValue> read_record(Reader& in, const JsonValue& schema, int depth) {
        names_.note(schema);
        JsonValue::Object out;
        const auto* fields = schema["fields"].as_array();
        if (!fields) return damaged("its schema has a record without fields");
        for (const auto& field : *fields) {
            const auto* name = field["name"].as_string();
            if (!name) return damaged("its schema has a field without a name");
            out.emplace_back(*name, KNS_TRY(read(in, field["type"], depth + 1)));
        }
        return JsonValue(std::move(out));
    }
    Result<JsonValue> read_array(Reader& in, const JsonValue& items, int depth) {
        JsonValue::Array out;
        for (auto count = KNS_TRY(in.block()); count > 0; count = KNS_TRY(in.block()))
            for (; count > 0; --count) out.push_back(KNS_TRY(read(in, items, depth + 1)));
        return JsonValue(std::move(out));
    }
    Result<JsonValue> read_map(Reader& in, const JsonValue& values, int depth) {
        JsonValue::Object out;
        for (auto count = KNS_TRY(in.block()); count > 0; count = KNS_TRY(in.block()))
            for (; count > 0; --count) {
                std::string key(KNS_TRY(in.bytes()));
                out.emplace_back(std::move(key), KNS_TRY(read(in, values, depth + 1)));
            }
        return JsonValue(std::move(out));
    }

    Names names_;
    std::size_t values_ = 0;
};

// What kns writes: no maps, enums or floats.
class Encoder {
   public:
    Result<void> write(Writer& out, const JsonValue& given, const JsonValue& value) {
        const JsonValue& schema = names_.resolve(given);
        if (const auto* branches = schema.as_array()) {
            for (std::size_t i = 0; i < branches->size(); ++i) {
                if ((type_of((*branches)[i]) == "null") != value.is_null()) continue;
                out.number(static_cast<std::int64_t>(i));
                return value.is_null() ? Result<void>() : write(out, (*branches)[i], value);
            }
        }
        const auto type = type_of(schema);
        if (type == "int" || type == "long") {
            out.number(KNS_TRY(value.as_int()));
        } else if (type == "boolean" && value.as_bool()) {
            out.raw(*value.as_bool() ? std::string_view("\1", 1) : std::string_view("\0", 1));
        } else if ((type == "bytes" || type == "string") && value.as_string()) {
            out.bytes(*value.as_string());
        } else if (type == "record" && schema["fields"].as_array()) {
            names_.note(schema);
            for (const auto& field : *schema["fields"].as_array()) {
                const auto* name = field["name"].as_string();
                KNS_TRY(write(out, field["type"], name ? value[*name] : JsonValue()));
            }
        } else if (type == "array" && value.as_array()) {
            const auto& items = *value.as_array();
            if (!items.empty()) out.number(static_cast<std::int64_t>(items.size()));
            for (const auto& item : items) KNS_TRY(write(out, schema["items"], item));
            out.number(0);
        } else {
            return fail(Errc::internal, "a value is no {} as Avro has them", type);
        }
        return {};
    }

   private:
    Names names_;
};

Result<std::string> inflate(std::string_view packed, std::size_t most) {
    const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> inflater(libdeflate_alloc_decompressor(),
                                                                                                libdeflate_free_decompressor);
    std::string out;
    for (std::size_t room = std::max<std::size_t>(4096, packed.size() * 4);; room *= 4) {
        out.resize(std::min(room, most));
        std::size_t got = 0;
        const auto result =
            libdeflate_deflate_decompress(inflater.get(), packed.data(), packed.size(), out.data(), out.size(), &got);
        if (result == LIBDEFLATE_SUCCESS) {
            out.resize(got);
            return out;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE || out.size() == most) return damaged("a block cannot be decompressed");
    }
}

}  // namespace

Result<AvroFile> read_avro(std::string_view bytes) {
    Reader in(bytes);
    if (KNS_TRY(in.take(kMagic.size())) != kMagic) return damaged("it does not begin like one");
    AvroFile out;
    for (auto count = KNS_TRY(in.block()); count > 0; count = KNS_TRY(in.block()))
        for (; count > 0; --count) {
            std::string key(KNS_TRY(in.bytes()));
            out.metadata[std::move(key)] = KNS_TRY(in.bytes());
        }
    const auto codec = out.metadata.contains("avro.codec") ? out.metadata["avro.codec"] : "null";
    if (codec != "null" && codec != "deflate") return fail(Errc::unsupported, "an Avro file is compressed with {}", codec);
    auto schema = parse_json(out.metadata["avro.schema"]);
    if (!schema) return damaged("its schema is no JSON");
    out.schema = std::move(*schema);
    out.metadata.erase("avro.codec");
    out.metadata.erase("avro.schema");
    const auto sync = KNS_TRY(in.take(kSyncSize));
    std::size_t total = 0;
    Decoder decoder;
    while (!in.empty()) {
        const auto count = KNS_TRY(in.number());
        const auto packed = KNS_TRY(in.bytes());
        std::string unpacked;
        if (codec == "deflate") unpacked = KNS_TRY(inflate(packed, kMostBytes - total));
        const std::string_view block = codec == "deflate" ? std::string_view(unpacked) : packed;
        total += block.size();
        Reader records(block);
        for (std::int64_t i = 0; i < count; ++i) out.records.push_back(KNS_TRY(decoder.read(records, out.schema)));
        if (!records.empty() || KNS_TRY(in.take(kSyncSize)) != sync) return damaged("a block does not end where it should");
    }
    return out;
}

Result<std::string> write_avro(const AvroFile& file) {
    JsonWriter schema;
    file.schema.write(schema);
    Writer out, records;
    out.raw(kMagic);
    out.number(static_cast<std::int64_t>(file.metadata.size() + 2));
    for (const auto& [key, value] : file.metadata) {
        out.bytes(key);
        out.bytes(value);
    }
    out.bytes("avro.codec");
    out.bytes("null");
    out.bytes("avro.schema");
    out.bytes(schema.text());
    out.number(0);
    Encoder encoder;
    for (const auto& record : file.records) KNS_TRY(encoder.write(records, file.schema, record));
    // It only has to be unlikely inside of a block, and readers seldom look: the same file is the same bytes.
    const std::string_view sync("kns\0\xd1\x9e\x04\x7b\xa6\x3c\xf2\x58\x81\xe7\x0f\xb5", kSyncSize);
    out.raw(sync);
    if (!file.records.empty()) {
        out.number(static_cast<std::int64_t>(file.records.size()));
        out.bytes(records.take());
        out.raw(sync);
    }
    return out.take();
}

}  // namespace kns
