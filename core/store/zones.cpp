#include "core/store/zones.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"

namespace kns {
namespace {

class PosixZoneDisk final : public ZoneDisk {
   public:
    explicit PosixZoneDisk(std::string path) : path_(std::move(path)) {}

    std::string path() const override { return path_; }
    Result<std::unique_ptr<Directory>> open(bool create) override {
        if (create) KNS_TRY(make_directories(path_));
        return open_directory(path_, false);
    }
    Result<std::unique_ptr<Directory>> open_log(bool create) override { return open_directory(path_ + "/log", create); }

    // Upwards as long as it is the same device. What does not exist yet will be on its parent's.
    Result<std::string> mount() const override {
        std::string at = path_;
        struct stat here{};
        auto parent_of = [](const std::string& path) {
            const auto slash = path.rfind('/');
            return slash == 0 ? std::string("/") : path.substr(0, slash);
        };
        while (::stat(at.c_str(), &here) != 0) {
            if (errno != ENOENT || at == "/") return fail_errno(errno, "looking at " + at);
            at = parent_of(at);
        }
        while (at != "/") {
            struct stat above{};
            if (::stat(parent_of(at).c_str(), &above) != 0) return fail_errno(errno, "looking at " + at);
            if (above.st_dev != here.st_dev) break;
            at = parent_of(at);
        }
        return at;
    }

   private:
    std::string path_;
};

}  // namespace

std::unique_ptr<ZoneDisk> make_zone_disk(const std::string& path) { return std::make_unique<PosixZoneDisk>(path); }

// One file in all zones. Handles are opened as zones come; those of zones that went are passed over.
class ZonedFile final : public File {
   public:
    ZonedFile(ZonedDirectory& directory, std::string name) : directory_(directory), name_(std::move(name)) {}

    struct Handle {
        ZonedDirectory::Part part;
        std::shared_ptr<File> file;  // shared with reads under way
    };
    void add(Handle handle) { handles_.push_back(std::move(handle)); }

    Result<std::size_t> read_at(MutableBytes out, std::uint64_t offset) const override {
        std::vector<ZonedDirectory::Outcome> failed;
        for (const auto& handle : readable()) {
            auto got = handle.file->read_at(out, offset);
            if (got) {
                // It is somebody's disk that is ill: taken out, it is compared with the others and mended where it can be.
                if (!failed.empty()) {
                    failed.push_back({handle.part, {}});
                    std::ignore = directory_.settle(std::move(failed));
                }
                return got;
            }
            failed.push_back({handle.part, std::unexpected(got.error())});
        }
        if (failed.empty()) return fail(Errc::io_error, "no zone has {}", name_);
        return std::unexpected(failed.front().result.error());
    }

    Result<void> write_at(std::span<const Bytes> parts, std::uint64_t offset) override {
        return on_all([&](File& file) { return file.write_at(parts, offset); });
    }
    Result<void> truncate(std::uint64_t bytes) override {
        return on_all([&](File& file) { return file.truncate(bytes); });
    }

    Result<void> sync() override {
        std::vector<Handle> handles;
        {
            const std::lock_guard lock(directory_.writes_);
            handles = KNS_TRY(writable());
        }
        for (const auto& handle : handles) handle.file->start_writeback(0, 0);  // so that the disks work side by side
        std::vector<ZonedDirectory::Outcome> outcomes;
        for (const auto& handle : handles) outcomes.push_back({handle.part, handle.file->sync()});
        return directory_.settle(std::move(outcomes));
    }

    void start_writeback(std::uint64_t offset, std::uint64_t bytes) override {
        for (const auto& handle : readable()) handle.file->start_writeback(offset, bytes);
    }

    Result<std::uint64_t> size() const override {
        Result<std::uint64_t> out = fail(Errc::io_error, "no zone has {}", name_);
        for (const auto& handle : readable())
            if (out = handle.file->size(); out) break;
        return out;
    }

