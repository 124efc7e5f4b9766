// Records in: PutRecord and PutRecords.
#include <algorithm>

#include "daemon/kinesis/kinesis_api.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxCallBytes = 10 << 20;  // data and keys of one PutRecords
constexpr auto kChildrenWithin = std::chrono::seconds(10);

// One record on its way, and what became of it.
struct Entry {
    std::string_view data;
    std::optional<std::string_view> key;  // none: AUTO distribution
    std::string_view explicit_hash_key;
    uint128 hash = 0;

    bool placed = false, throttled = false;
    std::uint32_t shard_number = 0, shard_index = 0;
    std::int64_t shard_created_s = 0;

    bool done = false;
    std::int64_t offset = -1;
    std::string error_code, error_message;  // empty: stored

    std::size_t bytes() const { return data.size() + (key ? key->size() : 0); }
    SequenceNumber sequence(UnixMs arrival_ms) const { return {shard_created_s, offset, arrival_ms / kSecond, shard_index}; }
    void fail_with(std::string code, std::string message) {
        error_code = std::move(code);
        error_message = std::move(message);
        done = true;
    }
};

// A record's members, and what of them does not depend on the moment.
Outcome<Entry> read_entry(const StreamRow& stream, const Value& in) {
    Entry entry;
    entry.data = in["Data"].blob().value_or("");
    const bool spread = stream.distribution == "AUTO";
    const auto* key = in["PartitionKey"].text();
    if (!key && !spread)
        return refuse(
            "ValidationException",
            "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null");
    if (!spread) entry.key = *key;
    if (entry.bytes() > stream.max_record_bytes)
        return refuse("InvalidArgumentException",
                      "The size of the record, data and partition key, is {} bytes: stream {} takes records of up to {} bytes.",
                      entry.bytes(), stream.name, stream.max_record_bytes);
    if (spread) return entry;
    if (const auto* text = in["ExplicitHashKey"].text()) {
        const auto hash = parse_hash_key(*text);
        if (!hash)
            return refuse("InvalidArgumentException",
                          "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {}",
                          *text);
        entry.explicit_hash_key = *text;
        entry.hash = *hash;
    } else {
        entry.hash = hash_of_key(*key);
    }
    return entry;
}

// Stores entries, one batch a shard, in one commit.
class Put {
   public:
    Put(Services& services, StreamPtr stream, std::string account, std::size_t& turn)
        : services_(services), stream_(std::move(stream)), account_(std::move(account)), turn_(turn) {}

    // Every entry is done afterwards, or the error is of all that are not.
    Task<Result<void>> run(std::vector<Entry>& entries) {
        const auto deadline = std::chrono::steady_clock::now() + kChildrenWithin;
        for (;;) {
            const auto seen = services_.feed.version(stream_->row.id);
            auto request = gather(entries);
            if (!request) co_return Result<void>();
            const auto outcome = co_await append_and_wait(services_, std::move(request));
            if (outcome.error) co_return std::unexpected(*outcome.error);
            if (settle(outcome)) co_return Result<void>();
            // A shard was split or merged meanwhile: its records go to its children, once the directory shows them.
            for (auto fresh = services_.directory.find_id(stream_->row.id);; fresh = services_.directory.find_id(stream_->row.id)) {
                if (!fresh) co_return fail(Errc::not_found, "stream \"{}\" was deleted", stream_->row.name);
                if (fresh != stream_) {
                    stream_ = std::move(fresh);
                    break;
                }
                if (std::chrono::steady_clock::now() >= deadline) co_return fail(Errc::unavailable, "a shard is being closed");
                co_await services_.feed.wait(stream_->row.id, seen, deadline);
            }
        }
    }

    UnixMs arrival_ms() const { return arrival_ms_; }

