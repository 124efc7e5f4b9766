#include "daemon/kinesis/shard_reader.hpp"

#include "core/aws/answer_writer.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kReadAtOnce = 1 << 20;

// The records of `chunk` that are wanted. False: there is no more room.
Result<bool> take_records(const BatchCursor::Chunk& chunk, const ShardIterator& from, std::size_t max_records,
                          std::size_t max_bytes, ShardPage& page) {
    for (std::size_t i = 0; i < chunk.batches.size(); ++i) {
        for (Bytes run = chunk.batches[i]; !run.empty();) {
            RecordReader reader(run);
            run = run.subspan(reader.header().total_bytes());
            RecordView record;
            while (KNS_TRY(reader.next(record))) {
                if (record.offset < page.next_offset) continue;
                if (record.timestamp < from.not_before_ms) {
                    page.next_offset = record.offset + 1;
                    continue;
                }
                const std::size_t bytes = record.value.size() + (record.key ? record.key->size() : 0);
                if (page.records.size() >= max_records || (page.bytes + bytes > max_bytes && !page.records.empty())) return false;
                page.records.push_back({record, chunk.encrypted[i]});
                page.bytes += bytes;
                page.next_offset = record.offset + 1;
            }
        }
    }
    return true;
}

}  // namespace

Task<Result<ShardPage>> read_shard(Services& services, StreamPtr stream, ShardIterator from, std::size_t max_records,
                                   std::size_t max_bytes) {
    const auto* shard = stream->shard_by_number(from.shard_number);
    const auto content = services.index.content(from.shard_number);
    const std::int64_t end = std::min(content.next_offset, shard->end_offset.value_or(content.next_offset));
    ShardPage page;
    page.next_offset = std::max(from.next_offset, content.first_offset);
    if (page.next_offset < end) {
        const UnixMs horizon = services.clock.now() - stream->row.retention_ms;
        page.chunk = std::make_shared<BatchCursor::Chunk>();
        auto find_key = [&keys = services.keys, id = stream->row.id](std::uint32_t number) { return keys.find(id, number); };
        auto cursor =
            std::make_shared<BatchCursor>(std::vector<BatchCursor::Range>{{from.shard_number, page.next_offset, end}}, find_key);
        // More than is asked for is read again by the next call: small answers read little.
        const std::size_t at_once = max_records <= 100 ? kReadAtOnce / 8 : max_bytes + (max_bytes >> 3);
        for (;;) {
            auto read = [&services, cursor, chunk = page.chunk, horizon, at_once]() -> Result<void> {
                auto& tools = *KNS_TRY(services.reader_tools());
                return cursor->read(tools.finder, tools.files, horizon, at_once, *chunk);
            };
            auto done = co_await run_on(services.readers, std::move(read));
            if (!done) co_return std::unexpected(std::move(done).error());
            if (!page.chunk->damages.empty()) services.report_damage(page.chunk->damages);
            auto room = take_records(*page.chunk, from, max_records, max_bytes, page);
            if (!room) co_return std::unexpected(std::move(room).error());
            if (!page.records.empty() || !*room) break;
            if (cursor->finished() || page.chunk->at_end) {
                page.next_offset = end;
                break;
            }
        }
    }
    page.at_shard_end = !shard->open() && page.next_offset >= *shard->end_offset;
    if (page.next_offset < end)
        page.behind_ms =
            std::max<Ms>(0, services.clock.now() - (page.records.empty() ? services.clock.now() : page.records.back().timestamp));
    co_return page;
}

void write_records(AnswerWriter& out, const ShardPage& page, const ShardRow& shard) {
    out.begin_list();
    for (const auto& record : page.records) {
        out.begin_structure();
        out.key("SequenceNumber")
            .text(SequenceNumber{shard.created_s, record.offset, record.timestamp / kSecond, shard.index}.text());
        out.key("ApproximateArrivalTimestamp").timestamp(record.timestamp);
        out.key("Data").blob(record.value);
        if (record.key) out.key("PartitionKey").text(*record.key);
        if (record.encrypted) out.key("EncryptionType").text("KMS");
        out.end_structure();
    }
    out.end_list();
}

}  // namespace kns::aws
