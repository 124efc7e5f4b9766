#include "core/sql/text/parser.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "core/base/edit_distance.hpp"

namespace kns::sql {
namespace {

constexpr int kDeepest = 200;

// Words that end a name's place, so that they are none without quotes. Flink reserves more of them; whoever wants to know that a
// text runs there asks for strictness.
constexpr std::array<std::string_view, 62> kReserved = {
    "ALL",      "AND",     "AS",     "BETWEEN", "BY",     "CASE",   "CAST",    "CREATE",          "CROSS",     "CUBE",
    "DISTINCT", "DROP",    "ELSE",   "END",     "EXCEPT", "EXISTS", "EXPLAIN", "FALSE",           "FETCH",     "FILTER",
    "FOR",      "FROM",    "FULL",   "GROUP",   "HAVING", "IN",     "INNER",   "INSERT",          "INTERSECT", "INTERVAL",
    "INTO",     "IS",      "JOIN",   "LATERAL", "LEFT",   "LIKE",   "LIMIT",   "MATCH_RECOGNIZE", "MINUS",     "NATURAL",
    "NOT",      "NULL",    "OFFSET", "ON",      "OR",     "ORDER",  "OVER",    "PARTITION",       "RIGHT",     "ROLLUP",
    "SELECT",   "SIMILAR", "TABLE",  "THEN",    "TRUE",   "UNION",  "UNNEST",  "USING",           "VALUES",    "WHEN",
    "WHERE",    "WITH"};
static_assert(std::ranges::is_sorted(kReserved));

std::string shown(const Token& token) {
    switch (token.kind) {
        case Token::Kind::end: return "the end";
        case Token::Kind::string: return fmt::format("'{}'", token.text);
        case Token::Kind::quoted_name: return fmt::format("`{}`", token.text);
        default: return fmt::format("\"{}\"", token.text);
    }
}

}  // namespace

std::string in_capitals(std::string_view word) {
    std::string out(word);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

bool is_reserved(std::string_view word) { return std::ranges::binary_search(kReserved, in_capitals(word)); }

std::string text_of(const Name& name) {
    std::string out;
    for (const auto& part : name) out += (out.empty() ? "" : ".") + part.text;
    return out;
}

Result<Parser> Parser::over(std::string_view text) { return Parser(text, KNS_TRY(split_into_tokens(text))); }

bool Parser::sees_all(std::initializer_list<std::string_view> keywords) const {
    std::size_t n = 0;
    return std::ranges::all_of(keywords, [&](std::string_view keyword) { return ahead(n++).is_word(keyword); });
}

bool Parser::take(std::string_view keyword) {
    if (!sees(keyword)) return false;
    ++at_;
    return true;
}

bool Parser::take_all(std::initializer_list<std::string_view> keywords) {
    if (!sees_all(keywords)) return false;
    at_ += keywords.size();
    return true;
}

bool Parser::take_sign(std::string_view sign) {
    if (!sees_sign(sign)) return false;
    ++at_;
    return true;
}

Failure Parser::expected(std::string_view what) const {
    auto failure = fail_at(now().place, fmt::format("expected {}, not {}", what, shown(now())));
    if (now().kind == Token::Kind::word && is_reserved(now().text) && what.starts_with("a name"))
        return std::move(failure).hint(fmt::format("`{}`, in back quotes, is a name", now().text));
    if (now().kind != Token::Kind::word) return failure;
    // Of one keyword: was it mistyped?
    const std::vector<std::string> wanted{std::string(what)};
    const bool one_word = std::ranges::all_of(what, [](unsigned char c) { return std::isupper(c) || c == '_'; });
    if (one_word && nearest(in_capitals(now().text), wanted)) return std::move(failure).hint(fmt::format("did you mean {}?", what));
    return failure;
}

Result<void> Parser::expect(std::string_view keyword) {
    if (take(keyword)) return {};
    return expected(keyword);
}

Result<void> Parser::expect_all(std::initializer_list<std::string_view> keywords) {
    for (const auto keyword : keywords) KNS_TRY(expect(keyword));
    return {};
}

Result<void> Parser::expect_sign(std::string_view sign) {
    if (take_sign(sign)) return {};
    return expected(fmt::format("\"{}\"", sign));
}

Result<void> Parser::expect_end() {
    if (now().kind == Token::Kind::end) return {};
    return expected("the end");
}

Result<std::string> Parser::string(std::string_view what) {
    if (now().kind != Token::Kind::string) return expected(what);
    return tokens_[at_++].text;
}

Result<std::uint32_t> Parser::whole_number(std::string_view what) {
    std::uint32_t value = 0;
    const auto& text = now().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (now().kind != Token::Kind::number || error != std::errc() || end != text.data() + text.size()) return expected(what);
    ++at_;
    return value;
}

Result<Identifier> Parser::identifier(std::string_view what) {
    const Token& token = now();
    const bool quoted = token.kind == Token::Kind::quoted_name;
    if (!quoted && (token.kind != Token::Kind::word || is_reserved(token.text))) return expected(what);
    ++at_;
    return Identifier{token.text, token.place, quoted};
}

Result<Name> Parser::name(std::string_view what) {
    Name out;
    do out.push_back(KNS_TRY(identifier(what)));
    while (take_sign("."));
    return out;
}

Result<std::vector<Identifier>> Parser::identifiers_in_brackets(std::string_view what) {
    std::vector<Identifier> out;
    KNS_TRY(expect_sign("("));
    do out.push_back(KNS_TRY(identifier(what)));
    while (take_sign(","));
    KNS_TRY(expect_sign(")"));
    return out;
}

// A name without AS before it.
bool Parser::sees_alias() const {
    return now().kind == Token::Kind::quoted_name || (now().kind == Token::Kind::word && !is_reserved(now().text));
}

Result<void> Parser::check_depth() const {
    if (depth_ <= kDeepest) return {};
    return fail_at(now().place, "this lies too deep within itself");
}

Result<QueryPtr> Parser::whole_query() {
    auto out = KNS_TRY(query());
    take_sign(";");
    KNS_TRY(expect_end());
    return out;
}

Result<ExpressionPtr> Parser::whole_expression() {
    auto out = KNS_TRY(expression());
    KNS_TRY(expect_end());
    return out;
}

Result<std::vector<Statement>> parse_statements(std::string_view text) { return KNS_TRY(Parser::over(text)).statements(); }
Result<QueryPtr> parse_query(std::string_view text) { return KNS_TRY(Parser::over(text)).whole_query(); }
Result<ExpressionPtr> parse_expression(std::string_view text) { return KNS_TRY(Parser::over(text)).whole_expression(); }

}  // namespace kns::sql
