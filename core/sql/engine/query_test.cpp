#include "core/sql/engine/query_test.hpp"

#include <algorithm>
#include <map>

#include "core/base/time.hpp"
#include "core/sql/engine/pipeline.hpp"
#include "core/sql/engine/script.hpp"
#include "core/sql/source/guess_columns.hpp"

namespace kns::sql {
namespace {

constexpr std::int64_t kClock = 1'700'000'000'000'000;  // microseconds: what the clock shows unless told otherwise

struct Step {
    std::string table;  // empty: the clock moves
    std::vector<std::string> records{};
    std::int64_t clock_us = 0;
};
struct Test {
    std::string name;
    std::vector<Step> steps{};
    std::vector<std::string> expected{};
    bool folded = false, judged = false;
};
struct TestFile {
    std::string sql;
    std::vector<Test> tests;
};

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

Result<TestFile> parse(std::string_view text) {
    TestFile out;
    enum class In { nothing, sql, input, expected } in = In::nothing;
    std::size_t number = 0;
    for (const auto& line : lines_of(text)) {
        ++number;
        if (!line.starts_with("--- ")) {
            if (in == In::sql) out.sql += line + "\n";
            if (line.empty()) continue;
            if (in == In::input) out.tests.back().steps.back().records.push_back(line);
            if (in == In::expected) out.tests.back().expected.push_back(line);
            continue;
        }
        const std::string head = line.substr(4);
        const auto blank = head.find(' ');
        const std::string word = head.substr(0, blank), rest = blank == std::string::npos ? std::string() : head.substr(blank + 1);
        const auto wrong = [&](std::string_view why) { return fail(Errc::invalid_argument, "line {}: {}", number, why); };
        if (word == "sql") {
            // So that places in errors are those of this file.
            out.sql.append(number - static_cast<std::size_t>(std::ranges::count(out.sql, '\n')), '\n');
            in = In::sql;
        } else if (word == "test") {
            out.tests.push_back({.name = rest});
            in = In::nothing;
        } else if (out.tests.empty()) {
            return wrong(fmt::format("--- {} belongs to a --- test NAME before it", word));
        } else if (word == "input") {
            if (rest.empty()) return wrong("--- input says which table's records follow");
            out.tests.back().steps.push_back({.table = rest});
            in = In::input;
        } else if (word == "clock") {
            out.tests.back().steps.push_back(
                {.table = {}, .clock_us = KNS_TRY(context(parse_time(rest, 0), fmt::format("line {}", number))) * 1000});
            in = In::nothing;
        } else if (word == "expect" || word == "rows") {
            out.tests.back().folded = word == "rows";
            out.tests.back().judged = true;
            in = In::expected;
        } else {
            return wrong(fmt::format("\"--- {}\" is not known: sql, test, input, clock, expect and rows are", word));
        }
    }
    for (const auto& test : out.tests)
        if (!test.judged)
            return fail(Errc::invalid_argument, "the test \"{}\" expects nothing", test.name)
                .hint("--- expect, or --- rows, says what comes out");
    if (out.tests.empty()) return fail(Errc::invalid_argument, "the file has no tests").hint("--- test NAME begins one");
    return out;
}

// What is left of changes, sorted.
std::vector<std::string> folded(const std::vector<std::string>& changes) {
    std::map<std::string, int> rows;
    for (const auto& line : changes) rows[line.substr(2)] += line[0] == '+' ? 1 : -1;
    std::vector<std::string> out;
    for (const auto& [row, count] : rows)
        for (int n = 0; n < count; ++n) out.push_back(row);
    return out;
}

Result<QueryTestResult> run(const Test& test, const std::string& sql) {
    // Tables that nobody declared look as their records do.
    Catalog catalog([&](const std::string& name) -> Result<std::optional<Table>> {
        std::vector<std::string> records;
        for (const auto& step : test.steps)
            if (step.table == name) records.insert(records.end(), step.records.begin(), step.records.end());
        if (records.empty()) return std::nullopt;
        return Table{.name = name, .columns = KNS_TRY(guess_columns(records)), .watermark_column = {}};
    });
    const Script script = KNS_TRY(plan_script(sql, catalog));
    if (script.queries.empty())
        return fail(Errc::invalid_argument, "the statements have nothing to run").hint("a SELECT, or an INSERT INTO");
    QueryTestResult out{.name = test.name};
    Pipeline pipeline(catalog, {.bounded = true});
    pipeline.runtime().now_us = kClock;
    pipeline.runtime().on_bad_row = [&](std::string_view why, std::string_view) { out.left_out.emplace_back(why); };
    std::string text;
    for (const auto& query : script.queries)
        KNS_TRY(
            pipeline.add(*query.plan, [&text, &query](const Batch& batch) { append_changes(text, batch, query.plan->schema); }));
    KNS_TRY(pipeline.start());
    for (const auto& step : test.steps) {
        if (step.table.empty()) {
            pipeline.tick(step.clock_us);
            continue;
        }
        for (auto& feed : pipeline.feeds()) {
            if (feed->table().name != step.table) continue;
            std::int64_t offset = 0;
            for (const auto& record : step.records) {
                const std::string padded = record + std::string(kRecordPadding, '\0');
                feed->record(std::string_view(padded).substr(0, record.size()),
                             {.arrival_us = pipeline.runtime().now_us, .source = step.table, .offset = offset++}, 0);
            }
            feed->flush();
        }
    }
    for (auto& feed : pipeline.feeds()) feed->end();
    pipeline.tick(INT64_MAX);
    out.got = lines_of(text);
    out.expected = test.expected;
    if (test.folded) {
        out.got = folded(out.got);
        std::ranges::sort(out.expected);
    }
    out.passed = out.got == out.expected;
    return out;
}

}  // namespace

Result<std::vector<QueryTestResult>> run_query_tests(std::string_view text) {
    const TestFile file = KNS_TRY(parse(text));
    std::vector<QueryTestResult> out;
    for (const auto& test : file.tests) out.push_back(KNS_TRY(run(test, file.sql)));
    return out;
}

}  // namespace kns::sql
