// How a store with zones starts: which zones hold everything, changes of the list, and the same end in all.
#include <algorithm>
#include <map>

#include "core/base/log.hpp"
#include "core/store/log_format.hpp"
#include "core/store/marks.hpp"
#include "core/store/segment_scanner.hpp"
#include "core/store/zone_copy.hpp"
#include "core/store/zones.hpp"

namespace kns {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& what) { return std::ranges::find(list, what) != list.end(); }

}  // namespace

class ZoneStart {
   public:
    explicit ZoneStart(const ZoneStartSettings& settings) : settings_(settings) {}

    Result<std::unique_ptr<ZonedDirectory>> run() {
        KNS_TRY(check_zone_paths(settings_.zones));
        if (auto known = KNS_TRY(read_described<ZonesFile>(*settings_.home, "zones"))) {
            known_ = std::move(*known);
            has_zones_ = true;
        }
        if (!has_zones_ && settings_.zones.empty()) return nullptr;
        if (!has_zones_) known_.store = fmt::format("{:016x}{:016x}", settings_.random->next(), settings_.random->next());
        for (const auto& path : settings_.zones) KNS_TRY(add_candidate(path, true));
        for (const auto& zone : known_.zones)
            if (!contains(settings_.zones, zone.path)) KNS_TRY(add_candidate(zone.path, false));
        find_members();
        return settings_.zones.empty() ? back_to_plain() : start();
    }

   private:
    struct Candidate {
        std::unique_ptr<ZoneDisk> disk;
        bool configured = false;
        std::string mount, reason;             // why it cannot be opened
        std::shared_ptr<Directory> home, log;  // shared with the zones that are made of them
        std::optional<ZoneFile> file;
        bool current = false;
    };

    Result<void> add_candidate(const std::string& path, bool configured) {
        Candidate candidate;
        candidate.disk = settings_.disk(path);
        candidate.configured = configured;
        const auto known = std::ranges::find(known_.zones, path, &KnownZone::path);
        auto opened = [&]() -> Result<void> {
            const auto mount = KNS_TRY(candidate.disk->mount());
            candidate.mount = known != known_.zones.end() ? known->mount : mount;
            if (mount != candidate.mount) return fail(Errc::unavailable, "{} is not mounted", candidate.mount);
            candidate.home = KNS_TRY(candidate.disk->open(configured));
            candidate.log = KNS_TRY(candidate.disk->open_log(configured));
            candidate.file = KNS_TRY(read_described<ZoneFile>(*candidate.home, "zone"));
            return {};
        }();
        if (opened && candidate.file && candidate.file->store != known_.store) {
            if (configured)
                return fail(Errc::conflict, "the zone {} belongs to another store", path)
                    .hint("choose an empty directory, or delete what is in this one");
            candidate.file.reset();
        }
        if (candidate.file)
            for (const auto& other : candidates_)
                if (other.file && other.file->zone == candidate.file->zone) candidate.file.reset();  // somebody's copy
        if (!opened) {
            candidate.reason = opened.error().text();
            candidate.home.reset();
            candidate.log.reset();
            candidate.file.reset();
        }
        candidates_.push_back(std::move(candidate));
        return {};
    }

    // The members are those of the highest epoch that anybody has written down.
    void find_members() {
        epoch_ = known_.epoch;
        members_ = known_.members;
        for (const auto& candidate : candidates_)
            if (candidate.file && candidate.file->epoch > epoch_) {
                epoch_ = candidate.file->epoch;
                members_ = candidate.file->members;
            }
        for (auto& candidate : candidates_)
            candidate.current = candidate.file && contains(members_, candidate.file->zone) && candidate.file->epoch + 1 >= epoch_;
    }

    Candidate* first(bool configured) {
        const auto found =
            std::ranges::find_if(candidates_, [&](const auto& c) { return c.current && c.configured == configured; });
        return found == candidates_.end() ? nullptr : &*found;
    }

    Failure newest_is_missing() const {
        std::string where;
        for (const auto& zone : known_.zones)
            if (contains(members_, zone.id)) where += (where.empty() ? "" : ", ") + zone.path;
        return fail(Errc::unavailable, "the newest records are only in a zone that is not there: {}", where)
            .hint("bring it back; or take it off the list of zones to go on without what only it holds");
    }

