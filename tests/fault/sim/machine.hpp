// A machine with one disk, and a store that runs on it: to be killed, to lose power, and to be started again.
#pragma once

#include <optional>

#include "core/store/batch_cursor.hpp"
#include "core/store/collector.hpp"
#include "core/store/job_queue.hpp"
#include "core/stream/store.hpp"
#include "core/stream/stream_service.hpp"
#include "tests/support/memory_env.hpp"
#include "tests/support/memory_vfs.hpp"

namespace kns::sim {

using testing::FakeClock;
using testing::Faults;
using testing::MemoryDisk;
using testing::SeededRandom;
using testing::Survive;

template <class T>
Result<void> only_outcome(const Result<T>& result) {
    return result ? Result<void>() : std::unexpected(result.error());
}

// What outlives a process: the disk, the clock, which run of the machine it is.
struct Machine {
    explicit Machine(std::uint64_t seed, std::uint64_t segment_bytes = 4096)
        : random(seed),
          vfs("sim", root, random, clock),
          env{&clock, &random, &log, &quarantine, "kns.db", "sim", "boot-1", segment_bytes} {
        faults.random = SeededRandom(~seed);
        log.sync().value();
        quarantine.sync().value();
        faults.operations = 0;
    }

    // Only without a process. Faults that were set are over.
    void lose_process();
    void lose_power(Survive survive);

    Faults faults;
    MemoryDisk root{faults}, log{faults}, quarantine{faults};
    FakeClock clock;
    SeededRandom random;
    testing::MemoryVfs vfs;
    Env env;
    std::uint64_t boots = 1;
};

// One process: the store as the daemon opens and tends it, on one thread.
class Process : public Store {
   public:
    explicit Process(Machine& machine) : machine_(machine) {}
    Result<void> open();

    // As the log thread does at its end, then the catalog thread.
    Result<void> stop();
    // As maintenance does.
    Result<void> save() { return only_outcome(index.save(*db)); }
    Result<void> expire_and_collect();

    std::optional<Database> reader;
    std::optional<StreamService> service;
    std::optional<Collector> collector;

   private:
    Machine& machine_;
};

}  // namespace kns::sim
