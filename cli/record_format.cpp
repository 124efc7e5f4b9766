#include "cli/record_format.hpp"

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace kns::cli {
namespace {

std::string sequence_number_of(const RecordView& record, const FeedShard& shard) {
    return SequenceNumber{.created_s = shard.created_s,
                          .offset = record.offset,
                          .arrival_s = record.timestamp / 1000,
                          .shard_index = shard.shard_index}
        .text();
}

void append_escaped(std::string& out, std::string_view text) {
    std::size_t from = 0;
    for (std::size_t at; (at = text.find_first_of("\t\n\r\\", from)) != std::string_view::npos; from = at + 1) {
        out += text.substr(from, at - from);
        out += '\\';
        out += text[at] == '\t' ? 't' : text[at] == '\n' ? 'n' : text[at] == '\r' ? 'r' : '\\';
    }
    out += text.substr(from);
}

}  // namespace

RecordFormat::RecordFormat(std::string stream, Format format, Encoding encoding, Aggregates aggregates)
    : stream_(std::move(stream)), format_(format), encoding_(encoding), aggregates_(aggregates) {}

const std::string& RecordFormat::arrival_text(std::int64_t arrival_ms) {
    if (arrival_ms != arrival_ms_) {
        arrival_ms_ = arrival_ms;
        arrival_text_ = format_time(arrival_ms);
    }
    return arrival_text_;
}

void RecordFormat::append(std::string& out, const RecordView& record, const FeedShard& shard,
                          std::optional<std::uint64_t> sub_sequence_number) {
    switch (format_) {
        case Format::text:
            append_encoded(out, encoding_, record.value);
            out += '\n';
            break;
        case Format::json: append_object(out, record, shard, sub_sequence_number); break;
        case Format::ndjson:
            append_object(out, record, shard, sub_sequence_number);
            out += '\n';
            break;
        case Format::tsv: append_columns(out, record, shard); break;
    }
}

void RecordFormat::append_object(std::string& out, const RecordView& record, const FeedShard& shard,
                                 std::optional<std::uint64_t> sub_sequence_number) {
    auto member = [&](std::string_view opening, std::string_view value) {
        out += opening;
        append_json_string(out, value);
    };
    member(R"({"stream":)", stream_);
    member(R"(,"shard_id":)", shard.shard_id);
    member(R"(,"sequence_number":)", sequence_number_of(record, shard));
    if (sub_sequence_number) fmt::format_to(std::back_inserter(out), R"(,"sub_sequence_number":{})", *sub_sequence_number);
    if (record.key) {
        member(R"(,"partition_key":)", *record.key);
    } else {
        out += R"(,"partition_key":null)";
    }
    if (!record.explicit_hash_key.empty()) member(R"(,"explicit_hash_key":)", record.explicit_hash_key);
    member(R"(,"arrival_time":)", arrival_text(record.timestamp));
    if (encoding_ == Encoding::raw && is_utf8(record.value)) {
        member(R"(,"data":)", record.value);
    } else {
        const auto encoding = encoding_ == Encoding::hex ? Encoding::hex : Encoding::base64;
        out += encoding == Encoding::hex ? R"(,"data_hex":")" : R"(,"data_base64":")";
        append_encoded(out, encoding, record.value);
        out += '"';
    }
    out += '}';
}

void RecordFormat::append_columns(std::string& out, const RecordView& record, const FeedShard& shard) {
    out += sequence_number_of(record, shard);
    out += '\t';
    out += shard.shard_id;
    out += '\t';
    append_escaped(out, record.key.value_or(""));
    out += '\t';
    out += arrival_text(record.timestamp);
    out += '\t';
    if (encoding_ == Encoding::raw) {
        append_escaped(out, record.value);
    } else {
        append_encoded(out, encoding_, record.value);
    }
    out += '\n';
}

}  // namespace kns::cli
