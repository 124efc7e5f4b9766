#include "core/aws/answer_writer.hpp"

#include "core/base/base64.hpp"

namespace kns::aws {
namespace {

constexpr unsigned kBytes = 2, kText = 3, kTag = 6;

}  // namespace

void AnswerWriter::separate() {
    if (wire_ == Wire::json && !std::exchange(fresh_, false)) out_ += ',';
}

void AnswerWriter::head(unsigned major, std::uint64_t number) {
    const auto first = static_cast<unsigned char>(major << 5);
    if (number < 24) {
        out_ += static_cast<char>(first | number);
        return;
    }
    const unsigned power = number < 0x100 ? 0 : number < 0x10000 ? 1 : number < 0x100000000 ? 2 : 3;
    out_ += static_cast<char>(first | (24 + power));
    for (unsigned i = 1u << power; i-- > 0;) out_ += static_cast<char>(number >> (8 * i));
}

// In CBOR of unknown length, as Jackson writes them: nothing has to be counted first.
AnswerWriter& AnswerWriter::begin_structure() {
    separate();
    out_ += wire_ == Wire::json ? '{' : '\xbf';
    fresh_ = true;
    return *this;
}

AnswerWriter& AnswerWriter::end_structure() {
    out_ += wire_ == Wire::json ? '}' : '\xff';
    fresh_ = false;
    return *this;
}

AnswerWriter& AnswerWriter::begin_list() {
    separate();
    out_ += wire_ == Wire::json ? '[' : '\x9f';
    fresh_ = true;
    return *this;
}

AnswerWriter& AnswerWriter::end_list() {
    out_ += wire_ == Wire::json ? ']' : '\xff';
    fresh_ = false;
    return *this;
}

AnswerWriter& AnswerWriter::key(std::string_view name) {
    plain(name);
    if (wire_ == Wire::json) out_ += ':';
    fresh_ = true;
    return *this;
}

AnswerWriter& AnswerWriter::plain(std::string_view value) {
    separate();
    if (wire_ == Wire::json) {
        out_ += '"';
        out_ += value;
        out_ += '"';
    } else {
        head(kText, value.size());
        out_ += value;
    }
    return *this;
}

AnswerWriter& AnswerWriter::text(std::string_view value) {
    if (wire_ == Wire::cbor) return plain(value);
    separate();
    append_json_string(out_, value);
    return *this;
}

AnswerWriter& AnswerWriter::blob(std::string_view bytes) {
    separate();
    if (wire_ == Wire::json) {
        out_ += '"';
        base64_encode_append(out_, bytes);
        out_ += '"';
    } else {
        head(kBytes, bytes.size());
        out_ += bytes;
    }
    return *this;
}

AnswerWriter& AnswerWriter::integer(std::int64_t value) {
    separate();
    if (wire_ == Wire::json)
        fmt::format_to(std::back_inserter(out_), "{}", value);
    else
        value < 0 ? head(1, static_cast<std::uint64_t>(-1 - value)) : head(0, static_cast<std::uint64_t>(value));
    return *this;
}

AnswerWriter& AnswerWriter::boolean(bool value) {
    separate();
    if (wire_ == Wire::json)
        out_ += value ? "true" : "false";
    else
        out_ += value ? '\xf5' : '\xf4';
    return *this;
}

AnswerWriter& AnswerWriter::timestamp(UnixMs value) {
    if (wire_ == Wire::cbor) {
        head(kTag, 1);
        return integer(value);
    }
    separate();
    fmt::format_to(std::back_inserter(out_), "{}.{:03}", value / kSecond, value % kSecond);
    return *this;
}

AnswerWriter& AnswerWriter::null() {
    separate();
    out_ += wire_ == Wire::json ? std::string_view("null") : std::string_view("\xf6");
    return *this;
}

}  // namespace kns::aws
