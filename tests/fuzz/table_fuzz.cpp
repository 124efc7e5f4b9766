// What is said of tables, and times as records have them.
#include "core/firehose/table_schema.hpp"
#include "core/firehose/timestamp_formats.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto schema = parse_table_schema(text)) {
        must(!schema->empty());
        // A type's own text is that type.
        for (const auto& column : *schema) {
            const auto name = type_name(column.type);
            if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_<>():,") != std::string::npos) continue;
            const auto again = parse_table_schema("x " + name);
            must(again && type_name(again->front().type) == name);
        }
    }
    const auto at = text.find('\n');
    const auto patterns = TimestampFormats::parse(text.substr(0, at));
    if (patterns && at != std::string_view::npos) std::ignore = patterns->read(text.substr(at + 1));
    std::ignore = TimestampFormats().read(text);
    std::ignore = read_date(text);
    return 0;
}
