#include "core/stream/stream_service.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/stream/on_demand.hpp"

namespace kns {
namespace {

Result<Ms> parse_retention(const std::string& text) {
    const auto retention = KNS_TRY(parse_duration(text));
    if (retention < kHour || retention > 365 * kDay)
        return fail(Errc::invalid_argument, "a retention of {} is out of range", text).hint("1h to 365d; the default is 24h");
    return retention;
}

Result<std::string> parse_limits(const std::string& text) {
    if (text == "off" || text == "aws") return text;
    return fail(Errc::invalid_argument, "\"{}\" are no limits", text)
        .hint("off, or aws for 1 MiB/s and 1,000 records/s in, 2 MiB/s out, per shard");
}

Result<std::string> parse_mode(const std::string& text) {
    if (text == "provisioned" || text == kOnDemand) return text;
    return fail(Errc::invalid_argument, "\"{}\" is not a stream mode", text).hint("provisioned or on-demand");
}

Result<std::uint64_t> parse_max_record(std::uint64_t bytes) {
    if (bytes >= 1024 && bytes <= (10u << 20)) return bytes;
    return fail(Errc::invalid_argument, "a record limit of {} bytes is out of range", bytes)
        .hint("1KiB to 10MiB; the default is 1MiB");
}

Result<std::uint32_t> parse_shard_count(std::uint32_t count) {
    if (count >= 1 && count <= kMaxShards) return count;
    return fail(Errc::invalid_argument, "a stream cannot have {} shards", count).hint(fmt::format("1 to {}", kMaxShards));
}

Result<const ShardRow*> open_shard(const Stream& stream, std::string_view shard_id) {
    const auto index = KNS_TRY(parse_shard_id(shard_id));
    const auto* shard = stream.shard_by_index(index);
    if (!shard)
        return fail(Errc::not_found, "stream \"{}\" has no {}", stream.row.name, shard_id_text(index))
            .hint("kns stream shards " + stream.row.name + " lists them");
    if (!shard->open()) return fail(Errc::conflict, "{} is closed already", shard_id_text(index));
    return shard;
}

std::uint32_t next_index(const Stream& stream) {
    std::uint32_t next = 0;
    for (const auto& shard : stream.shards) next = std::max(next, shard.index + 1);
    return next;
}

}  // namespace

Result<void> check_tags(const std::map<std::string, std::string>& tags) {
    if (tags.size() > 50) return fail(Errc::limit_exceeded, "{} tags, 50 is the limit", tags.size());
    for (const auto& [key, value] : tags)
        if (key.empty() || key.size() > 128 || value.size() > 256)
            return fail(Errc::invalid_argument, "tag \"{}\" is too long or empty", key.substr(0, 40))
                .hint("a key has 1 to 128 characters, a value up to 256");
    return {};
}

Result<StreamRow> make_stream_row(const CreateStream& request, UnixMs now) {
    StreamRow row{.name = KNS_TRY(StreamName::parse(request.name)).text(),
                  .mode = KNS_TRY(parse_mode(request.mode)),
                  .retention_ms = KNS_TRY(parse_retention(request.retention.value_or("24h"))),
                  .durability = KNS_TRY(Durability::parse(request.durability.value_or("sync"))),
                  .limits = KNS_TRY(parse_limits(request.limits)),
                  .max_record_bytes = KNS_TRY(parse_max_record(request.max_record_bytes)),
                  .created_ms = now,
                  .tags = request.tags,
                  .encryption = request.encrypt ? "aes-256-gcm" : "none"};
    KNS_TRY(check_tags(row.tags));
    KNS_TRY(parse_shard_count(request.shard_count.value_or(1)));
    return row;
}

Result<StreamRow> update_stream_row(StreamRow row, const UpdateStream& request) {
    if (request.mode) set_mode(row, KNS_TRY(parse_mode(*request.mode)));
    if (request.retention) row.retention_ms = KNS_TRY(parse_retention(*request.retention));
    if (request.durability) row.durability = KNS_TRY(Durability::parse(*request.durability));
    if (request.limits) row.limits = KNS_TRY(parse_limits(*request.limits));
    if (request.max_record_bytes) row.max_record_bytes = KNS_TRY(parse_max_record(*request.max_record_bytes));
    if (request.shard_count) KNS_TRY(parse_shard_count(*request.shard_count));
    return row;
}

Result<StreamPtr> StreamService::create(const CreateStream& request, bool hidden, bool* created) {
    const auto name = KNS_TRY(StreamName::parse(request.name)).text();
    if (created) *created = false;
    if (!hidden && name.starts_with(kOwnStreamPrefix))
        return fail(Errc::invalid_argument, "\"{}\" cannot be created: names that begin with \"{}\" are kns's own", name,
                    kOwnStreamPrefix)
            .hint("choose another name");
    if (auto existing = directory_.find(name)) {
        if (request.if_not_exists) return existing;
        return fail(Errc::already_exists, "stream \"{}\" exists already", name).hint("--if-not-exists accepts that");
    }
    StreamRow row = KNS_TRY(make_stream_row(request, clock_.now()));
    row.hidden = hidden;
    if (row.encrypted() && !keys_) return fail(Errc::unsupported, "there are no keys to encrypt with");
    std::vector<ShardRow> shards;
    const auto count = request.shard_count.value_or(row.mode == kOnDemand ? kOnDemandShards : 1);
    for (const auto& range : equal_ranges(count))
        shards.push_back({.index = static_cast<std::uint32_t>(shards.size()),
                          .hash_first = range.first,
                          .hash_last = range.last,
                          .created_s = row.created_ms / 1000});
    DataKeyPtr key;
    KNS_TRY(catalog_.create_stream(row, shards, [&](std::int64_t id) -> Result<void> {
        if (row.encrypted()) key = KNS_TRY(keys_->make(id, row.created_ms));
        return {};
    }));
    if (key) keys_->take(key);
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : shards) {
            committer.add_shard(shard.number, row.id, row.durability, {}, true);
            committer.set_key(shard.number, key);
        }
    });
    auto stream = std::make_shared<const Stream>(std::move(row), std::move(shards));
    directory_.put(stream);
    if (created) *created = true;
    log_info("stream_created", "stream={} shards={} durability={}", name, stream->shards.size(), stream->row.durability.text());
    return stream;
}

