#include "core/sql/text/token.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace kns::sql {
namespace {

constexpr std::size_t kMostTokens = 1'000'000;
// The longest first.
constexpr std::array<std::string_view, 8> kLongSigns = {"<>", "!=", "<=", ">=", "||", "=>", "->", "::"};
constexpr std::string_view kShortSigns = "+-*/%=<>.,;()[]{}?|^$:@&!";

bool begins_word(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool goes_on_word(char c) { return begins_word(c) || is_digit(c) || c == '$'; }

class Splitter {
   public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> split() {
        std::vector<Token> out;
        do {
            out.push_back(KNS_TRY(next()));
            if (out.size() > kMostTokens) return fail_at(out.back().place, "the text is too long");
        } while (out.back().kind != Token::Kind::end);
        return out;
    }

   private:
    Result<Token> next() {
        KNS_TRY(skip_what_says_nothing());
        token_ = Token{.kind = Token::Kind::end, .text = {}, .place = place_, .from = at_, .to = at_};
        if (at_ >= text_.size()) return token_;
        const char c = text_[at_];
        if (rest().starts_with("/*+")) return take(Token::Kind::hint_begin, 3);
        if (begins_word(c)) return take(Token::Kind::word, length_while(0, goes_on_word));
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
        if (c == '\'') return quoted(Token::Kind::string, "string");
        if (c == '`' || c == '"') return quoted(Token::Kind::quoted_name, "name");
        for (const auto sign : kLongSigns)
            if (rest().starts_with(sign)) return take(Token::Kind::sign, sign.size());
        if (kShortSigns.find(c) != std::string_view::npos) return take(Token::Kind::sign, 1);
        return fail_at(place_, fmt::format("\"{}\" is no part of SQL", c));
    }

    Result<void> skip_what_says_nothing() {
        while (at_ < text_.size()) {
            if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
                advance(1);
            } else if (rest().starts_with("--")) {
                advance(std::min(rest().find('\n'), rest().size()));
            } else if (rest().starts_with("/*") && !rest().starts_with("/*+")) {
                const auto end = rest().find("*/", 2);
                if (end == std::string_view::npos) return fail_at(place_, "the comment that begins here has no end");
                advance(end + 2);
            } else {
                break;
            }
        }
        return {};
    }

    // 1, 1.5, .5, 1., 1e-3; "1.." and "1.a" are none of them.
    Result<Token> number() {
        std::size_t size = length_while(0, is_digit);
        if (peek(size) == '.') size += 1 + length_while(size + 1, is_digit);
        if (peek(size) == 'e' || peek(size) == 'E') {
            const std::size_t sign = peek(size + 1) == '+' || peek(size + 1) == '-' ? 1 : 0;
            const std::size_t digits = length_while(size + 1 + sign, is_digit);
            if (digits == 0) return fail_at(place_, "a number's exponent has no digits");
            size += 1 + sign + digits;
        }
        if (begins_word(peek(size)))
            return fail_at(place_, fmt::format("\"{}\" is neither a number nor a name", text_.substr(at_, size + 1)));
        return take(Token::Kind::number, size);
    }

    Result<Token> quoted(Token::Kind kind, std::string_view what) {
        const char quote = text_[at_];
        token_.kind = kind;
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] != quote) {
                token_.text += text_[i];
            } else if (i + 1 < text_.size() && text_[i + 1] == quote) {
                token_.text += text_[i++];
            } else {
                advance(i + 1 - at_);
                token_.to = at_;
                if (kind == Token::Kind::quoted_name && token_.text.empty()) return fail_at(token_.place, "a name is not empty");
                return token_;
            }
        }
        return fail_at(place_, fmt::format("the {} that begins here has no end", what));
    }

    Token take(Token::Kind kind, std::size_t size) {
        token_.kind = kind;
        token_.text = text_.substr(at_, size);
        advance(size);
        token_.to = at_;
        return std::move(token_);
    }

    void advance(std::size_t size) {
        for (const std::size_t end = at_ + size; at_ < end; ++at_) {
            if (text_[at_] == '\n') {
                ++place_.line;
                place_.column = 1;
            } else if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) {  // a character's first byte
                ++place_.column;
            }
        }
    }

    template <class Is>
    std::size_t length_while(std::size_t from, Is is) const {
        std::size_t size = 0;
        while (at_ + from + size < text_.size() && is(text_[at_ + from + size])) ++size;
        return size;
    }
    std::string_view rest() const { return text_.substr(at_); }
    char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    const std::string_view text_;
    std::size_t at_ = 0;
    Place place_;
    Token token_;
};

}  // namespace

bool Token::is_word(std::string_view keyword) const {
    return kind == Kind::word && text.size() == keyword.size() &&
           std::ranges::equal(text, keyword, [](unsigned char a, char b) { return std::toupper(a) == b; });
}

Result<std::vector<Token>> split_into_tokens(std::string_view text) { return Splitter(text).split(); }

Failure fail_at(Place place, std::string_view message) {
    return fail(Errc::invalid_argument, "line {}, column {}: {}", place.line, place.column, message)
        .details(fmt::format(R"({{"line":{},"column":{}}})", place.line, place.column));
}

}  // namespace kns::sql
