// Putting a store together again from what of it is sound. Nobody else may have it open.
//
// Nothing is thrown away: a damaged catalog is kept in quarantine, and a new one takes its place by rename once it is
// whole. What the new one says comes, table by table, from the damaged one as far as that can be read, and from the daemon's
// own copy where not; its index always from the log, which says everything about its records but whose they are.
#pragma once

#include "core/store/catalog.hpp"
#include "core/store/checkup.hpp"

namespace kns {

struct Rebuilt {
    std::uint64_t segments = 0, records = 0;
    std::vector<Damage> damages;
    std::vector<std::string> streams;  // made for shards that nobody knew; see Catalog::adopt_shard
};

// Reads the whole log into the index of `db`, in place of what is there. Group positions that `db` has are kept, and moved on
// by what the log holds behind the place they are from. `current`: `db` has seen every change up to now; otherwise sequence
// numbers skip what may have been given out since. Interrupted, it leaves an index that is incomplete.
Result<Rebuilt> rebuild_index(Database& db, const Env& env, bool current);

// Does all that check_store calls fixable; each finding is one thing done. `quarantine_path` is where evidence goes.
Result<std::vector<Finding>> repair_store(const Env& env, const std::string& quarantine_path);

}  // namespace kns
