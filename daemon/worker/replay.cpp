#include "daemon/worker/replay.hpp"

#include <set>

#include "core/firehose/delivery_place.hpp"
#include "core/firehose/error_record.hpp"
#include "daemon/worker/delivery_line.hpp"

namespace kns {
namespace {

constexpr std::size_t kMostObjects = 10'000;  // at a time: the next replay goes on

// Where this delivery stream's error objects are, if nobody says.
Result<std::set<std::string>> prefixes_of(const DeliveryConfig& config) {
    const auto prefix =
        KNS_TRY(ObjectPrefix::parse(config.error_prefix.empty() ? kDefaultErrorPrefix : config.error_prefix, PrefixKind::error));
    std::set<std::string> out;
    for (const auto failure : kFailures) out.insert(prefix.beginning(failure));
    return out;
}

// An object's name tells whose it is: others may have theirs beside it.
bool is_of(std::string_view key, std::string_view delivery) {
    const auto name = key.substr(key.find_last_of('/') + 1);
    return name.starts_with(delivery) && name.size() > delivery.size() + 1 && name[delivery.size()] == '-' &&
           name[delivery.size() + 1] >= '0' && name[delivery.size() + 1] <= '9';
}

Result<std::vector<ReadErrorRecord>> records_in(std::string_view text) {
    std::vector<ReadErrorRecord> out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.empty()) out.push_back(KNS_TRY(context(read_error_record(line), fmt::format("line {}", out.size() + 1))));
    }
    return out;
}

}  // namespace

Result<ReplayReport> replay(const ReplaySpec& job, const JsonValue& secrets, std::unique_ptr<Transform> local,
                            const Registry& registry) {
    const DeliverySpec& spec = job.spec;
    const auto place = KNS_TRY(error_place_of(spec.config));
    if (!place) return fail(Errc::not_found, "delivery stream \"{}\" has no backup that could hold error records", spec.delivery);
    const auto sink = KNS_TRY(registry.make_sink({.destination = place->destination,
                                                  .endpoint = place->endpoint,
                                                  .region = place->region,
                                                  .secret = secrets[place->role],
                                                  .source_arn = {},
                                                  .attributes = {}}));
    auto prefixes = std::set<std::string>{job.request.prefix};
    if (job.request.prefix.empty()) prefixes = KNS_TRY(prefixes_of(spec.config));
    // First all names: what fails anew while this goes on is for another time.
    std::set<std::string> keys;
    for (const auto& prefix : prefixes) {
        std::string after;
        while (keys.size() < kMostObjects) {
            const auto some = KNS_TRY(sink->list(prefix, after));
            if (some.empty()) break;
            for (const auto& key : some)
                if (is_of(key, spec.delivery)) keys.insert(key);
            after = some.back();
        }
    }
    const auto line = KNS_TRY(DeliveryLine::make(spec, secrets, std::move(local), registry));
    ReplayReport report;
    for (const auto& key : keys) {
        ReplayedObject object{.key = key, .url = place->destination.url_of(key)};
        const auto records = records_in(KNS_TRY(sink->read(key)));
        if (!records) {
            object.skipped = records.error().text();
            // Nobody said that these are error objects: where they lie others may lie too.
            if (!job.request.prefix.empty() || key.find("failed/") != std::string::npos)
                report.replayed.push_back(std::move(object));
            continue;
        }
        object.records = records->size();
        if (!job.request.dry_run) {
            // Numbers of its own, the same whenever this object is tried.
            const std::uint64_t seed = seed_from("replay/" + key);
            const ShardRange shard{.shard_number = 0,
                                   .first_offset = 0,
                                   .end_offset = static_cast<std::int64_t>(records->size()),
                                   .shard_index = static_cast<std::uint32_t>(seed >> 40),
                                   .created_s = static_cast<std::int64_t>(seed & 0xffff'ffff)};
            std::int64_t offset = 0;
            for (const auto& record : *records) {
                const RecordView view{.offset = offset, .timestamp = record.arrival, .key = {}, .value = record.data};
                KNS_TRY(line->add(view, shard, {.place = static_cast<std::uint64_t>(offset), .seed = seed}));
                ++offset;
            }
            for (auto& made : KNS_TRY(line->cut())) report.made.push_back(std::move(made));
            if (!job.request.keep) KNS_TRY(sink->remove(key));
        }
        report.replayed.push_back(std::move(object));
    }
    return report;
}

}  // namespace kns
