// What the faces of the daemon stand on: one struct, made in daemon.cpp, handed to every handler by reference.
//
// Members say the thread they may be used from; without a word: the I/O thread.
#pragma once

#include <map>
#include <set>

#include "core/config/config_file.hpp"
#include "core/store/batch_cursor.hpp"
#include "core/store/secret_store.hpp"
#include "core/store/zones.hpp"
#include "core/stream/consumer_book.hpp"
#include "core/stream/group_book.hpp"
#include "core/stream/rate_limit.hpp"
#include "core/stream/stream_service.hpp"
#include "daemon/asio.hpp"
#include "daemon/log_thread.hpp"
#include "daemon/metering.hpp"
#include "daemon/stream_feed.hpp"

namespace kns {

// A reader thread's own tools.
struct ReaderTools {
    Database db;
    SegmentFiles files;
    ExtentFinder finder;
    ReaderTools(Database database, Directory& log, const LogIndex& index)
        : db(std::move(database)), files(log), finder(index, db) {}
};

// The pace of limited shards, by shard number.
struct ShardPace {
    TokenBucket in_bytes{kShardInBytesPerSecond}, in_records{kShardInRecordsPerSecond}, out_bytes{kShardOutBytesPerSecond};
};

struct Services {
    asio::io_context& io;
    ConfigStore& config;
    Clock& clock;                // any thread
    const LogIndex& index;       // any thread
    StreamDirectory& directory;  // any thread
    StreamService& streams;      // the catalog thread
    KeyRing& keys;               // its class says what may be called where
    SecretStore& secrets;        // the catalog thread
    LogThread& log;              // any thread
    asio::thread_pool& catalog;  // one thread: the writing connection
    asio::thread_pool& readers;
    std::function<Result<ReaderTools*>()> reader_tools;  // on a reader thread: its own
    GroupBook& groups;
    ConsumerBook& consumers;  // its class says what may be called where
    StreamFeed& feed;
    std::map<std::uint32_t, ShardPace> paces;
    std::map<std::uint32_t, std::uint64_t> damaged_records;  // by shard
    StreamMeters meters;
    ZonedDirectory* zones = nullptr;  // any thread; null without zones

    // Damage found while reading: counted, kept as evidence, reported once.
    std::function<void(const std::vector<Damage>&)> report_damage;  // I/O thread

    // A setting or a secret is another now; on the I/O thread.
    std::function<void()> settings_changed, secrets_changed;

    // The daemon ends: what would go on for ever stops, and says so. Outlives every coroutine.
    struct Ending {
        bool now = false;
        bool restarts = false;                           // it goes on as the program that is installed now
        std::set<const std::function<void()>*> to_call;  // once, when it begins
    };
    Ending& ending;

    struct Counters {  // outlive every coroutine
        std::uint64_t requests = 0, appended_batches = 0, read_records = 0, read_bytes = 0, connections = 0, open_connections = 0,
                      scrubbed_bytes = 0;
        std::size_t waiting_uploads = 0;  // connections that may send batches, and now do not
    };
    Counters& counters;
};

// One more, for as long as it lives: an exception may end what is counted.
template <class Count>
class Counted {
   public:
    explicit Counted(Count& count) : count_(++count) {}
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    Count& count_;
};

// A stream has been deleted: what is kept about it in memory goes, and whoever waits for it wakes up. I/O thread.
void forget_stream(Services& services, std::int64_t stream_id);

// Waits until the pace of a limited shard lets so much in. From the I/O thread.
Task<void> pace_in(Services& services, std::uint32_t shard, double records, double bytes);

// Whether records may be appended now: asked before each append, on the I/O thread. Empty: yes.
using Admission = std::function<Result<void>()>;

// Appends through the log and waits for the outcome. From the I/O thread.
Task<AppendOutcome> append_and_wait(Services& services, std::unique_ptr<AppendRequest> request);

}  // namespace kns