   private:
    std::unique_ptr<AppendRequest> gather(std::vector<Entry>& entries) {
        struct Shard {
            std::vector<Entry*> members;
            std::size_t bytes = 0;
        };
        std::map<std::uint32_t, Shard> shards;
        const auto now_ns = services_.clock.monotonic_ns();
        for (auto& entry : entries) {
            if (entry.done) continue;
            const ShardRow& row = entry.key ? route(stream_->open, entry.hash) : stream_->open[turn_++ % stream_->open.size()];
            entry.shard_number = row.number;
            entry.shard_index = row.index;
            entry.shard_created_s = row.created_s;
            if (!std::exchange(entry.placed, true) && !let_in(entry, now_ns)) continue;
            auto& shard = shards[row.number];
            shard.members.push_back(&entry);
            shard.bytes += entry.bytes();
        }
        if (shards.empty()) return nullptr;
        auto request = std::make_unique<AppendRequest>();
        request->stream_id = stream_->row.id;
        members_.clear();
        for (auto& [number, shard] : shards) {
            BatchBuilder builder(number);
            builder.reserve(shard.members.size(), shard.bytes);
            for (const auto* entry : shard.members) builder.append(entry->key, entry->data, entry->explicit_hash_key);
            const auto size = builder.finish(0, services_.clock.now()).size();
            auto memory = std::make_shared<std::string>(builder.exchange_memory({}));  // shared with the log thread
            const MutableBytes batch = std::as_writable_bytes(std::span(*memory)).first(size);
            request->batches.push_back(
                {number, batch, *prepare_stamp(batch), static_cast<std::uint32_t>(shard.members.size()), shard.bytes});
            request->keep_alive.push_back(std::move(memory));
            members_.push_back(std::move(shard.members));
        }
        return request;
    }

    // Takes the record's share of its shard's pace. A throttled record does not stop the others.
    bool let_in(Entry& entry, std::int64_t now_ns) {
        if (stream_->row.limits == "aws") {
            auto& pace = services_.paces[entry.shard_number];
            const bool counted = pace.in_records.take(1, now_ns) == 0;
            if (!counted || pace.in_bytes.take(static_cast<double>(entry.bytes()), now_ns) != 0) {
                if (counted) pace.in_records.give_back(1);
                auto& meter = services_.meters[stream_->row.id];
                ++meter.metrics.write_throttled;
                ++meter.shards[entry.shard_number].write_throttled;
                entry.throttled = true;
                entry.fail_with("ProvisionedThroughputExceededException",
                                fmt::format("Rate exceeded for shard {} in stream {} under account {}.",
                                            shard_id_text(entry.shard_index), stream_->row.name, account_));
                return false;
            }
        }
        return true;
    }

    // False: some went to a shard that has been closed, and are not done.
    bool settle(const AppendOutcome& outcome) {
        arrival_ms_ = outcome.arrival_ms;
        bool closed = false;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            const auto refusal = std::ranges::find(outcome.refused, i, &std::pair<std::size_t, Error>::first);
            std::int64_t offset = outcome.base_offsets[i];
            for (auto* entry : members_[i]) {
                if (refusal == outcome.refused.end()) {
                    entry->offset = offset++;
                    entry->done = true;
                } else if (refusal->second.code == Errc::conflict) {
                    closed = true;
                } else {
                    entry->fail_with("InternalFailure", refusal->second.text());
                }
            }
        }
        return !closed;
    }

    Services& services_;
    StreamPtr stream_;
    std::string account_;
    std::size_t& turn_;                         // for records without keys
    std::vector<std::vector<Entry*>> members_;  // of the request under way, by batch
    UnixMs arrival_ms_ = 0;
};

// What is wrong with the keys of an encrypted stream, as KMS would say it.
std::optional<ApiError> key_trouble(Services& services, const Stream& stream) {
    if (!stream.row.encrypted()) return std::nullopt;
    const auto key = services.keys.current(stream.row.id);
    if (key) return std::nullopt;
    return ApiError{"KMSAccessDeniedException", key.error().text()};
}

Outcome<> dry_run(const Value& in) {
    if (!in["DryRun"].boolean().value_or(false)) return {};
    return refuse("DryRunOperationException", "Request would have succeeded, but the DryRun flag is set.");
}

}  // namespace

