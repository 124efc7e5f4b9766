// What a delivery stream takes apart of records, and what a transform answers.
#include <algorithm>
#include "core/base/command_words.hpp"

#include "core/firehose/destination.hpp"
#include "core/firehose/error_record.hpp"
#include "core/firehose/lambda_event.hpp"
#include "core/firehose/postgres_table.hpp"
#include "core/firehose/service_processing.hpp"
#include "core/firehose/transform_spec.hpp"
#include "core/firehose/unpack.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t kMost = 1 << 16;
    if (const auto out = decompress_gzip(text, kMost)) must(out->size() <= kMost);
    std::ignore = log_messages(text);
    for (const auto* rule : {"json", "delimited:\n"}) {
        const auto parts = parts_of(parse_deaggregation(rule).value(), text);
        if (!parts) continue;
        const char* at = text.data();
        for (const auto part : *parts) {  // in order, within the record, none empty
            must(!part.empty() && part.data() >= at && part.data() + part.size() <= text.data() + text.size());
            at = part.data() + part.size();
        }
    }
    const TransformInput inputs[] = {{.id = "a", .data = "1", .arrival = 0}, {.id = "b", .data = "2", .arrival = 0}};
    if (const auto out = read_lambda_answer(text, inputs)) must(out->size() == 2);
    std::ignore = parse_transform(text);
    if (const auto line = copy_line(text, {"a", "b"})) must(std::ranges::count(*line, '\t') == 1 && !line->contains('\n'));
    must(!copy_line_raw(text).contains('\n'));
    if (const auto table = parse_destination("postgres://" + std::string(text)))
        must(parse_destination(table->url())->url() == table->url());
    if (const auto record = read_error_record(text)) must(record->data.size() < size);
    if (const auto queries = split_query(text)) must(!queries->empty() && !queries->contains(""));
    if (const auto words = split_words(text)) must(!words->empty() && !words->front().empty());
    std::ignore = anchor_transform(text, "/d");
    return 0;
}