    Result<std::unique_ptr<ZonedDirectory>> back_to_plain() {
        if (members_.empty()) return nullptr;
        Candidate* source = first(false);
        if (!source) return newest_is_missing();
        const auto plain = KNS_TRY(settings_.plain_log());
        log_info("zones_left", "from={}", source->disk->path());
        KNS_TRY(context(copy_log(*source->log, *plain), "filling the data directory's log from " + source->disk->path()));
        KNS_TRY(write_described(*settings_.home, "zones", ZonesFile{known_.store, epoch_ + 1, {}, {}}));
        return nullptr;
    }

    Result<std::unique_ptr<ZonedDirectory>> start() {
        const auto plain = KNS_TRY(settings_.plain_log());
        if (!first(true)) KNS_TRY(first_member(*plain));
        std::unique_ptr<ZonedDirectory> zones(new ZonedDirectory(*settings_.clock, *settings_.random, settings_.home));
        zones->store_ = known_.store;
        zones->epoch_ = epoch_;
        std::vector<std::string> now;
        for (auto& candidate : candidates_) {
            if (!candidate.configured) continue;
            auto& zone = zones->zones_.emplace_back();
            zone.disk = std::move(candidate.disk);
            zone.mount = candidate.mount;
            zone.since_ms = settings_.clock->now();
            if (candidate.file) zone.id = candidate.file->zone;
            if (candidate.current) {
                zone.state = ZoneState::ok;
                zone.home = std::move(candidate.home);
                zone.log = std::move(candidate.log);
                now.push_back(zone.id);
                continue;
            }
            zone.reason = !candidate.reason.empty() ? candidate.reason : candidate.file ? "behind the others" : "not filled yet";
            log_warn("zone_failed", "zone={} reason=\"{}\"", zone.disk->path(), zone.reason);
        }
        auto before = members_;
        std::ranges::sort(before);
        std::ranges::sort(now);
        if (now != before || known_.epoch != epoch_ || known_.zones.size() != zones->zones_.size()) {
            const std::lock_guard change(zones->change_);
            KNS_TRY(zones->record_members());
        }
        for (const auto& name : KNS_TRY(list_log_files(*plain))) KNS_TRY(plain->remove(name));  // the zones have it
        return zones;
    }

    // No configured zone is current: the first that can be opened is made so, from wherever the log is. Where nothing has
    // been written yet, all of them are.
    Result<void> first_member(Directory& plain) {
        Candidate* known = first(false);
        Directory* source = known ? known->log.get() : &plain;
        std::string from = known ? known->disk->path() : "the data directory's log";
        std::vector<Candidate*> targets;
        for (auto& candidate : candidates_)
            if (candidate.configured && candidate.home) targets.push_back(&candidate);
        if (targets.empty()) {
            std::string reasons;
            for (const auto& candidate : candidates_) reasons += (reasons.empty() ? "" : "; ") + candidate.reason;
            return fail(Errc::unavailable, "no zone can be opened: {}", reasons);
        }
        if (!known && !members_.empty()) {
            const bool waited_for = std::ranges::any_of(known_.zones, [&](const KnownZone& zone) {
                return contains(members_, zone.id) && contains(settings_.zones, zone.path);
            });
            Candidate* best = nullptr;
            for (auto* target : targets)
                if (target->file && (!best || target->file->epoch > best->file->epoch)) best = target;
            if (waited_for || !best) return newest_is_missing();
            log_error("zone_given_up", "zone={} epoch={} newest_epoch={}", best->disk->path(), best->file->epoch, epoch_);
            targets = {best};
            source = best->log.get();
            from.clear();
        }
        if (!from.empty() && !KNS_TRY(list_log_files(*source)).empty()) targets.resize(1);
        ++epoch_;
        members_.clear();
        for (auto* target : targets) {
            if (!from.empty()) {
                log_info("zone_filling", "zone={} from=\"{}\"", target->disk->path(), from);
                KNS_TRY(context(copy_log(*source, *target->log), fmt::format("filling {} from {}", target->disk->path(), from)));
            }
            if (!target->file) target->file.emplace().zone = fmt::format("{:016x}", settings_.random->next());
            members_.push_back(target->file->zone);
        }
        for (auto* target : targets) {
            *target->file = {known_.store, target->file->zone, epoch_, members_};
            KNS_TRY(write_described(*target->home, "zone", *target->file));
            target->current = true;
        }
        // Until this is there, the next start would find them to be another store's.
        std::vector<KnownZone> zones;
        for (auto* target : targets) zones.push_back({target->file->zone, target->disk->path(), target->mount});
        return write_described(*settings_.home, "zones", ZonesFile{known_.store, epoch_, members_, zones});
    }

