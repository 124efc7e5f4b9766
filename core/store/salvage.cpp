#include "core/store/salvage.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/store/group_reader.hpp"

namespace kns {
namespace {

constexpr std::int64_t kUnseenOffsets = 1 << 30;  // more than a shard can have been given since the catalog's copy

Finding fixed(std::string check, std::string what) { return {FindingState::fixed, std::move(check), std::move(what), "", false}; }

// --- the index

// Feeds an index with groups as recovery does, and knows what the shards were before.
class Rebuild {
   public:
    Rebuild(Database& db, const Env& env, bool current) : db_(db), env_(env), catalog_(db), current_(current) {}

    Result<Rebuilt> run() {
        KNS_TRY(read_before());
        KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
            for (const auto* table :
                 {"DELETE FROM extent", "DELETE FROM shard_content", "DELETE FROM log_state", "DELETE FROM segment"})
                KNS_TRY(db_.exec(table));
            return {};
        }));
        const auto segments = KNS_TRY(list_segments(*env_.log));
        for (const auto& [id, generation] : segments) KNS_TRY(read_segment(id, generation, id == segments.rbegin()->first));
        for (const auto& [number, content] : before_) {  // of which the log has nothing any more
            if (seen_.contains(number)) continue;
            auto empty = content;
            empty.next_offset += current_ ? 0 : kUnseenOffsets;
            empty.first_offset = empty.next_offset;
            empty.records = empty.bytes = 0;
            KNS_TRY(catalog_.set_content(number, empty));
        }
        index_.set_end(end_, std::max(start_.group_number, group_number_), std::max(start_.records_total, records_total_));
        KNS_TRY(index_.save(db_));
        for (const auto& damage : out_.damages) KNS_TRY(catalog_.add_damage(damage, env_.clock->now()));
        KNS_TRY(db_.transaction(Sync::full, [&] { return db_.exec("UPDATE log_state SET records = records"); }));
        out_.segments = segments.size();
        return std::move(out_);
    }

   private:
    Result<void> read_before() {
        start_ = KNS_TRY(catalog_.log_start());
        last_known_shard_ = KNS_TRY(catalog_.last_shard_number());
        auto contents = KNS_TRY(catalog_.contents());
        for (const auto& shard : KNS_TRY(catalog_.shards())) {
            auto content = contents[shard.number];
            if (shard.end_offset) content.next_offset = std::max(content.next_offset, *shard.end_offset);
            before_[shard.number] = content;
            stream_of_[shard.number] = shard.stream_id;
        }
        return {};
    }

    Result<void> read_segment(std::uint64_t id, std::uint64_t generation, bool last) {
        const auto file = KNS_TRY(env_.log->open(segment_name(id, generation), false));
        GroupReader reader(group_number_ > 0 ? std::optional(records_total_) : std::nullopt);
        KNS_TRY(reader.begin(*file, id, 0));
        while (auto group = KNS_TRY(reader.next())) KNS_TRY(take(std::move(*group)));
        // What is behind the last good group of the last segment is for the next start to judge.
        if (!last && reader.end() < reader.size()) KNS_TRY(take(KNS_TRY(reader.tail())));
        if (generation > 0) KNS_TRY(db_.exec("INSERT INTO segment VALUES (?, ?, ?)", id, generation, reader.size()));
        KNS_TRY(index_.save(db_));
        index_.forget_sealed();
        return {};
    }

    Result<void> take(RecoveredGroup group) {
        const bool known_before = group.end <= start_.indexed;
        for (const auto& batch : group.batches) KNS_TRY(meet(batch));
        std::erase_if(group.batches, [&](const BatchEntry& batch) {  // expired, or there twice
            const auto found = seen_.find(batch.shard);
            if (found == seen_.end() || batch.last_offset < found->second) return true;
            found->second = batch.last_offset + 1;
            return false;
        });
        std::erase_if(group.positions, [&](const PositionChange& change) {
            const auto found = stream_of_.find(change.shard);
            return known_before || found == stream_of_.end() || found->second != change.stream_id;
        });
        for (const auto& batch : group.batches) out_.records += batch.records;
        out_.damages.insert(out_.damages.end(), group.damages.begin(), group.damages.end());
        // Rewritten segments hold groups without a number.
        group_number_ = group.group_number = std::max(group_number_, group.group_number);
        records_total_ = group.records_total = std::max(records_total_, group.records_total);
        end_ = group.end;
        index_.recovered(group);
        return {};
    }

    // The first batch of a shard tells where its records begin.
    Result<void> meet(const BatchEntry& batch) {
        if (seen_.contains(batch.shard)) return {};
        auto found = before_.find(batch.shard);
        if (found == before_.end()) {
            if (batch.shard <= last_known_shard_) return {};  // its stream was deleted
            const auto [id, name] = KNS_TRY(catalog_.adopt_shard(batch.shard, env_.clock->now()));
            stream_of_[batch.shard] = id;
            out_.streams.push_back(name);
            found = before_.emplace(batch.shard, ShardContent()).first;
        }
        const auto& before = found->second;
        const auto first = std::max(before.first_offset, batch.first_offset);
        seen_[batch.shard] = before.first_offset;
        index_.add_shard(batch.shard, {first, std::max(before.next_offset, first), before.last_ms, 0, 0});
        return {};
    }

    Database& db_;
    const Env& env_;
    Catalog catalog_;
    bool current_;
    Log::Start start_;  // as `db` had it
    std::uint32_t last_known_shard_ = 0;
    std::map<std::uint32_t, ShardContent> before_;
    std::map<std::uint32_t, std::int64_t> stream_of_;
    std::map<std::uint32_t, std::int64_t> seen_;  // shards met, and the next offset to take
    LogIndex index_;
    Place end_;
    std::uint64_t group_number_ = 0, records_total_ = 0;
    Rebuilt out_;
};

