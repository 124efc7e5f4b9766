#include "core/sql/kda/translate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/sql/plan/query_binder.hpp"
#include "core/sql/text/parse.hpp"
#include "core/sql/text/print.hpp"

namespace kns::sql {
namespace {

constexpr std::string_view kRowtime = "ROWTIME";

bool is_kda_statement(const Statement& statement) {
    return std::holds_alternative<CreateStream>(statement.node) || std::holds_alternative<CreatePump>(statement.node);
}

// Words without quotes in capitals: keywords do not mind.
Result<std::string> in_capitals(std::string_view text) {
    std::string out(text);
    for (const auto& token : KNS_TRY(split_into_tokens(text)))
        if (token.kind == Token::Kind::word)
            for (std::size_t i = token.from; i < token.to; ++i)
                out[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[i])));
    return out;
}

std::string quoted(const std::string& name) { return "`" + name + "`"; }

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
}

// Time in steps, which GROUP BY has: STEP(s.ROWTIME BY INTERVAL ...), FLOOR(s.ROWTIME TO MINUTE).
struct Step {
    std::string text;      // as it is printed
    std::string time;      // s.ROWTIME
    std::string interval;  // INTERVAL '60' SECOND
    std::string call(std::string_view function) const { return fmt::format("{}({}, {})", function, time, interval); }
};
std::optional<Step> step_of(const Expression& expression) {
    const auto* call = std::get_if<Call>(&expression.node);
    if (call == nullptr || call->arguments.size() != 2 || call->name.size() != 1) return {};
    const std::string& name = call->name[0].text;
    const Expression &time = *call->arguments[0].value, &unit = *call->arguments[1].value;
    const auto* column = std::get_if<ColumnName>(&time.node);
    if (column == nullptr || column->name.back().text != kRowtime) return {};
    Step out{.text = print(expression), .time = print(time)};
    if (name == "STEP" && std::holds_alternative<IntervalLiteral>(unit.node)) {
        out.interval = print(unit);
        return out;
    }
    const auto* word = std::get_if<Keyword>(&unit.node);
    if (name != "FLOOR" || word == nullptr ||
        (word->word != "SECOND" && word->word != "MINUTE" && word->word != "HOUR" && word->word != "DAY"))
        return {};
    out.interval = fmt::format("INTERVAL '1' {}", word->word);
    return out;
}

class Translator {
   public:
    Result<std::string> run(std::string_view text) {
        const auto statements = KNS_TRY(parse_statements(text));
        for (const auto& statement : statements) {
            const std::string_view own = text.substr(statement.from, statement.to - statement.from);
            if (!is_kda_statement(statement)) {
                out_ += std::string(own) + ";\n";
                if (const auto* table = std::get_if<CreateTable>(&statement.node)) tables_[table->name.back().text] = table;
                continue;
            }
            auto folded = KNS_TRY(parse_statements(KNS_TRY(in_capitals(own))));
            for (auto& one : folded) keep(std::move(one));
        }
        // Tables are pointed to by the statements.
        for (const auto& name : order_) KNS_TRY(make_view(name));
        return out_ + KNS_TRY(results());
    }

   private:
    struct Stream {
        CreateStream definition;
        std::vector<QueryPtr> pumps;
        bool made = false, being_made = false, read = false;
    };

    void keep(Statement statement) {
        if (auto* stream = std::get_if<CreateStream>(&statement.node)) {
            const std::string name = stream->name.back().text;
            if (!streams_.contains(name)) order_.push_back(name);
            Stream& made = streams_[name];
            made.definition = std::move(*stream);
            if (made.definition.as) made.pumps.push_back(std::move(made.definition.as));
        } else {
            auto& pump = std::get<CreatePump>(statement.node);
            const std::string name = pump.insert.table.back().text;
            if (!streams_.contains(name)) order_.push_back(name);
            streams_[name].pumps.push_back(std::move(pump.insert.query));
        }
    }