Result<StreamPtr> StreamService::update(const std::string& name, const UpdateStream& request) {
    auto stream = KNS_TRY(directory_.find(name));
    const StreamRow row = KNS_TRY(update_stream_row(stream->row, request));
    if (request.rotate_key) KNS_TRY(rotate_key(*stream));
    KNS_TRY(catalog_.update_stream(row));
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream->shards) committer.set_durability(shard.number, row.durability);
    });
    stream = std::make_shared<const Stream>(row, stream->shards);
    directory_.put(stream);
    if (request.shard_count && *request.shard_count != stream->open.size()) return reshard(*stream, *request.shard_count);
    return stream;
}

// A new data key for what is put from now on; what is stored stays under the old ones.
Result<void> StreamService::rotate_key(const Stream& stream) {
    if (!stream.row.encrypted() || !keys_)
        return fail(Errc::invalid_argument, "stream \"{}\" is not encrypted", stream.row.name)
            .hint("kns stream create --encrypt makes one that is");
    DataKeyPtr key;
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        key = KNS_TRY(keys_->make(stream.row.id, clock_.now()));
        return {};
    }));
    keys_->take(key);
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream.shards) committer.set_key(shard.number, key);
    });
    log_info("data_key_rotated", "stream={} number={}", stream.row.name, key->number);
    return {};
}

Result<StreamPtr> StreamService::edit(const std::string& name, const std::function<Result<void>(StreamRow&)>& change) {
    const auto stream = KNS_TRY(directory_.find(name));
    StreamRow row = stream->row;
    KNS_TRY(change(row));
    KNS_TRY(catalog_.update_stream(row));
    return replace_row(*stream, std::move(row));
}

