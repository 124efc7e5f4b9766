#include "core/sql/data/row_codec.hpp"

#include <cmath>
#include <limits>

namespace kns::sql {
namespace {

template <class T>
void put(std::string& out, T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    out.append(raw, sizeof value);
}

void put_cell(std::string& out, std::int64_t value) { put(out, value); }
void put_cell(std::string& out, double value) {
    put(out, std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value == 0 ? 0.0 : value);
}
void put_cell(std::string& out, Decimal value) { put(out, value); }
void put_cell(std::string& out, std::string_view value) {
    put(out, static_cast<std::uint32_t>(value.size()));
    out += value;
}

}  // namespace

void write_cell(std::string& out, const Column& column, std::size_t row) {
    if (column.is_null(row)) return write_null(out);
    out += '\1';
    switch (column.layout()) {
        case Layout::whole: return put_cell(out, column.at<std::int64_t>(row));
        case Layout::floating: return put_cell(out, column.at<double>(row));
        case Layout::exact: return put_cell(out, column.at<Decimal>(row));
        case Layout::bytes: return put_cell(out, column.at<std::string_view>(row));
    }
}

void write_cell(std::string& out, const Value& value, Layout layout) {
    if (is_null(value)) return write_null(out);
    out += '\1';
    switch (layout) {
        case Layout::whole: return put_cell(out, std::get<std::int64_t>(value));
        case Layout::floating: return put_cell(out, std::get<double>(value));
        case Layout::exact: return put_cell(out, std::get<Decimal>(value));
        case Layout::bytes: return put_cell(out, std::string_view(std::get<std::string>(value)));
    }
}

void write_count(std::string& out, std::size_t count) { put(out, static_cast<std::uint32_t>(count)); }

template <class T>
T CellReader::take() {
    T out{};
    if (bytes_.size() < sizeof out) {
        failed_ = true;
        bytes_ = {};
        return out;
    }
    std::memcpy(&out, bytes_.data(), sizeof out);
    bytes_.remove_prefix(sizeof out);
    return out;
}

std::string_view CellReader::take_bytes() {
    const auto size = take<std::uint32_t>();
    if (size > bytes_.size()) {
        failed_ = true;
        bytes_ = {};
        return {};
    }
    const auto out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
}

bool CellReader::take_presence() { return take<char>() != 0; }

std::size_t CellReader::count() {
    const std::size_t out = take<std::uint32_t>();
    if (out <= bytes_.size()) return out;  // an element is a byte at least
    failed_ = true;
    bytes_ = {};
    return 0;
}

void CellReader::read_into(Column& column) {
    if (!take_presence()) return column.append_null();
    switch (column.layout()) {
        case Layout::whole: return column.append(take<std::int64_t>());
        case Layout::floating: return column.append(take<double>());
        case Layout::exact: return column.append(take<Decimal>());
        case Layout::bytes: return column.append(take_bytes());
    }
}

void CellReader::read_kept(Column& column) {
    if (column.layout() != Layout::bytes) return read_into(column);
    if (!take_presence()) return column.append_null();
    column.append(column.arena().keep(take_bytes()));
}

Value CellReader::read(Layout layout) {
    if (!take_presence()) return {};
    switch (layout) {
        case Layout::whole: return take<std::int64_t>();
        case Layout::floating: return take<double>();
        case Layout::exact: return take<Decimal>();
        case Layout::bytes: return std::string(take_bytes());
    }
    return {};
}

void CellReader::skip(Layout layout) {
    if (!take_presence()) return;
    switch (layout) {
        case Layout::whole:
        case Layout::floating: take<std::int64_t>(); return;
        case Layout::exact: take<Decimal>(); return;
        case Layout::bytes: take_bytes(); return;
    }
}

}  // namespace kns::sql
