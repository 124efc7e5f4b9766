// Names, numbers, times and sizes as people write them: what is accepted is printed and read again as the same.
#include "core/base/base64.hpp"
#include "core/base/ids.hpp"
#include "core/base/time.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr UnixMs kNow = 1'700'000'000'000;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto name = StreamName::parse(text)) {
        must(!name->text().empty() && name->text().size() <= 128);
        must(StreamName::parse(name->text())->text() == name->text());
    }
    if (const auto shard = parse_shard_id(text)) must(parse_shard_id(shard_id_text(*shard)) == *shard);
    if (const auto hash = parse_hash_key(text)) must(parse_hash_key(hash_key_text(*hash)) == *hash);
    if (const auto number = SequenceNumber::parse(text)) {
        must(number->offset >= 0 || number->offset == kClosingCounter);
        must(SequenceNumber::parse(number->text()) == *number);
    }
    if (const auto duration = parse_duration(text)) {
        must(*duration >= 0);
        must(parse_duration(format_duration(*duration)) == *duration);
    }
    if (const auto bytes = parse_size(text)) std::ignore = format_size(*bytes);
    if (const auto instant = parse_time(text, kNow)) {
        const auto civil = civil_utc(*instant);
        must(civil.month >= 1 && civil.month <= 12 && civil.day >= 1 && civil.day <= 31);
        if (civil.year >= 1970 && civil.year <= 9999) must(parse_time(format_time(*instant), kNow) == *instant);
    }
    if (const auto bytes = base64_decode(text)) must(base64_encode(*bytes) == text);
    if (const auto bytes = hex_decode(text)) must(hex_decode(hex_encode(*bytes)) == *bytes);
    must(base64_decode(base64_encode(text)) == std::string(text));
    std::ignore = hash_of_key(text);
    return 0;
}
