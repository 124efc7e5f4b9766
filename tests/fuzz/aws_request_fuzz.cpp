// Bodies of AWS requests, JSON and CBOR, read by every operation's shape: refused, or a tree no larger than the body allows whose
// constraints can be told.
#include "core/aws/kinesis_shapes.hpp"
#include "core/aws/value.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

std::size_t bytes_in(const aws::Value& value) {
    std::size_t bytes = 0;
    if (const auto* text = value.text()) bytes += text->size();
    if (const auto blob = value.blob()) bytes += blob->size();
    for (const auto& element : value.list()) bytes += bytes_in(element);
    if (const auto* map = value.map())
        for (const auto& [key, element] : *map) bytes += key.size() + bytes_in(element);
    if (const auto* members = std::get_if<aws::Value::Structure>(&value.storage()))
        for (const auto& [name, member] : *members) bytes += bytes_in(member);
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    for (const auto& operation : aws::kinesis_operations()) {
        std::string changed(body);
        for (const auto& value : {aws::decode_json(*operation.input, changed), aws::decode_cbor(*operation.input, body)}) {
            if (!value) continue;
            must(bytes_in(*value) <= size);
            const auto broken = aws::violations(*operation.input, *value);
            must(broken.size() <= 10);
            must(aws::validation_message(broken).size() < 40'000);
        }
    }
    return 0;
}
