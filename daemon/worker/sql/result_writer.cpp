#include "daemon/worker/sql/result_writer.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/posix.hpp"
#include "core/sql/engine/script.hpp"
#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/json_text.hpp"

namespace kns {

ResultWriter::ResultWriter(sql::Schema schema, bool stays, const std::string& output)
    : schema_(std::move(schema)),
      form_(output == "ndjson"   ? Form::objects
            : output == "json"   ? Form::list
            : output == "tsv"    ? Form::fields
            : output == "screen" ? Form::screen
                                 : Form::changes),
      stays_(stays) {
    for (const auto& field : schema_) {
        std::string key;
        append_json_string(key, field.name);
        keys_.push_back(key + ":");
    }
    if (form_ == Form::list && stays_) text_ = "[";
}

void ResultWriter::append_row(std::string& out, const sql::Batch& batch, std::size_t row) const {
    if (form_ == Form::fields || form_ == Form::screen) {
        if (form_ == Form::screen) (out += sql::sign_of(batch.change(row))) += '\t';
        for (std::size_t i = 0; i < schema_.size(); ++i) {
            if (i > 0) out += '\t';
            if (batch.columns[i]->is_null(row) && form_ == Form::fields) continue;
            const std::size_t from = out.size();
            sql::append_text(out, *batch.columns[i], row, schema_[i].type);
            std::replace_if(
                out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
                [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
        }
        return;
    }
    out += '{';
    if (form_ == Form::objects && !stays_)
        fmt::format_to(std::back_inserter(out), "\"op\":\"{}\"{}", sql::sign_of(batch.change(row)), schema_.empty() ? "" : ",");
    for (std::size_t i = 0; i < schema_.size(); ++i) {
        if (i > 0) out += ',';
        out += keys_[i];
        sql::append_json(out, *batch.columns[i], row, schema_[i].type, {.iso_times = true});
    }
    out += '}';
}

void ResultWriter::write(const sql::Batch& batch) {
    if (form_ == Form::changes) return sql::append_changes(text_, batch, schema_);
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (stays_ || form_ == Form::objects || form_ == Form::screen) {
            if (form_ == Form::list) text_ += std::exchange(any_, true) ? ",\n" : "\n";
            append_row(text_, batch, row);
            if (form_ != Form::list) text_ += '\n';
            continue;
        }
        row_.clear();
        append_row(row_, batch, row);
        if (sql::adds(batch.change(row))) {
            Kept& kept = kept_[row_];
            if (kept.count++ == 0) kept.order = order_++;
        } else if (const auto at = kept_.find(row_); at != kept_.end() && --at->second.count == 0) {
            kept_.erase(at);
        }
    }
}

Result<void> ResultWriter::flush() {
    if (text_.empty()) return {};
    const auto written = write_all(STDOUT_FILENO, text_);
    text_.clear();
    return written;
}

Result<void> ResultWriter::finish() {
    if (form_ == Form::changes || form_ == Form::objects || form_ == Form::screen || (stays_ && form_ == Form::fields))
        return flush();
    if (stays_) {
        text_ += any_ ? "\n]\n" : "]\n";
        return flush();
    }
    std::vector<std::pair<std::uint64_t, const std::string*>> rows;
    for (const auto& [row, kept] : kept_)
        for (std::int64_t n = 0; n < kept.count; ++n) rows.emplace_back(kept.order, &row);
    std::ranges::sort(rows);
    const bool list = form_ == Form::list;
    if (list) text_ += '[';
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (list) text_ += i == 0 ? "\n" : ",\n";
        text_ += *rows[i].second;
        if (!list) text_ += '\n';
        if (is_large()) KNS_TRY(flush());
    }
    if (list) text_ += rows.empty() ? "]\n" : "\n]\n";
    return flush();
}

}  // namespace kns
