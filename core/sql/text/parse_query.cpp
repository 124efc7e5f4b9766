// Queries: WITH, SELECT and what it has, set operations, VALUES.
#include "core/sql/text/parser.hpp"

namespace kns::sql {
namespace {

enum SetPrecedence { kUnion = 1, kIntersect };

}  // namespace

bool Parser::begins_query() const { return sees("SELECT") || sees("VALUES") || sees("WITH"); }

Result<QueryPtr> Parser::query() {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    std::vector<CommonTable> with;
    const Place place = now().place;
    if (take("WITH")) do {
            CommonTable table{.name = KNS_TRY(identifier()), .columns = {}, .query = {}};
            if (sees_sign("(")) table.columns = KNS_TRY(identifiers_in_brackets("a name of a column"));
            KNS_TRY(expect("AS"));
            KNS_TRY(expect_sign("("));
            table.query = KNS_TRY(query());
            KNS_TRY(expect_sign(")"));
            with.push_back(std::move(table));
        } while (take_sign(","));
    auto out = KNS_TRY(query_term(kUnion));
    // Brackets around all of it, with an order of its own: that is another query inside.
    if ((!out->with.empty() && !with.empty()) || ((!out->order_by.empty() || out->limit || out->offset) &&
                                                  (sees("ORDER") || sees("LIMIT") || sees("OFFSET") || sees("FETCH"))))
        return fail_at(out->place, "a query in brackets, in a query that says more of it, has to be FROM (...)");
    if (!with.empty()) out->with = std::move(with);
    out->place = place;
    KNS_TRY(order_and_limit(*out));
    return out;
}

Result<QueryPtr> Parser::query_term(int least_precedence) {
    auto left = KNS_TRY(query_primary());
    while (true) {
        const bool intersects = sees("INTERSECT");
        const bool unites = sees("UNION");
        if (!intersects && !unites && !sees("EXCEPT") && !sees("MINUS")) return left;
        const int precedence = intersects ? kIntersect : kUnion;
        if (precedence < least_precedence) return left;
        ++at_;
        SetOperation operation{.operation = unites       ? SetOperator::unite
                                            : intersects ? SetOperator::intersect
                                                         : SetOperator::except,
                               .all = take("ALL"),
                               .left = {},
                               .right = {}};
        if (!operation.all) take("DISTINCT");
        operation.right = KNS_TRY(query_term(precedence + 1));
        auto out = std::make_unique<Query>();
        out->place = left->place;
        operation.left = std::move(left);
        out->body = std::move(operation);
        left = std::move(out);
    }
}

Result<QueryPtr> Parser::query_primary() {
    const Depth depth(*this);
    KNS_TRY(check_depth());
    if (take_sign("(")) {
        auto out = KNS_TRY(query());
        KNS_TRY(expect_sign(")"));
        return out;
    }
    auto out = std::make_unique<Query>();
    out->place = now().place;
    if (sees("VALUES"))
        out->body = KNS_TRY(values());
    else
        out->body = KNS_TRY(select());
    return out;
}

Result<Values> Parser::values() {
    KNS_TRY(expect("VALUES"));
    Values out;
    do {
        std::vector<ExpressionPtr> row;
        take("ROW");
        if (take_sign("(")) {
            row = KNS_TRY(expressions());
            KNS_TRY(expect_sign(")"));
        } else {
            row.push_back(KNS_TRY(expression()));
        }
        out.rows.push_back(std::move(row));
    } while (take_sign(","));
    return out;
}

Result<Select> Parser::select() {
    KNS_TRY(expect("SELECT"));
    Select out;
    out.stream = take("STREAM");
    out.distinct = take("DISTINCT");
    if (!out.distinct) take("ALL");
    do out.items.push_back(KNS_TRY(select_item()));
    while (take_sign(","));
    if (take("FROM")) {
        out.from = KNS_TRY(relation());
        while (take_sign(",")) {  // FROM a, b: joined by what WHERE says
            auto joined = std::make_unique<Relation>();
            joined->place = out.from->place;
            auto right = KNS_TRY(relation());
            joined->node = Join{JoinKind::cross, std::move(out.from), std::move(right), nullptr, {}, false};
            out.from = std::move(joined);
        }
    }
    if (take("WHERE")) out.where = KNS_TRY(expression());
    if (take("GROUP")) {
        KNS_TRY(expect("BY"));
        out.group_by = KNS_TRY(grouping());
    }
    if (take("HAVING")) out.having = KNS_TRY(expression());
    if (sees("WINDOWED") && ahead().is_word("BY")) {
        at_ += 2;
        KNS_TRY(expect("STAGGER"));
        KNS_TRY(expect_sign("("));
        Stagger stagger;
        if (take("PARTITION")) {
            KNS_TRY(expect("BY"));
            stagger.partition_by = KNS_TRY(expressions());
        }
        KNS_TRY(expect("RANGE"));
        stagger.range = KNS_TRY(expression());
        KNS_TRY(expect_sign(")"));
        out.stagger = std::move(stagger);
    }
    if (sees("WINDOW") && ahead(2).is_word("AS")) {
        ++at_;
        do {
            NamedWindow window{.name = KNS_TRY(identifier()), .window = {}};
            KNS_TRY(expect("AS"));
            KNS_TRY(expect_sign("("));
            window.window = KNS_TRY(window_specification());
            KNS_TRY(expect_sign(")"));
            out.windows.push_back(std::move(window));
        } while (take_sign(","));
    }
    return out;
}

Result<SelectItem> Parser::select_item() {
    SelectItem out{.expression = KNS_TRY(expression()), .name = {}};
    if (take("AS") || (sees_alias() && !sees("WINDOW") && !sees("WINDOWED"))) out.name = KNS_TRY(identifier());
    return out;
}

Result<std::vector<GroupingElement>> Parser::grouping() {
    std::vector<GroupingElement> out;
    do out.push_back(KNS_TRY(grouping_element()));
    while (take_sign(","));
    return out;
}

Result<GroupingElement> Parser::grouping_element() {
    GroupingElement out;
    if (take_all({"GROUPING", "SETS"}))
        out.kind = GroupingElement::Kind::sets;
    else if (take("ROLLUP"))
        out.kind = GroupingElement::Kind::rollup;
    else if (take("CUBE"))
        out.kind = GroupingElement::Kind::cube;
    if (out.kind == GroupingElement::Kind::expressions) {
        out.sets.emplace_back();
        if (sees_sign("(") && ahead().is_sign(")"))
            at_ += 2;  // GROUP BY (): all rows are one group
        else
            out.sets.back().push_back(KNS_TRY(expression()));
        return out;
    }
    out.sets = KNS_TRY(grouping_sets());
    return out;
}

Result<std::vector<std::vector<ExpressionPtr>>> Parser::grouping_sets() {
    std::vector<std::vector<ExpressionPtr>> out;
    KNS_TRY(expect_sign("("));
    do {
        std::vector<ExpressionPtr> set;
        if (take_sign("(")) {
            if (!sees_sign(")")) set = KNS_TRY(expressions());
            KNS_TRY(expect_sign(")"));
        } else {
            set.push_back(KNS_TRY(expression()));
        }
        out.push_back(std::move(set));
    } while (take_sign(","));
    KNS_TRY(expect_sign(")"));
    return out;
}

Result<std::vector<OrderItem>> Parser::order_items() {
    std::vector<OrderItem> out;
    do {
        OrderItem item{.expression = KNS_TRY(expression()), .descending = false, .nulls_first = {}};
        item.descending = take("DESC");
        if (!item.descending) take("ASC");
        if (take_all({"NULLS", "FIRST"}))
            item.nulls_first = true;
        else if (take_all({"NULLS", "LAST"}))
            item.nulls_first = false;
        out.push_back(std::move(item));
    } while (take_sign(","));
    return out;
}

Result<void> Parser::order_and_limit(Query& query) {
    if (take("ORDER")) {
        KNS_TRY(expect("BY"));
        query.order_by = KNS_TRY(order_items());
    }
    if (take("LIMIT") && !take("ALL")) query.limit = KNS_TRY(expression());
    if (take("OFFSET")) {
        query.offset = KNS_TRY(expression());
        if (!take("ROWS")) take("ROW");
    }
    if (take("FETCH")) {
        if (!take("FIRST")) KNS_TRY(expect("NEXT"));
        query.limit = KNS_TRY(expression());
        if (!take("ROWS")) KNS_TRY(expect("ROW"));
        KNS_TRY(expect("ONLY"));
    }
    return {};
}

}  // namespace kns::sql
