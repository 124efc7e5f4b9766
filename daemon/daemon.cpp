#include "daemon/daemon.hpp"

#include <malloc.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/api/daemon.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"
#include "core/store/catalog.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/job_queue.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/daemon_routes.hpp"
#include "daemon/api/delivery_routes.hpp"
#include "daemon/http_server.hpp"
#include "daemon/maintenance.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;
using UnixAcceptor = asio::local::stream_protocol::acceptor;

constexpr auto kDrain = 50ms;  // for acknowledgements on their way when the daemon stops

Failure already_running(const DataDir& data) {
    std::string who = "another knsd";
    if (const auto text = read_file(data.daemon_file()))
        if (const auto file = from_json_text<DaemonFile>(*text, Unknown::ignore)) who = fmt::format("knsd with pid {}", file->pid);
    return fail(Errc::conflict, "{} has {} open already", who, data.root()).hint("kns daemon status tells more");
}

// One daemon a directory. A predecessor that was killed may hold the lock for as long as the kernel needs to end its last
// write; it no longer listens, and is waited for.
Result<FileLock> take_lock(const DataDir& data) {
    constexpr Ms kDying = 4 * kSecond;
    if (auto lock = KNS_TRY(FileLock::try_take(data.lock_file()))) return std::move(*lock);
    const auto socket = find_socket(data);
    if (socket && connect_unix(*socket, Deadline::in(kSecond))) return already_running(data);
    auto lock = FileLock::take(data.lock_file(), Deadline::in(kDying));
    if (!lock && lock.error().code == Errc::timed_out) return already_running(data);
    return lock;
}

// What is on disk, opened and checked, before any thread exists.
struct Store {
    std::unique_ptr<Directory> log_directory, quarantine;
    Env env;
    std::optional<Database> db;
    LogIndex index;
    std::unique_ptr<Log> log;
    std::optional<Committer> committer;
    StreamDirectory streams;
    GroupBook groups{index};
    std::vector<DeliveryRow> deliveries;
    std::vector<Damage> damages;  // found while the log was read
    std::map<std::uint32_t, std::uint64_t> damaged_records;
    std::uint64_t damaged_batches = 0;

    Result<void> open(const DataDir& data) {
        log_directory = KNS_TRY(open_directory(data.log_directory(), true));
        quarantine = KNS_TRY(open_directory(data.quarantine_directory(), true));
        env = {&Clock::real(), &real_random(), log_directory.get(), quarantine.get(), data.database(), "", real_boot_id()};
        db.emplace(KNS_TRY(Database::open(env.database_path, Access::write, env.vfs)));
        Catalog catalog(*db);

        const auto rows = KNS_TRY(catalog.streams());
        const auto shards = KNS_TRY(catalog.shards());
        auto contents = KNS_TRY(catalog.contents());
        const auto start = KNS_TRY(catalog.log_start());
        const auto last_shard = KNS_TRY(catalog.last_shard());
        for (const auto& shard : shards) index.add_shard(shard.number, contents[shard.number]);
        std::vector<PositionChange> positions = KNS_TRY(catalog.positions());

        log = KNS_TRY(context(Log::open(env, start,
                                        [&](RecoveredGroup&& group) -> Result<void> {
                                            KNS_TRY(check_catalog_knows(group, last_shard, env.database_path));
                                            index.recovered(group);
                                            positions.insert(positions.end(), group.positions.begin(), group.positions.end());
                                            damages.insert(damages.end(), group.damages.begin(), group.damages.end());
                                            return {};
                                        }),
                              "reading the log"));
        index.set_end(log->end(), log->group_number(), log->records_total());
        committer.emplace(*log, index, *env.clock);

        std::map<std::int64_t, std::vector<ShardRow>> by_stream;
        for (const auto& shard : shards) by_stream[shard.stream_id].push_back(shard);
        for (const auto& row : rows) {
            for (const auto& shard : by_stream[row.id]) {
                if (log->recovery().power_cut && row.durability.policy != Durability::Policy::sync)
                    index.skip_offsets(shard.number, kLostOffsets);
                committer->add_shard(shard.number, row.id, row.durability, index.content(shard.number), shard.open());
            }
            streams.put(std::make_shared<const Stream>(row, by_stream[row.id]));
        }
        // Before anything is given a number.
        KNS_TRY(index.save(*db, log->recovery().power_cut ? Sync::full : Sync::normal));
        for (const auto& change : positions)
            if (const auto stream = streams.find_id(change.stream_id); stream && stream->shard_by_number(change.shard))
                groups.set_position(change, env.clock->now());
        damaged_records = KNS_TRY(catalog.damaged_records());
        damaged_batches = KNS_TRY(catalog.damages()).batches;
        deliveries = KNS_TRY(DeliveryStore(*db).all());
        if (const auto resumed = KNS_TRY(JobQueue(*db).requeue_running(env.clock->now())); resumed > 0)
            log_info("jobs_resumed", "count={}", resumed);
        const auto& report = log->recovery();
        if (report.unclean)
            log_info("recovered", "scanned_bytes={} torn_bytes={} missing_records={} power_cut={}", report.scanned_bytes,
                     report.torn_bytes, report.missing_records, report.power_cut);
        return {};
    }