    Result<bool> repair(std::uint64_t offset, std::size_t bytes, const std::function<bool(Bytes)>& sound) const override {
        const std::lock_guard lock(directory_.writes_);
        const auto handles = KNS_TRY(writable());
        std::vector<std::byte> good(bytes), other(bytes);
        const Handle* source = nullptr;
        for (const auto& handle : handles) {
            if (!handle.part.member) continue;
            const auto got = handle.file->read_at(good, offset);
            if (got && *got == bytes && sound(good)) {
                source = &handle;
                break;
            }
        }
        if (!source) return false;
        std::vector<ZonedDirectory::Outcome> outcomes;
        const Bytes part(good);
        for (const auto& handle : handles) {
            const auto got = handle.file->read_at(other, offset);
            if (&handle == source || (got && *got == bytes && other == good)) {
                outcomes.push_back({handle.part, {}});
                continue;
            }
            auto written = handle.file->write_at(std::span(&part, 1), offset);
            if (written) written = handle.file->sync();
            outcomes.push_back({handle.part, std::move(written)});
            if (!handle.part.member) continue;  // merely not filled so far
            ++directory_.healed_copies_;
            log_warn("zone_healed", "zone={} file={} position={} bytes={} from={}",
                     directory_.zones_[handle.part.zone].disk->path(), name_, offset, bytes,
                     directory_.zones_[source->part.zone].disk->path());
        }
        KNS_TRY(directory_.settle(std::move(outcomes)));
        return true;
    }

   private:
    // Handles of members, in the zones' order.
    std::vector<Handle> readable() const {
        std::vector<Handle> out = usable(true);
        if (!out.empty()) return out;
        // All that it was opened with have gone, and others have come.
        const std::lock_guard lock(directory_.writes_);
        std::ignore = writable();
        return usable(true);
    }

    std::vector<Handle> usable(bool only_members) const {
        const std::lock_guard lock(directory_.state_);
        std::vector<Handle> out;
        for (const auto& handle : handles_) {
            const auto& zone = directory_.zones_[handle.part.zone];
            if (zone.incarnation != handle.part.incarnation || zone.state == ZoneState::failed) continue;
            if (only_members && zone.state != ZoneState::ok) continue;
            out.push_back(handle);
            out.back().part.member = zone.state == ZoneState::ok;
        }
        std::ranges::sort(out, {}, [](const Handle& handle) { return handle.part.zone; });
        return out;
    }

    // Handles of members and of the zone that is being filled, opened where they are missing. With writes_ held.
    Result<std::vector<Handle>> writable() const {
        auto out = usable(false);
        const auto parts = directory_.parts(true);
        if (out.size() == parts.size()) return out;
        std::vector<ZonedDirectory::Outcome> outcomes;
        for (const auto& handle : out) outcomes.push_back({handle.part, {}});
        for (const auto& part : parts) {
            if (std::ranges::any_of(out, [&](const Handle& handle) { return handle.part.zone == part.zone; })) continue;
            // A file that nobody has by name any more was removed while it was open here: it is not to come back.
            const bool named = std::ranges::any_of(parts, [&](const auto& p) { return p.member && p.log->open(name_, false); });
            if (!named) continue;
            auto file = part.log->open(name_, !part.member);
            outcomes.push_back({part, file ? Result<void>() : Result<void>(std::unexpected(file.error()))});
            if (!file) continue;
            const std::lock_guard lock(directory_.state_);
            handles_.push_back({part, std::shared_ptr<File>(std::move(*file))});
        }
        KNS_TRY(directory_.settle(std::move(outcomes)));
        return usable(false);
    }

    Result<void> on_all(const std::function<Result<void>(File&)>& operation) {
        const std::lock_guard lock(directory_.writes_);
        std::vector<ZonedDirectory::Outcome> outcomes;
        for (const auto& handle : KNS_TRY(writable())) outcomes.push_back({handle.part, operation(*handle.file)});
        return directory_.settle(std::move(outcomes));
    }