    const ZoneStartSettings& settings_;
    bool has_zones_ = false;
    ZonesFile known_;
    std::vector<Candidate> candidates_;
    std::uint64_t epoch_ = 0;
    std::vector<std::string> members_;
};

Result<std::unique_ptr<ZonedDirectory>> open_zones(const ZoneStartSettings& settings) { return ZoneStart(settings).run(); }

Result<void> check_zone_paths(const std::vector<std::string>& paths) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (!paths[i].starts_with('/') || (paths[i].size() > 1 && paths[i].ends_with('/')))
            return fail(Errc::invalid_argument, "the zone \"{}\" is not an absolute path", paths[i])
                .hint("zones are absolute paths without a slash at the end");
        if (std::find(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(i), paths[i]) !=
            paths.begin() + static_cast<std::ptrdiff_t>(i))
            return fail(Errc::invalid_argument, "the zone {} is named twice", paths[i]);
    }
    return {};
}

namespace {

// A commit group at `position`: how well it can be believed, and where it ends.
struct GroupThere {
    int sound = 0;  // 2: all of it; 1: its trailer, but not all batches; 0: there is none
    std::uint64_t end = 0;
};

GroupThere group_at(SegmentScanner& scanner, std::uint64_t position) {
    scanner.seek(position);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> batches;  // position, CRC of the head
    int sound = 2;
    for (;;) {
        const auto batch = scanner.next();
        if (!batch) return {};
        if (!looks_like_trailer(batch->header)) {
            if (!batch_crc_matches(batch->bytes)) sound = 1;
            batches.emplace_back(batch->position, head_crc(batch->bytes));
            continue;
        }
        const auto end = scanner.position();
        const auto trailer = decode_trailer(batch->bytes);
        if (!trailer || trailer->group.start != position || position + trailer->group.bytes() != batch->position) return {};
        std::uint64_t at = position;
        bool fits = trailer->group.batches.size() == batches.size();
        for (std::size_t i = 0; fits && i < batches.size(); ++i) {
            fits = batches[i].first == at && batches[i].second == trailer->group.batches[i].head_crc;
            at += trailer->group.batches[i].bytes;
        }
        return {fits ? sound : 1, end};
    }
}

// Files that should be the same, each with its scanner.
struct Copies {
    std::vector<std::unique_ptr<File>> files;
    std::vector<SegmentScanner> scanners;
    std::vector<Result<void>> results;

    // Overwrites the stretch, where it differs, from the source's.
    Result<void> level(std::size_t source, std::uint64_t from, std::uint64_t to) {
        constexpr std::uint64_t kStep = 1 << 20;
        for (; from < to; from += kStep) {
            const auto n = static_cast<std::size_t>(std::min(kStep, to - from));
            const Bytes good = KNS_TRY(scanners[source].view(from, n));
            for (std::size_t i = 0; i < files.size(); ++i) {
                if (i == source || !results[i]) continue;
                const auto other = scanners[i].view(from, n);
                if (other && std::ranges::equal(*other, good)) continue;
                results[i] = files[i]->write_at(std::span(&good, 1), from);
            }
        }
        return {};
    }
};

}  // namespace

