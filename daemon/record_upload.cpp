#include "daemon/record_upload.hpp"

#include <cstring>

namespace kns {
namespace {

constexpr std::size_t kCommitBytes = 1 << 20;
constexpr auto kChildrenWithin = std::chrono::seconds(10);
constexpr std::size_t kMaxFailures = 100;

// Collects records into one batch per shard, and commits them together.
class Upload {
   public:
    Upload(Services& services, StreamPtr stream, const HttpHead& head, Admission admit)
        : services_(services),
          stream_(std::move(stream)),
          admit_(std::move(admit)),
          key_(head.param("key")),
          key_json_(head.param("key_json")),
          ehk_(head.param("explicit_hash_key").value_or("")) {}

    Result<void> check() const {
        if (key_ && (key_->empty() || key_->size() > 256))
            return fail(Errc::invalid_argument, "a partition key has 1 to 256 characters");
        if (!ehk_.empty()) KNS_TRY(parse_hash_key(ehk_));
        return {};
    }

    void add(std::string_view data) {
        ++seen_;
        std::optional<std::string> key = key_;
        if (key_json_) {
            const auto parsed = parse_json(data);
            const auto* value = parsed ? parsed->at_path(*key_json_) : nullptr;
            if (!parsed) return refuse(parsed.error());
            if (!value || value->is_null()) return refuse(fail(Errc::invalid_argument, "no value at {}", *key_json_));
            if (const auto* text = value->as_string()) {
                key = *text;
            } else {
                JsonWriter text_of;
                value->write(text_of);
                key = text_of.take();
            }
            if (key->empty() || key->size() > 256)
                return refuse(fail(Errc::invalid_argument, "the partition key at {} has {} characters, 1 to 256 are possible",
                                   *key_json_, key->size()));
        }
        const std::size_t size = data.size() + (key ? key->size() : 0);
        if (size > stream_->row.max_record_bytes)
            return refuse(
                fail(Errc::limit_exceeded, "the record has {} bytes, {} is the limit", size, stream_->row.max_record_bytes));
        const ShardRow* shard = nullptr;
        if (!ehk_.empty())
            shard = &route(stream_->open, parse_hash_key(ehk_).value_or(0));
        else if (key)
            shard = &route(stream_->open, hash_of_key(*key));
        else
            shard = &stream_->open[turn_ % stream_->open.size()];
        auto& builder = builders_.try_emplace(shard->number, shard->number).first->second;
        if (!key && ehk_.empty() && builder.bytes() + size > kCommitBytes / 4) ++turn_;
        builder.append(key ? std::optional<std::string_view>(*key) : std::nullopt, data, ehk_);
        pending_bytes_ += size + 16;
        ++pending_records_;
        data_bytes_ += data.size();
    }

    // One that was too long to be taken in.
    void add_oversize() {
        ++seen_;
        refuse(fail(Errc::limit_exceeded, "the record has more than {} bytes, the limit", stream_->row.max_record_bytes));
    }

    // A limited stream takes no more at once than a shard may take in a second.
    bool full() const {
        return pending_bytes_ >= kCommitBytes || (limited() && static_cast<double>(pending_records_) >= kShardInRecordsPerSecond);
    }

    Task<Result<void>> commit() {
        while (pending_bytes_ > 0) {
            if (admit_)
                if (auto room = admit_(); !room) co_return room;
            auto request = std::make_unique<AppendRequest>();
            request->stream_id = stream_->row.id;
            request->all_or_nothing = true;
            std::uint64_t records = 0;
            for (auto& [number, builder] : builders_) {
                if (builder.empty()) continue;
                // The log stamps the bytes, so they are ours to give away.
                auto bytes = std::make_shared<std::string>(builder.finish(0, services_.clock.now()));
                const MutableBytes batch = std::as_writable_bytes(std::span(*bytes));
                request->batches.push_back(
                    {number, batch, *prepare_stamp(batch), static_cast<std::uint32_t>(builder.records()), builder.data_bytes()});
                request->keep_alive.push_back(bytes);
                records += static_cast<std::uint64_t>(builder.records());
            }
            if (limited())
                for (const auto& batch : request->batches)
                    co_await pace_in(services_, batch.shard, batch.records, static_cast<double>(batch.bytes.size()));
            auto outcome = co_await append_and_wait(services_, std::move(request));
            if (outcome.error && outcome.error->code == Errc::conflict && co_await reroute()) continue;
            if (outcome.error) co_return std::unexpected(std::move(*outcome.error));
            stored_ += records;
            pending_bytes_ = pending_records_ = 0;
            ++turn_;
            for (auto& [number, builder] : builders_) builder.clear();
        }
        co_return Result<void>();
    }

