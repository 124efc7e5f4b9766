// Records over HTTP: the fast paths (batches), and the readable one for curl and scripts.
#include "core/base/base64.hpp"
#include "daemon/api/api.hpp"
#include "daemon/append_session.hpp"
#include "daemon/read_session.hpp"
#include "daemon/record_upload.hpp"

namespace kns {
namespace {

std::map<std::uint32_t, const ShardRow*> shards_by_number(const Stream& stream) {
    std::map<std::uint32_t, const ShardRow*> out;
    for (const auto& shard : stream.shards) out[shard.number] = &shard;
    return out;
}

// Batches as they are stored, with control batches in between for what only the daemon knows.
class RawBatchSink final : public BatchSink {
   public:
    RawBatchSink(HttpExchange& exchange, UnixMs not_before_ms) : exchange_(exchange), not_before_ms_(not_before_ms) {}

    Task<bool> shards(const Stream& stream, const std::vector<BatchCursor::Range>& ranges) override {
        JsonWriter out;
        out.begin_object().key("shards").begin_array();
        for (const auto& range : ranges) {
            const auto* shard = stream.shard_by_number(range.shard);
            if (!shard) continue;
            out.begin_object()
                .member("shard_number", shard->number)
                .member("shard_id", shard_id_text(shard->index))
                .member("shard_index", shard->index);
            out.member("created_s", shard->created_s).member("from_offset", range.next).end_object();
        }
        out.end_array();
        if (not_before_ms_ > 0) out.member("not_before_ms", not_before_ms_);
        out.end_object();
        stream_name_ = stream.row.name;
        for (const auto& shard : stream.shards) shard_ids_[shard.number] = shard_id_text(shard.index);
        co_return co_await control("shards", out.take());
    }
    Task<bool> batches(const BatchCursor::Chunk& chunk) override { co_return co_await exchange_.write_chunk(chunk.batches); }
    Task<bool> gap(const Damage& damage) override {
        JsonWriter out;
        out.begin_object();
        out.member("shard_id",
                   damage.shard && shard_ids_.contains(*damage.shard) ? shard_ids_[*damage.shard] : std::string("unknown"));
        out.member("first_offset", damage.first_offset.value_or(-1))
            .member("records", damage.records)
            .member("reason", damage.reason)
            .end_object();
        co_return co_await control("gap", out.take());
    }
    Task<bool> end(std::string_view reason) override {
        JsonWriter out;
        out.begin_object().member("reason", reason).end_object();
        if (!co_await control("end", out.take())) co_return false;
        co_return co_await exchange_.end_chunks();
    }
    bool alive() const override { return !exchange_.client_is_gone(); }

   private:
    Task<bool> control(std::string_view key, std::string json) {
        builder_.clear(kLogShard);
        builder_.append(key, json);
        const Bytes batch = as_bytes(builder_.finish(0, 0, kBatchControl));
        co_return co_await exchange_.write_chunk(std::span(&batch, 1));
    }

    HttpExchange& exchange_;
    UnixMs not_before_ms_;
    BatchBuilder builder_;
    std::string stream_name_;
    std::map<std::uint32_t, std::string> shard_ids_;
};

// NDJSON, or with `Accept: application/octet-stream` the data alone, each record followed by a newline.
class RecordSink final : public BatchSink {
   public:
    RecordSink(HttpExchange& exchange, bool raw, std::string encoding, std::optional<std::uint64_t> limit)
        : exchange_(exchange),
          raw_(raw),
          encoding_(std::move(encoding)),
          left_(limit.value_or(std::numeric_limits<std::uint64_t>::max())) {}

    Task<bool> shards(const Stream& stream, const std::vector<BatchCursor::Range>& ranges) override {
        stream_ = stream.row.name;
        for (const auto& [number, shard] : shards_by_number(stream))
            shards_[number] = {shard->index, shard->created_s, shards_[number].from};
        for (const auto& range : ranges) shards_[range.shard].from = range.next;
        co_return true;
    }

    Task<bool> batches(const BatchCursor::Chunk& chunk) override {
        std::string out;
        for (Bytes run : chunk.batches) {
            while (!run.empty()) {
                const auto total = parse_batch_header(run)->total_bytes();
                if (auto whole = append_batch(run.first(total), out); !whole) {
                    if (!co_await flush(out) || !co_await lost(0, whole.error().text())) co_return false;
                }
                run = run.subspan(total);
                if (out.size() > 256 << 10 && !co_await flush(out)) co_return false;
            }
        }
        co_return co_await flush(out);
    }
    Task<bool> gap(const Damage& damage) override { co_return co_await lost(damage.records, damage.reason); }
    Task<bool> end(std::string_view) override { co_return co_await exchange_.end_chunks(); }
    bool alive() const override { return !exchange_.client_is_gone(); }

   private:
    struct Shard {
        std::uint32_t index = 0;
        std::int64_t created_s = 0, from = 0;
    };

    Task<bool> flush(std::string& out) {
        const Bytes part = as_bytes(out);
        const bool going = co_await exchange_.write_chunk(std::span(&part, 1));
        out.clear();
        co_return going;
    }

