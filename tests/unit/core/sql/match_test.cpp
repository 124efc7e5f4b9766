#include "tests/unit/core/sql/query.hpp"

namespace kns::sql {
namespace {

// A row a second, of one key unless said otherwise.
std::vector<std::string> rows(const std::vector<int>& values) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < values.size(); ++i)
        out.push_back(fmt::format(R"({{"k":"a","v":{},"t":"2024-05-01 12:{:02}:{:02}"}})", values[i], i / 60, i % 60));
    return out;
}

SqlQuery match(const std::string& rest, const std::vector<int>& values) {
    SqlQuery query(
        "CREATE TABLE x (k STRING, v INT, t TIMESTAMP(3), WATERMARK FOR t AS t);\nSELECT * FROM x MATCH_RECOGNIZE (PARTITION BY k "
        "ORDER BY t " +
        rest + ")");
    query.with("x", rows(values));
    return query;
}

const std::string kFalls = R"(MEASURES S.v AS high, LAST(D.v) AS low, U.v AS up ONE ROW PER MATCH AFTER MATCH SKIP TO LAST U
    PATTERN (S D+ U) DEFINE D AS (LAST(D.v, 1) IS NULL AND D.v < S.v) OR D.v < LAST(D.v, 1), U AS U.v > LAST(D.v))";
const std::string kAbc = " DEFINE A AS A.v > 10, B AS B.v < 15, C AS C.v > 12";

}  // namespace

TEST_CASE("prices that fall and rise again", "[sql]") {
    const std::vector<int> values{5, 9, 7, 3, 8, 6, 7, 7};
    const Lines expected{"+I[a, 9, 3, 8]", "+I[a, 8, 6, 7]"};
    CHECK(match(kFalls, values).run() == expected);
    CHECK(match(kFalls, values).in_pieces_of(1).run() == expected);
}

TEST_CASE("a greedy variable takes what it can, a reluctant one what it must", "[sql]") {
    const std::vector<int> values{10, 11, 12, 13, 14, 16};
    const std::string measures = "MEASURES A.v AS a, LAST(B.v) AS b, C.v AS c AFTER MATCH SKIP PAST LAST ROW ";
    CHECK(match(measures + "PATTERN (A B* C)" + kAbc, values).run() == Lines{"+I[a, 11, 14, 16]"});
    CHECK(match(measures + "PATTERN (A B*? C)" + kAbc, values).run() == Lines{"+I[a, 11, 12, 13]", "+I[a, 14, NULL, 16]"});
}

TEST_CASE("the next match begins behind the last one, or at the next row", "[sql]") {
    const std::string rest = " PATTERN (A+ B) DEFINE A AS AVG(A.v) < 5";
    const std::string measures = "MEASURES FIRST(A.v) AS f, LAST(A.v) AS l, COUNT(A.v) AS n, B.v AS b ";
    CHECK(match(measures + "AFTER MATCH SKIP PAST LAST ROW" + rest, {1, 2, 9, 3, 30, 1, 9}).run() ==
          Lines{"+I[a, 1, 3, 4, 30]", "+I[a, 1, 1, 1, 9]"});
    CHECK(match(measures + "AFTER MATCH SKIP TO NEXT ROW" + rest, {1, 2, 30}).run() ==
          Lines{"+I[a, 1, 2, 2, 30]", "+I[a, 2, 2, 1, 30]"});
}

TEST_CASE("a match that takes as long as WITHIN says is too long", "[sql]") {
    const std::string rest =
        "MEASURES A.v AS a, C.v AS c PATTERN (A B* C) WITHIN INTERVAL '3' SECOND DEFINE A AS A.v = 1, B AS B.v = 2, C AS C.v = 3";
    CHECK(match(rest, {1, 2, 3}).run() == Lines{"+I[a, 1, 3]"});
    CHECK(match(rest, {1, 2, 2, 3}).run().empty());
}

TEST_CASE("a number of rows of a variable, and rows that follow each other without a gap", "[sql]") {
    const std::string rest = "MEASURES FIRST(A.v) AS f, LAST(A.v) AS l PATTERN (A{2,3} B) DEFINE A AS A.v < 10, B AS B.v >= 10";
    CHECK(match(rest, {1, 2, 3, 4, 11, 5, 12, 6, 7, 10}).run() == Lines{"+I[a, 2, 4]", "+I[a, 6, 7]"});
}

TEST_CASE("what Flink refuses of patterns is refused", "[sql]") {
    CHECK(match("MEASURES A.v AS a PATTERN (A B+) DEFINE A AS A.v > 1", {}).run()[0].find("`B` is the last variable and greedy") !=
          std::string::npos);
    CHECK(match("MEASURES A.v AS a PATTERN (A*?) DEFINE A AS A.v > 1", {}).run()[0].find("could match no rows") !=
          std::string::npos);
    CHECK(match("MEASURES PREV(A.v) AS a PATTERN (A) DEFINE A AS A.v > 1", {}).run()[0].find("PREV is not known") !=
          std::string::npos);
    CHECK(match("MEASURES AVG(A.v * B.v) AS a PATTERN (A B) DEFINE A AS A.v > 1", {}).run()[0].find("speaks of one variable") !=
          std::string::npos);
}

}  // namespace kns::sql
