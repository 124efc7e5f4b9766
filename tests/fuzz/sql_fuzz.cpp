// Texts in SQL: whatever is accepted is printed in a form that is accepted too, and prints to itself.
#include "core/sql/text/parse.hpp"
#include "core/sql/text/print.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns::sql;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto statements = parse_statements({reinterpret_cast<const char*>(data), size});
    if (!statements) return 0;
    for (const auto& statement : *statements) {
        const std::string printed = print(statement);
        const auto again = parse_statements(printed);
        must(again && again->size() == 1 && print(again->front()) == printed);
    }
    return 0;
}
