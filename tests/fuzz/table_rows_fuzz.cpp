// Records on their way into a table's rows.
#include <simdjson.h>

#include <algorithm>

#include "core/firehose/delivery_config.hpp"
#include "core/firehose/table_format.hpp"
#include "plugins/arrow/row_reader.hpp"
#include "plugins/arrow/table_file.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

TableFormat format_of(std::uint8_t choice) {
    DeliveryConfig config;
    config.format = "parquet";
    config.schema = choice % 2 ? "infer"
                               : "a int, b double, c decimal(38,10), d string, e boolean, f timestamp, g date, h binary, i float, "
                                 "j array<struct<x:bigint,y:map<string,decimal(5,2)>>>, k struct<l:array<smallint>,m:tinyint>";
    if (choice & 2) config.format_options["case_insensitive"] = "false";
    return table_format(config).value();
}

// Every column holds as many values as there are rows, whatever was refused.
void must_be_whole(RowReader& reader) {
    for (const auto& column : reader.row().columns()) must(column.size() == reader.rows());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice();
    const auto format = format_of(choice);
    const auto kind = choice & 4 ? TableFile::Kind::json : choice & 8 ? TableFile::Kind::orc : TableFile::Kind::parquet;
    RowReader reader(format);
    std::string_view rest = input.rest();
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto before = reader.rows();
        const bool taken = !reader.add(rest.substr(0, end));
        must(taken ? reader.rows() > before : reader.rows() == before);
        must_be_whole(reader);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto rows = reader.rows();
    if (rows == 0) return 0;
    const auto file = TableFile::make(kind, format);
    std::string out;
    must(file->write(reader.row(), rows, out).has_value());
    must(file->close(out).has_value());
    must(!out.empty());
    if (kind != TableFile::Kind::json) return 0;
    must(static_cast<std::size_t>(std::ranges::count(out, '\n')) == rows);
    simdjson::dom::parser parser;
    for (std::string_view lines = out; !lines.empty();) {
        const auto end = lines.find('\n');
        must(parser.parse(lines.data(), end).error() == simdjson::SUCCESS);
        lines.remove_prefix(end + 1);
    }
    return 0;
}
