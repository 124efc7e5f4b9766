#include "daemon/offline.hpp"

#include <unistd.h>

#include "core/base/posix.hpp"
#include "core/store/salvage.hpp"
#include "daemon/open_store.hpp"

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
    std::unique_ptr<Directory> log, quarantine;
    Env env;

    // `env` points into what is beside it.
    Offline(FileLock held, std::unique_ptr<Directory> log_directory, std::unique_ptr<Directory> evidence, const DataDir& data)
        : lock(std::move(held)),
          log(std::move(log_directory)),
          quarantine(std::move(evidence)),
          env{&Clock::real(), &real_random(), log.get(), quarantine.get(), data.database(), "", real_boot_id()} {}

    static Result<std::unique_ptr<Offline>> open(const DataDir& data, const std::vector<std::string>& zone_paths) {
        auto lock = KNS_TRY(FileLock::try_take(data.lock_file()));
        if (!lock) return fail(Errc::conflict, "a daemon has {} open", data.root()).hint("kns daemon stop");
        auto opened = KNS_TRY(open_log_directory(data, zone_paths));
        // Where the catalog says nothing, all of it is compared.
        if (opened.zones) KNS_TRY(context(opened.zones->reconcile(indexed_in(data)), "comparing the zones"));
        return std::make_unique<Offline>(std::move(*lock), std::move(opened.directory),
                                         KNS_TRY(open_directory(data.quarantine_directory(), true)), data);
    }
};

}  // namespace

Result<std::vector<Finding>> check_offline(const DataDir& data, const std::vector<std::string>& zone_paths) {
    const auto store = KNS_TRY(Offline::open(data, zone_paths));
    std::vector<Finding> out;
    if (::access(data.database().c_str(), F_OK) != 0) {
        if (KNS_TRY(list_segments(*store->log)).empty()) return out;
        out.push_back(catalog_is_damaged(fail(Errc::corrupt, "{} is missing", data.database())));
    } else if (auto db = Database::open(data.database(), Access::read); db) {
        auto found = check_idle_store(*db, store->env);
        if (found) out = std::move(*found);
        if (!found) out.push_back(catalog_is_damaged(found.error()));
    } else {
        out.push_back(catalog_is_damaged(db.error()));
    }
    out.push_back(KNS_TRY(check_marks(store->env)));
    return out;
}

Result<std::vector<Finding>> repair_offline(const DataDir& data, const std::vector<std::string>& zone_paths) {
    const auto store = KNS_TRY(Offline::open(data, zone_paths));
    return repair_store(store->env, data.quarantine_directory());
}

}  // namespace kns