// --- the catalog

Result<void> copy_file(const std::string& from, const std::string& to) {
    const Fd source = KNS_TRY(open_file(from, O_RDONLY));
    const Fd target = KNS_TRY(open_file(to, O_WRONLY | O_CREAT | O_EXCL));
    std::string piece(1 << 20, '\0');
    for (;;) {
        const auto n = ::read(source.get(), piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(errno, from);
        if (n == 0) break;
        KNS_TRY(context(write_all(target.get(), std::string_view(piece).substr(0, static_cast<std::size_t>(n))), to));
    }
    if (::fsync(target.get()) != 0) return fail_errno(errno, to);
    return {};
}

void remove_database(const std::string& path) {
    for (const auto* suffix : {"", "-wal", "-shm", "-journal", "-count"}) ::unlink((path + suffix).c_str());
}

// Tables that only make sense from one source, and whether a new catalog could do without them.
struct Unit {
    std::vector<std::string> tables;
};
std::vector<Unit> units_of(const std::vector<std::string>& tables) {
    static const std::set<std::string, std::less<>> kTogether{"stream",         "shard",     "sqlite_sequence", "extent",
                                                              "group_position", "log_state", "segment"};
    // The index is made from the log.
    std::vector<Unit> out{{{"stream", "shard", "sqlite_sequence"}}, {{"group_position", "log_state"}}};
    for (const auto& table : tables)
        if (!kTogether.contains(table)) out.push_back({{table}});
    return out;
}

// Fills the tables of a new catalog from those that are attached to it, in that order.
Result<std::vector<Finding>> fill(Database& db, const std::vector<std::pair<std::string, std::string>>& sources) {
    std::vector<Finding> out;
    std::vector<std::string> tables;
    std::map<std::string, std::vector<std::string>> from;  // tables, by the source in words
    {
        auto rows = KNS_TRY(db.query("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
        while (KNS_TRY(rows.step())) tables.push_back(rows.text(0));
    }
    for (const auto& unit : units_of(tables)) {
        bool filled = false;
        for (const auto& [schema, words] : sources) {
            auto copied = db.transaction(Sync::full, [&]() -> Result<void> {
                for (const auto& table : unit.tables) {
                    auto rows = KNS_TRY(db.query(fmt::format("PRAGMA {}.quick_check({})", schema, table)));
                    while (KNS_TRY(rows.step()))
                        if (rows.text(0) != "ok") return fail(Errc::corrupt, "{}", rows.text(0));
                    KNS_TRY(db.exec(fmt::format("DELETE FROM main.{}", table)));
                    KNS_TRY(db.exec(fmt::format("INSERT INTO main.{} SELECT * FROM {}.{}", table, schema, table)));
                }
                return {};
            });
            if (!copied) continue;
            filled = true;
            if (schema != sources.front().first || schema == "unverified")
                from[words].insert(from[words].end(), unit.tables.begin(), unit.tables.end());
            break;
        }
        if (!filled) {
            out.push_back(fixed("catalog", fmt::format("{} could be read nowhere and {} empty", fmt::join(unit.tables, ", "),
                                                       unit.tables.size() > 1 ? "are" : "is")));
        }
    }
    for (const auto& [words, names] : from)
        out.push_back(
            fixed("catalog", fmt::format("{} {} from {}", fmt::join(names, ", "), names.size() > 1 ? "are" : "is", words)));
    return out;
}

// Whether a file can be attached: a kns catalog of this program's version.
bool can_be_read(const std::string& path, Access access) {
    auto db = Database::open(path, access);
    if (!db) return false;
    return db->is_of_this_version().value_or(false);
}

std::uint64_t commits_of(Database& db, std::string_view schema) {
    auto rows = db.query(fmt::format("SELECT n FROM {}.commit_count", schema));
    return rows && rows->step().value_or(false) ? rows->u64(0) : 0;
}

Result<Database> catalog_is_missing(const Env& env) { return fail(Errc::corrupt, "{} is missing", env.database_path); }

// A new catalog at `path` from what can be read of the damaged one and its copy.
Result<std::vector<Finding>> salvage_catalog(const std::string& path, const Env& env) {
    remove_database(path);
    auto db = KNS_TRY(Database::open(path, Access::write));
    std::vector<std::pair<std::string, std::string>> sources;
    const auto attach = [&](const char* schema, const std::string& file, const char* words) {
        if (!db.exec(fmt::format("ATTACH ? AS {}", schema), file)) return std::uint64_t{0};
        sources.emplace_back(schema, words);
        return commits_of(db, schema);
    };
    std::uint64_t of_damaged = 0, of_copy = 0;
    if (can_be_read(env.database_path, Access::read)) of_damaged = attach("damaged", env.database_path, "the damaged catalog");
    // Its pages may hold what they should and only their checksums not: another program that opens the database moves the WAL
    // into it, and knows of none. That is more than an older copy has, and less sure than one of the same age.
    if (can_be_read(env.database_path, Access::read_unverified))
        of_damaged = std::max(of_damaged, attach("unverified", unverified_name(env.database_path),
                                                 "the damaged catalog, in pages that do not match their checksums: see whether "
                                                 "they say what they should"));
    if (can_be_read(catalog_copy_of(env), Access::read)) of_copy = attach("copy", catalog_copy_of(env), "the catalog's copy");
    std::vector<Finding> out;
    const bool copied = !sources.empty() && sources.back().first == "copy";
    if (sources.size() > 1 && copied && of_copy > of_damaged) {
        std::ranges::rotate(sources, sources.end() - 1);
        out.push_back(fixed("catalog", "its copy is newer: all of it is from there, as far as that can be read"));
    } else if (copied && of_copy == of_damaged && sources.size() > 1) {
        std::swap(*(sources.end() - 2), sources.back());  // before what is unverified
    } else if (sources.size() == 1 && copied) {
        out.push_back(fixed("catalog", "it cannot be read at all: all of it is from its copy"));
    }
    if (sources.empty()) {
        out.push_back(fixed("catalog", "neither it nor its copy can be read: begun anew"));
        return out;
    }
    for (auto& finding : KNS_TRY(fill(db, sources))) out.push_back(std::move(finding));
    for (const auto& [schema, words] : sources) KNS_TRY(db.exec(fmt::format("DETACH {}", schema)));
    return out;
}

std::string summary_of(const Rebuilt& rebuilt) {
    std::string out = fmt::format("rebuilt the index from the log: {} segments, {} records", rebuilt.segments, rebuilt.records);
    if (!rebuilt.damages.empty()) out += fmt::format("; {} places are damaged", rebuilt.damages.size());
    return out;
}

}  // namespace

Result<Rebuilt> rebuild_index(Database& db, const Env& env, bool current) { return Rebuild(db, env, current).run(); }

Result<std::vector<Finding>> repair_store(const Env& env, const std::string& quarantine_path) {
    std::vector<Finding> out;
    const std::string fresh = env.database_path + ".repair";
    remove_database(fresh);
    bool damaged = false;
    {
        const bool missing = ::access(env.database_path.c_str(), F_OK) != 0;
        if (missing && KNS_TRY(list_segments(*env.log)).empty()) return out;  // nothing has begun here
        auto db = missing ? catalog_is_missing(env) : Database::open(env.database_path, Access::write);
        auto findings = db ? check_idle_store(*db, env) : Result<std::vector<Finding>>(std::vector{catalog_is_damaged(db.error())});
        if (!findings) findings = std::vector{catalog_is_damaged(findings.error())};
        const auto fixable = [&](std::string_view check) {
            return std::ranges::any_of(*findings, [&](const Finding& f) { return f.check == check && f.fixable; });
        };
        if (!db && !fixable("catalog")) return std::unexpected(db.error());
        damaged = fixable("catalog");
        if (!damaged) {
            for (const auto& name : KNS_TRY(leftovers(*db, env))) {
                KNS_TRY(env.log->remove(name));
                out.push_back(fixed("leftovers", "removed log/" + name));
            }
            if (!fixable("segments")) return out;
            for (const auto& damage : KNS_TRY(missing_extents(*db, env)))
                KNS_TRY(Catalog(*db).add_damage(damage, env.clock->now()));
            KNS_TRY(db->copy_to(fresh));
        }
    }  // closed: its WAL is folded in, as far as it can be
    if (damaged) {
        const auto stamp = env.clock->now();
        const auto evidence = fmt::format("{}/kns.db.corrupt-{}", quarantine_path, stamp);
        bool kept = false;
        for (const auto* suffix : {"", "-wal"}) {
            if (::access((env.database_path + suffix).c_str(), F_OK) != 0) continue;
            KNS_TRY(copy_file(env.database_path + suffix, evidence + suffix));
            kept = true;
        }
        KNS_TRY(sync_directory(quarantine_path));
        if (kept) out.push_back(fixed("catalog", fmt::format("kept the damaged one as quarantine/kns.db.corrupt-{}", stamp)));
        for (auto& finding : KNS_TRY(context(salvage_catalog(fresh, env), "salvaging the catalog")))
            out.push_back(std::move(finding));
    }
    {
        auto db = KNS_TRY(Database::open(fresh, Access::write));
        // Of a damaged one changes may be lost, however sound what is left looks.
        const auto rebuilt = KNS_TRY(context(rebuild_index(db, env, !damaged), "rebuilding the index"));
        out.push_back(fixed("index", summary_of(rebuilt)));
        for (const auto& name : rebuilt.streams)
            out.push_back(
                fixed("streams", fmt::format("made stream \"{}\" for records whose stream the catalog no longer names", name)));
        for (const auto& name : KNS_TRY(leftovers(db, env))) {
            KNS_TRY(env.log->remove(name));
            out.push_back(fixed("leftovers", "removed log/" + name));
        }
        KNS_TRY(db.copy_to(fresh + ".whole"));
    }
    remove_database(fresh);
    // The old WAL must not meet the new database, nor the count of what was lost.
    for (const auto* suffix : {"-wal", "-shm", "-count"}) ::unlink((env.database_path + suffix).c_str());
    if (::rename((fresh + ".whole").c_str(), env.database_path.c_str()) != 0) return fail_errno(errno, env.database_path);
    KNS_TRY(sync_directory(env.database_path.substr(0, env.database_path.rfind('/'))));
    return out;
}

}  // namespace kns