    Result<void> make_view(const std::string& name) {
        Stream& stream = streams_.at(name);
        if (stream.made) return {};
        const Place place = stream.definition.name.empty() ? Place{} : stream.definition.name.back().place;
        if (stream.definition.columns.empty())
            return fail_at(place, fmt::format("the stream \"{}\" has no columns: CREATE STREAM says what they are", name));
        if (stream.being_made) return fail_at(place, fmt::format("the stream \"{}\" is fed by itself", name));
        if (stream.pumps.empty()) return fail_at(place, fmt::format("no pump puts anything into the stream \"{}\"", name));
        stream.being_made = true;
        std::string columns(kRowtime), casts = quoted(std::string(kRowtime));
        for (const auto& column : stream.definition.columns) {
            columns += ", " + quoted(column.name.text);
            TypeName type = *column.type;
            if (type.name == "TIMESTAMP" && type.arguments.empty()) type.arguments = {3};
            casts += fmt::format(", CAST({} AS {}) AS {}", quoted(column.name.text), print(type), quoted(column.name.text));
        }
        std::string all;
        for (const auto& pump : stream.pumps)
            all += fmt::format("{}SELECT {} FROM ({}) AS q ({})", all.empty() ? "" : "\nUNION ALL ", casts, KNS_TRY(query(*pump)),
                               columns);
        out_ += fmt::format("CREATE VIEW {} AS {};\n", quoted(name), all);
        stream.being_made = false;
        stream.made = true;
        return {};
    }

    // Streams that nobody reads, as rows; several of them with their names.
    Result<std::string> results() {
        std::vector<std::string> ends;
        for (const auto& name : order_)
            if (!streams_.at(name).read) ends.push_back(name);
        std::string out;
        for (const auto& name : ends) {
            std::string columns, types;
            for (const auto& column : streams_.at(name).definition.columns) {
                columns += (columns.empty() ? "" : ", ") + quoted(column.name.text);
                TypeName type = *column.type;
                if (type.name == "TIMESTAMP" && type.arguments.empty()) type.arguments = {3};
                types += fmt::format("{}{} {}", types.empty() ? "" : ", ", quoted(column.name.text), print(type));
            }
            if (ends.size() == 1) return fmt::format("SELECT {} FROM {};\n", columns, quoted(name));
            out += fmt::format(
                "CREATE TABLE `{} results` ({}) WITH ('connector' = 'print', 'print-identifier' = '{}');\nINSERT INTO `{} results` "
                "SELECT {} FROM {};\n",
                name, types, name, name, columns, quoted(name));
        }
        return out;
    }

    // A query of a pump: its columns behind ROWTIME.
    Result<std::string> query(const Query& in) {
        const auto* one = std::get_if<Select>(&in.body);
        if (one == nullptr) {
            const auto* operation = std::get_if<SetOperation>(&in.body);
            if (operation == nullptr || operation->operation != SetOperator::unite || !operation->all)
                return fail_at(in.place, "a pump's query is a SELECT STREAM, or UNION ALL of some");
            return KNS_TRY(query(*operation->left)) + " UNION ALL " + KNS_TRY(query(*operation->right));
        }
        return select(*one, in.place);
    }

    Result<std::string> select(const Select& in, Place place) {
        if (in.stagger)
            return fail_at(place, "WINDOWED BY STAGGER has no counterpart in Flink's SQL")
                .hint("TUMBLE and SESSION are the nearest");
        if (!in.from) return fail_at(place, "a pump's query reads a stream");
        const std::string from = KNS_TRY(relation(*in.from));
        std::optional<Step> step;
        std::string groups;
        for (const auto& element : in.group_by)
            for (const auto& set : element.sets)
                for (const auto& expression : set) {
                    std::string text = print(*expression);
                    if (const auto found = step_of(*expression)) {
                        if (step && step->text != found->text) return fail_at(expression->place, "GROUP BY has one step of time");
                        step = found;
                        text = step->call("TUMBLE");
                    }
                    groups += (groups.empty() ? "" : ", ") + text;
                }
        if (!in.group_by.empty() && !step)
            return fail_at(place, "GROUP BY needs a step of time: STEP(s.ROWTIME BY INTERVAL ...) or FLOOR(s.ROWTIME TO MINUTE)");
        const std::string time = step ? step->call("TUMBLE_ROWTIME") : first_alias(*in.from) + "ROWTIME";
        const auto in_place = [&](std::string text) {
            if (step) replace_all(text, step->text, step->call("TUMBLE_START"));
            return text;
        };
        std::string items;
        const bool star = in.items.size() == 1 && std::holds_alternative<Star>(in.items[0].expression->node);
        if (star) {
            items = "*";  // ROWTIME is the first of a stream's columns
        } else {
            items = time + " AS ROWTIME";
            for (const auto& item : in.items) {
                with_time_order(*item.expression);
                items += ", " + in_place(print(*item.expression));
                if (item.name) items += " AS " + quoted(item.name->text);
            }
        }
        std::string out = fmt::format("SELECT {} FROM {}", items, from);
        if (in.where) out += " WHERE " + print(*in.where);
        if (!groups.empty()) out += " GROUP BY " + groups;
        if (in.having) out += " HAVING " + in_place(print(*in.having));
        return out;
    }