    ZonedDirectory& directory_;
    std::string name_;
    mutable std::vector<Handle> handles_;  // directory_.state_
};

std::vector<ZonedDirectory::Part> ZonedDirectory::parts(bool with_filling) const {
    const std::lock_guard lock(state_);
    std::vector<Part> out;
    for (std::size_t i = 0; i < zones_.size(); ++i) {
        const auto& zone = zones_[i];
        if (zone.state == ZoneState::ok || (with_filling && zone.state == ZoneState::filling))
            out.push_back({i, zone.incarnation, zone.state == ZoneState::ok, zone.log});
    }
    return out;
}

bool ZonedDirectory::current(const Part& part) const {
    const std::lock_guard lock(state_);
    const auto& zone = zones_[part.zone];
    return zone.incarnation == part.incarnation && zone.state != ZoneState::failed;
}

Result<void> ZonedDirectory::settle(std::vector<Outcome> outcomes) {
    const auto has_it = [](const Outcome& o) { return o.part.member && o.result; };
    if (std::ranges::any_of(outcomes, has_it) &&
        std::ranges::all_of(outcomes, [](const Outcome& o) { return o.result.has_value(); }))
        return {};
    bool changed = false;
    Result<void> out;
    {
        const std::lock_guard change(change_);
        std::erase_if(outcomes, [&](const Outcome& o) { return !current(o.part); });  // taken out meanwhile
        if (!std::ranges::any_of(outcomes, has_it)) {
            // Nobody has it. Whether that is certain depends on the worst of the reasons.
            out = fail(Errc::io_error, "no zone is left");
            for (const auto& o : outcomes)
                if (o.part.member && !o.result && (out.error().message == "no zone is left" || out.error().code == Errc::disk_full))
                    out = std::unexpected(o.result.error());
        } else {
            bool members_changed = false;
            for (const auto& o : outcomes) {
                if (o.result) continue;
                take_out(o.part.zone, o.result.error().text());
                changed = true;
                members_changed |= o.part.member;
            }
            if (members_changed) out = record_members();
        }
    }
    if (changed) tell();
    return out;
}

void ZonedDirectory::take_out(std::size_t index, const std::string& reason) {
    std::size_t left = 0;
    {
        const std::lock_guard lock(state_);
        auto& zone = zones_[index];
        zone.state = ZoneState::failed;
        ++zone.incarnation;
        zone.reason = reason;
        zone.since_ms = clock_.now();
        zone.home.reset();
        zone.log.reset();
        left = static_cast<std::size_t>(std::ranges::count(zones_, ZoneState::ok, &Zone::state));
    }
    log_warn("zone_failed", "zone={} reason=\"{}\" zones_left={} zones={}", zones_[index].disk->path(), reason, left,
             zones_.size());
}

// Written down where the next start looks: in the members, the one that joins first, and in the data directory. One of them
// is enough; members that cannot do it are taken out as long as there are others.
Result<void> ZonedDirectory::record_members(std::optional<std::size_t> joining) {
    for (;;) {
        struct Writer {
            std::size_t zone;
            std::shared_ptr<Directory> home;
            std::string id;
        };
        std::vector<Writer> writers;
        ZonesFile known{store_, ++epoch_, {}, {}};
        {
            const std::lock_guard lock(state_);
            for (std::size_t i = 0; i < zones_.size(); ++i) {
                const auto& zone = zones_[i];
                if (!zone.id.empty()) known.zones.push_back({zone.id, zone.disk->path(), zone.mount});
                if (zone.state != ZoneState::ok && i != joining) continue;
                known.members.push_back(zone.id);
                writers.insert(i == joining ? writers.begin() : writers.end(), {i, zone.home, zone.id});
            }
        }
        std::vector<std::pair<std::size_t, Error>> failed;
        for (const auto& writer : writers) {
            auto written = write_described(*writer.home, "zone", ZoneFile{store_, writer.id, epoch_, known.members});
            if (!written && writer.zone == joining) return written;  // nothing has changed for the others
            if (!written) failed.emplace_back(writer.zone, std::move(written).error());
        }
        const auto witnessed = write_described(*home_, "zones", known);
        if (!witnessed) log_error("zones_not_recorded", "epoch={} error=\"{}\"", epoch_, witnessed.error().text());
        if (failed.empty()) return {};
        if (failed.size() == writers.size()) return witnessed;
        for (const auto& [zone, error] : failed) take_out(zone, error.text());
    }
}

Result<void> ZonedDirectory::on_all(const std::function<Result<void>(const Part&)>& operation) {
    std::vector<Outcome> outcomes;
    for (const auto& part : parts(true)) outcomes.push_back({part, operation(part)});
    return settle(std::move(outcomes));
}

Result<std::unique_ptr<File>> ZonedDirectory::open(const std::string& name, bool create) {
    auto open_in = [&](const std::vector<Part>& in, std::vector<Outcome>& outcomes) {
        auto out = std::make_unique<ZonedFile>(*this, name);
        for (const auto& part : in) {
            auto file = part.log->open(name, create);
            outcomes.push_back({part, file ? Result<void>() : Result<void>(std::unexpected(file.error()))});
            if (file) out->add({part, std::shared_ptr<File>(std::move(*file))});
        }
        return out;
    };
    std::vector<Outcome> outcomes;
    if (create) {
        const std::lock_guard lock(writes_);
        auto out = open_in(parts(true), outcomes);
        KNS_TRY(settle(std::move(outcomes)));
        return out;
    }
    auto out = open_in(parts(false), outcomes);
    const bool some_fail = std::ranges::any_of(outcomes, [](const Outcome& o) { return !o.result; });
    if (some_fail) {  // it may just be on its way out: look again while no file can come or go
        const std::lock_guard lock(names_);
        outcomes.clear();
        out = open_in(parts(false), outcomes);
        KNS_TRY(settle(std::move(outcomes)));
    }
    return out;
}

Result<std::vector<std::string>> ZonedDirectory::list() {
    std::set<std::string> names;
    std::vector<Outcome> outcomes;
    for (const auto& part : parts(false)) {
        auto found = part.log->list();
        outcomes.push_back({part, found ? Result<void>() : Result<void>(std::unexpected(found.error()))});
        if (found) names.insert(found->begin(), found->end());
    }
    KNS_TRY(settle(std::move(outcomes)));
    return std::vector(names.begin(), names.end());
}

Result<void> ZonedDirectory::rename(const std::string& from, const std::string& to) {
    const std::lock_guard names(names_);
    const std::lock_guard writes(writes_);
    return on_all([&](const Part& part) -> Result<void> {
        auto renamed = part.log->rename(from, to);
        if (renamed || part.member || renamed.error().code != Errc::not_found) return renamed;
        came_late_.push_back(to);  // the copy had not come to it
        return {};
    });
}

Result<void> ZonedDirectory::remove(const std::string& name) {
    const std::lock_guard lock(names_);
    return on_all([&](const Part& part) -> Result<void> {
        auto removed = part.log->remove(name);
        if (!removed && removed.error().code == Errc::not_found) return {};
        return removed;
    });
}

Result<void> ZonedDirectory::sync() {
    return on_all([](const Part& part) { return part.log->sync(); });
}

Result<std::uint64_t> ZonedDirectory::free_bytes() {
    Result<std::uint64_t> out = fail(Errc::io_error, "no zone is left");
    for (const auto& part : parts(false))
        if (const auto free = part.log->free_bytes(); free && (!out || *free > *out)) out = free;
    return out;
}

std::vector<ZonedDirectory::Status> ZonedDirectory::status() const {
    const std::lock_guard lock(state_);
    std::vector<Status> out;
    for (const auto& zone : zones_)
        out.push_back(
            {zone.disk->path(), zone.state, zone.reason, zone.since_ms,
             zone.all_bytes ? static_cast<unsigned>(std::min<std::uint64_t>(99, 100 * zone.done_bytes / zone.all_bytes)) : 0});
    return out;
}

ZonedDirectory::Counters ZonedDirectory::counters() const { return {filled_bytes_, healed_copies_}; }

std::size_t ZonedDirectory::ok_count() const {
    const std::lock_guard lock(state_);
    return static_cast<std::size_t>(std::ranges::count(zones_, ZoneState::ok, &Zone::state));
}

void ZonedDirectory::look() {
    std::vector<Outcome> outcomes;
    for (const auto& part : parts(false)) {
        auto& zone = zones_[part.zone];
        auto here = [&]() -> Result<void> {
            const auto home = KNS_TRY(zone.disk->open(false));
            const auto file = KNS_TRY(read_described<ZoneFile>(*home, "zone"));
            if (!file || file->zone != zone.id) return fail(Errc::not_found, "{} is no longer there", zone.disk->path());
            KNS_TRY(KNS_TRY(zone.disk->open_log(false))->open("marks", false));
            return {};
        };
        outcomes.push_back({part, here()});
    }
    std::ignore = settle(std::move(outcomes));
}

}  // namespace kns
