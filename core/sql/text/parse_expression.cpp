// Expressions, by the precedence of their operators: OR, AND, NOT, predicates, + - ||, * / %, signs, what follows an operand.
#include <array>

#include "core/sql/text/parser.hpp"

namespace kns::sql {
namespace {

enum Precedence { kOr = 1, kAnd, kNot, kPredicate, kSum, kProduct, kSign };

struct Operator {
    std::string_view text;
    int precedence;
};
constexpr std::array<Operator, 15> kOperators = {{{"OR", kOr},
                                                  {"AND", kAnd},
                                                  {"=", kPredicate},
                                                  {"<>", kPredicate},
                                                  {"!=", kPredicate},
                                                  {"<", kPredicate},
                                                  {"<=", kPredicate},
                                                  {">", kPredicate},
                                                  {">=", kPredicate},
                                                  {"+", kSum},
                                                  {"-", kSum},
                                                  {"||", kSum},
                                                  {"*", kProduct},
                                                  {"/", kProduct},
                                                  {"%", kProduct}}};

const Operator* operator_at(const Token& token) {
    for (const auto& one : kOperators)
        if (token.is_sign(one.text) || token.is_word(one.text)) return &one;
    return nullptr;
}

// Functions that are called without brackets.
constexpr std::array<std::string_view, 8> kBare = {"CURRENT_DATE",   "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME",
                                                   "LOCALTIMESTAMP", "CURRENT_USER", "CURRENT_DATABASE",  "CURRENT_CATALOG"};

}  // namespace

Result<ExpressionPtr> Parser::expression(int least_precedence) {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    auto left = KNS_TRY(prefix());
    while (true) {
        if (least_precedence <= kPredicate) {
            const bool negated = sees("NOT") && (ahead().is_word("IN") || ahead().is_word("BETWEEN") || ahead().is_word("LIKE") ||
                                                 ahead().is_word("SIMILAR"));
            if (negated || sees("IN") || sees("BETWEEN") || sees("LIKE") || sees("SIMILAR") || sees("IS")) {
                if (negated) ++at_;
                left = KNS_TRY(predicate(std::move(left), negated));
                continue;
            }
        }
        const Operator* found = operator_at(now());
        if (!found || found->precedence < least_precedence) return left;
        const Place place = left->place;
        ++at_;
        // Of operators of one precedence the left one comes first.
        auto right = KNS_TRY(expression(found->precedence + 1));
        const std::string_view text = found->text == "!=" ? "<>" : found->text;
        left = make_expression(place, Binary{std::string(text), std::move(left), std::move(right), nullptr});
    }
}

Result<ExpressionPtr> Parser::prefix() {
    const Place place = now().place;
    if (take("NOT")) return make_expression(place, Unary{"NOT", KNS_TRY(expression(kNot))});
    if (sees_sign("-") || sees_sign("+")) {
        const std::string sign = tokens_[at_++].text;
        return make_expression(place, Unary{sign, KNS_TRY(expression(kSign))});
    }
    return postfix(KNS_TRY(primary()));
}

// f(x).field, list[1], map['k']
Result<ExpressionPtr> Parser::postfix(ExpressionPtr operand) {
    if (std::holds_alternative<NumberLiteral>(operand->node)) return operand;
    while (true) {
        const Place place = operand->place;
        if (take_sign("[")) {
            auto index = KNS_TRY(expression());
            KNS_TRY(expect_sign("]"));
            operand = make_expression(place, Element{std::move(operand), std::move(index)});
        } else if (take_sign(".")) {
            operand = make_expression(place, FieldOf{std::move(operand), KNS_TRY(identifier("a name of a field"))});
        } else {
            return operand;
        }
    }
}

Result<ExpressionPtr> Parser::predicate(ExpressionPtr left, bool negated) {
    const Place place = left->place;
    if (take("IS")) return is_predicate(std::move(left));
    if (take("IN")) return in_predicate(std::move(left), negated);
    if (take("BETWEEN")) {
        const bool symmetric = take("SYMMETRIC");
        if (!symmetric) take("ASYMMETRIC");
        auto low = KNS_TRY(expression(kSum));
        KNS_TRY(expect("AND"));
        auto high = KNS_TRY(expression(kSum));
        return make_expression(place, Between{std::move(left), std::move(low), std::move(high), negated, symmetric});
    }
    std::string operation = negated ? "NOT " : "";
    if (take("SIMILAR")) {
        KNS_TRY(expect("TO"));
        operation += "SIMILAR TO";
    } else {
        KNS_TRY(expect("LIKE"));
        operation += "LIKE";
    }
    auto pattern = KNS_TRY(expression(kSum));
    ExpressionPtr escape;
    if (take("ESCAPE")) escape = KNS_TRY(expression(kSum));
    return make_expression(place, Binary{operation, std::move(left), std::move(pattern), std::move(escape)});
}

Result<ExpressionPtr> Parser::is_predicate(ExpressionPtr left) {
    const Place place = left->place;
    const std::string is = take("NOT") ? "IS NOT " : "IS ";
    if (take_all({"DISTINCT", "FROM"}))
        return make_expression(place, Binary{is + "DISTINCT FROM", std::move(left), KNS_TRY(expression(kSum)), nullptr});
    for (const std::string_view what : {"NULL", "TRUE", "FALSE", "UNKNOWN"})
        if (take(what)) return make_expression(place, Unary{is + std::string(what), std::move(left)});
    if (take("JSON")) return make_expression(place, Unary{is + "JSON", std::move(left)});
    return expected("NULL, TRUE, FALSE, UNKNOWN, JSON or DISTINCT FROM");
}

Result<ExpressionPtr> Parser::in_predicate(ExpressionPtr left, bool negated) {
    const Place place = left->place;
    KNS_TRY(expect_sign("("));
    if (begins_query()) {
        InQuery out{.operands = {}, .query = KNS_TRY(query()), .negated = negated};
        // (a, b) IN (SELECT ...): each by itself.
        if (auto* row = std::get_if<RowOf>(&left->node))
            out.operands = std::move(row->fields);
        else
            out.operands.push_back(std::move(left));
        KNS_TRY(expect_sign(")"));
        return make_expression(place, std::move(out));
    }
    InList out{std::move(left), KNS_TRY(expressions()), negated};
    KNS_TRY(expect_sign(")"));
    return make_expression(place, std::move(out));
}

Result<ExpressionPtr> Parser::primary() {
    const Token& token = now();
    const Place place = token.place;
    switch (token.kind) {
        case Token::Kind::number: ++at_; return make_expression(place, NumberLiteral{token.text});
        case Token::Kind::string: ++at_; return make_expression(place, StringLiteral{token.text});
        case Token::Kind::quoted_name: return name_or_call();
        case Token::Kind::sign:
            if (take_sign("(")) return in_brackets();
            if (take_sign("*")) return make_expression(place, Star{});
            return expected("an expression");
        case Token::Kind::word: break;
        default: return expected("an expression");
    }
    if (take("NULL")) return make_expression(place, NullLiteral{});
    if (take("TRUE")) return make_expression(place, BooleanLiteral{true});
    if (take("FALSE")) return make_expression(place, BooleanLiteral{false});
    if (take("CASE")) return case_expression();
    if (take("CAST")) return cast(false);
    if (sees("TRY_CAST") && ahead().is_sign("(")) return ++at_, cast(true);
    if (take("INTERVAL")) return interval();
    if (take("EXISTS")) {
        KNS_TRY(expect_sign("("));
        Exists out{KNS_TRY(query())};
        KNS_TRY(expect_sign(")"));
        return make_expression(place, std::move(out));
    }
    for (const std::string_view type : {"DATE", "TIME", "TIMESTAMP"})
        if (sees(type) && ahead().kind == Token::Kind::string) {
            ++at_;
            return make_expression(place, TimeLiteral{std::string(type), tokens_[at_++].text});
        }
    if (sees("ARRAY") && ahead().is_sign("[")) {
        at_ += 2;
        ArrayOf out;
        if (!sees_sign("]")) out.elements = KNS_TRY(expressions());
        KNS_TRY(expect_sign("]"));
        return make_expression(place, std::move(out));
    }
    if (sees("MAP") && ahead().is_sign("[")) {
        at_ += 2;
        MapOf out;
        if (!sees_sign("]")) out.keys_and_values = KNS_TRY(expressions());
        if (out.keys_and_values.size() % 2 != 0) return fail_at(place, "a map has a value for each key");
        KNS_TRY(expect_sign("]"));
        return make_expression(place, std::move(out));
    }
    if (sees("ROW") && ahead().is_sign("(")) {
        at_ += 2;
        RowOf out;
        if (!sees_sign(")")) out.fields = KNS_TRY(expressions());
        KNS_TRY(expect_sign(")"));
        return make_expression(place, std::move(out));
    }
    for (const auto bare : kBare)
        if (sees(bare) && !ahead().is_sign("(")) {
            ++at_;
            Call out;
            out.name.push_back({std::string(bare), place});
            return make_expression(place, std::move(out));
        }
    return name_or_call();
}

// A query that is one value, an expression, or a row of several.
Result<ExpressionPtr> Parser::in_brackets() {
    const Place place = tokens_[at_ - 1].place;
    if (begins_query()) {
        ScalarQuery out{KNS_TRY(query())};
        KNS_TRY(expect_sign(")"));
        return make_expression(place, std::move(out));
    }
    auto list = KNS_TRY(expressions());
    KNS_TRY(expect_sign(")"));
    if (list.size() == 1) return std::move(list.front());
    return make_expression(place, RowOf{std::move(list)});
}

Result<ExpressionPtr> Parser::case_expression() {
    const Place place = tokens_[at_ - 1].place;
    Case out;
    if (!sees("WHEN")) out.operand = KNS_TRY(expression());
    while (take("WHEN")) {
        auto condition = KNS_TRY(expression());
        KNS_TRY(expect("THEN"));
        out.branches.emplace_back(std::move(condition), KNS_TRY(expression()));
    }
    if (out.branches.empty()) return expected("WHEN");
    if (take("ELSE")) out.otherwise = KNS_TRY(expression());
    KNS_TRY(expect("END"));
    return make_expression(place, std::move(out));
}

Result<ExpressionPtr> Parser::cast(bool tries) {
    const Place place = tokens_[at_ - 1].place;
    KNS_TRY(expect_sign("("));
    auto operand = KNS_TRY(expression());
    KNS_TRY(expect("AS"));
    Cast out{std::move(operand), KNS_TRY(type()), tries};
    KNS_TRY(expect_sign(")"));
    return make_expression(place, std::move(out));
}

Result<std::optional<TimeUnit>> Parser::time_unit() {
    constexpr std::array<std::string_view, 9> kUnits = {"YEAR", "QUARTER", "MONTH",  "WEEK",       "DAY",
                                                        "HOUR", "MINUTE",  "SECOND", "MILLISECOND"};
    for (std::size_t i = 0; i < kUnits.size(); ++i)
        if (take(kUnits[i]) || take(fmt::format("{}S", kUnits[i]))) return static_cast<TimeUnit>(i);
    return std::nullopt;
}

Result<ExpressionPtr> Parser::interval() {
    const Place place = tokens_[at_ - 1].place;
    IntervalLiteral out{.negative = take_sign("-"), .text = {}, .from = TimeUnit::day, .to = {}, .precision = {}, .fraction = {}};
    out.text = KNS_TRY(string("what the interval is, in quotes"));
    const auto from = KNS_TRY(time_unit());
    if (!from) return expected("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
    out.from = *from;
    if (take_sign("(")) {
        out.precision = KNS_TRY(whole_number("a number of digits"));
        if (take_sign(",")) out.fraction = KNS_TRY(whole_number("a number of digits"));
        KNS_TRY(expect_sign(")"));
    }
    if (take("TO")) {
        out.to = KNS_TRY(time_unit());
        if (!out.to) return expected("MONTH, HOUR, MINUTE or SECOND");
        if (take_sign("(")) {
            out.fraction = KNS_TRY(whole_number("a number of digits"));
            KNS_TRY(expect_sign(")"));
        }
    }
    return make_expression(place, std::move(out));
}

Result<ExpressionPtr> Parser::name_or_call() {
    const Place place = now().place;
    // Some functions have names that are reserved otherwise: LEFT(s, 2).
    const bool function = now().kind == Token::Kind::word && ahead().is_sign("(");
    Name name;
    if (function && is_reserved(now().text) && (sees("LEFT") || sees("RIGHT"))) {
        name.push_back({now().text, place});
        ++at_;
    } else {
        name.push_back(KNS_TRY(identifier("an expression")));
    }
    while (sees_sign(".")) {
        if (ahead().is_sign("*")) {
            at_ += 2;
            return make_expression(place, Star{std::move(name)});
        }
        ++at_;
        name.push_back(KNS_TRY(identifier("a name of a column or field")));
    }
    if (take_sign("(")) return make_expression(place, KNS_TRY(call(std::move(name))));
    return make_expression(place, ColumnName{std::move(name)});
}

Result<std::vector<ExpressionPtr>> Parser::expressions() {
    std::vector<ExpressionPtr> out;
    do out.push_back(KNS_TRY(expression()));
    while (take_sign(","));
    return out;
}

// Behind the bracket that opens.
Result<Call> Parser::call(Name name) {
    Call out;
    out.name = std::move(name);
    if (!KNS_TRY(special_arguments(out)) && !sees_sign(")")) {
        if (take("DISTINCT"))
            out.distinct = true;
        else
            take("ALL");
        do {
            Argument one;
            if (ahead().is_sign("=>")) {
                one.name = KNS_TRY(identifier("a name of an argument"));
                ++at_;
            }
            one.value = KNS_TRY(argument());
            out.arguments.push_back(std::move(one));
        } while (take_sign(","));
    }
    KNS_TRY(expect_sign(")"));
    KNS_TRY(extra_of_call(out));
    return out;
}

// An expression, or what only functions of tables take.
Result<ExpressionPtr> Parser::argument() {
    const Place place = now().place;
    if (take("TABLE")) {
        TableArgument out{.table = std::make_unique<Relation>(), .partition_by = {}};
        out.table->place = now().place;
        if (take_sign("(")) {
            out.table->node = DerivedTable{KNS_TRY(query()), false};
            KNS_TRY(expect_sign(")"));
        } else {
            out.table->node = TableName{KNS_TRY(name("a name of a table")), {}, nullptr};
        }
        if (take("PARTITION")) {
            KNS_TRY(expect("BY"));
            // One column; more of them in brackets, for the commas here are those between the arguments.
            if (take_sign("(")) {
                out.partition_by = KNS_TRY(expressions());
                KNS_TRY(expect_sign(")"));
            } else {
                const Place at = now().place;
                out.partition_by.push_back(make_expression(at, ColumnName{KNS_TRY(name("a name of a column"))}));
            }
        }
        return make_expression(place, std::move(out));
    }
    if (sees("DESCRIPTOR") && ahead().is_sign("(")) {
        ++at_;
        return make_expression(place, Descriptor{KNS_TRY(identifiers_in_brackets("a name of a column"))});
    }
    if (sees("CURSOR") && ahead().is_sign("(")) {
        at_ += 2;
        Cursor out{KNS_TRY(query())};
        KNS_TRY(expect_sign(")"));
        return make_expression(place, std::move(out));
    }
    return expression();
}

// FILTER (WHERE ...), WITHIN GROUP (ORDER BY ...), OVER ...
Result<void> Parser::extra_of_call(Call& call) {
    if (take_all({"WITHIN", "GROUP"})) {
        KNS_TRY(expect_sign("("));
        KNS_TRY(expect_all({"ORDER", "BY"}));
        call.within_group = KNS_TRY(order_items());
        KNS_TRY(expect_sign(")"));
    }
    if (take("FILTER")) {
        KNS_TRY(expect_sign("("));
        KNS_TRY(expect("WHERE"));
        call.filter = KNS_TRY(expression());
        KNS_TRY(expect_sign(")"));
    }
    if (take("OVER")) {
        WindowSpecification over{.place = now().place, .base = {}, .partition_by = {}, .order_by = {}, .from = {}, .to = {}};
        if (take_sign("(")) {
            over = KNS_TRY(window_specification());
            KNS_TRY(expect_sign(")"));
        } else {
            over.base = KNS_TRY(identifier("a window: its name, or what it is in brackets"));
        }
        call.over = std::make_unique<WindowSpecification>(std::move(over));
    }
    return {};
}

Result<WindowSpecification> Parser::window_specification() {
    WindowSpecification out{.place = now().place, .base = {}, .partition_by = {}, .order_by = {}, .from = {}, .to = {}};
    if (sees_alias() && !sees("ROWS") && !sees("RANGE")) out.base = KNS_TRY(identifier());
    if (take("PARTITION")) {
        KNS_TRY(expect("BY"));
        out.partition_by = KNS_TRY(expressions());
    }
    if (take("ORDER")) {
        KNS_TRY(expect("BY"));
        out.order_by = KNS_TRY(order_items());
    }
    if (sees("ROWS") || sees("RANGE")) {
        out.rows = take("ROWS");
        if (!out.rows) ++at_;
        if (take("BETWEEN")) {
            out.from = KNS_TRY(frame_bound());
            KNS_TRY(expect("AND"));
            out.to = KNS_TRY(frame_bound());
        } else {
            out.from = KNS_TRY(frame_bound());
        }
    }
    return out;
}

Result<FrameBound> Parser::frame_bound() {
    using Kind = FrameBound::Kind;
    if (take_all({"CURRENT", "ROW"})) return FrameBound{Kind::current_row, nullptr};
    if (take_all({"UNBOUNDED", "PRECEDING"})) return FrameBound{Kind::unbounded_preceding, nullptr};
    if (take_all({"UNBOUNDED", "FOLLOWING"})) return FrameBound{Kind::unbounded_following, nullptr};
    auto distance = KNS_TRY(expression(kSum));
    if (take("PRECEDING")) return FrameBound{Kind::preceding, std::move(distance)};
    if (take("FOLLOWING")) return FrameBound{Kind::following, std::move(distance)};
    return expected("PRECEDING or FOLLOWING");
}

}  // namespace kns::sql
