// The one way to stdout. A command fills a struct and hands it over; the format asked for decides what becomes of it, so
// that -o json works for every command from its first day.
//
//   text    for people, may change: tables and "name: value" blocks
//   json    one value; a list is an array, [] if empty. Only ever grows
//   ndjson  one value a line
//   tsv     no heading; the fields in the order json shows them, an object as one "field<TAB>value" line each
//
// stdout carries what was asked for and nothing else. Lives on the main thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/context.hpp"
#include "core/base/describe.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

// What is at the other end of a descriptor; found out once.
struct Terminal {
    bool is_tty = false;
    bool smart = false;  // a terminal whose cursor can be moved
    bool color = false;
    int width = 80;

    static Terminal of(int fd, bool no_color);
};

struct Column {
    std::string_view heading;
    bool right = false;    // numbers
    bool if_wide = false;  // left out first when the terminal is too narrow
};

using Row = std::vector<std::string>;
using Lines = std::vector<std::pair<std::string_view, std::string>>;

class Printer {
   public:
    explicit Printer(const Settings& settings);
    ~Printer();  // flushes; `finish` says whether that worked

    bool is_text() const { return settings_.output == Format::text; }
    const Terminal& out() const { return out_; }
    const Terminal& err() const { return err_; }

    // A list; `row_of(item)` gives its text row, or several as a std::vector<Row>.
    template <class T, class RowOf>
    void list(const std::vector<T>& items, std::span<const Column> columns, RowOf row_of) {
        if (is_text()) {
            std::vector<Row> rows;
            for (const auto& item : items) {
                if constexpr (std::is_same_v<decltype(row_of(item)), Row>) {
                    rows.push_back(row_of(item));
                } else {
                    for (auto& row : row_of(item)) rows.push_back(std::move(row));
                }
            }
            table(columns, rows);
        } else {
            std::vector<std::string> values;
            for (const auto& item : items) values.push_back(to_json(item));
            json_list(values);
        }
    }

    // One thing; `lines_of(value)` gives the text block.
    template <class T, class LinesOf>
    void object(const T& value, LinesOf lines_of) {
        is_text() ? block(lines_of(value)) : json_object(to_json(value));
    }

    // What has been changed: a sentence for people (see `note`), the thing itself for programs.
    template <class T>
    void changed(const T& value, std::string_view sentence) {
        is_text() ? note(sentence) : json_object(to_json(value));
    }

    // Bytes as they are, whatever the format: data, scripts, pages of help.
    void raw(std::string_view bytes);

    // One short sentence on stderr: on a terminal, or with --verbose; never with --quiet.
    void note(std::string_view sentence);
    // Something is not as it should be, though the command goes on. On stderr, also off a terminal.
    void warn(std::string_view sentence);
    // A step on the way; only with --verbose.
    void step(std::string_view sentence);
    // The error a command ends with: "kns: message" and "hint: ..." on stderr, or {"error":{...}}.
    void error(const Error& error);

    Result<void> flush();

   private:
    void table(std::span<const Column> columns, const std::vector<Row>& rows);
    void block(const Lines& lines);
    void json_list(const std::vector<std::string>& values);
    void json_object(const std::string& value);
    void add(std::string_view text);

    const Settings& settings_;
    Terminal out_, err_;
    std::string buffer_;
    bool failed_ = false;
};

// "1,234,567"
std::string grouped(std::uint64_t number);

}  // namespace kns::cli