    // After a power cut, records whose durability was not `sync` may be gone though their numbers were given out: skip more
    // numbers than a machine can have had in flight.
    static constexpr std::int64_t kLostOffsets = 1 << 30;
};

class Daemon {
   public:
    explicit Daemon(const DaemonOptions& options) : options_(options) {}

    Result<void> run() {
        KNS_TRY(options_.data.make());
        const auto lock = take_lock(options_.data);
        if (!lock) return std::unexpected(lock.error());
        KNS_TRY(store_.open(options_.data));
        socket_path_ = KNS_TRY(prepare_socket_path(options_.data));
        UnixAcceptor acceptor = KNS_TRY(listen());
        acceptor_ = &acceptor;
        KNS_TRY(start_services());
        KNS_TRY(write_file_atomically(
            options_.data.daemon_file(),
            to_json(DaemonFile{::getpid(), std::string(kVersion), std::string(kApiVersion), socket_path_}) + "\n"));
        asio::co_spawn(io_, accept_clients(acceptor), asio::detached);
        asio::signal_set signals(io_, SIGTERM, SIGINT);
        signals.async_wait([this](error_code failure, int signal) {
            if (!failure) stop(signal == SIGTERM ? "SIGTERM" : "SIGINT");
        });
        arm_idle_exit();
        log_info("ready", "pid={} version={} data_dir={} socket={} streams={}", ::getpid(), kVersion, options_.data.root(),
                 socket_path_, store_.streams.list().size());
        if (options_.ready_fd >= 0) {
            KNS_TRY(write_all(options_.ready_fd, "ready\n"));
            ::close(options_.ready_fd);
        }
        io_.run();

        log_thread_.reset();  // writes what is queued, and the clean mark
        maintenance_->finish();
        catalog_.join();
        readers_.join();
        ::unlink(socket_path_.c_str());
        ::unlink(options_.data.daemon_file().c_str());
        log_info("stopped", "uptime_s={}", status().uptime_s);
        return {};
    }

   private:
    Result<UnixAcceptor> listen() {
        ::unlink(socket_path_.c_str());  // stale: we hold the lock
        UnixAcceptor acceptor(io_);
        error_code failure;
        acceptor.open(asio::local::stream_protocol(), failure);
        const auto mask = ::umask(0177);  // born 0600: no moment in which others could connect
        if (!failure) acceptor.bind(asio::local::stream_protocol::endpoint(socket_path_), failure);
        ::umask(mask);
        if (!failure) acceptor.listen(1024, failure);
        if (failure) return fail(Errc::io_error, "cannot listen on {}: {}", socket_path_, failure.message());
        return acceptor;
    }