    PutResult result() const { return {stored_, data_bytes_, failed_, failures_}; }

   private:
    bool limited() const { return stream_->row.limits == "aws"; }

    void refuse(const Error& error) {
        ++failed_;
        if (failures_.size() < kMaxFailures) failures_.push_back({seen_, std::string(name_of(error.code)), error.text()});
    }

    // A shard was split or merged meanwhile: what waited for it goes to its children, once they are on the disk.
    Task<bool> reroute() {
        auto fresh = services_.directory.find_id(stream_->row.id);
        for (const auto until = std::chrono::steady_clock::now() + kChildrenWithin; fresh == stream_;) {
            const auto seen = services_.feed.version(stream_->row.id);
            fresh = services_.directory.find_id(stream_->row.id);
            if (fresh != stream_) break;
            if (std::chrono::steady_clock::now() >= until) co_return false;
            co_await services_.feed.wait(stream_->row.id, seen, until);
        }
        if (!fresh) co_return false;
        stream_ = fresh;
        std::map<std::uint32_t, BatchBuilder> old = std::exchange(builders_, {});
        for (auto& [number, builder] : old) {
            if (builder.empty()) continue;
            const std::string bytes(builder.finish(0, 0));
            RecordReader reader(as_bytes(bytes));
            RecordView record;
            while (reader.next(record).value_or(false)) {
                const auto& shard = !record.explicit_hash_key.empty()
                                        ? route(stream_->open, parse_hash_key(record.explicit_hash_key).value_or(0))
                                    : record.key ? route(stream_->open, hash_of_key(*record.key))
                                                 : stream_->open[turn_ % stream_->open.size()];
                builders_.try_emplace(shard.number, shard.number)
                    .first->second.append(record.key, record.value, record.explicit_hash_key);
            }
        }
        co_return true;
    }

    Services& services_;
    StreamPtr stream_;
    Admission admit_;
    std::optional<std::string> key_, key_json_;
    std::string ehk_;
    std::map<std::uint32_t, BatchBuilder> builders_;  // by shard number
    std::size_t pending_bytes_ = 0, pending_records_ = 0, turn_ = 0;
    std::uint64_t seen_ = 0, stored_ = 0, data_bytes_ = 0, failed_ = 0;
    std::vector<PutFailure> failures_;
};

}  // namespace

Task<Result<PutResult>> receive_records(Services& services, HttpExchange& exchange, StreamPtr stream, Admission admit) {
    const std::string format = exchange.head().param("format").value_or("lines");
    if (format != "lines" && format != "ndjson" && format != "raw")
        co_return fail(Errc::invalid_argument, "\"{}\" is not a format", format).hint("lines, ndjson or raw");
    Upload upload(services, stream, exchange.head(), std::move(admit));
    if (auto good = upload.check(); !good) co_return std::unexpected(good.error());
    if (format == "raw") {
        auto body = co_await exchange.read_body(stream->row.max_record_bytes);
        if (!body && body.error().code != Errc::invalid_argument) co_return std::unexpected(std::move(body).error());
        if (body)
            upload.add(*body);
        else
            upload.add_oversize();
    } else {
        const std::size_t longest = stream->row.max_record_bytes + 1;
        std::string buffer(256 << 10, '\0');
        std::size_t filled = 0;
        bool skipping = false;  // the rest of a line that is too long
        for (;;) {
            if (filled == buffer.size()) buffer.resize(buffer.size() * 2);
            auto n = co_await exchange.read_some(std::span(buffer).subspan(filled));
            if (!n) co_return std::unexpected(std::move(n).error());
            filled += *n;
            std::size_t from = 0;
            while (from < filled) {
                const auto* newline = static_cast<const char*>(std::memchr(buffer.data() + from, '\n', filled - from));
                if (!newline && *n > 0) break;
                const std::size_t end = newline ? static_cast<std::size_t>(newline - buffer.data()) : filled;
                if (!std::exchange(skipping, false)) upload.add(std::string_view(buffer).substr(from, end - from));
                from = std::min(filled, end + 1);
                if (upload.full()) {
                    auto committed = co_await upload.commit();
                    if (!committed) co_return std::unexpected(std::move(committed).error());
                }
            }
            std::memmove(buffer.data(), buffer.data() + from, filled - from);
            filled -= from;
            if (filled > longest) {
                if (!skipping) upload.add(std::string_view(buffer).substr(0, filled));  // refused for its size, and counted
                skipping = true;
                filled = 0;
            }
            if (*n == 0) break;
        }
    }
    auto committed = co_await upload.commit();
    if (!committed) co_return std::unexpected(std::move(committed).error());
    co_return upload.result();
}

}  // namespace kns
