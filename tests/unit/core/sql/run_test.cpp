#include "tests/unit/core/sql/query.hpp"

namespace kns::sql {
namespace {

const std::string kClicks = R"(CREATE TABLE clicks (
    page STRING, ms INT, price DECIMAL(10, 2), at_time TIMESTAMP(3),
    WATERMARK FOR at_time AS at_time - INTERVAL '2' SECOND
);
)";

std::string click(const std::string& page, int ms, const std::string& second, const std::string& price = "1.50") {
    return R"({"page":")" + page + R"(","ms":)" + std::to_string(ms) + R"(,"price":)" + price + R"(,"at_time":"2024-05-01 12:00:)" +
           second + R"("})";
}

}  // namespace

TEST_CASE("columns, expressions and conditions of a plain SELECT", "[sql]") {
    SqlQuery query(kClicks + "SELECT UPPER(page) AS p, ms * 2, price + 1 FROM clicks WHERE ms > 10 AND page LIKE '/a%'");
    query.with("clicks", {click("/a", 20, "01"), click("/b", 30, "02"), click("/abc", 5, "03"), click("/abd", 11, "04", "2.25")});
    CHECK(query.run() == Lines{"+I[/A, 40, 2.50]", "+I[/ABD, 22, 3.25]"});
}

TEST_CASE("a count for each window when it is over, and what is late is counted", "[sql]") {
    SqlQuery query(
        kClicks +
        R"(SELECT window_start, page, COUNT(*) AS n, SUM(ms) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at_time), INTERVAL '10' SECOND))
        GROUP BY window_start, window_end, page)");
    query.with("clicks", {click("/a", 1, "01"), click("/b", 2, "02"), click("/a", 3, "09"), click("/a", 4, "11"),
                          click("/a", 5, "08"), click("/a", 6, "13"), click("/a", 7, "05"), click("/b", 8, "21")});
    const Lines expected{"+I[2024-05-01 12:00:00.000, /a, 3, 9]", "+I[2024-05-01 12:00:00.000, /b, 1, 2]",
                         "+I[2024-05-01 12:00:10.000, /a, 2, 10]", "+I[2024-05-01 12:00:20.000, /b, 1, 8]"};
    CHECK(query.run() == expected);
    CHECK(query.late == 1);
    INFO(query.plan);
    CHECK(query.in_pieces_of(1).run() == expected);
    CHECK(query.late == 1);
}

TEST_CASE("a group's result is told anew whenever it changes", "[sql]") {
    SqlQuery query(kClicks + "SELECT page, COUNT(*), MAX(ms) FROM clicks GROUP BY page");
    query.with("clicks", {click("/a", 1, "01"), click("/b", 2, "02"), click("/a", 3, "03")});
    CHECK(query.run() == Lines{"+I[/a, 1, 1]", "+I[/b, 1, 2]", "-U[/a, 1, 1]", "+U[/a, 2, 3]"});
}

TEST_CASE("a group's result that stays the same is not told again", "[sql]") {
    SqlQuery query(kClicks + "SELECT page, MAX(ms) FROM clicks GROUP BY page");
    query.with("clicks", {click("/a", 5, "01"), click("/a", 3, "02"), click("/a", 7, "03")});
    CHECK(query.run() == Lines{"+I[/a, 5]", "-U[/a, 5]", "+U[/a, 7]"});
}

TEST_CASE("the maximum of counts goes down again when a count is taken back", "[sql]") {
    SqlQuery query(kClicks + "SELECT MAX(n), COUNT(*) FROM (SELECT page, COUNT(*) AS n FROM clicks GROUP BY page)");
    query.with("clicks", {click("/a", 5, "01"), click("/a", 3, "02"), click("/b", 7, "03")});
    CHECK(query.folded() == Lines{"[2, 2]"});
}

TEST_CASE("a join of two tables over a key, with what each says of it", "[sql]") {
    SqlQuery query(R"(CREATE TABLE a (id INT, x STRING); CREATE TABLE b (id INT, y STRING);
        SELECT a.id, x, y FROM a JOIN b ON a.id = b.id WHERE y <> 'no')");
    query.with("a", {R"({"id":1,"x":"one"})", R"({"id":2,"x":"two"})"})
        .with("b", {R"({"id":2,"y":"zwei"})", R"({"id":1,"y":"no"})", R"({"id":2,"y":"deux"})"});
    CHECK(query.folded() == Lines{"[2, two, deux]", "[2, two, zwei]"});
}

TEST_CASE("a row of an outer join stands alone until its partner comes", "[sql]") {
    SqlQuery query(R"(CREATE TABLE a (id INT); CREATE TABLE b (id INT, y STRING);
        SELECT a.id, y FROM a LEFT JOIN b ON a.id = b.id)");
    query.with("a", {R"({"id":1})", R"({"id":2})"}).with("b", {R"({"id":2,"y":"zwei"})"});
    CHECK(query.run() == Lines{"+I[1, NULL]", "+I[2, NULL]", "-D[2, NULL]", "+I[2, zwei]"});
}

TEST_CASE("the first rows of each partition, with their numbers", "[sql]") {
    SqlQuery query(
        kClicks +
        R"(SELECT page, ms, n FROM (SELECT page, ms, ROW_NUMBER() OVER (PARTITION BY page ORDER BY ms DESC) AS n FROM clicks) WHERE n <= 2)");
    query.with("clicks", {click("/a", 1, "01"), click("/a", 3, "02"), click("/a", 2, "03"), click("/b", 9, "03")});
    CHECK(query.folded() == Lines{"[/a, 2, 2]", "[/a, 3, 1]", "[/b, 9, 1]"});
}