    Result<void> start_services() {
        stream_service_.emplace(*store_.db, store_.index, store_.streams, *store_.env.clock,
                                [this](const auto& work) { log_thread_->run(work); });
        services_.emplace(Services{.io = io_,
                                   .clock = *store_.env.clock,
                                   .index = store_.index,
                                   .directory = store_.streams,
                                   .streams = *stream_service_,
                                   .log = start_log_thread(),
                                   .catalog = catalog_,
                                   .readers = readers_,
                                   .reader_tools = [this] { return reader_tools(); },
                                   .groups = store_.groups,
                                   .feed = feed_,
                                   .paces = {},
                                   .damaged_records = store_.damaged_records,
                                   .report_damage = [this](const std::vector<Damage>& damages) { maintenance_->damaged(damages); },
                                   .counters = {}});
        maintenance_.emplace(*services_, *store_.db, store_.index, store_.env, store_.env.database_path);
        maintenance_->start(store_.damaged_batches);
        if (!store_.damages.empty()) maintenance_->damaged(store_.damages);
        add_stream_routes(router_, *services_);
        add_record_routes(router_, *services_);
        add_group_routes(router_, *services_);
        add_complete_routes(router_, *services_);
        add_daemon_routes(router_, *services_, [this] { return status(); }, [this] { stop("request"); });

        KNS_TRY(make_directories(options_.data.jobs_directory()));
        supervisor_.emplace(*services_, *store_.db,
                            Supervisor::Settings{.worker_program = KNS_TRY(program_directory()) + "/kns-worker",
                                                 .jobs_directory = options_.data.jobs_directory(),
                                                 .socket = socket_path_,
                                                 .max_parallel = std::max(1u, std::thread::hardware_concurrency())});
        deliveries_.emplace(*services_, *store_.db, *supervisor_, options_.data.root());
        add_delivery_routes(router_, *services_, *deliveries_);
        add_job_routes(router_, *supervisor_);
        deliveries_->start(std::move(store_.deliveries));
        supervisor_->start();
        return {};
    }

    LogThread& start_log_thread() {
        // Outcomes and news of a group cross to the I/O thread together.
        auto on_group = [this](std::vector<LogThread::Finished>&& finished, std::vector<std::int64_t>&& streams) {
            auto all = std::make_shared<std::vector<LogThread::Finished>>(std::move(finished));
            asio::post(io_, [this, all, streams = std::move(streams)] {
                for (auto& [request, outcome] : *all) request->done(std::move(outcome));
                all->clear();
                for (const auto id : streams) feed_.changed(id);
                maintenance_->committed();
            });
        };
        log_thread_.emplace(*store_.log, *store_.committer, *store_.env.clock, std::move(on_group));
        return *log_thread_;
    }

    Result<ReaderTools*> reader_tools() {
        thread_local std::unique_ptr<ReaderTools> tools;
        if (!tools) {
            auto db = KNS_TRY(Database::open(store_.env.database_path, Access::read, store_.env.vfs));
            tools = std::make_unique<ReaderTools>(std::move(db), *store_.env.log, store_.index);
        }
        return tools.get();
    }

