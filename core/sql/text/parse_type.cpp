// Names of types, as in columns and casts.
#include <algorithm>
#include <array>

#include "core/sql/text/parser.hpp"

namespace kns::sql {
namespace {

// Names of one word; what may follow in brackets, and in words, is in type(). All that Flink has, and VARBINARY's like.
constexpr std::array<std::string_view, 27> kTypes = {
    "CHAR",   "CHARACTER", "VARCHAR", "STRING",    "BOOLEAN",       "BINARY",   "VARBINARY", "BYTES", "DECIMAL",
    "DEC",    "NUMERIC",   "TINYINT", "SMALLINT",  "INT",           "INTEGER",  "BIGINT",    "FLOAT", "REAL",
    "DOUBLE", "DATE",      "TIME",    "TIMESTAMP", "TIMESTAMP_LTZ", "INTERVAL", "ARRAY",     "MAP",   "ROW"};

}  // namespace

Result<TypeName> Parser::type() {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    TypeName out{.place = now().place, .name = {}, .arguments = {}, .elements = {}, .fields = {}};
    if (now().kind != Token::Kind::word) return expected("a type");
    out.name = in_capitals(now().text);
    if (out.name != "MULTISET" && std::ranges::find(kTypes, out.name) == kTypes.end()) {
        if (!is_reserved(out.name)) return fail_at(now().place, fmt::format("there is no type \"{}\"", now().text));
        return expected("a type");
    }
    ++at_;
    if (out.name == "ROW") {
        const bool angles = take_sign("<");
        if (!angles) KNS_TRY(expect_sign("("));
        const std::string_view end = angles ? ">" : ")";
        // "ROW<>" comes as one sign.
        if (!sees_sign(end)) do {
                out.fields.push_back(KNS_TRY(identifier("a name of a field")));
                out.elements.push_back(KNS_TRY(type()));
                if (now().kind == Token::Kind::string) KNS_TRY(string("a comment"));
            } while (take_sign(","));
        KNS_TRY(expect_sign(end));
    } else if (out.name == "ARRAY" || out.name == "MULTISET") {
        KNS_TRY(expect_sign("<"));
        out.elements.push_back(KNS_TRY(type()));
        KNS_TRY(expect_sign(">"));
    } else if (out.name == "MAP") {
        KNS_TRY(expect_sign("<"));
        out.elements.push_back(KNS_TRY(type()));
        KNS_TRY(expect_sign(","));
        out.elements.push_back(KNS_TRY(type()));
        KNS_TRY(expect_sign(">"));
    } else if (out.name == "INTERVAL") {
        out.name += " " + in_capitals(now().text);
        if (!KNS_TRY(time_unit())) return expected("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
        if (take_sign("(")) {
            out.arguments.push_back(KNS_TRY(whole_number("a number of digits")));
            KNS_TRY(expect_sign(")"));
        }
        if (take("TO")) {
            out.name += " TO " + in_capitals(now().text);
            if (!KNS_TRY(time_unit())) return expected("MONTH, HOUR, MINUTE or SECOND");
        }
    } else {
        if (out.name == "DOUBLE" && take("PRECISION")) out.name = "DOUBLE";
        if ((out.name == "CHAR" || out.name == "CHARACTER") && take("VARYING")) out.name = "VARCHAR";
        if (take_sign("(")) {
            do out.arguments.push_back(KNS_TRY(whole_number("a number of digits or characters")));
            while (take_sign(","));
            KNS_TRY(expect_sign(")"));
        }
        if (out.name == "TIMESTAMP" || out.name == "TIME") {
            if (take_all({"WITH", "LOCAL", "TIME", "ZONE"}))
                out.name += "_LTZ";
            else if (!take_all({"WITHOUT", "TIME", "ZONE"}) && sees_all({"WITH", "TIME", "ZONE"}))
                return fail_at(now().place, "there are no times with a time zone of their own: WITH LOCAL TIME ZONE");
        }
    }
    // INT ARRAY, INT MULTISET: the older way round.
    while (sees("ARRAY") || sees("MULTISET")) {
        TypeName list{.place = out.place, .name = in_capitals(now().text), .arguments = {}, .elements = {}, .fields = {}};
        ++at_;
        list.elements.push_back(std::move(out));
        out = std::move(list);
    }
    if (take_all({"NOT", "NULL"}))
        out.nullable = false;
    else
        take("NULL");
    return out;
}

}  // namespace kns::sql