    // Windows over the rows before are in the order in which those came.
    static void with_time_order(Expression& expression) {
        walk_changing(expression, [](Expression& one) {
            auto* call = std::get_if<Call>(&one.node);
            if (call != nullptr && call->over && call->over->order_by.empty()) {
                OrderItem item;
                item.expression = std::make_unique<Expression>();
                item.expression->node = ColumnName{{Identifier{.text = std::string(kRowtime), .place = one.place}}};
                call->over->order_by.push_back(std::move(item));
            }
            return true;
        });
    }

    static std::string first_alias(const Relation& relation) {
        if (relation.alias) return quoted(relation.alias->name.text) + ".";
        if (const auto* join = std::get_if<Join>(&relation.node)) return first_alias(*join->left);
        if (const auto* table = std::get_if<TableName>(&relation.node)) return quoted(table->name.back().text) + ".";
        return "";
    }

    Result<std::string> relation(const Relation& in) {
        const std::string alias = in.alias ? " AS " + quoted(in.alias->name.text) : "";
        if (const auto* table = std::get_if<TableName>(&in.node))
            return KNS_TRY(source(table->name)) + (in.alias ? alias : " AS " + quoted(table->name.back().text));
        if (const auto* derived = std::get_if<DerivedTable>(&in.node)) return "(" + KNS_TRY(query(*derived->query)) + ")" + alias;
        if (const auto* join = std::get_if<Join>(&in.node)) {
            constexpr std::string_view kWords[] = {"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"};
            std::string out = KNS_TRY(relation(*join->left)) + " " + std::string(kWords[static_cast<std::size_t>(join->kind)]) +
                              " " + KNS_TRY(relation(*join->right));
            return join->on ? out + " ON " + print(*join->on) : out;
        }
        const auto* function = std::get_if<FunctionTable>(&in.node);
        if (function == nullptr) return fail_at(in.place, "this cannot stand in FROM of a pump's query");
        std::string arguments;
        for (const auto& argument : function->call.arguments) {
            const auto* cursor = std::get_if<Cursor>(&argument.value->node);
            arguments += (arguments.empty() ? "" : ", ") +
                         (cursor != nullptr ? "CURSOR(" + KNS_TRY(query(*cursor->query)) + ")" : print(*argument.value));
        }
        return fmt::format("TABLE({}({})){}", print_name(function->call.name), arguments, alias);
    }

    // A stream's view, or a source with its time as ROWTIME.
    Result<std::string> source(const Name& name) {
        const std::string plain = name.back().text;
        if (const auto stream = streams_.find(plain); stream != streams_.end()) {
            stream->second.read = true;
            KNS_TRY(make_view(plain));
            return quoted(plain);
        }
        const auto table = tables_.find(plain);
        if (table == tables_.end()) return fmt::format("(SELECT `arrival_time` AS ROWTIME, * FROM {})", quoted(plain));
        const std::string time = table->second->watermark ? print_name(table->second->watermark->column) : "PROCTIME()";
        if (time == kRowtime) return quoted(plain);
        return fmt::format("(SELECT {} AS ROWTIME, * FROM {})", time, quoted(plain));
    }

    std::map<std::string, Stream> streams_;
    std::vector<std::string> order_;
    std::map<std::string, const CreateTable*> tables_;
    std::string out_;
};

}  // namespace

bool is_kda(const std::vector<Statement>& statements) { return std::ranges::any_of(statements, is_kda_statement); }

Result<std::string> translate_kda(std::string_view text) { return Translator().run(text); }

}  // namespace kns::sql
