#include "core/sql/text/parse.hpp"

#include <catch2/catch.hpp>

#include "core/sql/text/print.hpp"

namespace kns::sql {
namespace {

// In the normal form, which parses to itself.
std::string normal(std::string_view text) {
    const auto parsed = parse_statements(text);
    if (!parsed) return parsed.error().message;
    std::string out;
    for (const auto& statement : *parsed) {
        const std::string printed = print(statement);
        const auto again = parse_statements(printed);
        INFO(printed);
        CHECK((again && again->size() == 1));
        if (again) CHECK(print(again->front()) == printed);
        out += (out.empty() ? "" : "; ") + printed;
    }
    return out;
}

std::string expression(std::string_view text) {
    const auto parsed = parse_expression(text);
    if (!parsed) return parsed.error().message + (parsed.error().hint.empty() ? "" : " | " + parsed.error().hint);
    const std::string printed = print(**parsed);
    const auto again = parse_expression(printed);
    INFO(printed);
    CHECK((again && print(**again) == printed));
    return printed;
}

TEST_CASE("operators bind as they do in Flink") {
    CHECK(expression("a or b and not c = d + e * -f") == "a OR b AND NOT c = d + e * -f");
    CHECK(expression("(a or b) and c") == "(a OR b) AND c");
    CHECK(expression("((a + b)) * c") == "(a + b) * c");
    CHECK(expression("a - (b - c) - d") == "a - (b - c) - d");
    CHECK(expression("- - 1") == "- -1");
    CHECK(expression("a != b") == "a <> b");
    CHECK(expression("not a is not null") == "NOT a IS NOT NULL");
    CHECK(expression("a || b like 'x%' escape '\\'") == "a || b LIKE 'x%' ESCAPE '\\'");
    CHECK(expression("a not between b + 1 and c and d") == "a NOT BETWEEN b + 1 AND c AND d");
    CHECK(expression("a in (1, 2) or b not in ('x')") == "a IN (1, 2) OR b NOT IN ('x')");
    CHECK(expression("a is distinct from b") == "a IS DISTINCT FROM b");
    CHECK(expression("a[1].b.c") == "a[1].b.c");
    CHECK(expression("(a, b)") == "ROW(a, b)");
}

TEST_CASE("what stands for itself is kept to the letter") {
    CHECK(expression("'it''s'") == "'it''s'");
    CHECK(expression("`select`.`a b`.c") == "`select`.`a b`.c");
    CHECK(expression("\"S\".\"x\"") == "S.x");
    CHECK(expression("1.50e-3 + .5") == "1.50e-3 + .5");
    CHECK(expression("timestamp '2026-01-01 00:00:00.000'") == "TIMESTAMP '2026-01-01 00:00:00.000'");
    CHECK(expression("interval - '1-2' year(4) to month") == "INTERVAL -'1-2' YEAR(4) TO MONTH");
    CHECK(expression("interval '1.5' second(3, 1)") == "INTERVAL '1.5' SECOND(3, 1)");
    CHECK(expression("interval '10' minutes") == "INTERVAL '10' MINUTE");
    CHECK(expression("array[1, null, true]") == "ARRAY[1, NULL, TRUE]");
    CHECK(expression("map['a', 1]['a']") == "MAP['a', 1]['a']");
}

TEST_CASE("functions are called, also those with a grammar of their own") {
    CHECK(expression("count(*)") == "count(*)");
    CHECK(expression("count(distinct a) filter (where b > 1)") == "count(DISTINCT a) FILTER (WHERE b > 1)");
    CHECK(expression("extract(day from t)") == "extract(DAY FROM t)");
    CHECK(expression("floor(t to minutes)") == "floor(t TO MINUTE)");
    CHECK(expression("trim(leading 'x' from s)") == "trim(LEADING 'x' FROM s)");
    CHECK(expression("trim(s)") == "trim(BOTH FROM s)");
    CHECK(expression("position('a' in s)") == "position('a' IN s)");
    CHECK(expression("substring(s from 2 for 3)") == "substring(s, 2, 3)");
    CHECK(expression("overlay(s placing 'x' from 2)") == "overlay(s PLACING 'x' FROM 2)");
    CHECK(expression("timestampadd(day, 1, t)") == "timestampadd(DAY, 1, t)");
    CHECK(expression("step(t by interval '10' second)") == "step(t BY INTERVAL '10' SECOND)");
    CHECK(expression("json_value(j, '$.a' returning int default 0 on empty)") ==
          "json_value(j, '$.a' RETURNING INT DEFAULT 0 ON EMPTY)");
    CHECK(expression("json_object(key 'a' value 1, 'b' value x null on null)") ==
          "json_object(KEY 'a' VALUE 1, KEY 'b' VALUE x NULL ON NULL)");
    CHECK(expression("cast(a as decimal(23, 3))") == "CAST(a AS DECIMAL(23, 3))");
    CHECK(expression("try_cast(a as array<row<x int, `y z` string not null>>)") ==
          "TRY_CAST(a AS ARRAY<ROW<x INT, `y z` STRING NOT NULL>>)");
    CHECK(expression("cast(a as timestamp(3) with local time zone)") == "CAST(a AS TIMESTAMP(3) WITH LOCAL TIME ZONE)");
    CHECK(expression("case when a then 1 else 2 end") == "CASE WHEN a THEN 1 ELSE 2 END");
    CHECK(expression("case a when 1 then 'x' end") == "CASE a WHEN 1 THEN 'x' END");
    CHECK(expression("left(s, 2)") == "left(s, 2)");
    CHECK(expression("current_timestamp") == "CURRENT_TIMESTAMP");
    CHECK(expression("row_number() over (partition by a order by b desc nulls last)") ==
          "row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST)");
    CHECK(expression("sum(a) over (order by t range between interval '1' hour preceding and current row)") ==
          "sum(a) OVER (ORDER BY t RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW)");
    CHECK(expression("listagg(a) within group (order by b)") == "listagg(a) WITHIN GROUP (ORDER BY b)");
    CHECK(expression("avg(x) over w") == "avg(x) OVER w");
    CHECK(expression("exists (select 1)") == "EXISTS (SELECT 1)");
    CHECK(expression("(a, b) in (select x, y from t)") == "(a, b) IN (SELECT x, y FROM t)");
}

TEST_CASE("queries have all their clauses") {
    CHECK(normal("select a x, t.*, b as `from` from t as u (a, b) where a > 1 group by a, b having count(*) > 1 order by a desc "
                 "limit 5 offset 2") ==
          "SELECT a AS x, t.*, b AS `from` FROM t AS u (a, b) WHERE a > 1 GROUP BY a, b HAVING count(*) > 1 ORDER BY a DESC LIMIT "
          "5 OFFSET 2");
    CHECK(normal("with x as (select 1), y (a) as (values (1), (2)) select * from x, y") ==
          "WITH x AS (SELECT 1), y (a) AS (VALUES (1), (2)) SELECT * FROM x CROSS JOIN y");
    CHECK(normal("select a from t union all select b from u intersect select c from v") ==
          "SELECT a FROM t UNION ALL SELECT b FROM u INTERSECT SELECT c FROM v");
    CHECK(normal("(select a from t union select b from u) intersect select c from v") ==
          "(SELECT a FROM t UNION SELECT b FROM u) INTERSECT SELECT c FROM v");
    CHECK(normal("select a from t except (select b from u except select c from v)") ==
          "SELECT a FROM t EXCEPT (SELECT b FROM u EXCEPT SELECT c FROM v)");
    CHECK(normal("select a from t group by grouping sets ((a, b), a, ())") ==
          "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), (a), ())");
    CHECK(normal("select * from (select * from t)") == "SELECT * FROM (SELECT * FROM t)");
    CHECK(normal("select sum(a) over w from t window w as (partition by b)") ==
          "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b)");
    CHECK(normal("select a from t fetch first 3 rows only") == "SELECT a FROM t LIMIT 3");
}

TEST_CASE("relations are tables, functions, queries and their joins") {
    CHECK(normal("select * from a join b on a.x = b.x left outer join c using (y) cross join d") ==
          "SELECT * FROM a INNER JOIN b ON a.x = b.x LEFT JOIN c USING (y) CROSS JOIN d");
    CHECK(normal("select * from a join (b join c on b.x = c.x) on a.x = b.x") ==
          "SELECT * FROM a INNER JOIN (b INNER JOIN c ON b.x = c.x) ON a.x = b.x");
    CHECK(normal("select * from table(tumble(table bid, descriptor(dateTime), interval '10' second))") ==
          "SELECT * FROM TABLE(tumble(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))");
    CHECK(
        normal(
            "select * from session(data => table bid partition by item, timecol => descriptor(ts), gap => interval '5' minute)") ==
        "SELECT * FROM TABLE(session(data => TABLE bid PARTITION BY item, timecol => DESCRIPTOR(ts), gap => INTERVAL '5' MINUTE))");
    CHECK(normal("select * from o join r for system_time as of o.proctime as c on o.k = c.k") ==
          "SELECT * FROM o INNER JOIN r FOR SYSTEM_TIME AS OF o.proctime AS c ON o.k = c.k");
    CHECK(normal("select * from t /*+ OPTIONS('a' = 'b', 'c' = 'd') */ as u") ==
          "SELECT * FROM t /*+ OPTIONS('a' = 'b', 'c' = 'd') */ AS u");
    CHECK(normal("select * from t cross join unnest(t.list) with ordinality as u (x, n)") ==
          "SELECT * FROM t CROSS JOIN UNNEST(t.list) WITH ORDINALITY AS u (x, n)");
    CHECK(normal("select * from t, lateral table(split(t.s)) as w(word)") ==
          "SELECT * FROM t CROSS JOIN LATERAL TABLE(split(t.s)) AS w (word)");
    CHECK(
        normal("select * from t match_recognize (partition by s order by ts measures a.p as first_p, last(b.p, 1) as lp one row "
               "per match "
               "after match skip to last c pattern (a b* c{2,}? d+) within interval '1' hour define b as b.p < a.p) as m") ==
        "SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY s ORDER BY ts MEASURES a.p AS first_p, last(b.p, 1) AS lp ONE ROW PER MATCH "
        "AFTER MATCH SKIP TO LAST c PATTERN (a b* c{2,}? d+) WITHIN INTERVAL '1' HOUR DEFINE b AS b.p < a.p) AS m");
}

TEST_CASE("statements make tables, views and functions, and set them going") {
    CHECK(
        normal("create temporary table if not exists c.d.t (a int not null comment 'x', b as a * 2, k string metadata from 'key' "
               "virtual, "
               "ts timestamp(3), watermark for ts as ts - interval '4' second, primary key (a) not enforced) comment 'c' "
               "partitioned by (a) with ('connector' = 'kns', 'x' = 'it''s')") ==
        "CREATE TEMPORARY TABLE IF NOT EXISTS c.d.t (a INT NOT NULL COMMENT 'x', b AS a * 2, k STRING METADATA FROM 'key' VIRTUAL, "
        "ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND, PRIMARY KEY (a) NOT ENFORCED) COMMENT 'c' "
        "PARTITIONED BY (a) WITH ('connector' = 'kns', 'x' = 'it''s')");
    CHECK(normal("create view v (a) as select 1; drop view if exists v;") ==
          "CREATE VIEW v (a) AS SELECT 1; DROP VIEW IF EXISTS v");
    CHECK(normal("create function f as 'x.Y' language java") == "CREATE FUNCTION f AS 'x.Y' LANGUAGE JAVA");
    CHECK(normal("insert into t (a, b) select 1, 2") == "INSERT INTO t (a, b) SELECT 1, 2");
    CHECK(normal("execute statement set begin insert into a select 1; insert into b select 2; end") ==
          "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END");
    CHECK(normal("set 'a' = 'b'; reset 'a'; set; explain select 1") == "SET 'a' = 'b'; RESET 'a'; SET; EXPLAIN PLAN FOR SELECT 1");
}

TEST_CASE("KDA's statements are read as they are") {
    CHECK(
        normal(
            "CREATE OR REPLACE STREAM \"DEST\" (\"ticker\" VARCHAR(4), price DOUBLE PRECISION);\n"
            "-- a comment\n"
            "CREATE OR REPLACE PUMP \"P\" AS INSERT INTO \"DEST\" SELECT STREAM ticker, AVG(price) FROM \"SOURCE_SQL_STREAM_001\" "
            "GROUP BY ticker, STEP(\"SOURCE_SQL_STREAM_001\".ROWTIME BY INTERVAL '60' SECOND);") ==
        "CREATE OR REPLACE STREAM DEST (ticker VARCHAR(4), price DOUBLE); CREATE OR REPLACE PUMP P AS INSERT INTO DEST SELECT "
        "STREAM ticker, "
        "AVG(price) FROM SOURCE_SQL_STREAM_001 GROUP BY ticker, STEP(SOURCE_SQL_STREAM_001.ROWTIME BY INTERVAL '60' SECOND)");
    CHECK(normal("select stream a from t windowed by stagger (partition by a range interval '1' minute)") ==
          "SELECT STREAM a FROM t WINDOWED BY STAGGER (PARTITION BY a RANGE INTERVAL '1' MINUTE)");
    CHECK(normal("select stream * from table(random_cut_forest(cursor(select stream x from s), 100, 256, 100000, 1))") ==
          "SELECT STREAM * FROM TABLE(random_cut_forest(CURSOR(SELECT STREAM x FROM s), 100, 256, 100000, 1))");
}

TEST_CASE("an error says where, what was expected, and what may have been meant") {
    CHECK(normal("select a\nfrom t\nwhere") == "line 3, column 6: expected an expression, not the end");
    CHECK(normal("selct a") ==
          "line 1, column 1: expected a statement: SELECT, INSERT, CREATE, DROP, SET, EXPLAIN, EXECUTE, not \"selct\"");
    CHECK(normal("select 'ä', 'x") == "line 1, column 13: the string that begins here has no end");
    CHECK(normal("select a from t /* no end") == "line 1, column 17: the comment that begins here has no end");
    CHECK(normal("select 12abc") == "line 1, column 8: \"12a\" is neither a number nor a name");
    CHECK(normal("select a # b") == "line 1, column 10: \"#\" is no part of SQL");
    CHECK(normal("create table t (a integr)") == "line 1, column 19: there is no type \"integr\"");
    CHECK(normal("create table t (a timestamp with time zone)") ==
          "line 1, column 29: there are no times with a time zone of their own: WITH LOCAL TIME ZONE");
    CHECK(normal("select * from a join b") == "line 1, column 23: expected ON, not the end");
    CHECK(normal("select * from t match_recognize (pattern ((a b) c))") ==
          "line 1, column 43: a pattern is variables one behind the other: no groups, no choices, no anchors");
    CHECK(expression("case when a thn 1 end") == "line 1, column 13: expected THEN, not \"thn\" | did you mean THEN?");
    const auto reserved = parse_statements("create table order (a int)");
    CHECK(reserved.error().hint == "`order`, in back quotes, is a name");
    CHECK(reserved.error().details == R"({"line":1,"column":14})");
}

TEST_CASE("a text that lies too deep within itself is refused, and ends nothing") {
    for (const std::string_view open : {"(", "- ", "not ", "case when ", "f(", "a[", "array["}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) text += open;
        const auto parsed = parse_expression(text);
        REQUIRE_FALSE(parsed);
        INFO(open << ": " << parsed.error().message);
        CHECK(parsed.error().message.ends_with("this lies too deep within itself"));
    }
    std::string queries = "select * from ";
    for (int i = 0; i < 10'000; ++i) queries += "(select * from ";
    CHECK(parse_statements(queries).error().message.ends_with("this lies too deep within itself"));
    std::string types = "create table t (a ";
    for (int i = 0; i < 10'000; ++i) types += "array<";
    CHECK(parse_statements(types).error().message.ends_with("this lies too deep within itself"));
}

}  // namespace
}  // namespace kns::sql
