#include "daemon/offline.hpp"

#include <unistd.h>

#include "core/base/posix.hpp"
#include "core/store/salvage.hpp"

namespace kns {
namespace {

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

    static Result<std::unique_ptr<Offline>> open(const DataDir& data) {
        auto lock = KNS_TRY(FileLock::try_take(data.lock_file()));
        if (!lock) return fail(Errc::conflict, "a daemon has {} open", data.root()).hint("kns daemon stop");
        return std::make_unique<Offline>(std::move(*lock), KNS_TRY(open_directory(data.log_directory(), true)),
                                         KNS_TRY(open_directory(data.quarantine_directory(), true)), data);
    }
};

}  // namespace

Result<std::vector<Finding>> check_offline(const DataDir& data) {
    const auto store = KNS_TRY(Offline::open(data));
    if (::access(data.database().c_str(), F_OK) != 0) return std::vector<Finding>();
    std::vector<Finding> out;
    auto db = Database::open(data.database(), Access::read);
    if (db) {
        auto found = check_store(*db, store->env);
        if (found) out = std::move(*found);
        if (!found) out.push_back(catalog_is_damaged(found.error()));
    } else {
        out.push_back(catalog_is_damaged(db.error()));
    }
    out.push_back(KNS_TRY(check_marks(store->env)));
    return out;
}

Result<std::vector<Finding>> repair_offline(const DataDir& data) {
    const auto store = KNS_TRY(Offline::open(data));
    return repair_store(store->env, data.quarantine_directory());
}

}  // namespace kns
