#include "core/sql/operator/sort_key.hpp"

#include <bit>

namespace kns::sql {
namespace {

__extension__ using Wide = unsigned __int128;

void append_big_endian(std::string& out, Wide value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

void append_cell(std::string& out, const Column& column, std::size_t row) {
    switch (column.layout()) {
        case Layout::whole:
            return append_big_endian(out, static_cast<std::uint64_t>(column.at<std::int64_t>(row)) ^ (std::uint64_t{1} << 63), 8);
        case Layout::floating: {
            const double value = column.at<double>(row) == 0 ? 0.0 : column.at<double>(row);
            auto bits = std::bit_cast<std::uint64_t>(value);
            bits = bits >> 63 != 0 ? ~bits : bits | std::uint64_t{1} << 63;
            return append_big_endian(out, bits, 8);
        }
        case Layout::exact: return append_big_endian(out, static_cast<Wide>(column.at<Decimal>(row)) ^ (Wide{1} << 127), 16);
        case Layout::bytes:
            for (const char c : column.at<std::string_view>(row)) {
                out += c;
                if (c == '\0') out += '\xff';
            }
            out += '\0';
            out += '\0';
            return;
    }
}

}  // namespace

void append_sort_key(std::string& out, const Batch& batch, std::size_t row, const std::vector<SortKey>& keys) {
    for (const auto& key : keys) {
        const Column& column = *batch.columns[key.column];
        const bool null = column.is_null(row);
        out += null == key.nulls_first ? '\1' : '\2';
        if (null) continue;
        const std::size_t from = out.size();
        append_cell(out, column, row);
        if (key.descending)
            for (std::size_t i = from; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
    }
}

void append_sequence(std::string& out, std::uint64_t sequence) { append_big_endian(out, sequence, 8); }

}  // namespace kns::sql
