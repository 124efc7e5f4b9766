#include "daemon/kinesis/shard_reader.hpp"

#include "core/aws/answer_writer.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kReadAtOnce = 1 << 20;

// Reads on until the page is full or there is nothing more for now. On a reader thread.
class PageReader {
   public:
    PageReader(Services& services, const Stream& stream, ShardIterator from, std::int64_t end, std::size_t max_records,
               std::size_t max_bytes)
        : services_(services),
          from_(from),
          horizon_(services.clock.now() - stream.row.retention_ms),
          end_(end),
          max_records_(max_records),
          max_bytes_(max_bytes),
          cursor_({{from.shard_number, from.next_offset, end}},
                  [&keys = services.keys, id = stream.row.id](std::uint32_t number) { return keys.find(id, number); }) {
        page_.next_offset = from.next_offset;
    }

    ShardPage& page() { return page_; }

    Result<void> read() {
        auto& tools = *KNS_TRY(services_.reader_tools());
        for (;;) {
            auto chunk = std::make_shared<BatchCursor::Chunk>();
            const auto read = cursor_.read(tools.finder, tools.files, horizon_, at_once(), *chunk);
            if (!read && page_.records.empty()) return read;
            if (!read) return {};  // what there is first; the next call meets it
            page_.damages.insert(page_.damages.end(), chunk->damages.begin(), chunk->damages.end());
            const bool room = KNS_TRY(take_records(*chunk)) && page_.records.size() < max_records_;
            const bool at_end = chunk->at_end;
            held_bytes_ += chunk->bytes.size();
            if (!chunk->batches.empty()) page_.chunks.push_back(std::move(chunk));
            if (room && (cursor_.finished() || at_end)) {
                page_.next_offset = end_;
                return {};
            }
            // Where other shards' records lie between, much is held for little.
            if (!room || (held_bytes_ >= max_bytes_ && !page_.records.empty())) return {};
        }
    }

   private:
    // More than is asked for is read again by the next call: small answers read little.
    std::size_t at_once() const {
        if (max_records_ <= 100) return kReadAtOnce / 8;
        return std::max(kReadAtOnce, max_bytes_ - std::min(max_bytes_, page_.bytes) + (max_bytes_ >> 3));
    }

    // The records of `chunk` that are wanted. False: there is no more room.
    Result<bool> take_records(const BatchCursor::Chunk& chunk) {
        for (std::size_t i = 0; i < chunk.batches.size(); ++i) {
            for (Bytes run = chunk.batches[i]; !run.empty();) {
                RecordReader reader(run);
                run = run.subspan(reader.header().total_bytes());
                RecordView record;
                while (reader.step(record)) {
                    if (record.offset < page_.next_offset) continue;
                    if (record.timestamp < from_.not_before_ms) {
                        page_.next_offset = record.offset + 1;
                        continue;
                    }
                    const std::size_t bytes = record.value.size() + (record.key ? record.key->size() : 0);
                    if (page_.records.size() >= max_records_ || (page_.bytes + bytes > max_bytes_ && !page_.records.empty()))
                        return false;
                    page_.records.push_back({record, chunk.encrypted[i]});
                    page_.bytes += bytes;
                    page_.next_offset = record.offset + 1;
                }
                KNS_TRY(reader.outcome());
            }
        }
        return true;
    }

    Services& services_;
    ShardIterator from_;
    UnixMs horizon_;
    std::int64_t end_;
    std::size_t max_records_, max_bytes_;
    BatchCursor cursor_;
    ShardPage page_;
    std::size_t held_bytes_ = 0;
};

}  // namespace

Task<Result<ShardPage>> read_shard(Services& services, StreamPtr stream, ShardIterator from, std::size_t max_records,
                                   std::size_t max_bytes) {
    const auto* shard = stream->shard_by_number(from.shard_number);
    const auto content = services.index.content(from.shard_number);
    const std::int64_t end = std::min(content.next_offset, shard->end_offset.value_or(content.next_offset));
    ShardPage page;
    from.next_offset = page.next_offset = std::max(from.next_offset, content.first_offset);
    if (page.next_offset < end) {
        const auto reader = std::make_shared<PageReader>(services, *stream, from, end, max_records, max_bytes);  // with its thread
        auto read = [reader] { return reader->read(); };
        const auto done = co_await run_on(services.readers, std::move(read));
        page = std::move(reader->page());
        if (!page.damages.empty()) services.report_damage(page.damages);
        if (!done) co_return std::unexpected(done.error());
    }
    page.at_shard_end = !shard->open() && page.next_offset >= *shard->end_offset;
    if (page.next_offset < end)
        page.behind_ms =
            std::max<Ms>(0, services.clock.now() - (page.records.empty() ? services.clock.now() : page.records.back().timestamp));
    co_return page;
}

void write_records(AnswerWriter& out, const ShardPage& page, const ShardRow& shard) {
    constexpr std::size_t kAround = 256;  // of each record: its members' names, its sequence number
    out.reserve((page.bytes + 2) / 3 * 4 + page.records.size() * kAround);
    out.begin_list();
    for (const auto& record : page.records) {
        const auto number = SequenceNumber{shard.created_s, record.offset, record.timestamp / kSecond, shard.index}.digits();
        out.begin_structure();
        out.key("SequenceNumber").plain({number.data(), number.size()});
        out.key("ApproximateArrivalTimestamp").timestamp(record.timestamp);
        out.key("Data").blob(record.value);
        if (record.key) out.key("PartitionKey").text(*record.key);
        if (record.encrypted) out.key("EncryptionType").text("KMS");
        out.end_structure();
    }
    out.end_list();
}

}  // namespace kns::aws
