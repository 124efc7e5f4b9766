#include "core/sql/source/csv_decoder.hpp"

#include "core/sql/expression/cast.hpp"

namespace kns::sql {
namespace {

char one_character(const Table& table, const char* key, char otherwise) {
    const std::string* option = table.option(key);
    if (option == nullptr || option->empty()) return otherwise;
    return *option == "\\t" ? '\t' : (*option)[0];
}

// A text as the type: nothing if it is none.
std::optional<Value> read_as(const std::string& text, const Type& type) {
    if (type.layout() == Layout::bytes) return Value(text);
    EvalContext context;
    const ColumnPtr out =
        cast_column(Column::constant(Layout::bytes, Value(text)), string_type(), type, true, 1, {nullptr, 1}, context);
    Value value = out->value(0);
    return is_null(value) ? std::nullopt : std::optional(std::move(value));
}

}  // namespace

CsvDecoder::CsvDecoder(const Table& table, const std::vector<FieldPath>& paths) : RowDecoder(table, paths) {
    delimiter_ = one_character(table, "csv.field-delimiter", ',');
    quote_ = one_character(table, "csv.quote-character", '"');
    if (const auto* option = table.option("csv.null-literal")) null_literal_ = *option;
    if (const auto* option = table.option("csv.ignore-parse-errors")) ignore_errors_ = *option == "true";
    std::vector<std::size_t> field_of(table.columns.size(), SIZE_MAX);
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (!table.columns[i].computed && !table.columns[i].metadata) field_of[i] = expected_++;
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (field_of[paths[i][0]] != SIZE_MAX)
            wanted_.push_back({.column = i, .field = field_of[paths[i][0]], .name = table.columns[paths[i][0]].name});
}

bool CsvDecoder::split(std::string_view record) {
    if (record.ends_with('\r')) record.remove_suffix(1);
    count_ = 0;
    for (std::size_t at = 0;;) {
        if (count_ == fields_.size()) fields_.emplace_back();
        auto& [text, quoted] = fields_[count_++];
        text.clear();
        quoted = at < record.size() && record[at] == quote_;
        if (quoted) {
            for (++at;; ++at) {
                if (at >= record.size()) return false;
                if (record[at] == quote_) {
                    if (at + 1 < record.size() && record[at + 1] == quote_)
                        ++at;
                    else
                        break;
                }
                text += record[at];
            }
            ++at;
            if (at < record.size() && record[at] != delimiter_) return false;
        } else {
            const std::size_t end = std::min(record.find(delimiter_, at), record.size());
            text = record.substr(at, end - at);
            at = end;
        }
        if (at >= record.size()) return true;
        ++at;
    }
}

std::optional<std::string> CsvDecoder::append(std::string_view record, const RecordMeta& meta) {
    begin_row();
    set_metadata(meta);
    const auto bad = [&](std::string why) {
        drop_row();
        return std::optional(std::move(why));
    };
    if (!split(record)) return bad("a quotation in the record does not end");
    if (count_ != expected_ && !ignore_errors_) return bad(fmt::format("the record has {} fields, and not {}", count_, expected_));
    for (const auto& [column, field, name] : wanted_) {
        if (field >= count_) continue;
        const auto& [text, quoted] = fields_[field];
        const Type& type = columns_[column].type;
        if (!quoted && ((null_literal_ && text == *null_literal_) || (text.empty() && !type.is_text()))) continue;
        const auto value = read_as(text, type);
        if (value)
            columns_[column].put(rows_ - 1, *value);
        else if (!ignore_errors_)
            return bad(fmt::format("\"{}\" is not {}", name, text_of(or_null(type))));
    }
    return {};
}

RawDecoder::RawDecoder(const Table& table, const std::vector<FieldPath>& paths) : RowDecoder(table, paths) {
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (!table.columns[paths[i][0]].metadata) wanted_.push_back(i);
}

std::optional<std::string> RawDecoder::append(std::string_view record, const RecordMeta& meta) {
    begin_row();
    set_metadata(meta);
    for (const auto column : wanted_) {
        const auto value = read_as(std::string(record), columns_[column].type);
        if (!value) {
            drop_row();
            return fmt::format("the record is not {}", text_of(or_null(columns_[column].type)));
        }
        columns_[column].put(rows_ - 1, *value);
    }
    return {};
}

}  // namespace kns::sql