Result<StreamPtr> StreamService::replace_row(const Stream& stream, StreamRow row) {
    auto changed = std::make_shared<const Stream>(std::move(row), stream.shards);
    directory_.put(changed);
    return changed;
}

Result<StreamPtr> StreamService::start_encryption(const std::string& name, const std::string& kms_key) {
    const auto stream = KNS_TRY(directory_.find(name));
    if (!keys_) return fail(Errc::unsupported, "there are no keys to encrypt with");
    StreamRow row = stream->row;
    row.encryption = "aes-256-gcm";
    row.kms_key = kms_key;
    DataKeyPtr key;
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        key = KNS_TRY(keys_->make(row.id, clock_.now()));
        return {};
    }));
    KNS_TRY(catalog_.update_stream(row));
    keys_->take(key);
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream->shards) committer.set_key(shard.number, key);
    });
    log_info("encryption_started", "stream={} number={}", name, key->number);
    return replace_row(*stream, std::move(row));
}

Result<StreamPtr> StreamService::stop_encryption(const std::string& name) {
    const auto stream = KNS_TRY(directory_.find(name));
    StreamRow row = stream->row;
    row.encryption = "none";
    row.kms_key.clear();
    KNS_TRY(catalog_.update_stream(row));
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream->shards) committer.set_key(shard.number, nullptr);
    });
    log_info("encryption_stopped", "stream={}", name);
    return replace_row(*stream, std::move(row));
}

Result<void> StreamService::remove(const std::string& name) {
    const auto stream = KNS_TRY(directory_.find(name));
    // Closed first, so that nothing is acknowledged that is about to go; and as it was if it cannot go.
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream->open) std::ignore = committer.close_shard(shard.number);
    });
    if (auto deleted = catalog_.delete_stream(stream->row.id); !deleted) {
        run_on_log_([&](Committer& committer) {
            for (const auto& shard : stream->open) committer.reopen_shard(shard.number);
        });
        return deleted;
    }
    run_on_log_([&](Committer& committer) {
        for (const auto& shard : stream->shards) committer.remove_shard(shard.number);
    });
    directory_.remove(name);
    for (const auto& shard : stream->shards) index_.forget_shard(shard.number);
    if (keys_) keys_->forget(stream->row.id);
    log_info("stream_deleted", "stream={}", name);
    return {};
}

Result<StreamPtr> StreamService::change_tags(const std::string& name, const ChangeTags& request) {
    const auto stream = KNS_TRY(directory_.find(name));
    StreamRow row = stream->row;
    for (const auto& [key, value] : request.tags) row.tags[key] = value;
    for (const auto& key : request.remove) row.tags.erase(key);
    KNS_TRY(check_tags(row.tags));
    KNS_TRY(catalog_.update_stream(row));
    return replace_row(*stream, std::move(row));
}

Result<void> StreamService::delete_group(std::int64_t stream_id, const std::string& group) {
    // What the log knows of it and the catalog does not yet would bring it back, now or at the next start.
    KNS_TRY(index_.save(db_));
    return catalog_.delete_group(stream_id, group);
}

Result<StreamPtr> StreamService::split(const std::string& name, const SplitShard& request) {
    const auto stream = KNS_TRY(directory_.find(name));
    const auto* shard = KNS_TRY(open_shard(*stream, request.shard_id));
    std::optional<uint128> at;
    if (request.at) at = KNS_TRY(parse_hash_key(*request.at));
    if (stream->open.size() >= kMaxShards)
        return fail(Errc::limit_exceeded, "stream \"{}\" has {} shards already", name, stream->open.size());
    const auto [lower, upper] = KNS_TRY(split_range({shard->hash_first, shard->hash_last}, at));
    std::vector<ShardRow> children;
    for (const auto& range : {lower, upper})
        children.push_back(
            {.stream_id = stream->row.id, .parent = shard->number, .hash_first = range.first, .hash_last = range.last});
    return replace_shards(*stream, {shard->number}, std::move(children));
}

