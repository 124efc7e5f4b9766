#include "daemon/daemon.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "core/base/api/daemon.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"
#include "core/store/catalog.hpp"
#include "core/store/delivery_store.hpp"
#include "core/store/job_queue.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/backup_routes.hpp"
#include "daemon/api/config_routes.hpp"
#include "daemon/api/daemon_routes.hpp"
#include "daemon/api/delivery_routes.hpp"
#include "daemon/api/doctor_routes.hpp"
#include "daemon/api/top_routes.hpp"
#include "daemon/http_server.hpp"
#include "daemon/maintenance.hpp"
#include "daemon/own_program.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/zone_keeper.hpp"

namespace kns {
namespace {

using namespace std::chrono_literals;
using UnixAcceptor = asio::local::stream_protocol::acceptor;

constexpr auto kDrain = 50ms;   // for acknowledgements on their way when the daemon stops
constexpr auto kQuiet = 100ms;  // a client that has just connected or been answered may ask on
constexpr auto kDrainAtMost = 5s;
constexpr auto kCheckDirectoryEvery = 1s;                                                        // while there is something to do
constexpr std::string_view kListenerName = "own", kManagedName = "managed", kLockName = "lock";  // as a restart hands them on

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

// SQLite makes its files as open as the umask lets it, and the others like the first.
Result<void> keep_private(const std::string& database) {
    KNS_TRY(open_file(database, O_RDWR | O_CREAT, 0600));
    for (const auto* suffix : {"", "-wal", "-shm"})
        if (::chmod((database + suffix).c_str(), 0600) < 0 && errno != ENOENT) return fail_errno(errno, database + suffix);
    return {};
}

// What is on disk, opened and checked, before any thread exists.
struct Store {
    std::unique_ptr<Directory> log_directory, quarantine;
    ZonedDirectory* zones = nullptr;  // log_directory, if it is that
    Env env;
    std::optional<Database> db;
    std::unique_ptr<KeyRing> keys;
    LogIndex index;
    std::unique_ptr<Log> log;
    std::optional<Committer> committer;
    StreamDirectory streams;
    GroupBook groups{index};
    std::vector<DeliveryRow> deliveries;
    std::vector<Damage> damages;  // found while the log was read
    std::map<std::uint32_t, std::uint64_t> damaged_records;
    std::uint64_t damaged_batches = 0;

    Result<void> open_log_directory(const DataDir& data, const std::vector<std::string>& zone_paths) {
        auto zoned = KNS_TRY(open_zones({.zones = zone_paths,
                                         .home = KNS_TRY(open_directory(data.root(), false)),
                                         .plain_log = [&] { return open_directory(data.log_directory(), true); },
                                         .clock = &Clock::real(),
                                         .random = &real_random()}));
        zones = zoned.get();
        log_directory = std::move(zoned);
        if (!zones) log_directory = KNS_TRY(open_directory(data.log_directory(), true));
        return {};
    }

