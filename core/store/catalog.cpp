#include "core/store/catalog.hpp"

#include <cstdlib>

#include "core/base/describe.hpp"

namespace kns {
namespace {

// 39 digits, so that text order is number order.
std::string padded(uint128 hash_key) {
    auto digits = hash_key_text(hash_key);
    return std::string(39 - digits.size(), '0') + digits;
}

std::vector<std::string> divided(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        out.emplace_back(text.substr(0, text.find(',')));
        text.remove_prefix(std::min(text.size(), out.back().size() + 1));
    }
    return out;
}

uint128 unpadded(const std::string& digits) { return parse_hash_key(digits).value_or(0); }

}  // namespace

Result<void> check_catalog_knows(const RecoveredGroup& group, std::uint32_t last_shard, const std::string& database_path) {
    if (!group.damages.empty()) return {};  // its shard numbers may be damaged too
    for (const auto& batch : group.batches)
        if (batch.shard > last_shard)
            return fail(Errc::corrupt, "{} is missing something: the log has records of shard {}, it knows shards up to {}",
                        database_path, batch.shard, last_shard)
                .hint(
                    "was it, or its -wal, deleted or replaced by an older copy? put it back, or have it made anew: kns doctor "
                    "--fix");
    return {};
}

Result<std::vector<StreamRow>> Catalog::streams() {
    std::vector<StreamRow> out;
    auto rows = KNS_TRY(db_.query(
        "SELECT id, name, hidden, mode, retention_ms, durability, limits, max_record_bytes, created_ms, tags, encryption, "
        "kms_key, shard_metrics, warm_mibps, distribution, policy, scalings, load_peaks FROM stream ORDER BY name"));
    while (KNS_TRY(rows.step())) {
        StreamRow s;
        s.id = rows.integer(0);
        s.name = rows.text(1);
        s.hidden = rows.integer(2) != 0;
        s.mode = rows.text(3);
        s.retention_ms = rows.integer(4);
        s.limits = rows.text(6);
        s.max_record_bytes = rows.u64(7);
        s.created_ms = rows.integer(8);
        s.encryption = rows.text(10);
        s.kms_key = rows.text(11);
        s.shard_metrics = divided(rows.text(12));
        s.warm_mibps = rows.integer(13);
        s.distribution = rows.text(14);
        s.policy = rows.text(15);
        for (const auto& time : divided(rows.text(16))) s.scalings.push_back(std::strtoll(time.c_str(), nullptr, 10));
        s.load_peaks = rows.text(17);
        const auto where = "the catalog's stream " + s.name;
        s.durability = KNS_TRY(context(Durability::parse(rows.text(5)), where));
        KNS_TRY(context(read_json(KNS_TRY(context(parse_json(rows.text(9)), where)), s.tags), where));
        out.push_back(std::move(s));
    }
    return out;
}

Result<std::vector<ShardRow>> Catalog::shards() {
    std::vector<ShardRow> out;
    auto rows =
        KNS_TRY(db_.query("SELECT number, stream_id, shard_index, parent, adjacent_parent, hash_first, hash_last, created_s, "
                          "end_offset, closed_ms FROM shard "
                          "ORDER BY stream_id, shard_index"));
    auto number = [&](int column) { return rows.null(column) ? std::nullopt : std::optional(rows.u32(column)); };
    while (KNS_TRY(rows.step()))
        out.push_back({rows.u32(0), rows.integer(1), rows.u32(2), number(3), number(4), unpadded(rows.text(5)),
                       unpadded(rows.text(6)), rows.integer(7), rows.maybe_integer(8), rows.maybe_integer(9)});
    return out;
}

Result<std::map<std::uint32_t, ShardContent>> Catalog::contents() {
    std::map<std::uint32_t, ShardContent> out;
    auto rows = KNS_TRY(db_.query("SELECT shard, first_offset, next_offset, last_ms, records, bytes FROM shard_content"));
    while (KNS_TRY(rows.step())) out[rows.u32(0)] = {rows.integer(1), rows.integer(2), rows.integer(3), rows.u64(4), rows.u64(5)};
    return out;
}

