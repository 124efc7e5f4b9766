#include "daemon/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/base/posix.hpp"

namespace kns {

// SQLite makes its files as open as the umask lets it, and the others like the first.
Result<void> keep_private(const std::string& database) {
    KNS_TRY(open_file(database, O_RDWR | O_CREAT, 0600));
    for (const auto* suffix : {"", "-wal", "-shm"})
        if (::chmod((database + suffix).c_str(), 0600) < 0 && errno != ENOENT) return fail_errno(errno, database + suffix);
    return {};
}

Result<void> Disk::open(const DataDir& data, const std::vector<std::string>& zone_paths) {
    auto zoned = KNS_TRY(open_zones({.zones = zone_paths,
                                     .home = KNS_TRY(open_directory(data.root(), false)),
                                     .plain_log = [&] { return open_directory(data.log_directory(), true); },
                                     .clock = &Clock::real(),
                                     .random = &real_random()}));
    zones = zoned.get();
    log = std::move(zoned);
    if (!zones) log = KNS_TRY(open_directory(data.log_directory(), true));
    quarantine = KNS_TRY(open_directory(data.quarantine_directory(), true));
    env = {&Clock::real(), &real_random(), log.get(), quarantine.get(), data.database(), "", real_boot_id()};
    return {};
}

Result<void> Disk::compare_zones(Place indexed) {
    if (!zones) return {};
    return context(zones->reconcile(indexed), "comparing the zones");
}

}  // namespace kns