Task<Outcome<>> KinesisApi::put_record(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    auto entry = read_entry((*stream)->row, in);
    if (!entry) co_return std::unexpected(entry.error());
    if (const auto* before = in["SequenceNumberForOrdering"].text()) {
        const auto sequence = SequenceNumber::parse(*before);
        const bool ours = sequence && sequence->arrival_s * kSecond <= services_.clock.now() + kSecond;
        if (!ours)
            co_return refuse("InvalidArgumentException",
                             "ExclusiveMinimumSequenceNumber {} used in PutRecord on stream {} under account {} is invalid.",
                             *before, (*stream)->row.name, settings_().place.account);
    }
    if (auto trouble = key_trouble(services_, **stream)) co_return std::unexpected(*trouble);
    if (auto dry = dry_run(in); !dry) co_return dry;
    const Stopwatch took;
    Put put(services_, *stream, settings_().place.account, turn_);
    std::vector<Entry> entries{std::move(*entry)};
    const auto stored = co_await put.run(entries);
    if (!stored) co_return std::unexpected(api_error(stored.error()));
    const auto& result = entries.front();
    if (result.error_code.empty()) {
        auto& metrics = services_.meters[(*stream)->row.id].metrics;
        ++metrics.put_record_success;
        metrics.put_record_bytes += result.bytes();
        metrics.put_record_latency.add(took.milliseconds());
    }
    if (!result.error_code.empty())
        co_return std::unexpected(
            ApiError{result.error_code, result.error_message, result.error_code == "InternalFailure" ? 500 : 400});
    out.begin_structure().key("ShardId").text(shard_id_text(result.shard_index));
    out.key("SequenceNumber").text(result.sequence(put.arrival_ms()).text());
    if ((*stream)->row.encrypted()) out.key("EncryptionType").text("KMS");
    out.end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::put_records(const Value& in, AnswerWriter& out) {
    auto stream = stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    std::vector<Entry> entries;
    entries.reserve(in["Records"].list().size());
    std::size_t bytes = 0;
    for (const auto& record : in["Records"].list()) {
        auto entry = read_entry((*stream)->row, record);
        if (!entry) co_return std::unexpected(entry.error());
        bytes += entry->bytes();
        entries.push_back(std::move(*entry));
    }
    if (bytes > kMaxCallBytes) co_return refuse("InvalidArgumentException", "Records size exceeds 10 MB limit");
    if (auto trouble = key_trouble(services_, **stream)) co_return std::unexpected(*trouble);
    if (auto dry = dry_run(in); !dry) co_return dry;
    const Stopwatch took;
    Put put(services_, *stream, settings_().place.account, turn_);
    const auto stored = co_await put.run(entries);
    if (!stored)  // the outcome of all that were let in is the same, and only the records can say it
        for (auto& entry : entries)
            if (!entry.done) entry.fail_with("InternalFailure", stored.error().text());
    auto& metrics = services_.meters[(*stream)->row.id].metrics;
    std::uint64_t failed = 0, throttled = 0;
    for (const auto& entry : entries) {
        if (entry.error_code.empty()) metrics.put_records_bytes += entry.bytes();
        throttled += entry.throttled;
        failed += !entry.error_code.empty();
    }
    metrics.put_records_total += entries.size();
    metrics.put_records_successful += entries.size() - failed;
    metrics.put_records_throttled += throttled;
    metrics.put_records_failed += failed - throttled;
    metrics.put_records_success += failed < entries.size();
    metrics.put_records_latency.add(took.milliseconds());
    constexpr std::size_t kAnswerBytes = 128;  // of each
    out.reserve(entries.size() * kAnswerBytes);
    out.begin_structure().key("FailedRecordCount").integer(static_cast<std::int64_t>(failed));
    out.key("Records").begin_list();
    std::map<std::uint32_t, std::string> shard_ids;
    for (const auto& entry : entries) {
        out.begin_structure();
        if (entry.error_code.empty()) {
            const auto number = entry.sequence(put.arrival_ms()).digits();
            auto& id = shard_ids[entry.shard_index];
            if (id.empty()) id = shard_id_text(entry.shard_index);
            out.key("SequenceNumber").plain({number.data(), number.size()}).key("ShardId").plain(id);
        } else {
            out.key("ErrorCode").text(entry.error_code).key("ErrorMessage").text(entry.error_message);
        }
        out.end_structure();
    }
    out.end_list();
    if ((*stream)->row.encrypted()) out.key("EncryptionType").text("KMS");
    out.end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
