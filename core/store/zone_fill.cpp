// A zone that comes back: ZonedDirectory::fill.
#include <algorithm>

#include "core/base/log.hpp"
#include "core/store/zone_copy.hpp"
#include "core/store/zones.hpp"

namespace kns {
namespace {

constexpr std::uint64_t kReserveBytes = 8 << 20;  // to be left on its disk

}  // namespace

class ZoneFill {
   public:
    ZoneFill(ZonedDirectory& zones, std::size_t zone, const std::atomic<bool>& stop)
        : zones_(zones), zone_(zones.zones_[zone]), index_(zone), stop_(stop) {}

    Result<void> run() {
        auto outcome = open();
        if (outcome) outcome = copy_all();
        if (outcome) outcome = join();
        if (!outcome) give_up(outcome.error());
        zones_.tell();
        return outcome;
    }

   private:
    Result<void> open() {
        const auto mount = KNS_TRY(zone_.disk->mount());
        if (!zone_.mount.empty() && mount != zone_.mount) return fail(Errc::unavailable, "{} is not mounted", zone_.mount);
        home_ = KNS_TRY(zone_.disk->open(true));
        log_ = KNS_TRY(zone_.disk->open_log(true));
        const auto file = read_described<ZoneFile>(*home_, "zone");
        if (!file)
            return fail(Errc::corrupt, "{}/zone cannot be read ({}): delete it to have the zone filled anew", zone_.disk->path(),
                        file.error().text());
        if (*file && (*file)->store != zones_.store_)
            return fail(Errc::conflict, "{} is a zone of another store", zone_.disk->path());
        id_ = *file ? (*file)->zone : fmt::format("{:016x}", zones_.random_.next());
        for (const auto& other : zones_.zones_)
            if (&other != &zone_ && other.id == id_) id_ = fmt::format("{:016x}", zones_.random_.next());

        std::uint64_t sum = 0, missing = 0;
        for (const auto& name : KNS_TRY(list_log_files(zones_))) {
            const auto bytes = KNS_TRY(size(name));
            const auto there = log_->open(name, false);
            sum += bytes;
            missing += bytes - std::min(bytes, there ? KNS_TRY((*there)->size()) : 0);
        }
        const auto free = KNS_TRY(log_->free_bytes());
        if (free < missing + kReserveBytes)
            return fail(Errc::disk_full, "its disk is full: {} more are needed", format_size(missing + kReserveBytes - free));

        // From here on it gets every write.
        const std::lock_guard names(zones_.names_);
        const std::lock_guard writes(zones_.writes_);
        names_ = KNS_TRY(list_log_files(zones_));
        for (const auto& name : KNS_TRY(list_log_files(*log_)))
            if (!std::ranges::binary_search(names_, name)) KNS_TRY(log_->remove(name));
        const std::lock_guard state(zones_.state_);
        zones_.came_late_.clear();
        zone_.state = ZoneState::filling;
        zone_.since_ms = zones_.clock_.now();
        zone_.id = id_;
        zone_.mount = mount;
        zone_.home = home_;
        zone_.log = log_;
        zone_.done_bytes = 0;
        zone_.all_bytes = 2 * sum;  // written, and read back
        part_ = {index_, ++zone_.incarnation, false, log_};
        return {};
    }

    Result<void> copy_all() {
        zones_.tell();
        log_info("zone_filling", "zone={} files={}", zone_.disk->path(), names_.size());
        ZoneCopy copy;
        copy.read = [this](const std::string& name, MutableBytes out, std::uint64_t offset) { return read(name, out, offset); };
        copy.size = [this](const std::string& name) { return size(name); };
        copy.target = log_.get();
        copy.writes = &zones_.writes_;
        copy.passed = [&](std::uint64_t bytes) -> Result<void> {
            zones_.filled_bytes_ += std::exchange(copy.written_bytes, 0);
            const std::lock_guard lock(zones_.state_);
            zone_.done_bytes += bytes;
            if (stop_) return fail(Errc::cancelled, "the daemon is stopping");
            if (zone_.state != ZoneState::filling) return fail(Errc::io_error, "{}", zone_.reason);
            return {};
        };
        for (auto names = std::move(names_); !names.empty(); names = take_late())
            for (const auto& name : names) KNS_TRY(copy.file(name));
        return {};
    }

    std::vector<std::string> take_late() {
        const std::lock_guard lock(zones_.writes_);
        return std::exchange(zones_.came_late_, {});
    }

    Result<void> join() {
        const std::lock_guard names(zones_.names_);
        const std::lock_guard writes(zones_.writes_);
        const std::lock_guard change(zones_.change_);
        if (!zones_.current(part_)) return fail(Errc::io_error, "it failed while it was filled");
        if (!zones_.came_late_.empty()) return fail(Errc::unavailable, "files were renamed while it was filled");
        KNS_TRY(log_->sync());
        KNS_TRY(zones_.record_members(index_));
        const std::lock_guard state(zones_.state_);
        zone_.state = ZoneState::ok;
        zone_.reason.clear();
        zone_.since_ms = zones_.clock_.now();
        log_info("zone_filled", "zone={} epoch={}", zone_.disk->path(), zones_.epoch_);
        return {};
    }

    void give_up(const Error& error) {
        const std::lock_guard state(zones_.state_);
        if (zone_.state == ZoneState::filling) {
            ++zone_.incarnation;
            zone_.since_ms = zones_.clock_.now();
        }
        zone_.state = ZoneState::failed;
        zone_.home.reset();
        zone_.log.reset();
        if (zone_.reason == error.text()) return;
        zone_.reason = error.text();
        if (error.code != Errc::cancelled) log_warn("zone_not_filled", "zone={} reason=\"{}\"", zone_.disk->path(), zone_.reason);
    }

    // From the first member that can.
    Result<std::size_t> read(const std::string& name, MutableBytes out, std::uint64_t offset) const {
        Result<std::size_t> got = fail(Errc::io_error, "no zone is left");
        for (const auto& part : zones_.parts(false)) {
            const auto file = part.log->open(name, false);
            got = file ? (*file)->read_at(out, offset) : Result<std::size_t>(std::unexpected(file.error()));
            if (got) break;
        }
        return got;
    }
    Result<std::uint64_t> size(const std::string& name) const {
        Result<std::uint64_t> got = fail(Errc::io_error, "no zone is left");
        for (const auto& part : zones_.parts(false)) {
            const auto file = part.log->open(name, false);
            got = file ? (*file)->size() : Result<std::uint64_t>(std::unexpected(file.error()));
            if (got) break;
        }
        return got;
    }

    ZonedDirectory& zones_;
    ZonedDirectory::Zone& zone_;
    std::size_t index_;
    const std::atomic<bool>& stop_;
    std::shared_ptr<Directory> home_, log_;  // shared with the zone once it takes part
    std::string id_;
    std::vector<std::string> names_;
    ZonedDirectory::Part part_;
};

Result<void> ZonedDirectory::fill(std::size_t zone, const std::atomic<bool>& stop) { return ZoneFill(*this, zone, stop).run(); }

}  // namespace kns
