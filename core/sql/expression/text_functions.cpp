// Functions of texts. Characters are Unicode's code points, as in Flink, but for those beyond 16 bits, which Java counts twice.
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "core/base/base64.hpp"
#include "core/base/uuid.hpp"
#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

using S = std::string_view;
using I = std::int64_t;
using Scope = const RowScope&;

constexpr std::size_t kMaxText = 16 << 20;  // what REPEAT and LPAD may make of a record

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
I length_of(S text) { return std::count_if(text.begin(), text.end(), begins_character); }
// The byte at which character `n` begins, or the end.
std::size_t byte_at(S text, I n) {
    std::size_t at = 0;
    for (; n > 0 && at < text.size(); --n) do
            ++at;
        while (at < text.size() && !begins_character(text[at]));
    return at;
}

// From 1; from the end if negative.
std::optional<S> substring(S text, I start, std::optional<I> length) {
    if (length && *length < 0) return {};
    I first = start > 0 ? start - 1 : start < 0 ? length_of(text) + start : 0;
    I count = length.value_or(INT64_MAX);
    if (first < 0) {
        if (length) count = std::max<I>(0, count);
        first = 0;
    }
    const S rest = text.substr(byte_at(text, first));
    return rest.substr(0, count == INT64_MAX ? rest.size() : byte_at(rest, count));
}

S upper(Scope scope, S text, bool lower) {
    char* out = scope.out.arena().room(std::max<std::size_t>(text.size(), 1));
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        // Latin-1's two-byte letters as well; what is beyond stays.
        if (lower)
            out[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        else
            out[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto second = static_cast<unsigned char>(text[i + 1]);
        if (static_cast<unsigned char>(text[i]) != 0xC3) continue;
        if (lower && second >= 0x80 && second <= 0x9E && second != 0x97) out[i + 1] = static_cast<char>(second + 32);
        if (!lower && second >= 0xA0 && second <= 0xBE && second != 0xB7) out[i + 1] = static_cast<char>(second - 32);
    }
    return {out, text.size()};
}

S trim(S text, S what, bool left, bool right) {
    // A set of characters, as Flink's TRIM takes one character and LTRIM, RTRIM and BTRIM several.
    const auto is_one = [&](S c) {
        for (std::size_t at = 0; at < what.size();) {
            const std::size_t n = byte_at(what.substr(at), 1);
            if (what.substr(at, n) == c) return true;
            at += n;
        }
        return false;
    };
    while (left && !text.empty()) {
        const std::size_t n = byte_at(text, 1);
        if (!is_one(text.substr(0, n))) break;
        text.remove_prefix(n);
    }
    while (right && !text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && !begins_character(text[at])) --at;
        if (!is_one(text.substr(at))) break;
        text = text.substr(0, at);
    }
    return text;
}

Result<Expr> bind_trim(const std::string& name, std::vector<Expr> args, Place place) {
    std::string side = "BOTH";
    if (!args.empty() && args[0].name == kKeyword) {
        side = std::get<std::string>(args[0].value);
        args.erase(args.begin());
    }
    if (args.empty() || args.size() > 2 ||
        !std::ranges::all_of(args, [](const Expr& arg) { return arg.type.is_text() || arg.type.kind == Kind::null; }))
        return wrong_arguments(name, args, place);
    for (auto& arg : args) arg = KNS_TRY(cast_to(std::move(arg), string_type()));
    const bool left = side != "TRAILING", right = side != "LEADING";
    const Type type = or_null(string_type(), any_nullable(args));
    auto kernel = args.size() == 1 ? share_kernel([=](Scope, S text) { return trim(text, " ", left, right); })
                                   : share_kernel([=](Scope, S what, S text) { return trim(text, what, left, right); });
    return call_of("TRIM", type, std::move(args), std::move(kernel), place);
}

std::optional<S> pad(Scope scope, S text, I length, S with, bool left) {
    if (length < 0 || with.empty()) return {};
    if (static_cast<std::size_t>(length) > kMaxText) return scope.fail("the text would be longer than 16 MiB");
    const I have = length_of(text);
    if (have >= length) return text.substr(0, byte_at(text, length));
    std::string filling;
    for (I n = length - have; n > 0;) {
        const S piece = with.substr(0, byte_at(with, n));
        filling += piece;
        n -= length_of(piece);
    }
    return scope.keep(left ? filling + std::string(text) : std::string(text) + filling);
}

