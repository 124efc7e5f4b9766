// JSON from clients: what is accepted is written and read again as the same, and fits into the wire structs or is refused.
#include <algorithm>
#include <cmath>

#include "core/base/api/delivery.hpp"
#include "core/base/api/stream.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

std::string written(const JsonValue& value) {
    JsonWriter out;
    value.write(out);
    return out.take();
}

// The same, up to the last digits of numbers that are not whole: Boost.JSON 1.81 reads those by multiplication.
bool same(const JsonValue& a, const JsonValue& b) {
    if (const auto *x = a.as_array(), *y = b.as_array(); x && y) return std::ranges::equal(*x, *y, same);
    if (const auto *x = a.as_object(), *y = b.as_object(); x && y)
        return std::ranges::equal(*x, *y,
                                  [](const auto& m, const auto& n) { return m.first == n.first && same(m.second, n.second); });
    if (written(a) == written(b)) return true;
    const auto x = a.as_double(), y = b.as_double();
    return x && y && std::abs(*x - *y) <= 1e-14 * std::abs(*x);
}

template <class T>
void try_struct(const JsonValue& value) {
    if (const auto read = from_json<T>(value)) must(from_json_text<T>(to_json(*read)).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string quoted;
    append_json_string(quoted, text);
    const auto string = parse_json(quoted);
    must(string && string->as_string());
    if (is_utf8(text)) must(*string->as_string() == text);

    const auto value = parse_json(text);
    if (!value) return 0;
    must(is_utf8(text));
    const std::string once = written(*value);
    const auto again = parse_json(once);
    must(again && same(*value, *again));
    std::ignore = value->at_path("a.b[2].c");
    try_struct<CreateStream>(*value);
    try_struct<CreateDelivery>(*value);
    try_struct<SplitShard>(*value);
    return 0;
}