Result<Log::Start> Catalog::log_start() {
    auto rows = KNS_TRY(db_.query("SELECT segment, position, group_number, records FROM log_state"));
    if (!KNS_TRY(rows.step())) return Log::Start{};
    return Log::Start{{rows.u64(0), rows.u64(1)}, rows.u64(2), rows.u64(3)};
}

Result<std::vector<PositionChange>> Catalog::positions() {
    std::vector<PositionChange> out;
    auto rows = KNS_TRY(db_.query("SELECT stream_id, shard, next_offset, group_name FROM group_position"));
    while (KNS_TRY(rows.step())) out.push_back({rows.integer(0), rows.u32(1), rows.integer(2), rows.text(3)});
    return out;
}

Result<std::map<std::uint64_t, std::uint64_t>> Catalog::generations() {
    std::map<std::uint64_t, std::uint64_t> out;
    auto rows = KNS_TRY(db_.query("SELECT id, generation FROM segment"));
    while (KNS_TRY(rows.step())) out[rows.u64(0)] = rows.u64(1);
    return out;
}

Result<std::int64_t> Catalog::lowest_position(std::int64_t stream_id, const std::string& groups, std::uint32_t shard) {
    auto rows =
        KNS_TRY(db_.query("SELECT min(next_offset) FROM group_position WHERE stream_id = ? AND shard = ? "
                          "AND substr(group_name, 1, ?) = ?",
                          stream_id, shard, static_cast<std::int64_t>(groups.size()), groups));
    return KNS_TRY(rows.step()) ? rows.integer(0) : 0;
}

Result<void> Catalog::insert_shard(ShardRow& s) {
    KNS_TRY(
        db_.exec("INSERT INTO shard (stream_id, shard_index, parent, adjacent_parent, hash_first, hash_last, created_s) VALUES "
                 "(?,?,?,?,?,?,?)",
                 s.stream_id, s.index, s.parent, s.adjacent_parent, padded(s.hash_first), padded(s.hash_last), s.created_s));
    s.number = static_cast<std::uint32_t>(db_.last_insert_id());
    return {};
}

Result<void> Catalog::create_stream(StreamRow& s, std::vector<ShardRow>& shards,
                                    const std::function<Result<void>(std::int64_t)>& also) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(
            db_.exec("INSERT INTO stream (name, hidden, mode, retention_ms, durability, limits, max_record_bytes, created_ms, "
                     "tags, encryption, warm_mibps, distribution) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                     s.name, s.hidden, s.mode, s.retention_ms, s.durability.text(), s.limits, s.max_record_bytes, s.created_ms,
                     to_json(s.tags), s.encryption, s.warm_mibps, s.distribution));
        s.id = db_.last_insert_id();
        for (auto& shard : shards) {
            shard.stream_id = s.id;
            KNS_TRY(insert_shard(shard));
        }
        return also ? also(s.id) : Result<void>();
    });
}

Result<void> Catalog::update_stream(const StreamRow& s) {
    return db_.transaction(Sync::full, [&] {
        return db_.exec(
            "UPDATE stream SET mode = ?, retention_ms = ?, durability = ?, limits = ?, max_record_bytes = ?, tags = ?, "
            "encryption = ?, kms_key = ?, shard_metrics = ?, warm_mibps = ?, distribution = ?, policy = ?, scalings = ?, "
            "load_peaks = ? WHERE id = ?",
            s.mode, s.retention_ms, s.durability.text(), s.limits, s.max_record_bytes, to_json(s.tags), s.encryption, s.kms_key,
            fmt::format("{}", fmt::join(s.shard_metrics, ",")), s.warm_mibps, s.distribution, s.policy,
            fmt::format("{}", fmt::join(s.scalings, ",")), s.load_peaks, s.id);
    });
}

