// Zones: one log in several directories, on as many disks, as one Directory. Whoever writes through it has written to all.
//
// A zone that fails a write, a sync or a read, or whose files are gone, is taken out: the others note a new epoch without
// it, on disk, before the operation succeeds. The last one stays, and its errors are the caller's. A zone that was taken
// out is filled again by fill(): from its first moment it gets every new write, behind those everything older is copied,
// synced, read back and compared, and then it is a member again.
//
// Any thread, like every Directory and File. Locks, in this order: names_ (which files there are), writes_ (what is in
// them), change_ (who is a member; held while that is written down), state_ (short, never over a system call).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>

#include "core/store/env.hpp"
#include "core/store/place.hpp"
#include "core/store/zone_file.hpp"

namespace kns {

// Where a zone is: opened anew each time it comes back.
class ZoneDisk {
   public:
    virtual ~ZoneDisk() = default;
    virtual std::string path() const = 0;
    virtual Result<std::unique_ptr<Directory>> open(bool create) = 0;      // for its file `zone`
    virtual Result<std::unique_ptr<Directory>> open_log(bool create) = 0;  // for the segments
    virtual Result<std::string> mount() const = 0;                         // the mount point that the path is on
};
std::unique_ptr<ZoneDisk> make_zone_disk(const std::string& path);

enum class ZoneState { ok, failed, filling };

class ZonedDirectory final : public Directory {
   public:
    struct Status {
        std::string path;
        ZoneState state = ZoneState::ok;
        std::string reason;    // why it failed
        UnixMs since_ms = 0;   // in this state
        unsigned percent = 0;  // of filling
    };
    struct Counters {
        std::uint64_t filled_bytes = 0;   // written to zones that came back
        std::uint64_t healed_copies = 0;  // damaged or unreadable stretches overwritten from a sound copy
    };

    // --- Directory
    Result<std::unique_ptr<File>> open(const std::string& name, bool create) override;
    Result<std::vector<std::string>> list() override;  // of all members together
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& name) override;
    Result<void> sync() override;
    Result<std::uint64_t> free_bytes() override;  // of the member that has most: a full one is taken out

    // --- before the log is opened
    // Makes the members' marks and segments from `indexed` on the same: each commit group from a member that has it whole.
    Result<void> reconcile(Place indexed);

    // --- any thread
    std::vector<Status> status() const;
    Counters counters() const;
    std::size_t count() const { return zones_.size(); }
    std::size_t ok_count() const;
    // Takes out members whose directory is no longer where it was.
    void look();
    // Told after a zone's state has changed, on the thread that noticed, which may be in the middle of a write: only pass it
    // on. Set once, before there are other threads.
    void on_change(std::function<void()> told) { told_ = std::move(told); }

    // Fills one zone that has failed and makes it a member. Long, blocking; one at a time. Errc::cancelled once `stop` is set.
    Result<void> fill(std::size_t zone, const std::atomic<bool>& stop);

   private:
    friend class ZonedFile;
    friend class ZoneStart;
    friend class ZoneFill;

    struct Zone {
        std::unique_ptr<ZoneDisk> disk;
        std::string id, mount;
        std::shared_ptr<Directory> home, log;  // shared with operations under way
        ZoneState state = ZoneState::failed;
        std::uint64_t incarnation = 0;  // counts its comings and goings: handles of an earlier one are void
        std::string reason;
        UnixMs since_ms = 0;
        std::uint64_t done_bytes = 0, all_bytes = 0;  // of filling
    };
    // A zone that an operation is done on.
    struct Part {
        std::size_t zone = 0;
        std::uint64_t incarnation = 0;
        bool member = false;  // not filling
        std::shared_ptr<Directory> log;
    };
    struct Outcome {
        Part part;
        Result<void> result;
    };

    ZonedDirectory(Clock& clock, Random& random, std::shared_ptr<Directory> home)
        : clock_(clock), random_(random), home_(std::move(home)) {}

    std::vector<Part> parts(bool with_filling) const;
    bool current(const Part& part) const;  // still what it was
    // Takes out those that failed, if any member succeeded; otherwise the error. No lock but names_ and writes_ may be held.
    Result<void> settle(std::vector<Outcome> outcomes);
    Result<void> on_all(const std::function<Result<void>(const Part&)>& operation);
    void tell() {
        if (told_) told_();
    }

    // With change_ held:
    void take_out(std::size_t zone, const std::string& reason);
    Result<void> record_members(std::optional<std::size_t> joining = std::nullopt);

    Clock& clock_;
    Random& random_;
    std::shared_ptr<Directory> home_;  // the data directory, for `zones`
    std::string store_;
    std::uint64_t epoch_ = 0;
    std::function<void()> told_;
    std::atomic<std::uint64_t> filled_bytes_{0}, healed_copies_{0};

    mutable std::mutex names_, writes_, change_, state_;
    std::vector<Zone> zones_;             // fixed after opening; their contents: state_
    std::vector<std::string> came_late_;  // names that the zone being filled lacks, beyond those it set out with; writes_
};

// How a store with zones starts.
struct ZoneStartSettings {
    std::vector<std::string> zones;                                 // configured paths, absolute
    std::shared_ptr<Directory> home;                                // the data directory
    std::function<Result<std::unique_ptr<Directory>>()> plain_log;  // its log/, which has the segments without zones
    std::function<std::unique_ptr<ZoneDisk>(const std::string&)> disk = make_zone_disk;
    Clock* clock = nullptr;
    Random* random = nullptr;
};
// The zones, with those that are behind marked as failed; or null where none are configured: then the log is in log/. A
// change of the configured list is carried out here: if none of the configured places is current, the first is filled from
// one that is, and verified, before anything else happens.
Result<std::unique_ptr<ZonedDirectory>> open_zones(const ZoneStartSettings& settings);

// Refuses what cannot be a list of zones: relative paths, one directory twice.
Result<void> check_zone_paths(const std::vector<std::string>& paths);

}  // namespace kns
