#include "core/sql/expression/json_text.hpp"

#include <cmath>

#include "core/base/base64.hpp"
#include "core/sql/data/row_codec.hpp"
#include "core/sql/expression/calendar.hpp"
#include "core/sql/expression/cast.hpp"

namespace kns::sql {
namespace {

void append_nested(std::string& out, std::string_view bytes, const Type& type, const JsonForm& form) {
    CellReader in(bytes);
    const auto cell = [&](const Type& element, bool key) {
        Column one(element.layout());
        in.read_into(one);
        if (!key) return append_json(out, one, 0, element, form);
        std::string text;
        append_text(text, one, 0, element);
        append_json_string(out, text);
    };
    const bool row = type.kind == Kind::row, list = type.kind == Kind::array;
    out += list ? '[' : '{';
    const std::size_t count = row ? type.elements.size() : in.count();
    for (std::size_t i = 0; i < count && !in.failed(); ++i) {
        if (i > 0) out += ',';
        if (row) {
            append_json_string(out, type.fields[i]);
            out += ':';
            cell(type.elements[i], false);
        } else if (list) {
            cell(type.elements[0], false);
        } else {
            cell(type.elements[0], true);
            out += ':';
            cell(type.kind == Kind::map ? type.elements[1] : integer_type(), false);
        }
    }
    out += list ? ']' : '}';
}

}  // namespace

void append_json(std::string& out, const Column& column, std::size_t row, const Type& type, const JsonForm& form) {
    if (column.is_null(row) || type.kind == Kind::null) {
        out += "null";
        return;
    }
    switch (type.kind) {
        case Kind::boolean: out += column.at<std::int64_t>(row) != 0 ? "true" : "false"; return;
        case Kind::tinyint:
        case Kind::smallint:
        case Kind::integer:
        case Kind::bigint:
        case Kind::decimal: append_text(out, column, row, type); return;
        case Kind::real:
        case Kind::double_precision:
            if (std::isfinite(column.at<double>(row))) return append_text(out, column, row, type);
            out += '"';
            append_text(out, column, row, type);
            out += '"';
            return;
        case Kind::character:
        case Kind::text: append_json_string(out, column.at<std::string_view>(row)); return;
        case Kind::binary:
            out += '"';
            base64_encode_append(out, column.at<std::string_view>(row));
            out += '"';
            return;
        case Kind::timestamp:
        case Kind::timestamp_ltz: {
            // An instant is written in UTC, with its Z.
            out += '"';
            append_timestamp(out, column.at<std::int64_t>(row), type.precision, form.iso_times ? 'T' : ' ');
            if (type.kind == Kind::timestamp_ltz) out += 'Z';
            out += '"';
            return;
        }
        case Kind::array:
        case Kind::multiset:
        case Kind::map:
        case Kind::row: return append_nested(out, column.at<std::string_view>(row), type, form);
        default:
            out += '"';
            append_text(out, column, row, type);
            out += '"';
            return;
    }
}

}  // namespace kns::sql