// Every part of a text between separators; returns the one at `index`, from 0.
std::optional<S> split_index(S text, S separator, I index) {
    if (index < 0 || separator.empty()) return {};
    for (;;) {
        const auto at = text.find(separator);
        if (index == 0) return text.substr(0, at);
        if (at == S::npos) return {};
        text.remove_prefix(at + separator.size());
        --index;
    }
}

S digest(Scope scope, S text, const EVP_MD* kind) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw;
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), raw.data(), &size, kind, nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(out), "{:02x}", raw[i]);
    return scope.keep(out);
}

// Whatever is no text is written as CAST to STRING does.
Result<std::vector<Expr>> as_texts(std::vector<Expr> args) {
    for (auto& arg : args) arg = KNS_TRY(cast_to(std::move(arg), string_type()));
    return args;
}

std::shared_ptr<const Kernel> concatenation() {
    return std::make_shared<const Kernel>([](const KernelCall& call) {
        auto* out = call.out.cells<S>();
        call.rows.each([&](std::size_t row) {
            std::size_t size = 0;
            bool null = false;
            for (const auto& column : call.in) {
                null = null || column->is_null(row);
                size += column->at<S>(row).size();
            }
            out[row] = {};
            if (null) return call.out.set_null(row);
            if (size == 0) return;
            char* room = call.out.arena().room(size);
            std::size_t at = 0;
            for (const auto& column : call.in) {
                const S piece = column->at<S>(row);
                if (!piece.empty()) std::memcpy(room + at, piece.data(), piece.size());
                at += piece.size();
            }
            out[row] = {room, size};
        });
    });
}

Result<Expr> bind_concat(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty()) return wrong_arguments(name, args, place);
    if (name == "||" && (args[0].type.kind == Kind::array || args[1].type.kind == Kind::array))
        return bind_function("ARRAY_CONCAT", std::move(args), place);
    args = KNS_TRY(as_texts(std::move(args)));
    const Type type = or_null(string_type(), any_nullable(args));
    return call_of(name, type, std::move(args), concatenation(), place);
}

