// A query's rows on a terminal: those that stay, one below the other; those that change, as a table that changes in its place.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/sql_job.hpp"

namespace kns::cli {

class SqlScreen {
   public:
    explicit SqlScreen(SqlHead head) : head_(std::move(head)) {}

    // A change as the worker says it: "+I", "-U", "+U" or "-D", and the fields, with tabs between.
    void change(std::string_view line);
    // What has to be written to the terminal, `columns` wide and `rows` high, to show how it is now. In the end a table is shown
    // whole.
    std::string draw(std::size_t columns, std::size_t rows, bool last);

   private:
    using Fields = std::vector<std::string_view>;
    Fields fields_of(std::string_view line) const;
    void make_room(const Fields& fields);
    std::string line_of(const Fields& fields, std::size_t columns) const;
    std::string heading(std::size_t columns);

    SqlHead head_;
    std::vector<std::size_t> widths_;
    bool headed_ = false, changed_ = false;
    std::vector<std::string> fresh_;  // rows that stay and are not shown yet
    struct Kept {
        std::int64_t count = 0;
        std::uint64_t order = 0;
    };
    std::unordered_map<std::string, Kept> kept_;  // rows that are there now
    std::uint64_t order_ = 0;
    std::size_t drawn_ = 0;  // lines of the table on the screen
};

}  // namespace kns::cli
