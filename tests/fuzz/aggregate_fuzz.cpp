// Records that may be aggregates: with a digest that is right, or as they come. What is one is the same after being packed again.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>

#include <array>
#include <tuple>
#include <vector>

#include "core/base/aggregate.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

using Rows = std::vector<std::tuple<std::string, std::string, std::string>>;

Rows rows_of(AggregateReader reader) {
    Rows rows;
    for (UserRecord record; reader.next(record);) rows.emplace_back(record.key, record.explicit_hash_key, record.data);
    return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    std::ignore = AggregateReader::open(text);
    std::array<unsigned char, MD5_DIGEST_LENGTH> digest{};
    MD5(data, size, digest.data());
    text.insert(0, "\xf3\x89\x9a\xc2");
    text.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    const auto reader = AggregateReader::open(text);
    if (!reader) return 0;
    const auto rows = rows_of(*reader);
    must(rows.size() == reader->size() && !rows.empty());
    AggregateBuilder builder;
    for (const auto& [key, explicit_hash_key, value] : rows) builder.add({key, explicit_hash_key, value});
    const auto again = AggregateReader::open(builder.finish());
    must(again.has_value());
    return 0;
}