    Task<void> accept_clients(UnixAcceptor& acceptor) {
        for (;;) {
            auto [failure, client] = co_await acceptor.async_accept(kNoThrow);
            if (failure == asio::error::operation_aborted || !acceptor.is_open()) co_return;
            if (failure) {  // out of descriptors, most likely: let others finish first
                log_warn("accept_failed", "error=\"{}\"", failure.message());
                asio::steady_timer pause(io_, 100ms);
                co_await pause.async_wait(kNoThrow);
                continue;
            }
            ucred peer{};
            socklen_t size = sizeof peer;
            if (::getsockopt(client.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
                (peer.uid != ::geteuid() && peer.uid != 0)) {
                log_warn("client_refused", "uid={}", peer.uid);
                continue;
            }
            ++services_->counters.connections;
            asio::co_spawn(io_, serve(Socket(std::move(client))), asio::detached);
        }
    }

    Task<void> serve(Socket socket) {
        ++services_->counters.open_connections;
        HttpHandler handler = [this](HttpExchange& exchange) -> Task<void> {
            ++services_->counters.requests;
            last_activity_ = std::chrono::steady_clock::now();
            co_await router_.route(exchange);
        };
        co_await serve_http(std::move(socket), std::move(handler));
        --services_->counters.open_connections;
        last_activity_ = std::chrono::steady_clock::now();
    }

    DaemonStatus status() {
        char path[4096];
        const auto n = ::readlink("/proc/self/exe", path, sizeof path);
        const bool stale = n > 0 && std::string_view(path, static_cast<std::size_t>(n)).ends_with(" (deleted)");
        DaemonStatus out{.pid = ::getpid(),
                         .version = std::string(kVersion),
                         .api_version = std::string(kApiVersion),
                         .data_dir = options_.data.root(),
                         .socket = socket_path_};
        out.uptime_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
        out.stale = stale;
        out.streams = store_.streams.list().size();
        out.damaged_batches = maintenance_ ? maintenance_->damaged_batches() : 0;
        out.missing_records = store_.log->recovery().missing_records;
        if (const auto names = store_.log_directory->list())
            for (const auto& name : *names)
                if (struct stat info{}; ::stat((options_.data.log_directory() + "/" + name).c_str(), &info) == 0)
                    out.log_bytes += static_cast<std::uint64_t>(info.st_size);
        if (log_thread_ && log_thread_->status().failing) out.state = "degraded: the log cannot be written";
        return out;
    }

    // Idle means: nobody connected, and nothing asked for a while. One timer, armed anew when it fires too early.
    void arm_idle_exit() {
        if (options_.idle_exit_ms == 0) return;
        const auto due = last_activity_ + std::chrono::milliseconds(options_.idle_exit_ms);
        idle_timer_.expires_at(std::max(due, std::chrono::steady_clock::now() + 1s));
        idle_timer_.async_wait([this](error_code failure) {
            if (failure) return;
            const bool quiet =
                std::chrono::steady_clock::now() >= last_activity_ + std::chrono::milliseconds(options_.idle_exit_ms);
            const bool busy = services_->counters.open_connections > 0 || !deliveries_->idle();
            if (quiet && !busy) return stop("idle");
            if (busy) last_activity_ = std::chrono::steady_clock::now();
            arm_idle_exit();
        });
    }

    void stop(std::string_view why) {
        if (std::exchange(stopping_, true)) return;
        log_info("stopping", "reason={}", why);
        error_code ignored;
        acceptor_->close(ignored);
        idle_timer_.cancel();
        deliveries_->stop();
        supervisor_->stop();
        // Everything submitted so far gets its outcome; then the answers get a moment to leave.
        asio::post(catalog_, [this] {
            log_thread_->run([](Committer&) {});
            asio::post(io_, [this] {
                drain_timer_.expires_after(kDrain);
                drain_timer_.async_wait([this](error_code) { io_.stop(); });
            });
        });
    }

    const DaemonOptions& options_;
    Store store_;
    std::string socket_path_;
    asio::io_context io_{1};
    asio::thread_pool catalog_{1}, readers_{2};
    StreamFeed feed_{io_};
    std::optional<StreamService> stream_service_;
    std::optional<LogThread> log_thread_;
    std::optional<Services> services_;
    std::optional<Maintenance> maintenance_;
    std::optional<Supervisor> supervisor_;
    std::optional<DeliveryScheduler> deliveries_;
    Router router_;
    UnixAcceptor* acceptor_ = nullptr;
    asio::steady_timer idle_timer_{io_}, drain_timer_{io_};
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), last_activity_ = started_;
    bool stopping_ = false;
};

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
    // Large buffers go back to the kernel when freed, and threads share their heaps: an idle daemon is a small one.
    ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 10);
    ::mallopt(M_ARENA_MAX, 2);
    Daemon daemon(options);
    return daemon.run();
}

}  // namespace kns
