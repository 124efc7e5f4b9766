// One simulated life of a data directory, and the oracle that watches it (facts: reliability, invariants I1 to I6).
//
// Every step tells the store what to do and the model what must be true of it now: what was acknowledged is known, what
// failed with an unknown outcome is possible, what was refused must never show. `check` compares the two; whatever does not
// fit is thrown as a Violation.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "tests/fault/sim/machine.hpp"

namespace kns::sim {

struct Violation {
    std::string what;
    bool lost_records = false;  // I1
};

// The process is gone: an injected fault ended it, or cut the power.
struct Crashed {};

// How the power cut or the kill is carried out, or which error an operation gives.
enum class Fault { io_error, disk_full, kill, power_cut, torn_sectors, torn_end };
inline constexpr Fault kFaults[] = {Fault::io_error,  Fault::disk_full,    Fault::kill,
                                    Fault::power_cut, Fault::torn_sectors, Fault::torn_end};
std::string_view name_of(Fault fault);
inline bool is_crash(Fault fault) { return fault >= Fault::kill; }
inline bool cuts_power(Fault fault) { return fault >= Fault::power_cut; }

// What the catalog says, as text by key.
Result<std::map<std::string, std::string>> facts_of(Process& process, UnixMs now);
// All that a reader finds in a shard.
struct ShardRead {
    std::vector<std::pair<std::int64_t, std::string>> records;  // offset, value
    std::vector<Damage> damages;
};
Result<ShardRead> read_shard(Process& process, Machine& machine, std::uint32_t shard, UnixMs horizon_ms);

class Sim {
   public:
    explicit Sim(std::uint64_t seed, bool verbose = false) : machine(seed), random(seed * 31 + 7), verbose_(verbose) {}

    // --- faults
    // The operation `in` operations from now meets the fault.
    void arm(Fault fault, std::uint64_t in);
    bool fault_met() const;
    // Ends the process as the fault says, and starts another.
    void crash(Fault fault);
    // The same in the middle of a run: an armed fault stays, and may meet the next process while it starts.
    void restart(Fault fault);
    // After a run with an armed fault: the process, if it still lives, must be whole again; then it ends as the fault says
    // and the next one is examined, used and stopped.
    void finish(Fault fault);

    // --- steps; each throws Crashed if the process is gone after it
    void start();
    void stop();  // regularly; the next step must be start
    void create(const std::string& stream, std::uint32_t shards = 1, const std::string& durability = "sync",
                const std::string& retention = "24h");
    void remove(const std::string& stream);
    void split(const std::string& stream);
    void merge(const std::string& stream);
    void retention(const std::string& stream, const std::string& text);
    void tag(const std::string& stream);
    // One commit group of a batch to each of `streams` (by name; a name may stand there more than once).
    void put(const std::vector<std::string>& streams, std::uint32_t records = 1, std::size_t bytes = 40);
    // A group of consumers has read to the end of every shard, or back to its start.
    void commit(const std::string& stream, const std::string& group, bool back = false);
    void forget_group(const std::string& stream, const std::string& group);
    void mark();
    void save();
    void checkpoint();
    void expire_and_collect();
    void tick(Ms by);
    void enqueue_job();
    void run_job();  // claims one, and ends it in one of the ways there are
    void create_delivery(const std::string& name);
    void deliver(const std::string& name);  // counts one object
    void remove_delivery(const std::string& name);

    // Everything there is against everything there should be.
    void check(bool just_started = false);

    std::vector<std::string> stream_names() const;
    bool running() const { return process.has_value(); }

    Machine machine;
    std::optional<Process> process;
    SeededRandom random;

   private:
    struct Record {
        std::string value;
        enum State { acknowledged, unknown, refused } state = acknowledged;
        UnixMs arrival_ms = 0;
        bool durable = true;  // acknowledged under `sync`
    };
    // A row of the catalog, as text; empty: it is not there.
    struct Fact {
        std::string known;
        std::set<std::string> possible;
        bool anything = false;  // after a step with an unknown outcome whose result is hard to foretell
    };

    void end_process(Fault fault);
    void alive();
    void trace(const std::string& what, const Result<void>& outcome);
    // The step was to make `key` be `value`.
    void settle(const std::string& key, const std::string& value, const Result<void>& outcome);
    void change_stream(const std::string& step, const std::string& stream, const std::function<Result<void>()>& change);
    void check_facts(bool just_started);
    void check_shape(const Stream& stream);
    void check_records(const Stream& stream, const ShardRow& shard);
    [[noreturn]] void violated(std::string what, bool lost = false) const;

    std::map<std::uint32_t, std::map<std::int64_t, Record>> records_;  // by shard number and offset, also of what expired
    std::map<std::string, Fact> facts_;
    std::map<std::string, std::uint32_t> shown_;  // how often an unknown record was seen
    std::set<std::string> ever_;                  // names of streams, deliveries
    std::uint64_t values_ = 0, jobs_ = 0;
    bool power_was_cut_ = false, all_sync_ = true;
    std::optional<Fault> armed_;
    std::uint64_t armed_at_ = 0;
    bool verbose_;
};

}  // namespace kns::sim
