#include "daemon/firehose/firehose_api.hpp"

#include <algorithm>

namespace kns::aws {
namespace {

// Developer guide, "Quota": of the larger regions.
constexpr double kCallsPerSecond = 2000, kRecordsPerSecond = 500'000, kBytesPerSecond = 5 << 20;
constexpr double kControlCallsPerSecond = 5;
constexpr std::size_t kMaxRecordBytes = 1'024'000, kMaxCallBytes = 4 << 20;
constexpr std::size_t kMaxTags = 50;
constexpr std::string_view kSlowDown = "Slow down.", kUnavailable = "ServiceUnavailableException";

}  // namespace

Task<Outcome<>> FirehoseApi::call(std::string_view operation, const Value& in, AnswerWriter& out) {
    using F = FirehoseApi;
    using Handler = Task<Outcome<>> (F::*)(const Value&, AnswerWriter&);
    static constexpr auto kHandlers = std::to_array<std::pair<std::string_view, Handler>>({
        {"CreateDeliveryStream", &F::create},
        {"DeleteDeliveryStream", &F::remove},
        {"DescribeDeliveryStream", &F::describe},
        {"ListDeliveryStreams", &F::list},
        {"ListTagsForDeliveryStream", &F::list_tags},
        {"PutRecord", &F::put_record},
        {"PutRecordBatch", &F::put_record_batch},
        {"StartDeliveryStreamEncryption", &F::start_encryption},
        {"StopDeliveryStreamEncryption", &F::stop_encryption},
        {"TagDeliveryStream", &F::tag},
        {"UntagDeliveryStream", &F::untag},
        {"UpdateDestination", &F::update},
    });
    const auto handler = std::ranges::find(kHandlers, operation, &std::pair<std::string_view, Handler>::first);
    if (handler == kHandlers.end()) co_return refuse("UnknownOperationException", "kns does not answer {}.", operation);
    const bool control = !operation.starts_with("Put");
    if (control && settings_().limits && !rates_.take(operation, kControlCallsPerSecond, {}, services_.clock.monotonic_ns()))
        co_return refuse("ThrottlingException", "Rate exceeded");
    co_return co_await (this->*handler->second)(in, out);
}

ApiError FirehoseApi::not_found(std::string_view name) const {
    return {"ResourceNotFoundException", fmt::format("Firehose {} under account {} not found.", name, settings_().place.account)};
}

std::string_view FirehoseApi::status_of(std::string_view name) {
    const auto status = transitions_.now(name, services_.clock.now());
    return status.empty() ? "ACTIVE" : status;
}

void FirehoseApi::begin(std::string_view name, std::string status) {
    if (const auto lasts = settings_().transition_ms; lasts > 0)
        transitions_.begin(std::string(name), std::move(status), services_.clock.now() + lasts);
}

Outcome<DeliveryRow> FirehoseApi::row_of(const Value& in) {
    const auto& name = *in["DeliveryStreamName"].text();
    auto row = deliveries_.row(name);
    if (!row) return std::unexpected(not_found(name));
    return std::move(*row);
}

Outcome<DeliveryRow> FirehoseApi::active_row_of(const Value& in) {
    auto row = row_of(in);
    if (!row) return row;
    if (const auto status = status_of(row->name); status != "ACTIVE")
        return refuse("ResourceInUseException", "Firehose {} under account {} is not ACTIVE, but {}.", row->name,
                      settings_().place.account, status);
    return row;
}

Task<Outcome<>> FirehoseApi::remove(const Value& in, AnswerWriter& out) {
    const auto& name = *in["DeliveryStreamName"].text();
    out.begin_structure().end_structure();
    if (status_of(name) == "DELETING") co_return Outcome<>();  // once more does no harm
    auto row = active_row_of(in);
    if (!row) co_return std::unexpected(row.error());
    const auto removed = co_await deliveries_.remove(row->name);
    if (!removed) co_return std::unexpected(api_error(removed.error()));
    paces_.erase(row->name);
    begin(row->name, "DELETING");
    if (settings_().transition_ms > 0) deleting_[row->name] = *row;
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::list(const Value& in, AnswerWriter& out) {
    const auto limit = static_cast<std::size_t>(in["Limit"].integer().value_or(10));
    const std::string after(in["ExclusiveStartDeliveryStreamName"].text_or(""));
    const auto type = in["DeliveryStreamType"].text_or("");
    std::vector<std::string> names;
    for (const auto& row : deliveries_.rows())
        if (row.name > after && (type.empty() || type == type_of(row))) names.push_back(row.name);
    out.begin_structure().key("DeliveryStreamNames").begin_list();
    for (const auto& name : std::span(names).first(std::min(limit, names.size()))) out.text(name);
    out.end_list().key("HasMoreDeliveryStreams").boolean(names.size() > limit).end_structure();
    co_return Outcome<>();
}

// --- records

Task<Outcome<std::vector<FirehoseApi::Placed>>> FirehoseApi::put(const DeliveryRow& row, std::vector<std::string_view> data) {
    const auto source = deliveries_.direct_put(row.name);
    if (!source) co_return std::unexpected(api_error(source.error()));
    const auto now_ns = services_.clock.monotonic_ns();
    auto& pace =
        paces_.try_emplace(row.name, TokenBucket(kCallsPerSecond), TokenBucket(kRecordsPerSecond), TokenBucket(kBytesPerSecond))
            .first->second;
    const bool limits = settings_().limits;
    if (const auto room = deliveries_.admit(row.name); !room)
        co_return std::unexpected(ApiError{std::string(kUnavailable), room.error().message, 503});
    if (limits && pace.calls.take(1, now_ns) != 0)
        co_return std::unexpected(ApiError{std::string(kUnavailable), std::string(kSlowDown), 503});

    // Records without keys: one shard after the other.
    const ShardRow& shard = (*source)->open[turn_++ % (*source)->open.size()];
    BatchBuilder builder(shard.number);
    std::vector<std::size_t> taken;
    std::uint64_t data_bytes = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (limits) {
            if (pace.records.take(1, now_ns) != 0) continue;
            if (pace.bytes.take(static_cast<double>(data[i].size()), now_ns) != 0) {
                pace.records.give_back(1);
                continue;
            }
        }
        builder.append(std::nullopt, data[i]);
        taken.push_back(i);
        data_bytes += data[i].size();
    }
    std::vector<Placed> out(data.size());
    if (taken.empty()) co_return out;
    auto request = std::make_unique<AppendRequest>();
    request->stream_id = (*source)->row.id;
    const auto size = builder.finish(0, services_.clock.now()).size();
    auto memory = std::make_shared<std::string>(builder.exchange_memory({}));  // shared with the log thread
    const MutableBytes batch = std::as_writable_bytes(std::span(*memory)).first(size);
    request->batches.push_back({shard.number, batch, *prepare_stamp(batch), static_cast<std::uint32_t>(taken.size()), data_bytes});
    request->keep_alive.push_back(std::move(memory));
    const auto outcome = co_await append_and_wait(services_, std::move(request));
    if (outcome.error) co_return std::unexpected(api_error(*outcome.error));
    if (!outcome.refused.empty()) co_return std::unexpected(api_error(outcome.refused.front().second));
    for (std::size_t i = 0; i < taken.size(); ++i)
        out[taken[i]].record_id = SequenceNumber{shard.created_s, outcome.base_offsets[0] + static_cast<std::int64_t>(i),
                                                 outcome.arrival_ms / kSecond, shard.index}
                                      .text();
    co_return out;
}

namespace {

ApiError too_large(std::size_t bytes) {
    return {"InvalidArgumentException",
            fmt::format("A record has {} bytes of data, {} at most are allowed.", bytes, kMaxRecordBytes)};
}

}  // namespace

std::string_view type_of(const DeliveryRow& row) {
    if (!row.config.source) return "DirectPut";
    return row.config.reads_topic() ? "MSKAsSource" : "KinesisStreamAsSource";
}

namespace {

std::optional<ApiError> wrong_source(const DeliveryRow& row) {
    if (!row.config.source) return std::nullopt;
    return ApiError{"InvalidArgumentException",
                    fmt::format("This operation is not permitted on {} delivery stream type.", type_of(row))};
}

}  // namespace

Task<Outcome<>> FirehoseApi::put_record(const Value& in, AnswerWriter& out) {
    auto row = row_of(in);
    if (!row) co_return std::unexpected(row.error());
    if (status_of(row->name) == "CREATING") co_return std::unexpected(not_found(row->name));
    if (auto wrong = wrong_source(*row)) co_return std::unexpected(std::move(*wrong));
    const auto data = in["Record"]["Data"].blob().value_or("");
    if (data.size() > kMaxRecordBytes) co_return std::unexpected(too_large(data.size()));
    std::vector<std::string_view> one{data};
    const auto placed = co_await put(*row, std::move(one));
    if (!placed) co_return std::unexpected(placed.error());
    if (placed->front().record_id.empty())
        co_return std::unexpected(ApiError{std::string(kUnavailable), std::string(kSlowDown), 503});
    const auto source = deliveries_.direct_put(row->name);
    out.begin_structure().key("RecordId").text(placed->front().record_id);
    out.key("Encrypted").boolean(source && (*source)->row.encrypted()).end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::put_record_batch(const Value& in, AnswerWriter& out) {
    auto row = row_of(in);
    if (!row) co_return std::unexpected(row.error());
    if (status_of(row->name) == "CREATING") co_return std::unexpected(not_found(row->name));
    if (auto wrong = wrong_source(*row)) co_return std::unexpected(std::move(*wrong));
    std::vector<std::string_view> data;
    std::size_t bytes = 0;
    for (const auto& record : in["Records"].list()) {
        data.push_back(record["Data"].blob().value_or(""));
        if (data.back().size() > kMaxRecordBytes) co_return std::unexpected(too_large(data.back().size()));
        bytes += data.back().size();
    }
    if (bytes > kMaxCallBytes)
        co_return refuse("InvalidArgumentException", "The records have {} bytes together, {} at most are allowed.", bytes,
                         kMaxCallBytes);
    const auto placed = co_await put(*row, std::move(data));
    if (!placed) co_return std::unexpected(placed.error());
    const auto failed = std::ranges::count_if(*placed, [](const auto& record) { return record.record_id.empty(); });
    const auto source = deliveries_.direct_put(row->name);
    out.begin_structure().key("FailedPutCount").integer(failed);
    out.key("Encrypted").boolean(source && (*source)->row.encrypted()).key("RequestResponses").begin_list();
    for (const auto& record : *placed) {
        out.begin_structure();
        if (record.record_id.empty())
            out.key("ErrorCode").text(kUnavailable).key("ErrorMessage").text(kSlowDown);
        else
            out.key("RecordId").text(record.record_id);
        out.end_structure();
    }
    out.end_list().end_structure();
    co_return Outcome<>();
}

// --- encryption

Task<Outcome<>> FirehoseApi::set_encryption(const Value& in, bool on) {
    auto row = active_row_of(in);
    if (!row) co_return std::unexpected(row.error());
    if (row->config.source)
        co_return refuse("InvalidArgumentException", "Server-side encryption is of direct puts only: encrypt stream {}.",
                         *row->config.source);
    const Value& wanted = in["DeliveryStreamEncryptionConfigurationInput"];
    const bool own = wanted["KeyType"].text_or("AWS_OWNED_CMK") == "CUSTOMER_MANAGED_CMK";
    const std::string key(own ? wanted["KeyARN"].text_or("") : "");
    if (on && own && key.empty()) co_return refuse("InvalidArgumentException", "KeyARN is needed for a CUSTOMER_MANAGED_CMK.");
    if (on && !own && wanted["KeyARN"].text())
        co_return refuse("InvalidArgumentException", "KeyARN is for a CUSTOMER_MANAGED_CMK only.");
    const auto source = deliveries_.direct_put(row->name);
    if (!source) co_return std::unexpected(api_error(source.error()));
    if ((*source)->row.encrypted() == on && (!on || (*source)->row.kms_key == key)) co_return Outcome<>();
    auto change = [this, name = (*source)->row.name, key, on]() -> Result<StreamPtr> {
        return on ? services_.streams.start_encryption(name, key) : services_.streams.stop_encryption(name);
    };
    const auto changed = co_await run_on(services_.catalog, std::move(change));
    if (!changed) co_return std::unexpected(api_error(changed.error()));
    services_.feed.changed((*changed)->row.id);
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::start_encryption(const Value& in, AnswerWriter& out) {
    out.begin_structure().end_structure();
    co_return co_await set_encryption(in, true);
}

Task<Outcome<>> FirehoseApi::stop_encryption(const Value& in, AnswerWriter& out) {
    out.begin_structure().end_structure();
    co_return co_await set_encryption(in, false);
}

// --- tags

Task<Outcome<>> FirehoseApi::set_tags(const DeliveryRow& row, std::map<std::string, std::string> tags) {
    if (tags.size() > kMaxTags) co_return refuse("LimitExceededException", "A delivery stream can have {} tags at most.", kMaxTags);
    DeliveryConfig config = row.config;
    config.tags = std::move(tags);
    const auto changed = co_await deliveries_.change(row.name, std::move(config));
    if (!changed) co_return std::unexpected(api_error(changed.error()));
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::tag(const Value& in, AnswerWriter& out) {
    out.begin_structure().end_structure();
    auto row = active_row_of(in);
    if (!row) co_return std::unexpected(row.error());
    auto tags = row->config.tags;
    for (const auto& one : in["Tags"].list()) tags[*one["Key"].text()] = one["Value"].text_or("");
    co_return co_await set_tags(*row, std::move(tags));
}

Task<Outcome<>> FirehoseApi::untag(const Value& in, AnswerWriter& out) {
    out.begin_structure().end_structure();
    auto row = active_row_of(in);
    if (!row) co_return std::unexpected(row.error());
    auto tags = row->config.tags;
    for (const auto& key : in["TagKeys"].list()) tags.erase(std::string(key.text_or("")));
    co_return co_await set_tags(*row, std::move(tags));
}

Task<Outcome<>> FirehoseApi::list_tags(const Value& in, AnswerWriter& out) {
    auto row = row_of(in);
    if (!row) co_return std::unexpected(row.error());
    const auto limit = in["Limit"].integer().value_or(kMaxTags);
    const std::string after(in["ExclusiveStartTagKey"].text_or(""));
    std::int64_t given = 0;
    bool more = false;
    out.begin_structure().key("Tags").begin_list();
    for (const auto& [key, value] : row->config.tags) {
        if (key <= after) continue;
        if (given++ == limit) {
            more = true;
            break;
        }
        out.begin_structure().key("Key").text(key).key("Value").text(value).end_structure();
    }
    out.end_list().key("HasMoreTags").boolean(more).end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
