#include "core/sql/kda/translate.hpp"
#include "tests/unit/core/sql/query.hpp"

namespace kns::sql {
namespace {

const std::string kSource =
    R"(CREATE TABLE `SOURCE_SQL_STREAM_001` (`TICKER` STRING, `PRICE` DOUBLE, `AT` TIMESTAMP(3), WATERMARK FOR `AT` AS `AT`);
)";

std::string trade(const std::string& ticker, const std::string& price, int second) {
    return fmt::format(R"({{"TICKER":"{}","PRICE":{},"AT":"2024-05-01 12:{:02}:{:02}"}})", ticker, price, second / 60, second % 60);
}
SqlQuery over_trades(const std::string& text) {
    SqlQuery query(kSource + text);
    query.with("SOURCE_SQL_STREAM_001", {trade("A", "1.5", 1), trade("B", "10", 20), trade("A", "2.5", 59), trade("A", "7", 61)});
    return query;
}

}  // namespace

TEST_CASE("KDA: a pump puts what it selects into a stream, and a stream that nobody reads is the result", "[sql]") {
    auto query = over_trades(R"(CREATE OR REPLACE STREAM "OUT" (ticker VARCHAR(4), "Twice" DOUBLE);
        CREATE OR REPLACE PUMP "P" AS INSERT INTO "OUT" SELECT STREAM ticker, price * 2 FROM "SOURCE_SQL_STREAM_001" WHERE price > 2;)");
    CHECK(query.run() == Lines{"+I[B, 20.0]", "+I[A, 5.0]", "+I[A, 14.0]"});
}

TEST_CASE("KDA: windows are steps of ROWTIME in GROUP BY", "[sql]") {
    const std::string rest = R"(CREATE STREAM OUT (t TIMESTAMP, ticker VARCHAR(4), n INTEGER, most DOUBLE);
        CREATE PUMP p AS INSERT INTO OUT SELECT STREAM %, ticker, COUNT(*), MAX(price) FROM SOURCE_SQL_STREAM_001 AS s GROUP BY ticker, %;)";
    for (const std::string step : {"STEP(s.ROWTIME BY INTERVAL '60' SECOND)", "FLOOR(s.ROWTIME TO MINUTE)"}) {
        std::string text = rest;
        for (std::size_t at; (at = text.find('%')) != std::string::npos;) text.replace(at, 1, step);
        CHECK(over_trades(text).run() == Lines{"+I[2024-05-01 12:00:00.000, A, 2, 2.5]", "+I[2024-05-01 12:00:00.000, B, 1, 10.0]",
                                               "+I[2024-05-01 12:01:00.000, A, 1, 7.0]"});
    }
}

TEST_CASE("KDA: streams feed each other, in whatever order they are written", "[sql]") {
    auto query = over_trades(R"(CREATE STREAM last_one (n DOUBLE);
        CREATE PUMP p2 AS INSERT INTO last_one SELECT STREAM price + 1 FROM middle;
        CREATE STREAM middle (ticker VARCHAR(4), price DOUBLE);
        CREATE PUMP p1 AS INSERT INTO middle SELECT STREAM ticker, price FROM SOURCE_SQL_STREAM_001 WHERE ticker = 'A';)");
    CHECK(query.run() == Lines{"+I[2.5]", "+I[3.5]", "+I[8.0]"});
}

TEST_CASE("KDA: sliding windows look at the rows before", "[sql]") {
    auto query = over_trades(R"(CREATE STREAM OUT (ticker VARCHAR(4), total DOUBLE);
        CREATE PUMP p AS INSERT INTO OUT SELECT STREAM ticker, SUM(price) OVER (PARTITION BY ticker RANGE INTERVAL '59' SECOND PRECEDING) FROM SOURCE_SQL_STREAM_001;)");
    CHECK(query.run() == Lines{"+I[A, 1.5]", "+I[B, 10.0]", "+I[A, 4.0]", "+I[A, 9.5]"});
}

TEST_CASE("KDA: what is unusual has a high score", "[sql]") {
    SqlQuery query(kSource + R"(CREATE STREAM OUT (price DOUBLE, score DOUBLE);
        CREATE PUMP p AS INSERT INTO OUT SELECT STREAM price, ANOMALY_SCORE FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM * FROM SOURCE_SQL_STREAM_001), 50, 64, 1000, 1));)");
    std::vector<std::string> records;
    for (int i = 0; i < 200; ++i) records.push_back(trade("A", std::to_string(i == 150 ? 1000 : 10 + i % 7), i));
    const Lines lines = query.with("SOURCE_SQL_STREAM_001", records).run();
    REQUIRE(lines.size() == 200);
    std::vector<double> scores;
    for (const auto& line : lines) scores.push_back(std::stod(line.substr(line.find(", ") + 2)));
    CHECK(std::max_element(scores.begin() + 50, scores.end()) - scores.begin() == 150);
    CHECK(scores[0] == 0);
    CHECK(scores[150] > 3 * scores[149]);
    // The same when it is saved in between.
    CHECK(query.in_pieces_of(10).broken_after(9).run() == lines);
}

TEST_CASE("KDA: an explanation says which column made it unusual, and in which direction", "[sql]") {
    SqlQuery query(R"(CREATE TABLE x (a INT, b INT);
        SELECT a, ANOMALY_EXPLANATION FROM TABLE(RANDOM_CUT_FOREST_WITH_EXPLANATION(TABLE x, 50, 64, 1000, 1, TRUE)) WHERE b < 0)");
    std::vector<std::string> records;
    for (int i = 0; i < 200; ++i) records.push_back(fmt::format(R"({{"a":{},"b":{}}})", i % 5, i == 180 ? -500 : i % 3));
    const Lines lines = query.with("x", records).run();
    REQUIRE(lines.size() == 1);
    INFO(lines[0]);
    CHECK(lines[0].find(R"("b":{"DIRECTION":"LOW")") != std::string::npos);
}

TEST_CASE("KDA: what Flink has no counterpart of is refused, and what is missing is said", "[sql]") {
    const auto error = [](const std::string& text) { return over_trades(text).run().front(); };
    CHECK(error("CREATE STREAM o (a INT); CREATE PUMP p AS INSERT INTO o SELECT STREAM COUNT(*) FROM SOURCE_SQL_STREAM_001 "
                "WINDOWED BY STAGGER (PARTITION BY ticker RANGE INTERVAL '1' MINUTE);")
              .find("STAGGER") != std::string::npos);
    CHECK(error("CREATE STREAM o (a INT);").find("no pump puts anything") != std::string::npos);
    CHECK(error("CREATE STREAM o (a INT); CREATE PUMP p AS INSERT INTO o SELECT STREAM a FROM o;").find("fed by itself") !=
          std::string::npos);
    CHECK(error("CREATE STREAM o (a INT); CREATE PUMP p AS INSERT INTO o SELECT STREAM COUNT(*) FROM SOURCE_SQL_STREAM_001 GROUP "
                "BY ticker;")
              .find("needs a step of time") != std::string::npos);
}

}  // namespace kns::sql
