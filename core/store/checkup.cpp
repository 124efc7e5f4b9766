#include "core/store/checkup.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "core/store/catalog.hpp"
#include "core/store/group_reader.hpp"

namespace kns {
namespace {

constexpr std::uint64_t kMaxWalBytes = 64 << 20;
constexpr Ms kOldCopy = 3 * kDay;
constexpr std::string_view kFix = "kns doctor --fix";

// Of the segment files that count.
Result<std::map<std::uint64_t, std::uint64_t>> segment_sizes(Database& db, const Env& env) {
    std::map<std::uint64_t, std::uint64_t> out;
    auto generations = KNS_TRY(Catalog(db).generations());
    for (const auto& name : KNS_TRY(env.log->list()))
        if (const auto parsed = parse_segment_name(name); parsed && parsed->generation == generations[parsed->id])
            out[parsed->id] = KNS_TRY(KNS_TRY(env.log->open(name, false))->size());
    return out;
}

Finding ok(std::string check, std::string what) { return {FindingState::ok, std::move(check), std::move(what), "", false}; }
Finding warn(std::string check, std::string what, std::string remedy) {
    return {FindingState::warn, std::move(check), std::move(what), std::move(remedy), false};
}
Finding broken(std::string check, std::string what) {
    return {FindingState::fail, std::move(check), std::move(what), std::string(kFix), true};
}

Result<Finding> check_catalog(Database& db) {
    const auto problems = KNS_TRY(db.problems());
    if (problems.empty()) return ok("catalog", "sound");
    return broken("catalog", fmt::format("damaged: {}{}", problems.front(),
                                         problems.size() > 1 ? fmt::format(" and {} more", problems.size() - 1) : ""));
}

// Whether every stretch that the index names lies in a file.
Result<Finding> check_segments(Database& db, const Env& env) {
    const auto sizes = KNS_TRY(segment_sizes(db, env));
    const auto lost = KNS_TRY(missing_extents(db, env));
    if (lost.empty()) {
        std::uint64_t bytes = 0;
        for (const auto& [id, size] : sizes) bytes += size;
        return ok("segments", fmt::format("{} files, {}, all that the index names", sizes.size(), format_size(bytes)));
    }
    std::uint64_t records = 0;
    for (const auto& damage : lost) records += damage.records;
    return broken("segments",
                  fmt::format("segment {}: {}: {} records are lost", lost.front().place.segment, lost.front().reason, records));
}

Result<Finding> check_leftovers(Database& db, const Env& env) {
    const auto names = KNS_TRY(leftovers(db, env));
    if (names.empty()) return ok("leftovers", "none");
    return Finding{FindingState::warn, "leftovers",
                   fmt::format("{}{} in the log directory is of no use", names.front(),
                               names.size() > 1 ? fmt::format(" and {} more", names.size() - 1) : ""),
                   std::string(kFix), true};
}

Result<Finding> check_quarantine(Database& db) {
    const auto totals = KNS_TRY(Catalog(db).damages());
    if (totals.batches == 0) return ok("quarantine", "empty");
    return warn("quarantine",
                fmt::format("{} damaged places, {} records lost; the evidence is in quarantine/", totals.batches, totals.records),
                "check the disk: smartctl, dmesg");
}

Finding check_wal(const Env& env) {
    struct stat info{};
    const auto bytes = ::stat((env.database_path + "-wal").c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
    if (bytes <= kMaxWalBytes) return ok("wal", format_size(bytes));
    return warn("wal", fmt::format("{}, more than {}", format_size(bytes), format_size(kMaxWalBytes)), "kns daemon restart");
}

Finding check_copy(const Env& env) {
    struct stat info{};
    if (::stat(catalog_copy_of(env).c_str(), &info) != 0)
        return ok("copy", "none yet of the catalog; the first is made at a stop or within a day");
    const Ms age = env.clock->now() - info.st_mtime * kSecond;
    if (age < kOldCopy)
        return ok("copy", fmt::format("of the catalog, {} old", format_duration(std::max<Ms>(age, 0) / kMinute * kMinute)));
    return warn("copy", fmt::format("the catalog's copy is {} old", format_duration(age / kHour * kHour)), "kns daemon restart");
}

Result<Finding> check_deliveries(Database& db) {
    auto rows = KNS_TRY(db.query("SELECT name, last_error FROM delivery WHERE last_error IS NOT NULL ORDER BY name"));
    std::string first;
    std::size_t count = 0;
    while (KNS_TRY(rows.step()))
        if (++count == 1) first = fmt::format("\"{}\": {}", rows.text(0), rows.text(1));
    if (count == 0) return ok("deliveries", "none in error");
    return warn("deliveries", first + (count > 1 ? fmt::format(" and {} more", count - 1) : ""), "kns firehose list; kns job list");
}

Result<Finding> check_jobs(Database& db) {
    auto rows = KNS_TRY(db.query("SELECT count(*), max(id) FROM job WHERE state = 'failed'"));
    if (!KNS_TRY(rows.step()) || rows.integer(0) == 0) return ok("jobs", "none failed");
    return warn("jobs", fmt::format("{} failed, last {}", rows.integer(0), rows.integer(1)),
                fmt::format("kns job logs {}; kns job retry {}", rows.integer(1), rows.integer(1)));
}

}  // namespace

std::string catalog_copy_of(const Env& env) { return env.database_path + ".copy"; }

Finding catalog_is_damaged(const Error& why) {
    Finding out = broken("catalog", why.text());
    if (why.code == Errc::corrupt) return out;
    out.fixable = false;  // a newer schema, a disk that cannot be read: nothing that a repair may touch
    out.remedy = why.hint;
    return out;
}

Result<std::vector<Damage>> missing_extents(Database& db, const Env& env) {
    std::vector<Damage> out;
    Catalog catalog(db);
    const auto sizes = KNS_TRY(segment_sizes(db, env));
    for (const auto id : KNS_TRY(catalog.live_segments())) {
        const auto found = sizes.find(id);
        for (auto& damage : KNS_TRY(catalog.extents_past(id, found == sizes.end() ? std::nullopt : std::optional(found->second))))
            out.push_back(std::move(damage));
    }
    return out;
}

Result<std::vector<std::string>> leftovers(Database& db, const Env& env) {
    std::vector<std::string> out;
    auto generations = KNS_TRY(Catalog(db).generations());
    for (const auto& name : KNS_TRY(env.log->list())) {
        const bool temporary = name.ends_with(".tmp");
        const auto parsed = parse_segment_name(temporary ? name.substr(0, name.size() - 4) : name);
        if (parsed && (temporary || parsed->generation < generations[parsed->id])) out.push_back(name);
    }
    return out;
}

Result<Finding> check_marks(const Env& env) {
    const auto marks = KNS_TRY(Marks::open(*env.log));
    const auto& mark = marks.newest();
    if (!mark) return ok("marks", "none yet");
    const auto segments = KNS_TRY(list_segments(*env.log));
    std::uint64_t size = 0;
    if (const auto found = segments.find(mark->end.segment); found != segments.end())
        size = KNS_TRY(KNS_TRY(env.log->open(segment_name(found->first, found->second), false))->size());
    const bool later = !segments.empty() && segments.rbegin()->first > mark->end.segment;
    if (later || size >= mark->end.position) return ok("marks", "the log reaches as far as it was acknowledged");
    return Finding{
        FindingState::fail, "marks",
        fmt::format("acknowledged data is missing: segment {} ends at byte {} of {}", mark->end.segment, size, mark->end.position),
        "kns restore a backup, or go on without it: kns daemon start", false};
}

Result<std::vector<Finding>> check_idle_store(Database& db, const Env& env) {
    auto out = KNS_TRY(check_store(db, env));
    if (out.front().state != FindingState::ok) return out;
    Catalog catalog(db);
    const auto start = KNS_TRY(catalog.log_start());
    const auto last_shard = KNS_TRY(catalog.last_shard_number());
    GroupReader reader(start.records_total);
    for (const auto& [id, generation] : KNS_TRY(list_segments(*env.log))) {
        if (id < start.indexed.segment) continue;
        const auto file = KNS_TRY(env.log->open(segment_name(id, generation), false));
        KNS_TRY(reader.begin(*file, id, id == start.indexed.segment ? start.indexed.position : 0));
        while (const auto group = KNS_TRY(reader.next())) {
            const auto known = check_catalog_knows(*group, last_shard, env.database_path);
            if (known) continue;
            out.front() = catalog_is_damaged(known.error());
            return out;
        }
    }
    return out;
}

Result<std::vector<Finding>> check_store(Database& db, const Env& env) {
    std::vector<Finding> out;
    out.push_back(KNS_TRY(check_catalog(db)));
    out.push_back(check_copy(env));
    out.push_back(check_wal(env));
    // A damaged catalog may not be able to answer the rest; then it is the one finding that counts.
    auto rest = [&]() -> Result<void> {
        out.push_back(KNS_TRY(check_segments(db, env)));
        out.push_back(KNS_TRY(check_leftovers(db, env)));
        out.push_back(KNS_TRY(check_quarantine(db)));
        out.push_back(KNS_TRY(check_deliveries(db)));
        out.push_back(KNS_TRY(check_jobs(db)));
        return {};
    };
    if (auto done = rest(); !done && done.error().code == Errc::corrupt) {
        if (out.front().state == FindingState::ok) out.front() = catalog_is_damaged(done.error());
    } else if (!done) {
        return std::unexpected(done.error());
    }
    return out;
}

}  // namespace kns
