// Texts in SQL that run over records written in a test.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/sql/engine/pipeline.hpp"
#include "core/sql/engine/script.hpp"

namespace kns::sql {

// A query over tables, each with its records: lines of JSON. Everything comes in pieces of `piece` records.
class SqlQuery {
   public:
    explicit SqlQuery(std::string text) : text_(std::move(text)) {}
    SqlQuery& with(const std::string& table, std::vector<std::string> records) {
        inputs_.emplace_back(table, std::move(records));
        return *this;
    }
    SqlQuery& in_pieces_of(std::size_t piece) {
        piece_ = piece;
        return *this;
    }
    SqlQuery& bounded() {
        bounded_ = true;
        return *this;
    }
    // All that is remembered is saved after so many pieces, and goes on elsewhere.
    SqlQuery& broken_after(std::size_t pieces) {
        break_after_ = pieces;
        return *this;
    }
    // What comes out, line by line; or the error.
    std::vector<std::string> run() {
        late = 0;
        Catalog catalog;
        auto script = plan_script(text_, catalog);
        if (!script) return {script.error().text()};
        std::string out;
        const Planned* query = nullptr;
        for (const auto& one : script->queries) query = &one;
        REQUIRE(query != nullptr);
        plan = text_of(*query->plan);
        std::optional<Pipeline> pipeline;
        const auto begin = [&]() -> Result<void> {
            pipeline.emplace(catalog, PipelineOptions{.bounded = bounded_});
            pipeline->runtime().on_bad_row = [&](std::string_view why, std::string_view) { bad.emplace_back(why); };
            KNS_TRY(pipeline->add(*query->plan, [&](const Batch& batch) { append_changes(out, batch, query->plan->schema); }));
            return pipeline->start();
        };
        if (const auto begun = begin(); !begun) return {begun.error().text()};
        // Round by round, so that inputs of joins come beside each other.
        std::size_t longest = 0;
        for (const auto& [table, records] : inputs_) longest = std::max(longest, records.size());
        std::size_t pieces = 0;
        for (std::size_t from = 0; from < longest; from += piece_) {
            if (pieces++ == break_after_) {
                const std::string state = pipeline->save();
                late += pipeline->runtime().late_rows;
                const std::string told = out;
                REQUIRE(begin());
                out = told;  // rows of VALUES were told already
                REQUIRE(pipeline->load(state));
                CHECK(pipeline->save() == state);
            }
            for (auto& feed : pipeline->feeds()) {
                for (const auto& [table, records] : inputs_) {
                    if (table != feed->table().name) continue;
                    for (std::size_t i = from; i < std::min(records.size(), from + piece_); ++i) {
                        const std::string padded = records[i] + std::string(kRecordPadding, '\0');
                        feed->record(std::string_view(padded).substr(0, records[i].size()),
                                     {.offset = static_cast<std::int64_t>(i)}, 0);
                    }
                }
                feed->flush();
            }
        }
        for (auto& feed : pipeline->feeds()) feed->end();
        late += pipeline->runtime().late_rows;
        std::vector<std::string> lines;
        std::istringstream in(out);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }
    // What is left when all that was taken back is gone, sorted.
    std::vector<std::string> folded() {
        std::map<std::string, int> rows;
        for (const auto& line : run()) rows[line.substr(2)] += line[0] == '+' ? 1 : -1;
        std::vector<std::string> out;
        for (const auto& [row, count] : rows) {
            CHECK(count >= 0);
            for (int n = 0; n < count; ++n) out.push_back(row);
        }
        return out;
    }

    std::vector<std::string> bad;
    std::uint64_t late = 0;
    std::string plan;

   private:
    std::string text_;
    std::vector<std::pair<std::string, std::vector<std::string>>> inputs_;
    std::size_t piece_ = 1000, break_after_ = SIZE_MAX;
    bool bounded_ = false;
};
using Lines = std::vector<std::string>;

}  // namespace kns::sql