Result<void> ZonedDirectory::reconcile(Place indexed) {
    const auto members = parts(false);
    if (members.size() < 2) return {};
    std::vector<Outcome> outcomes;
    for (const auto& part : members) outcomes.push_back({part, {}});

    // Who has which files, and how long they are.
    std::vector<std::map<std::string, std::uint64_t>> has(members.size());
    std::map<std::string, std::uint64_t> all;
    for (std::size_t i = 0; i < members.size(); ++i) {
        outcomes[i].result = [&]() -> Result<void> {
            for (const auto& name : KNS_TRY(list_log_files(*members[i].log)))
                has[i][name] = KNS_TRY(KNS_TRY(members[i].log->open(name, false))->size());
            return {};
        }();
        for (const auto& [name, bytes] : has[i]) all[name] = std::max(all[name], bytes);
    }
    std::erase_if(all, [&](const auto& entry) {
        const auto parsed = parse_segment_name(entry.first);
        return !parsed || parsed->id >= indexed.segment;
    });
    auto lacks = [&](std::size_t i) {
        return std::ranges::count_if(
            all, [&](const auto& entry) { return !has[i].contains(entry.first) || has[i][entry.first] < entry.second; });
    };
    const bool one_is_whole = [&] {
        for (std::size_t i = 0; i < members.size(); ++i)
            if (outcomes[i].result && lacks(i) == 0) return true;
        return false;
    }();
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!outcomes[i].result || lacks(i) == 0) continue;
        if (one_is_whole) {
            outcomes[i].result = fail(Errc::corrupt, "{} of its files are missing or cut off", lacks(i));
            continue;
        }
        // Each lacks something that another has: only here and now can it be put together.
        for (const auto& [name, bytes] : all) {
            if (has[i].contains(name) && has[i][name] == bytes) continue;
            const auto from =
                std::ranges::find_if(has, [&](const auto& files) { return files.contains(name) && files.at(name) == bytes; });
            const auto source = KNS_TRY(members[static_cast<std::size_t>(from - has.begin())].log->open(name, false));
            ZoneCopy copy;
            copy.read = [&](const std::string&, MutableBytes out, std::uint64_t offset) { return source->read_at(out, offset); };
            copy.size = [&](const std::string&) { return source->size(); };
            copy.target = members[i].log.get();
            if (outcomes[i].result) outcomes[i].result = copy.file(name);
        }
    }

    // The marks that have seen most.
    std::optional<std::pair<std::uint64_t, UnixMs>> newest;
    std::vector<std::byte> marks;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!outcomes[i].result || !has[i].contains("marks")) continue;
        const auto opened = Marks::open(*members[i].log);
        if (!opened || !opened->newest()) continue;
        const std::pair seen(opened->newest()->group_number, opened->newest()->written_ms);
        if (newest && seen <= *newest) continue;
        newest = seen;
        marks.resize(has[i]["marks"]);
        KNS_TRY(KNS_TRY(members[i].log->open("marks", false))->read_at(marks, 0));
    }
    // The ends, segment by segment, group by group.
    std::set<std::string> tail;
    for (const auto& files : has)
        for (const auto& [name, bytes] : files)
            if (const auto parsed = parse_segment_name(name); parsed && parsed->id >= indexed.segment) tail.insert(name);
    for (std::size_t i = 0; i < members.size() && newest; ++i)
        if (outcomes[i].result)
            outcomes[i].result = [&]() -> Result<void> {
                auto file = KNS_TRY(members[i].log->open("marks", true));
                const Bytes part(marks);
                KNS_TRY(file->write_at(std::span(&part, 1), 0));
                return file->sync();
            }();
    for (const auto& name : tail) {
        Copies copies;
        std::vector<std::size_t> whose;
        std::uint64_t longest = 0;
        std::size_t longest_copy = 0;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (!outcomes[i].result) continue;
            auto file = members[i].log->open(name, true);
            if (!file) {
                outcomes[i].result = std::unexpected(file.error());
                continue;
            }
            if (has[i][name] > longest) {
                longest = has[i][name];
                longest_copy = whose.size();
            }
            whose.push_back(i);
            copies.scanners.emplace_back(**file, 0, has[i][name]);
            copies.files.push_back(std::move(*file));
            copies.results.emplace_back();
        }
        if (whose.empty()) break;
        std::uint64_t at = parse_segment_name(name)->id == indexed.segment ? indexed.position : 0;
        while (at < longest) {
            GroupThere best;
            std::size_t source = 0;
            for (std::size_t c = 0; c < whose.size() && best.sound < 2; ++c)
                if (const auto there = group_at(copies.scanners[c], at); there.sound > best.sound) {
                    best = there;
                    source = c;
                }
            if (best.sound == 0) break;
            KNS_TRY(copies.level(source, at, best.end));
            at = best.end;
        }
        KNS_TRY(copies.level(longest_copy, at, longest));
        for (std::size_t c = 0; c < whose.size(); ++c) {
            if (copies.results[c]) copies.results[c] = copies.files[c]->sync();
            outcomes[whose[c]].result = std::move(copies.results[c]);
        }
    }
    return settle(std::move(outcomes));
}

}  // namespace kns
