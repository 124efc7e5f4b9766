// What of a stream, and of the account, can be set.
#include <algorithm>
#include <array>

#include "core/stream/on_demand.hpp"
#include "daemon/kinesis/changes.hpp"

namespace kns::aws {
namespace {

constexpr std::int64_t kMinRetentionHours = 24, kMaxRetentionHours = 8760;
constexpr std::int64_t kMaxWarmMibps = 10 << 10;
constexpr std::string_view kCommitment = "minimum_throughput_billing_commitment";  // "STATUS STARTED_MS ENDED_MS"
constexpr Ms kCommitmentLasts = kDay;

constexpr auto kShardMetrics =
    std::to_array<std::string_view>({"IncomingBytes", "IncomingRecords", "IteratorAgeMilliseconds", "OutgoingBytes",
                                     "OutgoingRecords", "ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded"});

struct Commitment {
    bool enabled = false;
    UnixMs started_ms = 0, ended_ms = 0;

    std::string text() const { return fmt::format("{} {} {}", enabled ? "ENABLED" : "DISABLED", started_ms, ended_ms); }
    static Commitment parse(const std::string& text) {
        Commitment out;
        char status[16] = {};
        long long started = 0, ended = 0;
        if (std::sscanf(text.c_str(), "%15s %lld %lld", status, &started, &ended) != 3) return out;
        return {std::string_view(status) == "ENABLED", started, ended};
    }
    void write(AnswerWriter& out) const {
        out.begin_structure().key("MinimumThroughputBillingCommitment").begin_structure();
        out.key("Status").text(enabled ? "ENABLED" : "DISABLED");
        if (started_ms) out.key("StartedAt").timestamp(started_ms);
        if (!enabled && ended_ms) out.key("EndedAt").timestamp(ended_ms);
        if (enabled) out.key("EarliestAllowedEndAt").timestamp(started_ms + kCommitmentLasts);
        out.end_structure().end_structure();
    }
};

void write_metrics(AnswerWriter& out, std::string_view key, const std::vector<std::string>& metrics) {
    out.key(key).begin_list();
    for (const auto& metric : metrics) out.text(metric);
    out.end_list();
}

}  // namespace

Task<Outcome<StreamPtr>> KinesisApi::edit(const Stream& stream, std::function<Result<void>(StreamRow&)> change_row) {
    auto work = [this, name = stream.row.name, change_row = std::move(change_row)] {
        return services_.streams.edit(name, change_row);
    };
    co_return co_await change("UPDATING", std::move(work));
}

Task<Outcome<>> KinesisApi::change_retention(const Value& in, bool longer) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto hours = in["RetentionPeriodHours"].integer().value_or(0);
    const auto& row = (*stream)->row;
    const auto now_hours = row.retention_ms / kHour;
    if (hours < kMinRetentionHours)
        co_return refuse("InvalidArgumentException",
                         "Minimum allowed retention period is {} hours. Requested retention period ({} hours) is too short.",
                         kMinRetentionHours, hours);
    if (hours > kMaxRetentionHours)
        co_return refuse("InvalidArgumentException",
                         "Maximum allowed retention period is {} hours. Requested retention period ({} hours) is too long.",
                         kMaxRetentionHours, hours);
    if (longer && hours < now_hours)
        co_return refuse(
            "InvalidArgumentException",
            "Requested retention period ({} hours) for stream {} can not be shorter than existing retention period ({} "
            "hours). Use DecreaseRetentionPeriod API.",
            hours, row.name, now_hours);
    if (!longer && hours > now_hours)
        co_return refuse("InvalidArgumentException",
                         "Requested retention period ({} hours) for stream {} can not be longer than existing retention period ({} "
                         "hours). Use IncreaseRetentionPeriod API.",
                         hours, row.name, now_hours);
    if (hours == now_hours) co_return Outcome<>();
    auto set = [hours](StreamRow& r) -> Result<void> {
        r.retention_ms = hours * kHour;
        return {};
    };
    auto changed = co_await edit(**stream, std::move(set));
    if (!changed) co_return std::unexpected(changed.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::increase_retention(const Value& in, AnswerWriter&) { co_return co_await change_retention(in, true); }
Task<Outcome<>> KinesisApi::decrease_retention(const Value& in, AnswerWriter&) { co_return co_await change_retention(in, false); }

// A key's GUID, ARN, alias or alias ARN. There is no KMS here: any name of the right form is a key, and what encrypts is the
// data directory's own.
static Outcome<void> check_kms_key(std::string_view key) {
    const auto is_guid = [](std::string_view text) {
        if (text.size() != 36) return false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
        }
        return true;
    };
    auto name = key;
    if (name.starts_with("arn:")) {
        if (name.find(":kms:") == std::string_view::npos)
            return refuse("InvalidArgumentException", "KeyId {} is not the ARN of a KMS key.", key);
        name = name.substr(name.rfind(':') + 1);
        if (name.starts_with("key/")) name.remove_prefix(4);
    }
    const bool is_alias = name.starts_with("alias/") && name.size() > 6;
    if (is_guid(name) || is_alias || name.starts_with("mrk-")) return {};
    return refuse("KMSNotFoundException", "Invalid keyId {}: no such KMS key or alias.", key);
}

Task<Outcome<>> KinesisApi::start_encryption(const Value& in, AnswerWriter&) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    if (in["EncryptionType"].text_or("") != "KMS")
        co_return refuse("InvalidArgumentException", "EncryptionType has to be KMS to start the encryption of a stream.");
    const std::string key(in["KeyId"].text_or(""));
    if (auto good = check_kms_key(key); !good) co_return std::unexpected(good.error());
    if ((*stream)->row.encrypted() && (*stream)->row.kms_key == key) co_return Outcome<>();
    auto start = [this, name = (*stream)->row.name, key] { return services_.streams.start_encryption(name, key); };
    auto started = co_await change("UPDATING", std::move(start));
    if (!started) co_return std::unexpected(started.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::stop_encryption(const Value& in, AnswerWriter&) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    if (in["EncryptionType"].text_or("") != "KMS")
        co_return refuse("InvalidArgumentException", "EncryptionType has to be KMS to stop the encryption of a stream.");
    if (!(*stream)->row.encrypted()) co_return Outcome<>();
    auto stop = [this, name = (*stream)->row.name] { return services_.streams.stop_encryption(name); };
    auto stopped = co_await change("UPDATING", std::move(stop));
    if (!stopped) co_return std::unexpected(stopped.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::change_monitoring(const Value& in, AnswerWriter& out, bool enable) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    std::vector<std::string> named;
    for (const auto& metric : in["ShardLevelMetrics"].list()) {
        if (metric.text_or("") == "ALL")
            named.assign(kShardMetrics.begin(), kShardMetrics.end());
        else
            named.emplace_back(metric.text_or(""));
    }
    const auto before = (*stream)->row.shard_metrics;
    auto after = before;
    std::erase_if(after, [&](const auto& metric) { return std::ranges::find(named, metric) != named.end(); });
    if (enable) after.insert(after.end(), named.begin(), named.end());
    std::ranges::sort(after);
    after.erase(std::ranges::unique(after).begin(), after.end());
    if (after != before) {
        auto set = [after](StreamRow& row) -> Result<void> {
            row.shard_metrics = after;
            return {};
        };
        auto changed = co_await edit(**stream, std::move(set));
        if (!changed) co_return std::unexpected(changed.error());
    }
    out.begin_structure().key("StreamName").text((*stream)->row.name);
    out.key("StreamARN").text(stream_arn((*stream)->row.name));
    write_metrics(out, "CurrentShardLevelMetrics", before);
    write_metrics(out, "DesiredShardLevelMetrics", after);
    out.end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::enable_monitoring(const Value& in, AnswerWriter& out) {
    co_return co_await change_monitoring(in, out, true);
}
Task<Outcome<>> KinesisApi::disable_monitoring(const Value& in, AnswerWriter& out) {
    co_return co_await change_monitoring(in, out, false);
}

Task<Outcome<>> KinesisApi::update_mode(const Value& in, AnswerWriter&) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const bool on_demand = in["StreamModeDetails"]["StreamMode"].text_or("") == "ON_DEMAND";
    const auto warm = in["WarmThroughputMiBps"].integer().value_or(0);
    if (warm > 0) {
        if (!on_demand) co_return refuse("ValidationException", "WarmThroughputMiBps is for streams in ON_DEMAND mode.");
        if (auto good = co_await check_warm_throughput(warm); !good) co_return good;
    }
    auto set = [on_demand, warm](StreamRow& row) -> Result<void> {
        set_mode(row, std::string(on_demand ? kOnDemand : "provisioned"));
        row.warm_mibps = on_demand ? warm : 0;
        if (!on_demand) row.distribution = "USER_PARTITION_KEY";
        return {};
    };
    auto changed = co_await edit(**stream, std::move(set));
    if (!changed) co_return std::unexpected(changed.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::update_max_record_size(const Value& in, AnswerWriter&) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const auto bytes = static_cast<std::uint64_t>(in["MaxRecordSizeInKiB"].integer().value_or(1024)) << 10;
    auto set = [bytes](StreamRow& row) -> Result<void> {
        row.max_record_bytes = bytes;
        return {};
    };
    auto changed = co_await edit(**stream, std::move(set));
    if (!changed) co_return std::unexpected(changed.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::update_distribution(const Value& in, AnswerWriter&) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    const std::string distribution(in["RecordDistributionStrategy"].text_or(""));
    if ((*stream)->row.mode != "on-demand" && distribution == "AUTO")
        co_return refuse("InvalidArgumentException", "RecordDistributionStrategy AUTO is for streams in ON_DEMAND mode.");
    auto set = [distribution](StreamRow& row) -> Result<void> {
        row.distribution = distribution;
        return {};
    };
    auto changed = co_await edit(**stream, std::move(set));
    if (!changed) co_return std::unexpected(changed.error());
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::check_warm_throughput(std::int64_t mibps) {
    if (mibps > kMaxWarmMibps)
        co_return refuse("ValidationException", "WarmThroughputMiBps can be at most {}, {} was asked for.", kMaxWarmMibps, mibps);
    auto read = [this] { return catalog_.account_setting(kCommitment); };
    const auto text = co_await run_on(services_.catalog, std::move(read));
    if (!text) co_return std::unexpected(api_error(text.error()));
    if (!Commitment::parse(*text).enabled)
        co_return refuse(
            "ValidationException",
            "Warm throughput needs the account's MinimumThroughputBillingCommitment: UpdateAccountSettings enables it.");
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::update_warm_throughput(const Value& in, AnswerWriter& out) {
    auto stream = active_stream_of(in);
    if (!stream) co_return std::unexpected(stream.error());
    if ((*stream)->row.mode != "on-demand")
        co_return refuse("ValidationException", "WarmThroughputMiBps is for streams in ON_DEMAND mode.");
    const auto warm = in["WarmThroughputMiBps"].integer().value_or(0);
    if (auto good = co_await check_warm_throughput(warm); !good) co_return good;
    const auto wanted = static_cast<std::uint32_t>(std::min<std::int64_t>(warm, kMaxShards));
    auto grow = [this, name = (*stream)->row.name, warm, wanted]() -> Result<StreamPtr> {
        auto row = KNS_TRY(services_.streams.edit(name, [warm](StreamRow& r) -> Result<void> {
            r.warm_mibps = warm;
            return {};
        }));
        if (row->open.size() >= wanted) return row;
        UpdateStream request;
        request.shard_count = wanted;
        return services_.streams.update(name, request);
    };
    auto changed = co_await change("UPDATING", std::move(grow));
    if (!changed) co_return std::unexpected(changed.error());
    out.begin_structure().key("StreamARN").text(stream_arn((*changed)->row.name)).key("StreamName").text((*changed)->row.name);
    out.key("WarmThroughput").begin_structure().key("TargetMiBps").integer(warm);
    out.key("CurrentMiBps").integer(static_cast<std::int64_t>((*changed)->open.size())).end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::describe_account(const Value&, AnswerWriter& out) {
    auto read = [this] { return catalog_.account_setting(kCommitment); };
    const auto text = co_await run_on(services_.catalog, std::move(read));
    if (!text) co_return std::unexpected(api_error(text.error()));
    Commitment::parse(*text).write(out);
    co_return Outcome<>();
}

Task<Outcome<>> KinesisApi::update_account(const Value& in, AnswerWriter& out) {
    const bool enable = in["MinimumThroughputBillingCommitment"]["Status"].text_or("") == "ENABLED";
    const UnixMs now = services_.clock.now();
    auto update = [this, enable, now]() -> Result<Commitment> {
        auto commitment = Commitment::parse(KNS_TRY(catalog_.account_setting(kCommitment)));
        if (commitment.enabled == enable) return commitment;
        commitment.enabled = enable;
        if (enable) commitment.started_ms = now;
        commitment.ended_ms = enable ? 0 : now;
        KNS_TRY(catalog_.set_account_setting(kCommitment, commitment.text()));
        return commitment;
    };
    const auto commitment = co_await run_on(services_.catalog, std::move(update));
    if (!commitment) co_return std::unexpected(api_error(commitment.error()));
    commitment->write(out);
    co_return Outcome<>();
}

}  // namespace kns::aws