Result<void> Catalog::delete_stream(std::int64_t id) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db_.exec("DELETE FROM extent WHERE shard IN (SELECT number FROM shard WHERE stream_id = ?)", id));
        KNS_TRY(db_.exec("DELETE FROM shard_content WHERE shard IN (SELECT number FROM shard WHERE stream_id = ?)", id));
        KNS_TRY(db_.exec("DELETE FROM group_position WHERE stream_id = ?", id));
        KNS_TRY(db_.exec("DELETE FROM data_key WHERE stream_id = ?", id));
        KNS_TRY(db_.exec("DELETE FROM consumer WHERE stream_id = ?", id));
        KNS_TRY(db_.exec("DELETE FROM shard WHERE stream_id = ?", id));
        return db_.exec("DELETE FROM stream WHERE id = ?", id);
    });
}

Result<std::vector<ConsumerRow>> Catalog::consumers() {
    std::vector<ConsumerRow> out;
    auto rows = KNS_TRY(db_.query("SELECT id, stream_id, name, created_s, tags, policy FROM consumer ORDER BY stream_id, name"));
    while (KNS_TRY(rows.step())) {
        ConsumerRow c{rows.integer(0), rows.integer(1), rows.text(2), rows.integer(3), {}, rows.text(5)};
        const auto where = "the catalog's consumer " + c.name;
        KNS_TRY(context(read_json(KNS_TRY(context(parse_json(rows.text(4)), where)), c.tags), where));
        out.push_back(std::move(c));
    }
    return out;
}

Result<void> Catalog::add_consumer(ConsumerRow& c) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db_.exec("INSERT INTO consumer (stream_id, name, created_s, tags) VALUES (?,?,?,?)", c.stream_id, c.name,
                         c.created_s, to_json(c.tags)));
        c.id = db_.last_insert_id();
        return {};
    });
}

Result<void> Catalog::update_consumer(const ConsumerRow& c) {
    return db_.transaction(Sync::full, [&] {
        return db_.exec("UPDATE consumer SET tags = ?, policy = ? WHERE id = ?", to_json(c.tags), c.policy, c.id);
    });
}

Result<void> Catalog::delete_consumer(std::int64_t id) {
    return db_.transaction(Sync::full, [&] { return db_.exec("DELETE FROM consumer WHERE id = ?", id); });
}

Result<std::string> Catalog::account_setting(std::string_view key) {
    auto rows = KNS_TRY(db_.query("SELECT value FROM account WHERE key = ?", key));
    return KNS_TRY(rows.step()) ? rows.text(0) : std::string();
}

Result<void> Catalog::set_account_setting(std::string_view key, std::string_view value) {
    return db_.transaction(Sync::full, [&] { return db_.exec("INSERT OR REPLACE INTO account VALUES (?,?)", key, value); });
}

Result<void> Catalog::reshard(const std::vector<ShardRow>& closed, std::vector<ShardRow>& opened) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        for (const auto& shard : closed)
            KNS_TRY(db_.exec("UPDATE shard SET end_offset = ?, closed_ms = ? WHERE number = ?", shard.end_offset, shard.closed_ms,
                             shard.number));
        for (auto& shard : opened) KNS_TRY(insert_shard(shard));
        return {};
    });
}

Result<void> Catalog::delete_shards(const std::vector<std::uint32_t>& numbers) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        for (const auto number : numbers) {
            KNS_TRY(db_.exec("DELETE FROM shard_content WHERE shard = ?", number));
            KNS_TRY(db_.exec("DELETE FROM group_position WHERE shard = ?", number));
            KNS_TRY(db_.exec("DELETE FROM shard WHERE number = ?", number));
        }
        return {};
    });
}

Result<void> Catalog::delete_group(std::int64_t stream_id, const std::string& group) {
    return db_.transaction(Sync::full, [&] {
        return db_.exec("DELETE FROM group_position WHERE stream_id = ? AND group_name = ?", stream_id, group);
    });
}