// NULLs are left out; only a NULL separator gives NULL.
Result<Expr> bind_concat_ws(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() < 2) return wrong_arguments(name, args, place);
    args = KNS_TRY(as_texts(std::move(args)));
    const Type type = or_null(string_type(), args[0].type.nullable);
    auto kernel = std::make_shared<const Kernel>([](const KernelCall& call) {
        auto* out = call.out.cells<S>();
        std::string text;
        call.rows.each([&](std::size_t row) {
            out[row] = {};
            if (call.in[0]->is_null(row)) return call.out.set_null(row);
            text.clear();
            bool first = true;
            for (std::size_t i = 1; i < call.in.size(); ++i) {
                if (call.in[i]->is_null(row)) continue;
                if (!first) text += call.in[0]->at<S>(row);
                first = false;
                text += call.in[i]->at<S>(row);
            }
            out[row] = call.out.arena().keep(text);
        });
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

std::optional<S> parse_url(Scope scope, S url, S part, S key) {
    const auto colon = url.find("://");
    if (colon == S::npos) return {};
    const S protocol = url.substr(0, colon);
    S rest = url.substr(colon + 3);
    S fragment, query;
    const auto hash = rest.find('#');
    const bool has_fragment = hash != S::npos;
    if (has_fragment) fragment = rest.substr(hash + 1), rest = rest.substr(0, hash);
    const auto question = rest.find('?');
    const bool has_query = question != S::npos;
    if (has_query) query = rest.substr(question + 1), rest = rest.substr(0, question);
    const auto slash = rest.find('/');
    const S authority = rest.substr(0, slash), path = slash == S::npos ? S{} : rest.substr(slash);
    const auto at = authority.rfind('@');
    const S host_and_port = at == S::npos ? authority : authority.substr(at + 1);
    if (part == "PROTOCOL") return protocol;
    if (part == "HOST") return host_and_port.substr(0, host_and_port.rfind(':'));
    if (part == "PATH") return path;
    if (part == "AUTHORITY") return authority;
    if (part == "FILE") return has_query ? scope.keep(std::string(path) + "?" + std::string(query)) : path;
    if (part == "REF") return has_fragment ? std::optional(fragment) : std::nullopt;
    if (part == "USERINFO") return at == S::npos ? std::nullopt : std::optional(authority.substr(0, at));
    if (part != "QUERY" || !has_query) return {};
    if (key.empty()) return query;
    for (I n = 0;; ++n) {
        const auto pair = split_index(query, "&", n);
        if (!pair) return {};
        const auto equals = pair->find('=');
        if (equals != S::npos && pair->substr(0, equals) == key) return pair->substr(equals + 1);
    }
}

void add_parts(FunctionSet& table) {
    table.add("SUBSTRING", "si", "s?", [](Scope, S text, I start) { return substring(text, start, {}); });
    table.add("SUBSTRING", "sii", "s?", [](Scope, S text, I start, I length) { return substring(text, start, length); });
    table.add("SUBSTR", "si", "s?", [](Scope, S text, I start) { return substring(text, start, {}); });
    table.add("SUBSTR", "sii", "s?", [](Scope, S text, I start, I length) { return substring(text, start, length); });
    table.add("LEFT", "si", "s", [](Scope, S text, I n) { return n <= 0 ? S{} : text.substr(0, byte_at(text, n)); });
    table.add("RIGHT", "si", "s",
              [](Scope, S text, I n) { return n <= 0 ? S{} : text.substr(byte_at(text, std::max<I>(0, length_of(text) - n))); });
    table.add("SPLIT_INDEX", "ssi", "s?", [](Scope, S text, S separator, I index) { return split_index(text, separator, index); });
    table.add("SPLIT_INDEX", "sii", "s?", [](Scope scope, S text, I code, I index) {
        return split_index(text, scope.keep(std::string(1, static_cast<char>(code))), index);
    });
    table.add("POSITION", "ss", "n", [](Scope, S part, S text) {
        const auto at = text.find(part);
        return at == S::npos ? I{0} : length_of(text.substr(0, at)) + 1;
    });
    table.add("LOCATE", "ss", "n", [](Scope, S part, S text) {
        const auto at = text.find(part);
        return at == S::npos ? I{0} : length_of(text.substr(0, at)) + 1;
    });
    table.add("INSTR", "ss", "n", [](Scope, S text, S part) {
        const auto at = text.find(part);
        return at == S::npos ? I{0} : length_of(text.substr(0, at)) + 1;
    });
    table.add("STARTSWITH", "ss", "b", [](Scope, S text, S part) { return text.starts_with(part); });
    table.add("ENDSWITH", "ss", "b", [](Scope, S text, S part) { return text.ends_with(part); });
    table.add("OVERLAY", "ssi", "s", [](Scope scope, S text, S with, I start) {
        const std::size_t from = byte_at(text, start - 1), to = byte_at(text, start - 1 + length_of(with));
        return scope.keep(std::string(text.substr(0, from)) + std::string(with) + std::string(text.substr(to)));
    });
    table.add("OVERLAY", "ssii", "s", [](Scope scope, S text, S with, I start, I length) {
        const std::size_t from = byte_at(text, start - 1), to = byte_at(text, start - 1 + std::max<I>(0, length));
        return scope.keep(std::string(text.substr(0, from)) + std::string(with) + std::string(text.substr(to)));
    });
    table.add("PARSE_URL", "ss", "s?", [](Scope scope, S url, S part) { return parse_url(scope, url, part, {}); });
    table.add("PARSE_URL", "sss", "s?", [](Scope scope, S url, S part, S key) { return parse_url(scope, url, part, key); });
}

void add_forms(FunctionSet& table) {
    table.add("UPPER", "s", "s", [](Scope scope, S text) { return upper(scope, text, false); });
    table.add("LOWER", "s", "s", [](Scope scope, S text) { return upper(scope, text, true); });
    table.add("INITCAP", "s", "s", [](Scope scope, S text) {
        std::string out(text);
        bool inside = false;
        for (char& c : out) {
            const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
            if (letter) c = static_cast<char>(inside ? std::tolower(c) : std::toupper(c));
            inside = letter;
        }
        return scope.keep(out);
    });
    table.add("REVERSE", "s", "s", [](Scope scope, S text) {
        std::string out;
        for (std::size_t end = text.size(); end > 0;) {
            std::size_t at = end - 1;
            while (at > 0 && !begins_character(text[at])) --at;
            out += text.substr(at, end - at);
            end = at;
        }
        return scope.keep(out);
    });
    table.add("LPAD", "sis", "s?", [](Scope scope, S text, I length, S with) { return pad(scope, text, length, with, true); });
    table.add("RPAD", "sis", "s?", [](Scope scope, S text, I length, S with) { return pad(scope, text, length, with, false); });
    table.add("LTRIM", "s", "s", [](Scope, S text) { return trim(text, " ", true, false); });
    table.add("LTRIM", "ss", "s", [](Scope, S text, S what) { return trim(text, what, true, false); });
    table.add("RTRIM", "s", "s", [](Scope, S text) { return trim(text, " ", false, true); });
    table.add("RTRIM", "ss", "s", [](Scope, S text, S what) { return trim(text, what, false, true); });
    table.add("BTRIM", "s", "s", [](Scope, S text) { return trim(text, " ", true, true); });
    table.add("BTRIM", "ss", "s", [](Scope, S text, S what) { return trim(text, what, true, true); });
    table.add("REPEAT", "si", "s?", [](Scope scope, S text, I count) -> std::optional<S> {
        if (count <= 0 || text.empty()) return S{};
        if (static_cast<std::size_t>(count) > kMaxText / text.size()) return scope.fail("the text would be longer than 16 MiB");
        std::string out;
        for (I n = 0; n < count; ++n) out += text;
        return scope.keep(out);
    });
    table.add("REPLACE", "sss", "s", [](Scope scope, S text, S what, S with) {
        if (what.empty()) return text;
        std::string out;
        for (;;) {
            const auto at = text.find(what);
            out += text.substr(0, at);
            if (at == S::npos) return scope.keep(out);
            out += with;
            text.remove_prefix(at + what.size());
        }
    });
    table.add("TRANSLATE", "sss", "s", [](Scope scope, S text, S from, S to) {
        std::string out;
        for (const char c : text) {
            const auto at = from.find(c);
            if (at == S::npos)
                out += c;
            else if (at < to.size())
                out += to[at];
        }
        return scope.keep(out);
    });
}

void add_codes(FunctionSet& table) {
    for (const auto* name : {"CHAR_LENGTH", "CHARACTER_LENGTH"})
        table.add(name, "s", "n", [](Scope, S text) { return length_of(text); });
    table.add("OCTET_LENGTH", "s", "n", [](Scope, S text) { return static_cast<I>(text.size()); });
    table.add("ASCII", "s", "n", [](Scope, S text) { return text.empty() ? I{0} : I{static_cast<unsigned char>(text[0])}; });
    table.add("CHR", "i", "s", [](Scope scope, I code) {
        const auto c = static_cast<unsigned>(code & 255);
        return scope.keep(c < 0x80 ? std::string(1, static_cast<char>(c))
                                   : std::string{static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))});
    });
    table.add("MD5", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_md5()); });
    table.add("SHA1", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_sha1()); });
    table.add("SHA224", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_sha224()); });
    table.add("SHA256", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_sha256()); });
    table.add("SHA384", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_sha384()); });
    table.add("SHA512", "s", "s", [](Scope scope, S text) { return digest(scope, text, EVP_sha512()); });
    table.add("TO_BASE64", "s", "s", [](Scope scope, S text) { return scope.keep(base64_encode(text)); });
    table.add("FROM_BASE64", "s", "s?", [](Scope scope, S text) -> std::optional<S> {
        const auto out = base64_decode(text);
        return out ? std::optional(scope.keep(*out)) : std::nullopt;
    });
    table.add("ENCODE", "ss", "B?", [](Scope, S text, S charset) {
        return charset == "UTF-8" || charset == "US-ASCII" ? std::optional(text) : std::nullopt;
    });
    table.add("DECODE", "Bs", "s?", [](Scope, S text, S charset) {
        return charset == "UTF-8" || charset == "US-ASCII" ? std::optional(text) : std::nullopt;
    });
    table.add("UUID", "", "s", [](Scope scope) { return scope.keep(random_uuid()); });
    // The bench's user function: how often the first byte of the second is in the first.
    table.add("COUNT_CHAR", "ss", "i",
              [](Scope, S text, S of) { return of.empty() ? I{0} : static_cast<I>(std::ranges::count(text, of[0])); });
}

}  // namespace

void add_text_functions(FunctionSet& table) {
    add_parts(table);
    add_forms(table);
    add_codes(table);
    table.add("TRIM", bind_trim);
    table.add("CONCAT", bind_concat);
    table.add("||", bind_concat);
    table.add("CONCAT_WS", bind_concat_ws);
}

}  // namespace kns::sql