Result<StreamPtr> StreamService::merge(const std::string& name, const MergeShards& request) {
    const auto stream = KNS_TRY(directory_.find(name));
    if (request.shard_ids.size() != 2)
        return fail(Errc::invalid_argument, "a merge takes two shards, {} were given", request.shard_ids.size());
    const auto* a = KNS_TRY(open_shard(*stream, request.shard_ids[0]));
    const auto* b = KNS_TRY(open_shard(*stream, request.shard_ids[1]));
    const auto [lower, upper] = KNS_TRY(neighbours(*a, *b));
    ShardRow child{.stream_id = stream->row.id,
                   .parent = lower.number,
                   .adjacent_parent = upper.number,
                   .hash_first = lower.hash_first,
                   .hash_last = upper.hash_last};
    return replace_shards(*stream, {lower.number, upper.number}, {child});
}

Result<StreamPtr> StreamService::reshard(const Stream& before, std::uint32_t target) {
    auto stream = std::make_shared<const Stream>(before);
    const auto plan = plan_reshard(before.open, target);
    for (const auto& step : plan.splits) {
        const auto& shard = route(stream->open, step.at);
        stream = KNS_TRY(split(before.row.name, {shard_id_text(shard.index), hash_key_text(step.at)}));
    }
    for (const auto& step : plan.merges) {
        const auto& upper = route(stream->open, step.boundary);
        const auto& lower = route(stream->open, step.boundary - 1);
        stream = KNS_TRY(merge(before.row.name, {{shard_id_text(lower.index), shard_id_text(upper.index)}}));
    }
    return stream;
}

Result<StreamPtr> StreamService::replace_shards(const Stream& stream, const std::vector<std::uint32_t>& parents,
                                                std::vector<ShardRow> children) {
    const UnixMs now = clock_.now();
    std::vector<ShardRow> closed;
    Result<void> outcome;
    // Closed on the log thread first: every record behind this point goes to a child.
    run_on_log_([&](Committer& committer) {
        for (const auto number : parents) {
            auto end = committer.close_shard(number);
            if (!end) {
                outcome = std::unexpected(std::move(end).error());
                break;
            }
            closed.push_back(*stream.shard_by_number(number));
            closed.back().end_offset = *end;
            closed.back().closed_ms = now;
        }
    });
    std::uint32_t index = next_index(stream);
    for (auto& child : children) {
        child.index = index++;
        child.created_s = now / 1000;
    }
    if (outcome) outcome = catalog_.reshard(closed, children);
    if (!outcome) {
        run_on_log_([&](Committer& committer) {
            for (const auto& shard : closed) committer.reopen_shard(shard.number);
        });
        return std::unexpected(std::move(outcome).error());
    }
    run_on_log_([&](Committer& committer) {
        for (const auto& child : children) {
            committer.add_shard(child.number, stream.row.id, stream.row.durability, {}, true);
            if (stream.row.encrypted()) committer.set_key(child.number, keys_->current(stream.row.id));
        }
    });
    auto shards = stream.shards;
    for (auto& shard : shards)
        for (const auto& end : closed)
            if (shard.number == end.number) shard = end;
    shards.insert(shards.end(), children.begin(), children.end());
    auto after = std::make_shared<const Stream>(stream.row, std::move(shards));
    directory_.put(after);
    log_info("stream_resharded", "stream={} closed={} opened={} open_shards={}", stream.row.name, parents.size(), children.size(),
             after->open.size());
    return after;
}

