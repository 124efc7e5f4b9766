// What stands behind FROM: tables, functions that give tables, queries, joins, MATCH_RECOGNIZE.
#include "core/sql/text/parser.hpp"

namespace kns::sql {

Result<RelationPtr> Parser::relation() {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    auto left = KNS_TRY(relation_primary());
    while (true) {
        const Place place = left->place;
        Join join{.kind = JoinKind::inner, .left = {}, .right = {}, .on = {}, .using_columns = {}, .natural = take("NATURAL")};
        if (take("CROSS")) {
            join.kind = JoinKind::cross;
        } else if (take("LEFT")) {
            join.kind = JoinKind::left;
            take("OUTER");
        } else if (take("RIGHT")) {
            join.kind = JoinKind::right;
            take("OUTER");
        } else if (take("FULL")) {
            join.kind = JoinKind::full;
            take("OUTER");
        } else if (!take("INNER") && !sees("JOIN")) {
            if (join.natural) return expected("JOIN");
            return left;
        }
        KNS_TRY(expect("JOIN"));
        join.left = std::move(left);
        join.right = KNS_TRY(relation_primary());
        if (take("ON"))
            join.on = KNS_TRY(expression());
        else if (take("USING"))
            join.using_columns = KNS_TRY(identifiers_in_brackets("a name of a column"));
        else if (join.kind != JoinKind::cross && !join.natural)
            return expected("ON");
        left = std::make_unique<Relation>();
        left->place = place;
        left->node = std::move(join);
    }
}

Result<RelationPtr> Parser::relation_primary() {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    auto out = std::make_unique<Relation>();
    out->place = now().place;
    const bool lateral = take("LATERAL");
    if (sees("TABLE") && ahead().is_sign("(")) {  // TABLE(TUMBLE(...))
        at_ += 2;
        Name function = KNS_TRY(name("a function that gives a table"));
        KNS_TRY(expect_sign("("));
        out->node = FunctionTable{KNS_TRY(call(std::move(function))), lateral};
        KNS_TRY(expect_sign(")"));
    } else if (take("UNNEST")) {
        KNS_TRY(expect_sign("("));
        Unnest lists{.lists = KNS_TRY(expressions()), .with_ordinality = false};
        KNS_TRY(expect_sign(")"));
        lists.with_ordinality = take_all({"WITH", "ORDINALITY"});
        out->node = std::move(lists);
    } else if (sees_sign("(")) {
        std::size_t brackets = 1;
        while (ahead(brackets).is_sign("(")) ++brackets;
        const Token& first = ahead(brackets);
        ++at_;
        if (first.is_word("SELECT") || first.is_word("WITH") || first.is_word("VALUES"))
            out->node = DerivedTable{KNS_TRY(query()), lateral};
        else
            out = KNS_TRY(relation());
        KNS_TRY(expect_sign(")"));
    } else {
        take("TABLE");  // an explicit table, as it is called
        Name table = KNS_TRY(name("a table"));
        if (take_sign("("))
            out->node = FunctionTable{KNS_TRY(call(std::move(table))), lateral};
        else
            out->node = TableName{std::move(table), KNS_TRY(hints()), nullptr};
    }
    return after_primary(std::move(out));
}

// FOR SYSTEM_TIME AS OF, an alias, MATCH_RECOGNIZE (...), and its alias.
Result<RelationPtr> Parser::after_primary(RelationPtr relation) {
    if (take_all({"FOR", "SYSTEM_TIME", "AS", "OF"})) {
        auto* table = std::get_if<TableName>(&relation->node);
        if (!table) return fail_at(now().place, "only a table has been otherwise before");
        table->as_of = KNS_TRY(expression());
    }
    if (auto found = KNS_TRY(alias())) relation->alias = std::move(found);
    if (take("MATCH_RECOGNIZE")) {
        relation = KNS_TRY(match_recognize(std::move(relation)));
        if (auto found = KNS_TRY(alias())) relation->alias = std::move(found);
    }
    return relation;
}

Result<std::optional<Alias>> Parser::alias() {
    // WINDOW and the like begin what comes behind FROM.
    const bool bare = sees_alias() && !sees("WINDOWED") && !(sees("WINDOW") && ahead(2).is_word("AS"));
    if (!take("AS") && !bare) return std::nullopt;
    Alias out{.name = KNS_TRY(identifier()), .columns = {}};
    if (sees_sign("(")) out.columns = KNS_TRY(identifiers_in_brackets("a name of a column"));
    return out;
}

// /*+ OPTIONS('key' = 'value') */
Result<std::vector<Option>> Parser::hints() {
    std::vector<Option> out;
    if (now().kind != Token::Kind::hint_begin) return out;
    ++at_;
    do {
        const Token hint = now();
        KNS_TRY(identifier("a hint"));
        if (!hint.is_word("OPTIONS")) return fail_at(hint.place, fmt::format("kns has no hint {}: OPTIONS", hint.text));
        for (auto& option : KNS_TRY(options())) out.push_back(std::move(option));
    } while (take_sign(","));
    KNS_TRY(expect_sign("*"));
    KNS_TRY(expect_sign("/"));
    return out;
}

Result<std::vector<Option>> Parser::options() {
    std::vector<Option> out;
    KNS_TRY(expect_sign("("));
    if (!sees_sign(")")) do {
            Option option{.key = KNS_TRY(string("an option's name, in quotes")), .value = {}};
            KNS_TRY(expect_sign("="));
            option.value = KNS_TRY(string("the option's value, in quotes"));
            out.push_back(std::move(option));
        } while (take_sign(","));
    KNS_TRY(expect_sign(")"));
    return out;
}

Result<RelationPtr> Parser::match_recognize(RelationPtr input) {
    auto out = std::make_unique<Relation>();
    out->place = tokens_[at_ - 1].place;
    MatchRecognize match;
    match.input = std::move(input);
    KNS_TRY(expect_sign("("));
    if (take("PARTITION")) {
        KNS_TRY(expect("BY"));
        match.partition_by = KNS_TRY(expressions());
    }
    if (take("ORDER")) {
        KNS_TRY(expect("BY"));
        match.order_by = KNS_TRY(order_items());
    }
    if (take("MEASURES")) match.measures = KNS_TRY(named_expressions(false));
    if (sees_all({"ALL", "ROWS"})) return fail_at(now().place, "ALL ROWS PER MATCH is not known: ONE ROW PER MATCH");
    if (take("ONE")) KNS_TRY(expect_all({"ROW", "PER", "MATCH"}));
    if (take("AFTER")) {
        KNS_TRY(expect_all({"MATCH", "SKIP"}));
        if (take("PAST")) {
            KNS_TRY(expect_all({"LAST", "ROW"}));
        } else {
            KNS_TRY(expect("TO"));
            if (take_all({"NEXT", "ROW"})) {
                match.skip = SkipTo::next_row;
            } else {
                match.skip = take("FIRST") ? SkipTo::first : SkipTo::last;
                if (match.skip == SkipTo::last) take("LAST");
                match.skip_variable = KNS_TRY(identifier("a variable of the pattern"));
            }
        }
    }
    KNS_TRY(expect("PATTERN"));
    match.pattern = KNS_TRY(pattern());
    if (take("WITHIN")) match.within = KNS_TRY(expression());
    if (sees("SUBSET")) return fail_at(now().place, "SUBSET is not known");
    if (take("DEFINE")) match.define = KNS_TRY(named_expressions(true));
    KNS_TRY(expect_sign(")"));
    out->node = std::move(match);
    return out;
}

// (A B+ C{2,}?)
Result<std::vector<PatternStep>> Parser::pattern() {
    std::vector<PatternStep> out;
    KNS_TRY(expect_sign("("));
    while (!take_sign(")")) {
        for (const std::string_view sign : {"(", "|", "^", "$", "{"})
            if (sees_sign(sign))
                return fail_at(now().place, "a pattern is variables one behind the other: no groups, no choices, no anchors");
        if (sees("PERMUTE")) return fail_at(now().place, "PERMUTE is not known");
        PatternStep step{.variable = KNS_TRY(identifier("a variable of the pattern"))};
        bool counted = true;
        if (take_sign("*")) {
            step.least = 0;
            step.most.reset();
        } else if (take_sign("+")) {
            step.most.reset();
        } else if (take_sign("?")) {
            step.least = 0;
        } else if (take_sign("{")) {
            step.least = sees_sign(",") ? 0 : KNS_TRY(whole_number("how often"));
            step.most = step.least;
            if (take_sign(",")) {
                step.most.reset();
                if (!sees_sign("}")) step.most = KNS_TRY(whole_number("how often at most"));
            }
            if (step.most && *step.most < step.least) return fail_at(step.variable.place, "at most less often than at least");
            KNS_TRY(expect_sign("}"));
        } else {
            counted = false;
        }
        step.reluctant = counted && take_sign("?");
        out.push_back(std::move(step));
    }
    if (out.empty()) return fail_at(tokens_[at_ - 1].place, "a pattern has variables");
    return out;
}

// MEASURES expression AS name, ...; DEFINE name AS expression, ...
Result<std::vector<NamedExpression>> Parser::named_expressions(bool name_first) {
    std::vector<NamedExpression> out;
    do {
        NamedExpression one;
        if (name_first) {
            one.name = KNS_TRY(identifier("a variable of the pattern"));
            KNS_TRY(expect("AS"));
            one.expression = KNS_TRY(expression());
        } else {
            if (sees("FINAL") && !ahead().is_sign(".")) ++at_;  // which measures are anyway
            one.expression = KNS_TRY(expression());
            KNS_TRY(expect("AS"));
            one.name = KNS_TRY(identifier());
        }
        out.push_back(std::move(one));
    } while (take_sign(","));
    return out;
}

}  // namespace kns::sql
