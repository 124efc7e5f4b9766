#include "daemon/offline.hpp"

#include <unistd.h>

#include "core/base/posix.hpp"
#include "core/store/salvage.hpp"
#include "daemon/disk.hpp"

namespace kns {
namespace {

Place indexed_in(const DataDir& data) {
    auto db = Database::open(data.database(), Access::read);
    if (!db) return {};
    const auto start = Catalog(*db).log_start();
    return start ? start->indexed : Place();
}

struct Offline {
    FileLock lock;
    Disk disk;

    static Result<Offline> open(const DataDir& data, const std::vector<std::string>& zone_paths) {
        auto lock = KNS_TRY(FileLock::try_take(data.lock_file()));
        if (!lock) return fail(Errc::conflict, "a daemon has {} open", data.root()).hint("kns daemon stop");
        Offline out{std::move(*lock), {}};
        KNS_TRY(out.disk.open(data, zone_paths));
        KNS_TRY(out.disk.compare_zones(indexed_in(data)));
        return out;
    }
};

}  // namespace

Result<std::vector<Finding>> check_offline(const DataDir& data, const std::vector<std::string>& zone_paths) {
    const auto store = KNS_TRY(Offline::open(data, zone_paths));
    std::vector<Finding> out;
    if (::access(data.database().c_str(), F_OK) != 0) {
        if (KNS_TRY(list_segments(*store.disk.log)).empty()) return out;
        out.push_back(catalog_is_damaged(fail(Errc::corrupt, "{} is missing", data.database())));
    } else if (auto db = Database::open(data.database(), Access::read); db) {
        auto found = check_idle_store(*db, store.disk.env);
        if (found) out = std::move(*found);
        if (!found) out.push_back(catalog_is_damaged(found.error()));
    } else {
        out.push_back(catalog_is_damaged(db.error()));
    }
    out.push_back(KNS_TRY(check_marks(store.disk.env)));
    return out;
}

Result<std::vector<Finding>> repair_offline(const DataDir& data, const std::vector<std::string>& zone_paths) {
    const auto store = KNS_TRY(Offline::open(data, zone_paths));
    return repair_store(store.disk.env, data.quarantine_directory());
}

}  // namespace kns