Result<std::optional<UnixMs>> StreamService::expire() {
    const UnixMs now = clock_.now();
    std::optional<UnixMs> next;
    for (const auto& stream : directory_.list({}, true)) {
        const UnixMs horizon = now - stream->row.retention_ms;
        std::vector<std::uint32_t> emptied;
        for (const auto& shard : stream->shards) {
            const std::int64_t done =
                stream->row.hidden ? KNS_TRY(catalog_.lowest_position(stream->row.id, std::string(kDeliveryGroups), shard.number))
                                   : 0;
            const auto gone = KNS_TRY(index_.expire(db_, shard.number, horizon, done));
            if (stream->row.hidden && gone.oldest_left_ms) {
                next = std::min(next.value_or(now + kMinute), now + kMinute);
            } else if (gone.oldest_left_ms) {
                const UnixMs due = *gone.oldest_left_ms + stream->row.retention_ms;
                next = std::min(next.value_or(due), due);
            }
            if (gone.records > 0 && done == 0)  // what is delivered goes without a word
                log_info("records_expired", "stream={} shard={} records={} bytes={}", stream->row.name, shard_id_text(shard.index),
                         gone.records, gone.bytes);
            // A closed shard goes once everything in it has expired.
            if (!shard.open() && *shard.closed_ms < horizon && index_.content(shard.number).records == 0)
                emptied.push_back(shard.number);
            if (!shard.open())
                next = std::min(next.value_or(*shard.closed_ms + stream->row.retention_ms + 1),
                                std::max(now + kSecond, *shard.closed_ms + stream->row.retention_ms + 1));
        }
        if (emptied.empty()) continue;
        KNS_TRY(catalog_.delete_shards(emptied));
        auto shards = stream->shards;
        std::erase_if(shards, [&](const auto& shard) { return std::ranges::find(emptied, shard.number) != emptied.end(); });
        for (const auto number : emptied) index_.forget_shard(number);
        directory_.put(std::make_shared<const Stream>(stream->row, std::move(shards)));
    }
    return next;
}

StreamInfo describe_stream(const Stream& stream, const ArnPlace& place, const LogIndex& index, std::uint64_t damaged_records,
                           const KeyRing* keys) {
    const auto& row = stream.row;
    StreamInfo info{.name = row.name,
                    .arn = place.arn("kinesis", "stream", row.name),
                    .status = StreamStatus::active,
                    .mode = row.mode,
                    .shard_count = static_cast<std::uint32_t>(stream.open.size()),
                    .retention = format_duration(row.retention_ms),
                    .retention_ms = row.retention_ms,
                    .durability = row.durability.text(),
                    .limits = row.limits,
                    .max_record_bytes = row.max_record_bytes,
                    .created_at = format_time(row.created_ms),
                    .records = 0,
                    .bytes = 0,
                    .damaged_records = damaged_records,
                    .tags = row.tags,
                    .encryption = row.encryption,
                    .key_number = {}};
    if (row.encrypted() && keys)
        if (const auto key = keys->current(row.id)) info.key_number = (*key)->number;
    for (const auto& shard : stream.shards) {
        const auto content = index.content(shard.number);
        info.records += content.records;
        info.bytes += content.bytes;
    }
    return info;
}

ShardInfo describe_shard(const Stream& stream, const ShardRow& shard, const LogIndex& index) {
    const auto content = index.content(shard.number);
    ShardInfo info{.shard_id = shard_id_text(shard.index),
                   .shard_number = shard.number,
                   .shard_index = shard.index,
                   .state = shard.open() ? ShardState::open : ShardState::closed,
                   .parents = {},
                   .starting_hash_key = hash_key_text(shard.hash_first),
                   .ending_hash_key = hash_key_text(shard.hash_last),
                   .starting_sequence_number = SequenceNumber{shard.created_s, 0, shard.created_s, shard.index}.text(),
                   .ending_sequence_number = {},
                   .created_s = shard.created_s,
                   .first_offset = content.first_offset,
                   .next_offset = content.next_offset};
    for (const auto& parent : {shard.parent, shard.adjacent_parent})
        if (parent)
            if (const auto* row = stream.shard_by_number(*parent)) info.parents.push_back(shard_id_text(row->index));
    if (shard.closed_ms)
        info.ending_sequence_number = SequenceNumber{shard.created_s, kClosingCounter, *shard.closed_ms / 1000, shard.index}.text();
    return info;
}

}  // namespace kns
