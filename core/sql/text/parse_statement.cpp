// Statements: CREATE, DROP, INSERT, statement sets, SET; KDA's streams and pumps.
#include "core/sql/text/parser.hpp"

namespace kns::sql {

Result<std::vector<Statement>> Parser::statements() {
    std::vector<Statement> out;
    while (true) {
        while (take_sign(";")) {
        }
        if (now().kind == Token::Kind::end) return out;
        const std::size_t from = now().from;
        Statement one = KNS_TRY(statement());
        one.from = from;
        one.to = tokens_[at_ - 1].to;
        out.push_back(std::move(one));
        if (now().kind != Token::Kind::end && !sees_sign(";")) return expected("\";\"");
    }
}

Result<Statement> Parser::statement() {
    Statement out;
    out.place = now().place;
    if (sees("CREATE")) return create();
    if (take("DROP")) {
        out.node = KNS_TRY(drop());
    } else if (sees("INSERT")) {
        out.node = KNS_TRY(insert());
    } else if (take("SET")) {
        SetOption set;
        if (now().kind == Token::Kind::string) {
            Option option{.key = KNS_TRY(string("an option")), .value = {}};
            KNS_TRY(expect_sign("="));
            option.value = KNS_TRY(string("the option's value, in quotes"));
            set.option = std::move(option);
        }
        out.node = std::move(set);
    } else if (take("RESET")) {
        ResetOption reset;
        if (now().kind == Token::Kind::string) reset.key = KNS_TRY(string("an option"));
        out.node = std::move(reset);
    } else if (take("EXPLAIN")) {
        take_all({"PLAN", "FOR"});
        out.node = Explain{std::make_unique<Statement>(KNS_TRY(statement()))};
    } else if (take_all({"EXECUTE", "STATEMENT", "SET"})) {
        out.node = KNS_TRY(statement_set());
    } else if (take_all({"BEGIN", "STATEMENT", "SET"})) {  // the older way
        KNS_TRY(expect_sign(";"));
        --at_;
        StatementSet set;
        while (take_sign(";") && !sees("END")) set.inserts.push_back(KNS_TRY(insert()));
        KNS_TRY(expect("END"));
        out.node = std::move(set);
    } else if (begins_query() || sees_sign("(")) {
        out.node = QueryStatement{KNS_TRY(query())};
    } else {
        return expected("a statement: SELECT, INSERT, CREATE, DROP, SET, EXPLAIN, EXECUTE");
    }
    return out;
}

Result<Statement> Parser::create() {
    Statement out;
    out.place = now().place;
    ++at_;
    const bool or_replace = take_all({"OR", "REPLACE"});
    if (take("STREAM")) {
        out.node = KNS_TRY(create_stream(or_replace));
        return out;
    }
    if (take("PUMP")) {
        out.node = KNS_TRY(create_pump(or_replace));
        return out;
    }
    if (or_replace) return expected("STREAM or PUMP");
    const bool temporary = take("TEMPORARY");
    const bool system = temporary && take("SYSTEM");
    if (!system && take("TABLE"))
        out.node = KNS_TRY(create_table(temporary));
    else if (!system && take("VIEW"))
        out.node = KNS_TRY(create_view(temporary));
    else if (take("FUNCTION"))
        out.node = KNS_TRY(create_function(temporary));
    else
        return expected("TABLE, VIEW, FUNCTION, STREAM or PUMP");
    return out;
}

Result<bool> Parser::if_not_exists() {
    if (!take("IF")) return false;
    KNS_TRY(expect_all({"NOT", "EXISTS"}));
    return true;
}

Result<CreateTable> Parser::create_table(bool temporary) {
    CreateTable out;
    out.temporary = temporary;
    out.if_not_exists = KNS_TRY(if_not_exists());
    out.name = KNS_TRY(name("a name of a table"));
    if (take_sign("(")) {
        if (!sees_sign(")")) do
                KNS_TRY(table_element(out));
            while (take_sign(","));
        KNS_TRY(expect_sign(")"));
    }
    if (take("COMMENT")) out.comment = KNS_TRY(string("a comment, in quotes"));
    if (take("PARTITIONED")) {
        KNS_TRY(expect("BY"));
        out.partitioned_by = KNS_TRY(identifiers_in_brackets("a name of a column"));
    }
    if (take("WITH")) out.options = KNS_TRY(options());
    if (take("LIKE")) out.like = KNS_TRY(name("a name of a table"));
    if (take("AS")) out.as = KNS_TRY(query());
    return out;
}

Result<void> Parser::table_element(CreateTable& table) {
    if (sees("WATERMARK") && ahead().is_word("FOR")) {
        if (table.watermark) return fail_at(now().place, "a table has one watermark");
        at_ += 2;
        Watermark watermark{.column = KNS_TRY(name("a name of a column")), .expression = {}};
        KNS_TRY(expect("AS"));
        watermark.expression = KNS_TRY(expression());
        table.watermark = std::move(watermark);
        return {};
    }
    if (sees("CONSTRAINT") || (sees("PRIMARY") && ahead().is_word("KEY"))) {
        if (take("CONSTRAINT")) KNS_TRY(identifier());
        KNS_TRY(expect_all({"PRIMARY", "KEY"}));
        table.primary_key = KNS_TRY(identifiers_in_brackets("a name of a column"));
        if (!take_all({"NOT", "ENFORCED"})) return expected("NOT ENFORCED: nobody sees to it that keys are there once");
        return {};
    }
    table.columns.push_back(KNS_TRY(column()));
    if (table.columns.back().primary_key) table.primary_key = {table.columns.back().name};
    return {};
}

Result<ColumnDefinition> Parser::column() {
    ColumnDefinition out{
        .name = KNS_TRY(identifier("a name of a column")), .type = {}, .computed = {}, .metadata = {}, .comment = {}};
    if (take("AS")) {
        out.computed = KNS_TRY(expression());
    } else {
        out.type = KNS_TRY(type());
        if (take("METADATA")) {
            out.metadata = "";
            if (take("FROM")) out.metadata = KNS_TRY(string("a name of metadata, in quotes"));
            out.metadata_virtual = take("VIRTUAL");
        }
        if (take_all({"PRIMARY", "KEY"})) {
            out.primary_key = true;
            if (!take_all({"NOT", "ENFORCED"})) return expected("NOT ENFORCED: nobody sees to it that keys are there once");
        }
    }
    if (take("COMMENT")) out.comment = KNS_TRY(string("a comment, in quotes"));
    return out;
}

Result<CreateView> Parser::create_view(bool temporary) {
    CreateView out;
    out.temporary = temporary;
    out.if_not_exists = KNS_TRY(if_not_exists());
    out.name = KNS_TRY(name("a name of a view"));
    if (sees_sign("(")) out.columns = KNS_TRY(identifiers_in_brackets("a name of a column"));
    if (take("COMMENT")) out.comment = KNS_TRY(string("a comment, in quotes"));
    KNS_TRY(expect("AS"));
    out.query = KNS_TRY(query());
    return out;
}

Result<CreateFunction> Parser::create_function(bool temporary) {
    CreateFunction out;
    out.temporary = temporary;
    out.if_not_exists = KNS_TRY(if_not_exists());
    out.name = KNS_TRY(name("a name of a function"));
    KNS_TRY(expect("AS"));
    out.implementation = KNS_TRY(string("what it is done by, in quotes"));
    if (take("LANGUAGE")) out.language = in_capitals(KNS_TRY(identifier("a language")).text);
    return out;
}

Result<Drop> Parser::drop() {
    Drop out;
    const bool temporary = take("TEMPORARY");
    if (temporary) take("SYSTEM");
    for (const std::string_view what : {"TABLE", "VIEW", "FUNCTION"})
        if (out.what.empty() && take(what)) out.what = what;
    if (out.what.empty()) return expected("TABLE, VIEW or FUNCTION");
    if (take("IF")) {
        KNS_TRY(expect("EXISTS"));
        out.if_exists = true;
    }
    out.name = KNS_TRY(name("a name"));
    return out;
}

Result<Insert> Parser::insert() {
    KNS_TRY(expect("INSERT"));
    Insert out;
    out.overwrite = take("OVERWRITE");
    if (!out.overwrite) KNS_TRY(expect("INTO"));
    out.table = KNS_TRY(name("a name of a table"));
    out.options = KNS_TRY(hints());
    if (sees_sign("(") && !ahead().is_word("SELECT") && !ahead().is_word("WITH") && !ahead().is_sign("("))
        out.columns = KNS_TRY(identifiers_in_brackets("a name of a column"));
    out.query = KNS_TRY(query());
    return out;
}

Result<StatementSet> Parser::statement_set() {
    KNS_TRY(expect("BEGIN"));
    StatementSet out;
    while (!take("END")) {
        out.inserts.push_back(KNS_TRY(insert()));
        if (!take_sign(";") && !sees("END")) return expected("\";\"");
    }
    return out;
}

Result<CreateStream> Parser::create_stream(bool or_replace) {
    CreateStream out;
    out.or_replace = or_replace;
    out.name = KNS_TRY(name("a name of a stream"));
    if (take_sign("(")) {
        do out.columns.push_back(KNS_TRY(column()));
        while (take_sign(","));
        KNS_TRY(expect_sign(")"));
    }
    if (take("AS")) out.as = KNS_TRY(query());
    return out;
}

Result<CreatePump> Parser::create_pump(bool or_replace) {
    CreatePump out;
    out.or_replace = or_replace;
    out.name = KNS_TRY(name("a name of a pump"));
    out.stopped = take("STOPPED");
    KNS_TRY(expect("AS"));
    out.insert = KNS_TRY(insert());
    return out;
}

}  // namespace kns::sql