TEST_CASE("a number that no row has gives no rows, and neither does LIMIT 0", "[sql]") {
    for (const std::string rest :
         {"(SELECT *, ROW_NUMBER() OVER (PARTITION BY page ORDER BY at_time DESC) AS n FROM clicks) WHERE n = 0",
          "clicks ORDER BY ms LIMIT 0", "clicks LIMIT 0"}) {
        SqlQuery query(kClicks + "SELECT page FROM " + rest);
        CHECK(query.with("clicks", {click("/a", 1, "01"), click("/b", 2, "02")}).run().empty());
    }
}

TEST_CASE("the last row of each key", "[sql]") {
    SqlQuery query(
        kClicks +
        R"(SELECT page, ms FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY page ORDER BY at_time DESC) AS n FROM clicks) WHERE n = 1)");
    query.with("clicks", {click("/a", 1, "01"), click("/a", 3, "03"), click("/a", 2, "02"), click("/a", 4, "03")});
    CHECK(query.run() == Lines{"+I[/a, 1]", "-U[/a, 1]", "+U[/a, 3]", "-U[/a, 3]", "+U[/a, 4]"});
}

TEST_CASE("a sum over the rows before, in the order of their time", "[sql]") {
    SqlQuery query(
        kClicks +
        R"(SELECT page, ms, SUM(ms) OVER (PARTITION BY page ORDER BY at_time ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM clicks)");
    query.with("clicks", {click("/a", 1, "01"), click("/a", 4, "03"), click("/a", 2, "02"), click("/b", 9, "03")});
    CHECK(query.run() == Lines{"+I[/a, 1, 1]", "+I[/a, 2, 3]", "+I[/a, 4, 6]", "+I[/b, 9, 9]"});
}

TEST_CASE("sessions grow, meet and end", "[sql]") {
    SqlQuery query(kClicks +
                   R"(SELECT page, COUNT(*), SESSION_START(at_time, INTERVAL '5' SECOND), SESSION_END(at_time, INTERVAL '5' SECOND)
        FROM clicks GROUP BY page, SESSION(at_time, INTERVAL '5' SECOND))");
    query.with("clicks",
               {click("/a", 1, "01"), click("/a", 1, "08"), click("/a", 1, "06.5"), click("/a", 1, "20"), click("/b", 1, "20")});
    CHECK(query.run() == Lines{"+I[/a, 1, 2024-05-01 12:00:01.000, 2024-05-01 12:00:06.000]",
                               "+I[/a, 2, 2024-05-01 12:00:06.500, 2024-05-01 12:00:13.000]",
                               "+I[/a, 1, 2024-05-01 12:00:20.000, 2024-05-01 12:00:25.000]",
                               "+I[/b, 1, 2024-05-01 12:00:20.000, 2024-05-01 12:00:25.000]"});
}

TEST_CASE("windows that hop count a row in each that it falls into", "[sql]") {
    SqlQuery query(
        kClicks +
        R"(SELECT window_end, COUNT(*) FROM TABLE(HOP(TABLE clicks, DESCRIPTOR(at_time), INTERVAL '5' SECOND, INTERVAL '10' SECOND))
        GROUP BY window_start, window_end)");
    query.with("clicks", {click("/a", 1, "01"), click("/a", 1, "06"), click("/a", 1, "12")});
    CHECK(query.run() == Lines{"+I[2024-05-01 12:00:05.000, 1]", "+I[2024-05-01 12:00:10.000, 2]", "+I[2024-05-01 12:00:15.000, 2]",
                               "+I[2024-05-01 12:00:20.000, 1]"});
}

TEST_CASE("windows of windows", "[sql]") {
    SqlQuery query(kClicks + R"(SELECT MAX(n), ws FROM (SELECT page, COUNT(*) AS n, window_start AS ws, window_end AS we
            FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at_time), INTERVAL '10' SECOND)) GROUP BY page, window_start, window_end) GROUP BY ws, we)");
    query.with("clicks", {click("/a", 1, "01"), click("/a", 1, "06"), click("/b", 1, "02"), click("/b", 1, "12")});
    CHECK(query.run() == Lines{"+I[2, 2024-05-01 12:00:00.000]", "+I[1, 2024-05-01 12:00:10.000]"});
}

TEST_CASE("a record that is no row is told and counted, and the query goes on", "[sql]") {
    SqlQuery query(kClicks + "SELECT 100 / ms FROM clicks");
    query.with("clicks", {click("/a", 5, "01"), "{", R"({"ms":"many"})", click("/a", 0, "02"), "[1]", click("/a", 10, "03")});
    CHECK(query.run() == Lines{"+I[20]", "+I[10]"});
    CHECK(query.bad.size() == 4);
    CHECK(query.bad[1] == "\"ms\" is not INT");
    CHECK(query.bad.back() == "division by zero");
}

TEST_CASE("a name that is not there is told with its place and the nearest one", "[sql]") {
    CHECK(SqlQuery(kClicks + "SELECT pgae FROM clicks").run() == Lines{"line 5, column 8: there is no column `pgae`"});
    CHECK(SqlQuery(kClicks + "SELECT page, COUNT(*) FROM clicks").run() ==
          Lines{"line 5, column 8: the column `page` is neither in GROUP BY nor inside of a function over the group"});
    CHECK(SqlQuery("SELECT 1 FROM nothing").run() == Lines{"line 1, column 15: there is no table \"nothing\""});
}

}  // namespace kns::sql
