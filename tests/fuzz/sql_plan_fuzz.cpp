// Queries over known tables, planned, run over a few rows, saved and loaded in between: whatever they are, they end, and nothing
// breaks.
#include "core/sql/engine/pipeline.hpp"
#include "core/sql/engine/script.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns::sql;
using kns::fuzz::must;

namespace {

constexpr std::string_view kTables = R"(
CREATE TABLE t (k STRING, v INT, d DOUBLE, x DECIMAL(10, 2), r ROW<a INT, b STRING>, l ARRAY<INT>, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '1' SECOND);
CREATE TABLE u (k STRING, w BIGINT, j STRING, m MAP<STRING, INT>, ut TIMESTAMP_LTZ(3), WATERMARK FOR ut AS ut, PRIMARY KEY (k) NOT ENFORCED);
)";
constexpr std::string_view kRecords[] = {
    R"({"k":"a","v":1,"d":1.5,"x":2.25,"r":{"a":1,"b":"x"},"l":[1,2],"at":"2024-05-01 12:00:01","w":5,"j":"{\"q\":[1]}","m":{"o":1},"ut":"2024-05-01T12:00:00Z"})",
    R"({"k":"b","v":-2147483648,"d":-0.0,"x":null,"r":null,"l":[],"at":"2024-05-01 12:00:09","w":null,"j":"no","m":{},"ut":"2024-05-01T12:00:05Z"})",
    R"({"k":null,"v":3,"at":"2024-05-01 12:00:03","ut":"2024-05-01T12:00:02Z"})",
    R"({"k":"a","v":0,"d":1e300,"x":99999999.99,"at":"2024-05-01 12:00:20","w":9223372036854775807,"ut":"2024-05-01T12:00:30Z"})",
};

void feed(Pipeline& pipeline, std::size_t from, std::size_t to) {
    for (auto& feed : pipeline.feeds()) {
        for (std::size_t i = from; i < to; ++i) {
            const std::string padded = std::string(kRecords[i]) + std::string(kRecordPadding, '\0');
            feed->record(std::string_view(padded).substr(0, kRecords[i].size()), {.offset = static_cast<std::int64_t>(i)}, 0);
        }
        feed->flush();
    }
}

// The plans again, in operators of their own.
bool build(Pipeline& pipeline, const Script& script, std::size_t& rows) {
    for (const auto& query : script.queries)
        if (!pipeline.add(*query.plan, [&](const Batch& batch) {
                std::string text;
                append_changes(text, batch, query.plan->schema);
                rows += batch.size;
            }))
            return false;
    return pipeline.start().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Catalog catalog;
    auto script = plan_script(std::string(kTables) + std::string(reinterpret_cast<const char*>(data), size), catalog);
    if (!script) return 0;
    for (const auto& query : script->queries) (void)text_of(*query.plan);
    std::size_t straight = 0, broken = 0;
    Pipeline one(catalog, {.bounded = true});
    if (!build(one, *script, straight)) return 0;
    feed(one, 0, 4);
    for (auto& source : one.feeds()) source->end();

    // The same with a stop in the middle.
    Pipeline before(catalog, {.bounded = true});
    must(build(before, *script, broken));
    feed(before, 0, 2);
    const std::string state = before.save();
    Pipeline after(catalog, {.bounded = true});
    std::size_t initial = broken;
    must(build(after, *script, broken));
    broken = initial;
    must(after.load(state).has_value());
    must(after.save() == state);
    feed(after, 2, 4);
    for (auto& source : after.feeds()) source->end();
    return 0;
}