    Task<bool> lost(std::uint64_t records, std::string_view reason) {
        if (raw_) co_return true;
        JsonWriter json;
        json.begin_object().member("stream", stream_).key("gap").begin_object();
        json.member("records", records).member("reason", reason).end_object().end_object();
        std::string line = json.take() + "\n";
        co_return co_await flush(line);
    }

    // An error says what of the batch could not be read; what could is in `out`.
    Result<void> append_batch(Bytes batch, std::string& out) {
        RecordReader reader(batch);
        const auto& shard = shards_[reader.header().shard_number];
        RecordView record;
        while (KNS_TRY(reader.next(record))) {
            if (record.offset < shard.from || left_ == 0) continue;
            --left_;
            if (raw_) {
                append_encoded(out, record.value);
                out += '\n';
            } else {
                append_json(out, shard, record);
            }
        }
        return {};
    }

    void append_encoded(std::string& out, std::string_view data) const {
        if (encoding_ == "base64")
            out += base64_encode(data);
        else if (encoding_ == "hex")
            out += hex_encode(data);
        else
            out += data;
    }

    void append_json(std::string& out, const Shard& shard, const RecordView& record) const {
        JsonWriter json;
        json.begin_object().member("stream", stream_).member("shard_id", shard_id_text(shard.index));
        json.member("sequence_number", SequenceNumber{shard.created_s, record.offset, record.timestamp / 1000, shard.index}.text());
        record.key ? json.member("partition_key", *record.key) : json.key("partition_key").null();
        json.member("arrival_time", format_time(record.timestamp));
        if (encoding_ == "raw" && is_utf8(record.value))
            json.member("data", record.value);
        else if (encoding_ == "hex")
            json.member("data_hex", hex_encode(record.value));
        else
            json.member("data_base64", base64_encode(record.value));
        json.end_object();
        out += json.text();
        out += '\n';
    }

    HttpExchange& exchange_;
    bool raw_;
    std::string encoding_, stream_;
    std::uint64_t left_;
    std::map<std::uint32_t, Shard> shards_;
};

Task<void> refuse(HttpExchange& exchange, Error error) {
    HttpAnswer answer = error_answer(error);
    co_await exchange.answer(std::move(answer));
}

Task<void> read_stream(Services& services, HttpExchange& exchange, std::string name, bool batches) {
    const auto stream = find_stream(services, name);
    if (!stream) {
        co_await refuse(exchange, stream.error());
        co_return;
    }
    auto selection = co_await parse_selection(services, exchange.head(), *stream);
    if (!selection) {
        co_await refuse(exchange, selection.error());
        co_return;
    }
    const std::string encoding = exchange.head().param("encoding").value_or("raw");
    if (encoding != "raw" && encoding != "base64" && encoding != "hex") {
        co_await refuse(exchange, fail(Errc::invalid_argument, "\"{}\" is not an encoding", encoding).hint("raw, base64 or hex"));
        co_return;
    }
    const bool raw = exchange.head().header("accept") == "application/octet-stream";
    if (!co_await exchange.begin_chunks(200, batches ? "application/vnd.kns.batches"
                                             : raw   ? "application/octet-stream"
                                                     : "application/x-ndjson"))
        co_return;
    if (selection->follow) exchange.watch_client([&services, id = (*stream)->row.id] { services.feed.changed(id); });
    const auto limit = selection->limit;
    if (batches) {
        RawBatchSink sink(exchange, selection->not_before_ms);
        co_await feed_reader(services, *stream, std::move(*selection), sink);
    } else {
        RecordSink sink(exchange, raw, encoding, limit);
        co_await feed_reader(services, *stream, std::move(*selection), sink);
    }
}

}  // namespace

void add_record_routes(Router& router, Services& services) {
    router.add("POST", "/v1/streams/{name}/append", "append RecordBatches (Upgrade: kns-append)",
               [&services](HttpExchange& exchange, PathArgs args) -> Task<void> {
                   const auto stream = find_stream(services, args[0]);
                   if (!stream) {
                       co_await refuse(exchange, stream.error());
                       co_return;
                   }
                   if (exchange.head().header("upgrade") != "kns-append") {
                       co_await refuse(exchange,
                                       fail(Errc::invalid_argument, "appending batches needs the header \"Upgrade: kns-append\"")
                                           .hint("POST .../records takes lines and JSON"));
                       co_return;
                   }
                   auto [socket, left] = co_await exchange.upgrade("kns-append");
                   co_await serve_append(services, std::move(socket), std::move(left), *stream);
               });
    router.add("GET", "/v1/streams/{name}/batches", "read RecordBatches",
               [&services](HttpExchange& exchange, PathArgs args) -> Task<void> {
                   co_await read_stream(services, exchange, args[0], true);
               });
    router.add("GET", "/v1/streams/{name}/records", "read records as NDJSON or raw bytes",
               [&services](HttpExchange& exchange, PathArgs args) -> Task<void> {
                   co_await read_stream(services, exchange, args[0], false);
               });
    router.add_json("POST", "/v1/streams/{name}/records", "put records: lines, ndjson or one raw",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        auto result = co_await receive_records(services, exchange, *stream);
                        if (!result) co_return std::unexpected(std::move(result).error());
                        co_return json_answer(to_json(*result));
                    });
}

}  // namespace kns
