// Prefixes of delivered objects and destinations: whatever is accepted gives keys that stay below the destination.
#include "core/firehose/destination.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "core/firehose/object_key.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto kind = input.choice() & 1 ? PrefixKind::error : PrefixKind::data;
    const UnixMs arrival = static_cast<UnixMs>(input.number()) * 1000;
    const auto text = input.rest();
    std::ignore = parse_destination(text);
    if (const auto topic = parse_kafka_topic(text)) must(parse_kafka_topic(topic->url())->url() == topic->url());
    if (const auto pattern = DatePattern::parse(text)) must(pattern->format(arrival) == pattern->format(arrival));
    const auto prefix = ObjectPrefix::parse(text, kind);
    if (!prefix) return 0;
    const auto key = object_key(*prefix, {"delivery", 1, ".gz"}, arrival, {7, 11}, "processing-failed");
    if (!key) return 0;
    must(validate_key(*key).has_value());
    must(!key->starts_with('/') && key->size() <= 1024 && key->ends_with(".gz"));
    must(("/" + *key).find("/../") == std::string::npos && key->find('\0') == std::string::npos);
    must(object_key(*prefix, {"delivery", 1, ".gz"}, arrival, {7, 11}, "processing-failed") == *key);
    return 0;
}
