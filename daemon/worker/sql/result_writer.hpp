// A query's rows on stdout, in the form asked for.
//
//   text    a line a change, as Flink prints them: +I[1, a]
//   ndjson  an object a row; of results that change "op" comes first: {"op":"-U","n":3}
//   json    a list of the rows that are there in the end
//   tsv     the same as fields between tabs; of results that stay, as they come
//   screen  a line a change for `kns`, which draws it: +I and the fields between tabs
#pragma once

#include <map>
#include <string>

#include "core/sql/data/column.hpp"
#include "core/sql/plan/plan.hpp"

namespace kns {

class ResultWriter {
   public:
    // `stays`: no row is ever taken back.
    ResultWriter(sql::Schema schema, bool stays, const std::string& output);
    void write(const sql::Batch& batch);
    // What was written so far; false if nobody reads it any more.
    Result<void> flush();
    // Results that are told in the end.
    Result<void> finish();
    bool is_large() const { return text_.size() >= kLarge; }

   private:
    enum class Form { changes, objects, list, fields, screen };
    void append_row(std::string& out, const sql::Batch& batch, std::size_t row) const;
    static constexpr std::size_t kLarge = 256 << 10;

    sql::Schema schema_;
    std::vector<std::string> keys_;  // `"name":`
    Form form_;
    bool stays_;
    std::string text_, row_;
    bool any_ = false;
    // Rows that are there now, by what they say; how often, and when the first of them came.
    struct Kept {
        std::int64_t count = 0;
        std::uint64_t order = 0;
    };
    std::map<std::string, Kept> kept_;
    std::uint64_t order_ = 0;
};

}  // namespace kns