Result<std::uint32_t> Catalog::last_shard_number() {
    auto rows =
        KNS_TRY(db_.query("SELECT max(seq) FROM (SELECT seq FROM sqlite_sequence WHERE name = 'shard' UNION ALL SELECT "
                          "max(number) FROM shard)"));
    KNS_TRY(rows.step());
    return rows.u32(0);
}

Result<void> Catalog::set_content(std::uint32_t shard, const ShardContent& c) {
    return db_.exec("INSERT OR REPLACE INTO shard_content VALUES (?,?,?,?,?,?)", shard, c.first_offset, c.next_offset, c.last_ms,
                    c.records, c.bytes);
}

Result<std::pair<std::int64_t, std::string>> Catalog::adopt_shard(std::uint32_t number, UnixMs now) {
    std::vector<ShardRow> none;
    StreamRow stream{.name = fmt::format("recovered-{}", number), .retention_ms = 365 * kDay, .created_ms = now};
    KNS_TRY(create_stream(stream, none));
    KNS_TRY(db_.exec("INSERT INTO shard (number, stream_id, shard_index, hash_first, hash_last, created_s) VALUES (?,?,0,?,?,?)",
                     number, stream.id, padded(0), padded(~uint128{0}), now / kSecond));
    return std::pair(stream.id, stream.name);
}

Result<std::vector<std::uint64_t>> Catalog::live_segments() {
    std::vector<std::uint64_t> out;
    auto rows = KNS_TRY(db_.query("SELECT DISTINCT segment FROM extent ORDER BY segment"));
    while (KNS_TRY(rows.step())) out.push_back(rows.u64(0));
    return out;
}

Result<std::vector<Damage>> Catalog::extents_past(std::uint64_t segment, std::optional<std::uint64_t> bytes) {
    std::vector<Damage> out;
    auto rows =
        KNS_TRY(db_.query("SELECT position, bytes, shard, first_offset, records FROM extent WHERE segment = ? AND position + "
                          "bytes > ? ORDER BY position",
                          segment, bytes.value_or(0)));
    while (KNS_TRY(rows.step()))
        out.push_back({{segment, rows.u64(0)},
                       rows.u64(1),
                       rows.u32(2),
                       rows.integer(3),
                       rows.u64(4),
                       bytes ? "the segment ends before it" : "segment file is missing"});
    return out;
}

Result<std::vector<std::uint32_t>> Catalog::shards_at(Place place, std::uint64_t bytes) {
    std::vector<std::uint32_t> out;
    auto rows = KNS_TRY(db_.query("SELECT DISTINCT shard FROM extent WHERE segment = ? AND position < ? AND position + bytes > ?",
                                  place.segment, place.position + bytes, place.position));
    while (KNS_TRY(rows.step())) out.push_back(rows.u32(0));
    return out;
}

Result<void> Catalog::add_damage(const Damage& d, UnixMs now) {
    return db_.transaction(Sync::full, [&] {
        return db_.exec(
            "INSERT OR IGNORE INTO quarantine (segment, position, bytes, shard, first_offset, records, reason, found_ms) VALUES "
            "(?,?,?,?,?,?,?,?)",
            d.place.segment, d.place.position, d.bytes, d.shard, d.first_offset, d.records, d.reason, now);
    });
}

Result<Catalog::DamageTotals> Catalog::damages() {
    auto rows = KNS_TRY(db_.query("SELECT count(*), coalesce(sum(records), 0) FROM quarantine"));
    KNS_TRY(rows.step());
    return DamageTotals{rows.u64(0), rows.u64(1)};
}

Result<std::map<std::uint32_t, std::uint64_t>> Catalog::damaged_records() {
    std::map<std::uint32_t, std::uint64_t> out;
    auto rows = KNS_TRY(db_.query("SELECT shard, sum(records) FROM quarantine WHERE shard IS NOT NULL GROUP BY shard"));
    while (KNS_TRY(rows.step())) out[rows.u32(0)] = rows.u64(1);
    return out;
}

}  // namespace kns
