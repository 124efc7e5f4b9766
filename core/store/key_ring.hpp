// The keys that are open now: the master key, and every stream's data keys under it.
//
// Without the master key (its file is gone, or not ours alone) the daemon runs all the same: what is wrapped cannot be
// had, and everything says why; streams that are not encrypted do not notice.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/time.hpp"
#include "core/store/database.hpp"
#include "core/store/key_file.hpp"

namespace kns {

// Encrypts the batches of one stream, from the key's making to the next rotation.
struct DataKey {
    std::int64_t stream_id = 0;
    std::uint32_t number = 0;  // 1, 2, ... within the stream
    SecretKey key;
};
using DataKeyPtr = std::shared_ptr<const DataKey>;  // shared by the ring, the log thread and readers under way

// What a secret is bound to when it is wrapped.
std::string place_of_secret(std::string_view name);

class KeyRing {
   public:
    // Opens what the catalog holds; ends a rotation that was interrupted. `db` is borrowed. A key file that cannot be used
    // is no error here.
    static Result<std::unique_ptr<KeyRing>> open(std::string key_file, Database& db);

    // --- any thread
    // The key for a stream's new batches.
    Result<DataKeyPtr> current(std::int64_t stream_id) const;
    // Errc::not_found: there never was one of this number.
    Result<DataKeyPtr> find(std::int64_t stream_id, std::uint32_t number) const;
    // Why nothing wrapped can be had, or nothing.
    std::optional<Error> locked() const;

    // --- the catalog thread
    // A new data key for a stream: stored (in the caller's transaction, if there is one), but not used before `take`.
    Result<DataKeyPtr> make(std::int64_t stream_id, UnixMs now);
    void take(DataKeyPtr key);
    void forget(std::int64_t stream_id);  // its rows go with the stream's

    // Short texts under the master key, which is made at first need. `associated` binds them to their place.
    struct Wrapped {
        std::string master, text;
    };
    Result<Wrapped> wrap(std::string_view plain, std::string_view associated);
    Result<SecretText> unwrap(std::string_view wrapped, std::string_view associated) const;

    // A new master key: everything is wrapped anew, in one transaction, and the old key is gone from the directory.
    struct Rotated {
        std::string master;
        std::uint64_t data_keys = 0, secrets = 0;
    };
    Result<Rotated> rotate_master();

   private:
    KeyRing(std::string key_file, Database& db) : key_file_(std::move(key_file)), db_(db) {}
    Result<void> load();
    Result<void> end_rotation(const std::string& master_in_use);
    Result<std::string> what_is_wrapped();  // "stream "a", stream "b" and 2 secrets"
    Result<const MasterKey*> master();      // made at first need

    std::string key_file_;
    Database& db_;
    std::optional<MasterKey> master_;  // the catalog thread's
    mutable std::mutex mutex_;         // guards what follows
    std::optional<Error> locked_;
    std::map<std::int64_t, std::map<std::uint32_t, Result<DataKeyPtr>>> data_keys_;
};

}  // namespace kns
