#include "core/sql/text/print.hpp"

#include <cctype>

#include "core/sql/text/parser.hpp"

namespace kns::sql {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

// As in parse_expression.cpp.
enum Precedence { kLowest = 0, kOr, kAnd, kNot, kPredicate, kSum, kProduct, kSign, kHighest };

int precedence_of(const Expression& expression) {
    return std::visit(Overloaded{[](const Binary& node) -> int {
                                     const auto& text = node.operation;
                                     if (text == "OR") return kOr;
                                     if (text == "AND") return kAnd;
                                     if (text == "+" || text == "-" || text == "||") return kSum;
                                     if (text == "*" || text == "/" || text == "%") return kProduct;
                                     return kPredicate;
                                 },
                                 [](const Unary& node) -> int {
                                     if (node.operation == "NOT") return kNot;
                                     return node.operation.starts_with("IS") ? kPredicate : kSign;
                                 },
                                 [](const Between&) -> int { return kPredicate; }, [](const InList&) -> int { return kPredicate; },
                                 [](const InQuery&) -> int { return kPredicate; }, [](const auto&) -> int { return kHighest; }},
                      expression.node);
}

std::string quoted(std::string_view text, char quote = '\'') {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    return out + quote;
}

std::string print(const Identifier& identifier) {
    bool plain = !identifier.text.empty() && !is_reserved(identifier.text) &&
                 !std::isdigit(static_cast<unsigned char>(identifier.text.front()));
    for (const char c : identifier.text) plain = plain && (std::isalnum(static_cast<unsigned char>(c)) || c == '_');
    return plain ? identifier.text : quoted(identifier.text, '`');
}

template <class List, class Print>
std::string joined(const List& list, const Print& print_one, std::string_view between = ", ") {
    std::string out;
    for (const auto& one : list) {
        if (!out.empty()) out += between;
        out += print_one(one);
    }
    return out;
}

std::string print_list(const std::vector<ExpressionPtr>& list) {
    return joined(list, [](const ExpressionPtr& one) { return print(*one); });
}
std::string print_list(const std::vector<Identifier>& list) {
    return joined(list, [](const Identifier& one) { return print(one); });
}

// In brackets, where what stands around it would take it apart.
std::string operand(const Expression& expression, int least) {
    const std::string text = print(expression);
    return precedence_of(expression) < least ? "(" + text + ")" : text;
}

std::string print(const OrderItem& item) {
    std::string out = print(*item.expression);
    if (item.descending) out += " DESC";
    if (item.nulls_first) out += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    return out;
}
std::string print_list(const std::vector<OrderItem>& list) {
    return joined(list, [](const OrderItem& one) { return print(one); });
}

std::string print(const FrameBound& bound) {
    using Kind = FrameBound::Kind;
    switch (bound.kind) {
        case Kind::unbounded_preceding: return "UNBOUNDED PRECEDING";
        case Kind::unbounded_following: return "UNBOUNDED FOLLOWING";
        case Kind::current_row: return "CURRENT ROW";
        case Kind::preceding: return operand(*bound.distance, kSum) + " PRECEDING";
        case Kind::following: return operand(*bound.distance, kSum) + " FOLLOWING";
    }
    return {};
}

std::string print(const WindowSpecification& window) {
    std::string out;
    const auto add = [&](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
    if (window.base) add(print(*window.base));
    if (!window.partition_by.empty()) add("PARTITION BY " + print_list(window.partition_by));
    if (!window.order_by.empty()) add("ORDER BY " + print_list(window.order_by));
    if (window.from) {
        add(window.rows ? "ROWS" : "RANGE");
        add(window.to ? "BETWEEN " + print(*window.from) + " AND " + print(*window.to) : print(*window.from));
    }
    return out;
}

std::string_view name_of(TimeUnit unit) {
    constexpr std::string_view kNames[] = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"};
    return kNames[static_cast<std::size_t>(unit)];
}

std::string print(const Relation& relation);

// Functions with a grammar of their own, in it; the others with commas.
std::string print_arguments(const Call& call) {
    const std::string function = call.name.size() == 1 ? in_capitals(call.name.front().text) : "";
    const auto text = [&](std::size_t i) { return print(*call.arguments[i].value); };
    const std::size_t count = call.arguments.size();
    const auto is_word = [&](std::size_t i) { return i < count && std::holds_alternative<Keyword>(call.arguments[i].value->node); };
    if (function == "EXTRACT" && count == 2) return text(0) + " FROM " + text(1);
    if ((function == "FLOOR" || function == "CEIL" || function == "CEILING") && is_word(1)) return text(0) + " TO " + text(1);
    if (function == "STEP" && count == 2) return text(0) + " BY " + text(1);
    if (function == "POSITION" && count >= 2)
        return operand(*call.arguments[0].value, kSum) + " IN " + text(1) + (count > 2 ? " FROM " + text(2) : "");
    if (function == "TRIM" && is_word(0))
        return count == 2 ? text(0) + " FROM " + text(1) : text(0) + " " + text(1) + " FROM " + text(2);
    if (function == "OVERLAY" && count >= 3)
        return text(0) + " PLACING " + text(1) + " FROM " + text(2) + (count > 3 ? " FOR " + text(3) : "");
    std::string out;
    if (call.distinct) out = "DISTINCT ";
    const bool json = function.starts_with("JSON_");
    bool bare = false;  // the one before was a word that the next belongs to
    for (std::size_t i = 0; i < count; ++i) {
        const bool object = json && function.starts_with("JSON_OBJECT");
        if (i > 0 && object && i % 2 == 1 && !is_word(i) && !bare)
            out += " VALUE ";
        else if (i > 0)
            out += json && (is_word(i) || bare) ? " " : ", ";
        if (object && i % 2 == 0 && !is_word(i) && !bare) out += "KEY ";
        if (call.arguments[i].name) out += print(*call.arguments[i].name) + " => ";
        const auto* type = std::get_if<Cast>(&call.arguments[i].value->node);
        out += json && bare && type ? print(type->type) : text(i);
        bare = json && is_word(i);
    }
    return out;
}

std::string print(const Call& call) {
    std::string out = print_name(call.name);
    const bool bare = call.arguments.empty() && call.name.size() == 1 &&
                      (in_capitals(call.name.front().text).starts_with("CURRENT_") ||
                       in_capitals(call.name.front().text).starts_with("LOCALTIME"));
    if (call.name.size() == 1 && !call.name.front().quoted && is_reserved(call.name.front().text)) out = call.name.front().text;
    if (!bare) out += "(" + print_arguments(call) + ")";
    if (!call.within_group.empty()) out += " WITHIN GROUP (ORDER BY " + print_list(call.within_group) + ")";
    if (call.filter) out += " FILTER (WHERE " + print(*call.filter) + ")";
    if (call.over) {
        const WindowSpecification& over = *call.over;
        const bool by_name = over.base && over.partition_by.empty() && over.order_by.empty() && !over.from;
        out += by_name ? " OVER " + print(*over.base) : " OVER (" + print(over) + ")";
    }
    return out;
}

std::string print(const Alias& alias) {
    return print(alias.name) + (alias.columns.empty() ? "" : " (" + print_list(alias.columns) + ")");
}

std::string print_options(const std::vector<Option>& options) {
    return "(" + joined(options, [](const Option& one) { return quoted(one.key) + " = " + quoted(one.value); }) + ")";
}

std::string print(const PatternStep& step) {
    std::string out = print(step.variable);
    if (step.least == 1 && step.most == 1u) return out;
    if (!step.most)
        out += step.least == 0 ? "*" : step.least == 1 ? "+" : fmt::format("{{{},}}", step.least);
    else if (step.least == 0 && *step.most == 1)
        out += "?";
    else if (step.least == *step.most)
        out += fmt::format("{{{}}}", step.least);
    else
        out += fmt::format("{{{},{}}}", step.least, *step.most);
    return step.reluctant ? out + "?" : out;
}

// Where one relation stands: a join in brackets.
std::string print_one(const Relation& relation) {
    const bool join = std::holds_alternative<Join>(relation.node) && !relation.alias;
    return join ? "(" + print(relation) + ")" : print(relation);
}

std::string print(const MatchRecognize& match) {
    std::string out = print_one(*match.input) + " MATCH_RECOGNIZE (";
    if (!match.partition_by.empty()) out += "PARTITION BY " + print_list(match.partition_by) + " ";
    if (!match.order_by.empty()) out += "ORDER BY " + print_list(match.order_by) + " ";
    if (!match.measures.empty())
        out +=
            "MEASURES " +
            joined(match.measures, [](const NamedExpression& one) { return print(*one.expression) + " AS " + print(one.name); }) +
            " ";
    out += "ONE ROW PER MATCH AFTER MATCH SKIP ";
    switch (match.skip) {
        case SkipTo::past_last_row: out += "PAST LAST ROW"; break;
        case SkipTo::next_row: out += "TO NEXT ROW"; break;
        case SkipTo::first: out += "TO FIRST " + print(*match.skip_variable); break;
        case SkipTo::last: out += "TO LAST " + print(*match.skip_variable); break;
    }
    out += " PATTERN (" + joined(match.pattern, [](const PatternStep& one) { return print(one); }, " ") + ")";
    if (match.within) out += " WITHIN " + print(*match.within);
    if (!match.define.empty())
        out += " DEFINE " +
               joined(match.define, [](const NamedExpression& one) { return print(one.name) + " AS " + print(*one.expression); });
    return out + ")";
}

std::string print(const Join& join) {
    constexpr std::string_view kKinds[] = {"INNER", "LEFT", "RIGHT", "FULL", "CROSS"};
    std::string out = print(*join.left) + (join.natural ? " NATURAL " : " ");
    out += std::string(kKinds[static_cast<std::size_t>(join.kind)]) + " JOIN ";
    out += print_one(*join.right);
    if (join.on) out += " ON " + print(*join.on);
    if (!join.using_columns.empty()) out += " USING (" + print_list(join.using_columns) + ")";
    return out;
}

std::string print(const Relation& relation) {
    std::string out = std::visit(
        Overloaded{
            [](const TableName& node) {
                std::string text = print_name(node.name);
                if (!node.options.empty()) text += " /*+ OPTIONS" + print_options(node.options) + " */";
                if (node.as_of) text += " FOR SYSTEM_TIME AS OF " + print(*node.as_of);
                return text;
            },
            [](const FunctionTable& node) {
                return std::string(node.lateral ? "LATERAL " : "") + "TABLE(" + print(node.call) + ")";
            },
            [](const Unnest& node) {
                return "UNNEST(" + print_list(node.lists) + ")" + (node.with_ordinality ? " WITH ORDINALITY" : "");
            },
            [](const DerivedTable& node) { return std::string(node.lateral ? "LATERAL " : "") + "(" + print(*node.query) + ")"; },
            [](const Join& node) { return print(node); }, [](const MatchRecognize& node) { return print(node); }},
        relation.node);
    if (!relation.alias) return out;
    if (std::holds_alternative<Join>(relation.node)) out = "(" + out + ")";
    return out + " AS " + print(*relation.alias);
}

std::string print(const GroupingElement& element) {
    const auto set = [](const std::vector<ExpressionPtr>& one) { return "(" + print_list(one) + ")"; };
    switch (element.kind) {
        case GroupingElement::Kind::expressions:
            return element.sets.front().size() == 1 ? print(*element.sets.front().front()) : set(element.sets.front());
        case GroupingElement::Kind::rollup: return "ROLLUP (" + joined(element.sets, set) + ")";
        case GroupingElement::Kind::cube: return "CUBE (" + joined(element.sets, set) + ")";
        case GroupingElement::Kind::sets: return "GROUPING SETS (" + joined(element.sets, set) + ")";
    }
    return {};
}

std::string print(const Select& select) {
    std::string out = "SELECT ";
    if (select.stream) out += "STREAM ";
    if (select.distinct) out += "DISTINCT ";
    out += joined(select.items,
                  [](const SelectItem& item) { return print(*item.expression) + (item.name ? " AS " + print(*item.name) : ""); });
    if (select.from) out += " FROM " + print(*select.from);
    if (select.where) out += " WHERE " + print(*select.where);
    if (!select.group_by.empty())
        out += " GROUP BY " + joined(select.group_by, [](const GroupingElement& one) { return print(one); });
    if (select.having) out += " HAVING " + print(*select.having);
    if (select.stagger) {
        out += " WINDOWED BY STAGGER (";
        if (!select.stagger->partition_by.empty()) out += "PARTITION BY " + print_list(select.stagger->partition_by) + " ";
        out += "RANGE " + print(*select.stagger->range) + ")";
    }
    if (!select.windows.empty())
        out += " WINDOW " +
               joined(select.windows, [](const NamedWindow& one) { return print(one.name) + " AS (" + print(one.window) + ")"; });
    return out;
}

bool says_more(const Query& query) { return !query.with.empty() || !query.order_by.empty() || query.limit || query.offset; }

std::string print(const SetOperation& operation) {
    constexpr std::string_view kNames[] = {" UNION ", " INTERSECT ", " EXCEPT "};
    const auto side = [&](const Query& query, bool right) {
        const auto* inner = std::get_if<SetOperation>(&query.body);
        const bool looser =
            inner && (right || (operation.operation == SetOperator::intersect && inner->operation != SetOperator::intersect));
        const bool binds =
            inner && right && operation.operation != SetOperator::intersect && inner->operation == SetOperator::intersect;
        return says_more(query) || (looser && !binds) ? "(" + print(query) + ")" : print(query);
    };
    return side(*operation.left, false) + std::string(kNames[static_cast<std::size_t>(operation.operation)]) +
           (operation.all ? "ALL " : "") + side(*operation.right, true);
}

std::string print(const ColumnDefinition& column) {
    std::string out = print(column.name);
    if (column.computed) out += " AS " + print(*column.computed);
    if (column.type) out += " " + print(*column.type);
    if (column.metadata) {
        out += " METADATA";
        if (!column.metadata->empty()) out += " FROM " + quoted(*column.metadata);
        if (column.metadata_virtual) out += " VIRTUAL";
    }
    if (column.comment) out += " COMMENT " + quoted(*column.comment);
    return out;
}

std::string print(const CreateTable& table) {
    std::string out = std::string("CREATE ") + (table.temporary ? "TEMPORARY " : "") + "TABLE ";
    out += (table.if_not_exists ? "IF NOT EXISTS " : "") + print_name(table.name);
    std::vector<std::string> elements;
    for (const auto& column : table.columns) elements.push_back(print(column));
    if (table.watermark)
        elements.push_back("WATERMARK FOR " + print_name(table.watermark->column) + " AS " + print(*table.watermark->expression));
    if (!table.primary_key.empty()) elements.push_back("PRIMARY KEY (" + print_list(table.primary_key) + ") NOT ENFORCED");
    if (!elements.empty()) out += " (" + joined(elements, [](const std::string& one) { return one; }) + ")";
    if (table.comment) out += " COMMENT " + quoted(*table.comment);
    if (!table.partitioned_by.empty()) out += " PARTITIONED BY (" + print_list(table.partitioned_by) + ")";
    if (!table.options.empty()) out += " WITH " + print_options(table.options);
    if (table.like) out += " LIKE " + print_name(*table.like);
    if (table.as) out += " AS " + print(*table.as);
    return out;
}

std::string print(const Insert& insert) {
    std::string out = std::string("INSERT ") + (insert.overwrite ? "OVERWRITE " : "INTO ") + print_name(insert.table);
    if (!insert.options.empty()) out += " /*+ OPTIONS" + print_options(insert.options) + " */";
    if (!insert.columns.empty()) out += " (" + print_list(insert.columns) + ")";
    return out + " " + print(*insert.query);
}

std::string begin_of(bool temporary, std::string_view what, bool if_not_exists, const Name& name) {
    return fmt::format("CREATE {}{} {}{}", temporary ? "TEMPORARY " : "", what, if_not_exists ? "IF NOT EXISTS " : "",
                       print_name(name));
}

}  // namespace

std::string print_name(const Name& name) {
    return joined(name, [](const Identifier& one) { return print(one); }, ".");
}

std::string print(const TypeName& type) {
    std::string out = type.name;
    if (type.name == "TIMESTAMP_LTZ") {  // the precision stands within
        out = "TIMESTAMP" + (type.arguments.empty() ? "" : fmt::format("({})", type.arguments.front())) + " WITH LOCAL TIME ZONE";
    } else if (type.name == "ROW") {
        out += "<";
        for (std::size_t i = 0; i < type.fields.size(); ++i)
            out += (i ? ", " : "") + print(type.fields[i]) + " " + print(type.elements[i]);
        out += ">";
    } else if (!type.elements.empty()) {
        out += "<" + joined(type.elements, [](const TypeName& one) { return print(one); }) + ">";
    } else if (!type.arguments.empty()) {
        out += fmt::format("({})", fmt::join(type.arguments, ", "));
    }
    return type.nullable ? out : out + " NOT NULL";
}

std::string print(const Expression& expression) {
    return std::visit(
        Overloaded{
            [](const NullLiteral&) { return std::string("NULL"); },
            [](const BooleanLiteral& node) { return std::string(node.value ? "TRUE" : "FALSE"); },
            [](const NumberLiteral& node) { return node.text; },
            [](const StringLiteral& node) { return quoted(node.text); },
            [](const TimeLiteral& node) { return node.type + " " + quoted(node.text); },
            [](const IntervalLiteral& node) {
                std::string out = std::string("INTERVAL ") + (node.negative ? "-" : "") + quoted(node.text) + " " +
                                  std::string(name_of(node.from));
                if (node.precision && !node.to && node.fraction)
                    out += fmt::format("({}, {})", *node.precision, *node.fraction);
                else if (node.precision)
                    out += fmt::format("({})", *node.precision);
                if (node.to) out += " TO " + std::string(name_of(*node.to));
                if (node.to && node.fraction) out += fmt::format("({})", *node.fraction);
                return out;
            },
            [](const ColumnName& node) { return print_name(node.name); },
            [](const Star& node) { return node.of.empty() ? std::string("*") : print_name(node.of) + ".*"; },
            [](const Keyword& node) { return node.word; },
            [](const Unary& node) {
                if (node.operation == "NOT") return "NOT " + operand(*node.operand, kNot);
                if (node.operation.starts_with("IS")) return operand(*node.operand, kPredicate) + " " + node.operation;
                // Two signs in a row would begin a comment.
                const auto* inner = std::get_if<Unary>(&node.operand->node);
                const bool sign = inner && inner->operation.size() == 1;
                return node.operation + (sign ? " " : "") + operand(*node.operand, kSign);
            },
            [&](const Binary& node) {
                const int own = precedence_of(expression);
                const bool words = std::isalpha(static_cast<unsigned char>(node.operation.front())) && own == kPredicate;
                std::string out =
                    operand(*node.left, own) + " " + node.operation + " " + operand(*node.right, words ? kSum : own + 1);
                if (node.escape) out += " ESCAPE " + operand(*node.escape, kSum);
                return out;
            },
            [](const Between& node) {
                return operand(*node.operand, kPredicate) + (node.negated ? " NOT BETWEEN " : " BETWEEN ") +
                       (node.symmetric ? "SYMMETRIC " : "") + operand(*node.low, kSum) + " AND " + operand(*node.high, kSum);
            },
            [](const InList& node) {
                return operand(*node.operand, kPredicate) + (node.negated ? " NOT IN (" : " IN (") + print_list(node.list) + ")";
            },
            [](const InQuery& node) {
                const std::string left =
                    node.operands.size() == 1 ? operand(*node.operands.front(), kPredicate) : "(" + print_list(node.operands) + ")";
                return left + (node.negated ? " NOT IN (" : " IN (") + print(*node.query) + ")";
            },
            [](const Exists& node) { return "EXISTS (" + print(*node.query) + ")"; },
            [](const ScalarQuery& node) { return "(" + print(*node.query) + ")"; },
            [](const Case& node) {
                std::string out = "CASE";
                if (node.operand) out += " " + print(*node.operand);
                for (const auto& [when, then] : node.branches) out += " WHEN " + print(*when) + " THEN " + print(*then);
                if (node.otherwise) out += " ELSE " + print(*node.otherwise);
                return out + " END";
            },
            [](const Cast& node) {
                return std::string(node.tries ? "TRY_CAST(" : "CAST(") + print(*node.operand) + " AS " + print(node.type) + ")";
            },
            [](const Call& node) { return print(node); },
            [](const TableArgument& node) {
                std::string out = "TABLE " + print(*node.table);
                if (node.partition_by.size() == 1) out += " PARTITION BY " + print(*node.partition_by.front());
                if (node.partition_by.size() > 1) out += " PARTITION BY (" + print_list(node.partition_by) + ")";
                return out;
            },
            [](const Descriptor& node) { return "DESCRIPTOR(" + print_list(node.columns) + ")"; },
            [](const Cursor& node) { return "CURSOR(" + print(*node.query) + ")"; },
            [](const ArrayOf& node) { return "ARRAY[" + print_list(node.elements) + "]"; },
            [](const MapOf& node) { return "MAP[" + print_list(node.keys_and_values) + "]"; },
            [](const RowOf& node) { return "ROW(" + print_list(node.fields) + ")"; },
            [](const Element& node) { return operand(*node.operand, kHighest) + "[" + print(*node.index) + "]"; },
            [](const FieldOf& node) { return operand(*node.operand, kHighest) + "." + print(node.field); },
        },
        expression.node);
}

std::string print(const Query& query) {
    std::string out;
    if (!query.with.empty())
        out += "WITH " +
               joined(query.with,
                      [](const CommonTable& table) {
                          return print(table.name) + (table.columns.empty() ? "" : " (" + print_list(table.columns) + ")") +
                                 " AS (" + print(*table.query) + ")";
                      }) +
               " ";
    out += std::visit(
        Overloaded{[](const Select& body) { return print(body); }, [](const SetOperation& body) { return print(body); },
                   [](const Values& body) {
                       return "VALUES " +
                              joined(body.rows, [](const std::vector<ExpressionPtr>& row) { return "(" + print_list(row) + ")"; });
                   }},
        query.body);
    if (!query.order_by.empty()) out += " ORDER BY " + print_list(query.order_by);
    if (query.limit) out += " LIMIT " + print(*query.limit);
    if (query.offset) out += " OFFSET " + print(*query.offset);
    return out;
}

std::string print(const Statement& statement) {
    return std::visit(
        Overloaded{
            [](const CreateTable& node) { return print(node); },
            [](const CreateView& node) {
                std::string out = begin_of(node.temporary, "VIEW", node.if_not_exists, node.name);
                if (!node.columns.empty()) out += " (" + print_list(node.columns) + ")";
                if (node.comment) out += " COMMENT " + quoted(*node.comment);
                return out + " AS " + print(*node.query);
            },
            [](const CreateFunction& node) {
                return begin_of(node.temporary, "FUNCTION", node.if_not_exists, node.name) + " AS " + quoted(node.implementation) +
                       (node.language ? " LANGUAGE " + *node.language : "");
            },
            [](const Drop& node) { return "DROP " + node.what + (node.if_exists ? " IF EXISTS " : " ") + print_name(node.name); },
            [](const Insert& node) { return print(node); },
            [](const StatementSet& node) {
                std::string out = "EXECUTE STATEMENT SET BEGIN ";
                for (const auto& insert : node.inserts) out += print(insert) + "; ";
                return out + "END";
            },
            [](const SetOption& node) {
                return node.option ? "SET " + quoted(node.option->key) + " = " + quoted(node.option->value) : std::string("SET");
            },
            [](const ResetOption& node) { return node.key ? "RESET " + quoted(*node.key) : std::string("RESET"); },
            [](const QueryStatement& node) { return print(*node.query); },
            [](const CreateStream& node) {
                std::string out =
                    std::string("CREATE ") + (node.or_replace ? "OR REPLACE " : "") + "STREAM " + print_name(node.name);
                if (!node.columns.empty())
                    out += " (" + joined(node.columns, [](const ColumnDefinition& one) { return print(one); }) + ")";
                return node.as ? out + " AS " + print(*node.as) : out;
            },
            [](const CreatePump& node) {
                return std::string("CREATE ") + (node.or_replace ? "OR REPLACE " : "") + "PUMP " + print_name(node.name) +
                       (node.stopped ? " STOPPED" : "") + " AS " + print(node.insert);
            },
            [](const Explain& node) { return "EXPLAIN PLAN FOR " + print(*node.statement); }},
        statement.node);
}

}  // namespace kns::sql
