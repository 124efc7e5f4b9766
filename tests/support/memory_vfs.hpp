// SQLite's file system over a Directory, so that the catalog lies on the same simulated disk as the log.
#pragma once

#include <memory>
#include <string>

#include "core/store/env.hpp"

namespace kns::testing {

// Registered with SQLite under `name` as long as it lives, as the default one too: so even SQLite's own random numbers come
// from here. One thread. A database's path is its name in `directory`; both are borrowed.
class MemoryVfs {
   public:
    MemoryVfs(std::string name, Directory& directory, Random& random, Clock& clock);
    ~MemoryVfs();
    MemoryVfs(const MemoryVfs&) = delete;
    MemoryVfs& operator=(const MemoryVfs&) = delete;

    // The machine went down: nobody holds a lock or shares memory any more. All connections are closed by then.
    void forget_locks();

    struct State;

   private:
    std::unique_ptr<State> state_;
};

}  // namespace kns::testing
