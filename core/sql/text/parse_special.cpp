// Functions whose arguments have a grammar of their own. Words become arguments that are Keywords, so that whoever gives functions
// their meaning sees one shape: EXTRACT(DAY FROM t) has the arguments DAY and t.
#include "core/sql/text/parser.hpp"

namespace kns::sql {

Result<bool> Parser::special_arguments(Call& call) {
    if (call.name.size() != 1 || call.name.front().quoted) return false;
    const std::string function = in_capitals(call.name.front().text);
    const auto add = [&](ExpressionPtr value) { call.arguments.push_back({.name = {}, .value = std::move(value)}); };
    const auto add_word = [&](Place place, std::string word) { add(make_expression(place, Keyword{std::move(word)})); };
    // The word that stands here, which is a unit of time.
    const auto add_unit = [&]() -> Result<void> {
        const Token token = now();
        if (!KNS_TRY(time_unit())) {
            for (const std::string_view other :
                 {"EPOCH", "DOY", "DOW", "ISODOW", "ISOYEAR", "DECADE", "CENTURY", "MILLENNIUM", "MICROSECOND", "NANOSECOND"})
                if (take(other)) return add_word(token.place, std::string(other)), Result<void>();
            return expected("a unit of time, such as DAY");
        }
        std::string unit = in_capitals(token.text);
        if (unit.ends_with('S')) unit.pop_back();
        add_word(token.place, std::move(unit));
        return {};
    };

    if (function == "EXTRACT") {
        KNS_TRY(add_unit());
        KNS_TRY(expect("FROM"));
        add(KNS_TRY(expression()));
        return true;
    }
    if (function == "TIMESTAMPADD" || function == "TIMESTAMPDIFF" || function == "TSDIFF") {
        if (function == "TSDIFF") return false;
        KNS_TRY(add_unit());
        while (take_sign(",")) add(KNS_TRY(expression()));
        return true;
    }
    if (function == "FLOOR" || function == "CEIL" || function == "CEILING") {
        add(KNS_TRY(expression()));
        if (take("TO"))
            KNS_TRY(add_unit());
        else if (take_sign(","))
            add(KNS_TRY(expression()));
        return true;
    }
    if (function == "STEP") {  // KDA's: STEP(t BY INTERVAL '10' SECOND)
        add(KNS_TRY(expression()));
        if (take("BY") || take_sign(",")) add(KNS_TRY(expression()));
        return true;
    }
    if (function == "TRIM") {
        const Place place = now().place;
        std::string side = "BOTH";
        for (const std::string_view one : {"BOTH", "LEADING", "TRAILING"})
            if (take(one)) side = one;
        add_word(place, side);
        if (!take("FROM")) {
            add(KNS_TRY(expression()));
            if (!take("FROM")) return true;  // TRIM(s): blanks
        }
        add(KNS_TRY(expression()));
        return true;
    }
    if (function == "POSITION") {
        add(KNS_TRY(expression(5)));  // above IN
        KNS_TRY(expect("IN"));
        add(KNS_TRY(expression()));
        if (take("FROM")) add(KNS_TRY(expression()));
        return true;
    }
    if (function == "SUBSTRING" || function == "OVERLAY") {
        add(KNS_TRY(expression()));
        while (take_sign(",") || take("PLACING") || take("FROM") || take("FOR")) add(KNS_TRY(expression()));
        return true;
    }
    if (function == "JSON_OBJECT" || function == "JSON_OBJECTAGG") {
        if (!sees_sign(")")) do {
                take("KEY");
                add(KNS_TRY(expression()));
                if (!take("VALUE")) KNS_TRY(expect_sign(":"));
                add(KNS_TRY(expression()));
            } while (take_sign(","));
    } else if (function == "JSON_VALUE" || function == "JSON_QUERY" || function == "JSON_EXISTS") {
        add(KNS_TRY(expression()));
        KNS_TRY(expect_sign(","));
        add(KNS_TRY(expression()));
        const Place place = now().place;
        if (take("RETURNING")) {
            add_word(place, "RETURNING");
            const auto type = KNS_TRY(this->type());
            add(make_expression(type.place, Cast{make_expression(type.place, NullLiteral{}), type, false}));
        }
    } else if (function == "JSON_ARRAY" || function == "JSON_ARRAYAGG") {
        if (!sees_sign(")")) do
                add(KNS_TRY(expression()));
            while (take_sign(","));
    } else {
        return false;
    }
    // What is said of JSON in words: NULL ON NULL, WITH WRAPPER, ERROR ON EMPTY, DEFAULT x ON ERROR.
    while (!sees_sign(")")) {
        const Place place = now().place;
        if (now().kind != Token::Kind::word) return expected("\")\"");
        if (take("DEFAULT")) {
            add_word(place, "DEFAULT");
            add(KNS_TRY(expression()));
        } else {
            add_word(place, in_capitals(now().text));
            ++at_;
        }
    }
    return true;
}

}  // namespace kns::sql