    Result<void> open(const DataDir& data, const std::vector<std::string>& zone_paths) {
        KNS_TRY(open_log_directory(data, zone_paths));
        quarantine = KNS_TRY(open_directory(data.quarantine_directory(), true));
        env = {&Clock::real(), &real_random(), log_directory.get(), quarantine.get(), data.database(), "", real_boot_id()};
        KNS_TRY(keep_private(data.database()));
        db.emplace(KNS_TRY(Database::open(env.database_path, Access::write, env.vfs)));
        keys = KNS_TRY(context(KeyRing::open(data.key_file(), *db), "opening the keys"));
        Catalog catalog(*db);

        const auto rows = KNS_TRY(catalog.streams());
        const auto shards = KNS_TRY(catalog.shards());
        auto contents = KNS_TRY(catalog.contents());
        const auto start = KNS_TRY(catalog.log_start());
        if (zones) KNS_TRY(context(zones->reconcile(start.indexed), "comparing the zones"));
        for (const auto& shard : shards) index.add_shard(shard.number, contents[shard.number]);
        std::vector<PositionChange> positions = KNS_TRY(catalog.positions());

        log = KNS_TRY(context(Log::open(env, start,
                                        [&](RecoveredGroup&& group) -> Result<void> {
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
                if (row.encrypted()) committer->set_key(shard.number, keys->current(row.id));
            }
            streams.put(std::make_shared<const Stream>(row, by_stream[row.id]));
        }
        KNS_TRY(index.save(*db));  // before anything is given a number
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
        config_.emplace(KNS_TRY(ConfigStore::open(options_.config)));
        if (!std::getenv("KNS_DEBUG")) set_log_level(config_->config().log_level);
        auto handed = take_handed_descriptors();
        KNS_TRY(lock_data(handed));
        if (::stat(options_.data.lock_file().c_str(), &locked_) != 0) return fail_errno(errno, options_.data.lock_file());
        KNS_TRY(store_.open(options_.data, config_->config().zones));
        UnixAcceptor acceptor(io_);
        if (!KNS_TRY(adopt_listener(handed, acceptor))) {
            socket_path_ = KNS_TRY(prepare_socket_path(options_.data));
            KNS_TRY(listen(acceptor));
        }
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
        notify_service_manager(fmt::format("READY=1\nMAINPID={}", ::getpid()));
        log_info("ready", "pid={} version={} data_dir={} socket={} streams={}", ::getpid(), kVersion, options_.data.root(),
                 socket_path_, store_.streams.list().size());
        if (options_.ready_fd >= 0) {
            KNS_TRY(write_all(options_.ready_fd, "ready\n"));
            ::close(options_.ready_fd);
        }
        io_.run();

        keeper_.reset();
        log_thread_.reset();  // writes what is queued, and the clean mark
        maintenance_->finish();
        catalog_.join();
        readers_.join();
        if (restarting_) become_installed_program(lock_ ? lock_->fd() : inherited_lock_.get());
        ::unlink(options_.data.daemon_file().c_str());
        log_info("stopped", "uptime_s={}", status().uptime_s);
        return {};
    }

   private:
    // A predecessor's, or our own.
    Result<void> lock_data(std::vector<HandedDescriptor>& handed) {
        for (auto& [name, fd] : handed)
            if (name == kLockName && fd) inherited_lock_ = std::move(fd);
        if (!inherited_lock_) lock_.emplace(KNS_TRY(take_lock(options_.data)));
        return {};
    }

    // The socket that a predecessor or the service manager has been listening on, if there is one.
    Result<bool> adopt_listener(std::vector<HandedDescriptor>& handed, UnixAcceptor& acceptor) {
        for (auto& [name, fd] : handed) {
            sockaddr_un address{};
            socklen_t size = sizeof address, flag_size = sizeof(int);
            int listening = 0;
            if (!fd || ::getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &flag_size) != 0 || !listening ||
                ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 || address.sun_family != AF_UNIX)
                continue;
            socket_path_ = address.sun_path;
            if (const auto expected = choose_socket_path(options_.data); !expected || *expected != socket_path_)
                return fail(Errc::invalid_argument, "the socket handed over is {}, where no kns looks for this data directory",
                            socket_path_)
                    .hint(fmt::format("it must be {}", expected.value_or("elsewhere")));
            error_code failure;
            acceptor.assign(asio::local::stream_protocol(), fd.release(), failure);
            if (failure) return fail(Errc::io_error, "cannot listen on {}: {}", socket_path_, failure.message());
            socket_is_managed_ = name != kListenerName;
            return true;
        }
        return false;
    }

    Result<void> listen(UnixAcceptor& acceptor) {
        ::unlink(socket_path_.c_str());  // stale: we hold the lock
        error_code failure;
        acceptor.open(asio::local::stream_protocol(), failure);
        const auto mask = ::umask(0177);  // born 0600: no moment in which others could connect
        if (!failure) acceptor.bind(asio::local::stream_protocol::endpoint(socket_path_), failure);
        ::umask(mask);
        if (!failure) acceptor.listen(1024, failure);
        if (failure) return fail(Errc::io_error, "cannot listen on {}: {}", socket_path_, failure.message());
        return {};
    }

    Result<void> start_services() {
        stream_service_.emplace(
            *store_.db, store_.index, store_.streams, *store_.env.clock, [this](const auto& work) { log_thread_->run(work); },
            store_.keys.get());
        secrets_.emplace(*store_.db, *store_.keys);
        services_.emplace(Services{.io = io_,
                                   .config = *config_,
                                   .clock = *store_.env.clock,
                                   .index = store_.index,
                                   .directory = store_.streams,
                                   .streams = *stream_service_,
                                   .keys = *store_.keys,
                                   .secrets = *secrets_,
                                   .log = start_log_thread(),
                                   .catalog = catalog_,
                                   .readers = readers_,
                                   .reader_tools = [this] { return reader_tools(); },
                                   .groups = store_.groups,
                                   .feed = feed_,
                                   .paces = {},
                                   .damaged_records = store_.damaged_records,
                                   .traffic = {},
                                   .zones = store_.zones,
                                   .report_damage = [this](const std::vector<Damage>& damages) { maintenance_->damaged(damages); },
                                   .counters = {}});
        maintenance_.emplace(*services_, *store_.db, store_.index, store_.env, store_.env.database_path);
        maintenance_->start(store_.damaged_batches);
        if (store_.zones) keeper_.emplace(io_, *store_.zones);
        if (!store_.damages.empty()) maintenance_->damaged(store_.damages);
        add_stream_routes(router_, *services_);
        add_record_routes(router_, *services_);
        add_group_routes(router_, *services_);
        add_key_routes(router_, *services_);
        add_backup_routes(router_, *services_, *maintenance_);
        scrubber_.emplace(*services_, *store_.env.log, options_.data.root() + "/scrub.json");
        add_doctor_routes(router_, *services_, *maintenance_, *scrubber_);
        add_config_routes(router_, *services_);
        add_daemon_routes(router_, *services_,
                          {.status = [this] { return status(); },
                           .stop = [this] { stop("request"); },
                           .restart = [this] { stop("restart", true); }});

        KNS_TRY(make_directories(options_.data.jobs_directory()));
        supervisor_.emplace(*services_, *store_.db,
                            Supervisor::Settings{.worker_program = KNS_TRY(program_directory()) + "/kns-worker",
                                                 .jobs_directory = options_.data.jobs_directory(),
                                                 .socket = socket_path_,
                                                 .max_parallel = std::max(1u, std::thread::hardware_concurrency())});
        deliveries_.emplace(*services_, *store_.db, *supervisor_, options_.data.root());
        add_delivery_routes(router_, *services_, *deliveries_);
        add_project_routes(router_, *services_, *deliveries_);
        add_job_routes(router_, *supervisor_);
        add_top_routes(router_, *services_, *deliveries_, *supervisor_, [this] { return status(); }, [this] { return disk(); });
        add_complete_routes(router_, *services_, *deliveries_, *supervisor_);
        deliveries_->start(std::move(store_.deliveries));
        supervisor_->start();
        scrubber_->start();
        return {};
    }

    LogThread& start_log_thread() {
        // Outcomes and news of a group cross to the I/O thread together.
        auto on_group = [this](std::vector<LogThread::Finished>&& finished, std::vector<StreamGrowth>&& grown) {
            auto all = std::make_shared<std::vector<LogThread::Finished>>(std::move(finished));
            asio::post(io_, [this, all, grown = std::move(grown)] {
                for (auto& [request, outcome] : *all) request->done(std::move(outcome));
                all->clear();
                for (const auto& stream : grown) {
                    auto& traffic = services_->traffic[stream.stream_id];
                    traffic.records_in += stream.records;
                    traffic.bytes_in += stream.bytes;
                    feed_.changed(stream.stream_id);
                }
                check_directory();
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
            if (failure && (stopping_ || !acceptor.is_open())) co_return;
            if (failure) {  // out of descriptors, most likely
                if (!std::exchange(turning_away_, true)) log_warn("accept_failed", "error=\"{}\"", failure.message());
                if (turn_away(acceptor)) continue;
                asio::steady_timer pause(io_, 100ms);
                co_await pause.async_wait(kNoThrow);
                continue;
            }
            turning_away_ = false;
            if (const auto pid = peer_of(client))
                asio::co_spawn(io_, serve(Socket(std::move(client)), supervisor_->only_path_of(*pid)), asio::detached);
            if (stopping_) co_return;
        }
    }

    // Without a descriptor for a client, the spare one lets it in to be told so: it would wait in the queue for ever.
    bool turn_away(UnixAcceptor& acceptor) {
        spare_.reset();
        Fd client(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client) {
            const auto refusal = error_answer(fail(Errc::unavailable, "the daemon has no descriptor left for another connection")
                                                  .hint("try again when others have ended, or raise its limit (ulimit -n)"));
            const auto text = fmt::format(
                "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                "{}\r\n\r\n{}",
                refusal.body.size(), refusal.body);
            std::ignore = ::send(client.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        const bool told = static_cast<bool>(client);
        client.reset();
        spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return told && spare_;
    }

    // The daemon serves its own user, and root: the process at the other end, if it is theirs.
    static std::optional<pid_t> peer_of(asio::local::stream_protocol::socket& client) {
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(client.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
            (peer.uid == ::geteuid() || peer.uid == 0))
            return peer.pid;
        log_warn("client_refused", "uid={}", peer.uid);
        return std::nullopt;
    }

    // `only_path`: of a worker, which runs other people's code and gets its own job's records and nothing else.
    Task<void> serve(Socket socket, std::optional<std::string> only_path) {
        ++services_->counters.connections;
        ++services_->counters.open_connections;
        HttpHandler handler = [this, only_path](HttpExchange& exchange) -> Task<void> {
            ++services_->counters.requests;
            check_directory();
            if (stopping_) exchange.close_when_answered();
            if (only_path && (exchange.head().method != "GET" || exchange.head().path != *only_path)) {
                log_warn("worker_refused", "method={} path={}", exchange.head().method, exchange.head().path);
                co_await exchange.answer(
                    error_answer(fail(Errc::permission_denied, "a worker reads the records of its own job only")));
                co_return;
            }
            ++under_way_;
            co_await router_.route(exchange);
            --under_way_;
            last_activity_ = std::chrono::steady_clock::now();
        };
        last_activity_ = std::chrono::steady_clock::now();
        co_await serve_http(std::move(socket), std::move(handler));
        --services_->counters.open_connections;
        last_activity_ = std::chrono::steady_clock::now();
    }

    DaemonStatus status() {
        DaemonStatus out{.pid = ::getpid(),
                         .version = std::string(kVersion),
                         .api_version = std::string(kApiVersion),
                         .data_dir = options_.data.root(),
                         .socket = socket_path_,
                         .program = own_program()};
        out.uptime_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
        out.stale = own_program_was_replaced();
        out.streams = store_.streams.list().size();
        out.damaged_batches = maintenance_ ? maintenance_->damaged_batches() : 0;
        out.missing_records = store_.log->recovery().missing_records;
        std::string log_path = options_.data.log_directory();
        if (store_.zones) {
            store_.zones->look();
            out.zones = describe_zones(*store_.zones);
            for (const auto& zone : out.zones)
                if (zone.state != "ok")
                    out.state = fmt::format("degraded: {} of {} zones", store_.zones->ok_count(), out.zones.size());
            for (auto zone = out.zones.rbegin(); zone != out.zones.rend(); ++zone)
                if (zone->state == "ok") log_path = zone->path + "/log";
        }
        if (const auto names = store_.log_directory->list())
            for (const auto& name : *names)
                if (struct stat info{}; ::stat((log_path + "/" + name).c_str(), &info) == 0)
                    out.log_bytes += static_cast<std::uint64_t>(info.st_size);
        if (const auto locked = store_.keys->locked()) out.state = "degraded: " + locked->message;
        if (log_thread_ && log_thread_->status().failing) out.state = "degraded: the log cannot be written";
        return out;
    }

    TopDisk disk() {
        TopDisk out{.free_bytes = store_.log_directory->free_bytes().value_or(0)};
        if (struct stat info{}; ::stat((options_.data.database() + "-wal").c_str(), &info) == 0)
            out.wal_bytes = static_cast<std::uint64_t>(info.st_size);
        return out;
    }

    bool is_busy() const { return services_->counters.open_connections > 0 || !deliveries_->idle() || !supervisor_->idle(); }

    // Idle means: nobody connected, nothing to deliver or to run, and nothing asked for a while. One timer, armed anew when
    // it fires too early.
    void arm_idle_exit() {
        const std::chrono::milliseconds idle_exit(config_->config().idle_exit_ms);
        if (idle_exit == 0ms) return;
        const auto due = last_activity_ + idle_exit;
        idle_timer_.expires_at(std::max(due, std::chrono::steady_clock::now() + 1s));
        idle_timer_.async_wait([this, idle_exit](error_code failure) {
            if (failure) return;
            const bool quiet = std::chrono::steady_clock::now() >= last_activity_ + idle_exit;
            const bool busy = is_busy();
            if (quiet && !busy) {
                // What is due is deleted first: nobody knows when the next command comes.
                return maintenance_->expire_now([this] { is_busy() ? arm_idle_exit() : stop("idle"); });
            }
            if (busy) last_activity_ = std::chrono::steady_clock::now();
            arm_idle_exit();
        });
    }

    // Clients, readers and the next daemon look for the data by its path. Once another directory may stand there (moved,
    // removed, something mounted over it) nothing may be served or cleaned up under it any more: this is an end like kill -9,
    // which loses nothing that was acknowledged. Looked at where something happens, not by a timer: an idle daemon sleeps.
    void check_directory() {
        const auto now = std::chrono::steady_clock::now();
        if (now < directory_checked_ + kCheckDirectoryEvery) return;
        directory_checked_ = now;
        struct stat found{};
        const bool gone = ::stat(options_.data.lock_file().c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
        if (!gone && (found.st_ino == 0 || (found.st_ino == locked_.st_ino && found.st_dev == locked_.st_dev))) return;
        log_error("data_dir_gone", "data_dir={} error=\"the data directory was moved or removed while it was in use\"",
                  options_.data.root());
        std::_Exit(static_cast<int>(ExitCode::failed));
    }

    // To end, or to go on as the program that is installed now. What has been asked is answered first.
    void stop(std::string_view why, bool restart = false) {
        if (std::exchange(stopping_, true)) return;
        restarting_ = restart;
        log_info("stopping", "reason={}", why);
        const auto now = std::chrono::steady_clock::now();
        notify_service_manager(
            restart ? fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                                  std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count())
                    : "STOPPING=1");
        close_door();
        idle_timer_.cancel();
        deliveries_->stop();
        scrubber_->stop();
        if (keeper_) keeper_->stop();
        supervisor_->stop();
        drain(now + kDrainAtMost);
    }

    // Nobody comes in any more, and nobody who has come is sent away. Connections queue on a socket that somebody will
    // serve; on our own, which nobody finds any more, those already queued are taken in.
    void close_door() {
        error_code ignored;
        if (!restarting_ && !socket_is_managed_) {
            ::unlink(socket_path_.c_str());
            acceptor_->non_blocking(true, ignored);
            for (;;) {
                error_code failure;
                asio::local::stream_protocol::socket client(io_);
                acceptor_->accept(client, failure);
                if (failure) break;
                if (const auto pid = peer_of(client))
                    asio::co_spawn(io_, serve(Socket(std::move(client)), supervisor_->only_path_of(*pid)), asio::detached);
            }
            acceptor_->close(ignored);
        } else {
            acceptor_->cancel(ignored);
        }
    }

    // Waits for requests under way, but not for readers that wait for records, nor for connections that may bring some.
    void drain(std::chrono::steady_clock::time_point until) {
        const auto now = std::chrono::steady_clock::now();
        const bool answering = under_way_ > feed_.waiting() + services_->counters.waiting_uploads;
        const bool quiet = services_->counters.open_connections == 0 || now >= last_activity_ + kQuiet;
        if ((!answering && quiet) || now >= until) return finish();
        drain_timer_.expires_after(5ms);
        drain_timer_.async_wait([this, until](error_code) { drain(until); });
    }

    // Everything submitted so far gets its outcome; then the answers get a moment to leave.
    void finish() {
        asio::post(catalog_, [this] {
            log_thread_->run([](Committer&) {});
            asio::post(io_, [this] {
                drain_timer_.expires_after(kDrain);
                drain_timer_.async_wait([this](error_code) { io_.stop(); });
            });
        });
    }

    // Everything is on the disk and every thread has ended: the same process, lock and socket go on with the new program.
    [[noreturn]] void become_installed_program(int lock) {
        // Workers were told to end; those that have must not be left to a program that does not know them.
        for (int i = 0; i < 100 && ::waitpid(-1, nullptr, WNOHANG) >= 0; ++i) std::this_thread::sleep_for(10ms);
        std::vector<std::string> argv{own_program(), "--data-dir", options_.data.root()};
        for (const auto& [key, value] : options_.config.flags)
            if (key == "idle_exit") argv.push_back("--idle-exit=" + value);
        std::vector<HandedDescriptor> handed;
        handed.push_back({std::string(socket_is_managed_ ? kManagedName : kListenerName), Fd(acceptor_->native_handle())});
        handed.push_back({std::string(kLockName), Fd(lock)});
        log_error("not_restarted", "error=\"{}\"", become_program(argv, handed).text());
        std::_Exit(static_cast<int>(ExitCode::unreachable));
    }

    const DaemonOptions& options_;
    std::optional<ConfigStore> config_;
    std::optional<FileLock> lock_;  // on the data directory, for life
    Fd inherited_lock_;             // or this
    Store store_;
    std::string socket_path_;
    asio::io_context io_{1};
    asio::thread_pool catalog_{1}, readers_{2};
    StreamFeed feed_{io_};
    std::optional<StreamService> stream_service_;
    std::optional<SecretStore> secrets_;
    std::optional<LogThread> log_thread_;
    std::optional<Services> services_;
    std::optional<Maintenance> maintenance_;
    std::optional<Scrubber> scrubber_;
    std::optional<ZoneKeeper> keeper_;
    std::optional<Supervisor> supervisor_;
    std::optional<DeliveryScheduler> deliveries_;
    Router router_;
    UnixAcceptor* acceptor_ = nullptr;
    Fd spare_{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    bool turning_away_ = false;
    asio::steady_timer idle_timer_{io_}, drain_timer_{io_};
    struct stat locked_{};  // the lock file as it was taken
    std::chrono::steady_clock::time_point directory_checked_{};
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), last_activity_ = started_;
    bool stopping_ = false, restarting_ = false;
    bool socket_is_managed_ = false;  // the service manager's: it listens on when we are gone
    std::size_t under_way_ = 0;       // requests
};

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
    // Large buffers go back to the kernel when freed, and threads share their heaps: an idle daemon is a small one.
    ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 10);
    ::mallopt(M_ARENA_MAX, 2);
    // A connection needs a descriptor: as many as the system allows.
    if (rlimit files{}; ::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
    Daemon daemon(options);
    return daemon.run();
}

}  // namespace kns
