#include "daemon/worker/trial.hpp"

#include <algorithm>

#include "core/base/base64.hpp"
#include "core/base/json.hpp"
#include "core/firehose/redshift_table.hpp"
#include "daemon/worker/delivery_line.hpp"

namespace kns {
namespace {

constexpr std::size_t kUuid = 36;

// What is drawn anew whenever an object is named.
std::string without_uuid(std::string key) {
    for (std::size_t at = key.size() < kUuid ? 0 : key.size() - kUuid + 1; at-- > 0;) {
        const auto piece = std::string_view(key).substr(at, kUuid);
        if (piece[8] == '-' && piece[13] == '-' && piece[18] == '-' && piece[23] == '-') return key.replace(at, kUuid, "*");
    }
    return key;
}

// Of an error record: what a test can expect.
std::string without_times(std::string_view lines) {
    std::string out;
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        auto record = parse_json(line);
        if (!record || !record->as_object()) continue;
        JsonWriter json;
        json.begin_object();
        for (const auto& [name, value] : *record->as_object())
            if (name != "attemptEndingTimestamp" && name != "dataId" && name != "EventId") {
                json.key(name);
                value.write(json);
            }
        out += json.end_object().take() + "\n";
    }
    return out;
}

// Takes objects and requests instead of their destinations.
class Catcher {
   public:
    explicit Catcher(Registry& registry) {
        registry.divert({.sink = [this](const SinkTarget& target) -> Result<std::unique_ptr<Sink>> {
                             return std::make_unique<Caught>(*this, target);
                         },
                         .wrap = [this](std::unique_ptr<RecordSink> sink) -> std::unique_ptr<RecordSink> {
                             return std::make_unique<Asked>(*this, std::move(sink));
                         }});
    }

    // What a cut gave, with what was caught of it.
    TriedObject describe(const DeliveredObject& made, UnixMs now) {
        TriedObject out{.key = {},
                        .url = made.url,
                        .failure = made.failure,
                        .backup = made.backup,
                        .records = made.records,
                        .made_at = format_time(now)};
        if (const auto caught = contents_.find(made.key); caught != contents_.end()) {
            out.key = without_uuid(made.key);
            out.url = without_uuid(made.url);
            const std::string content = made.failure.empty() ? std::move(caught->second) : without_times(caught->second);
            (is_utf8(content) ? out.content : out.content_base64) = is_utf8(content) ? content : base64_encode(content);
            contents_.erase(caught);
            if (const auto statement = statements_.find(made.key); statement != statements_.end())
                out.actions = {without_uuid(statement->second)};
        } else {
            out.actions = std::exchange(actions_, {});
        }
        return out;
    }

   private:
    class CaughtObject final : public SinkObject {
       public:
        explicit CaughtObject(std::string& into) : into_(into) {}
        Result<void> write(Bytes bytes) override {
            into_ += as_text(bytes);
            return {};
        }
        Result<std::optional<SkippedObject>> commit(std::uint64_t) override { return std::nullopt; }

       private:
        std::string& into_;
    };
    class Caught final : public Sink {
       public:
        Caught(Catcher& catcher, const SinkTarget& target) : catcher_(catcher), target_(target) {}
        Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits&) override {
            if (target_.destination.scheme == "redshift") {
                const auto table = KNS_TRY(parse_redshift_table(target_.destination.url()));
                const auto manifest = table.staging.plain_url() + manifest_key(key, false);
                catcher_.statements_[std::string(key)] = copy_statement(table, manifest, target_.format, target_.compress);
            }
            return std::make_unique<CaughtObject>(catcher_.contents_[std::string(key)]);
        }
        Result<std::vector<std::string>> list(std::string_view, std::string_view) override { return std::vector<std::string>(); }
        Result<std::string> read(std::string_view key) override { return catcher_.contents_[std::string(key)]; }
        Result<void> remove(std::string_view) override { return {}; }

       private:
        Catcher& catcher_;
        SinkTarget target_;
    };
    class Asked final : public RecordSink {
       public:
        Asked(Catcher& catcher, std::unique_ptr<RecordSink> sink) : catcher_(catcher), sink_(std::move(sink)) {}
        std::size_t most_records() const override { return sink_->most_records(); }
        std::size_t most_bytes() const override { return sink_->most_bytes(); }
        std::size_t most_record_bytes() const override { return sink_->most_record_bytes(); }
        std::string_view failure_type() const override { return sink_->failure_type(); }
        std::string_view too_large_code() const override { return sink_->too_large_code(); }
        std::string action_of(const OutgoingRecord& record) const override { return sink_->action_of(record); }
        std::vector<std::pair<std::string, std::string>> traits_of(const OutgoingRecord& record) const override {
            return sink_->traits_of(record);
        }
        std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                    const std::string&) override {
            for (const auto& record : records)
                if (auto action = sink_->action_of(record); !action.empty()) catcher_.actions_.push_back(std::move(action));
            return std::vector<RefusedRecord>();
        }

       private:
        Catcher& catcher_;
        std::unique_ptr<RecordSink> sink_;
    };

    std::map<std::string, std::string> contents_, statements_;  // by key; a statement loads what is there
    std::vector<std::string> actions_;
};

class TrialRun {
   public:
    TrialRun(const DeliverySpec& spec, Catcher& catcher, DeliveryLine& line) : spec_(spec), catcher_(catcher), line_(line) {}

    Result<void> add(const TrialRecord& record) {
        const std::string data = KNS_TRY(base64_decode(record.data_base64));
        const auto hints = spec_.config.hints();
        if (!line_.empty() && state_.oldest_arrival + hints.age <= record.arrival_ms)
            KNS_TRY(cut(state_.oldest_arrival + hints.age));
        const RecordView view{.offset = offset_++, .timestamp = record.arrival_ms, .key = record.partition_key, .value = data};
        if (line_.is_full(view, 0)) KNS_TRY(cut(record.arrival_ms));
        if (line_.empty()) state_ = {.records = 0, .bytes = 0, .oldest_arrival = record.arrival_ms};
        ++state_.records;
        state_.bytes += data.size();
        KNS_TRY(line_.add(view, shard_, {.place = static_cast<std::uint64_t>(view.offset), .seed = 0}));
        if (decide_flush(hints, state_, record.arrival_ms).flush) KNS_TRY(cut(record.arrival_ms));
        return {};
    }
    Result<Trial> end() {
        if (!line_.empty()) KNS_TRY(cut(state_.oldest_arrival + spec_.config.buffer_ms));
        return std::exchange(out_, {});
    }

   private:
    Result<void> cut(UnixMs now) {
        for (const auto& made : KNS_TRY(line_.cut())) out_.objects.push_back(catcher_.describe(made, now));
        return {};
    }

    const DeliverySpec& spec_;
    Catcher& catcher_;
    DeliveryLine& line_;
    const ShardRange shard_{};
    BufferState state_;
    std::int64_t offset_ = 0;
    Trial out_;
};

}  // namespace

Result<std::vector<Trial>> try_records(const TrialSpec& trial, std::unique_ptr<Transform> local, Registry& registry) {
    Catcher catcher(registry);
    const auto line = KNS_TRY(DeliveryLine::make(trial.spec, {}, std::move(local), registry));
    TrialRun run(trial.spec, catcher, *line);
    std::vector<Trial> out;
    for (const auto& record : trial.records) {
        KNS_TRY(run.add(record));
        if (trial.each) out.push_back(KNS_TRY(run.end()));
    }
    if (!trial.each) out.push_back(KNS_TRY(run.end()));
    return out;
}

}  // namespace kns
