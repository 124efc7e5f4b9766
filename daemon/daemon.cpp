#include "daemon/daemon.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/api/daemon.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"
#include "core/stream/store.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/backup_routes.hpp"
#include "daemon/api/config_routes.hpp"
#include "daemon/api/daemon_routes.hpp"
#include "daemon/api/delivery_routes.hpp"
#include "daemon/api/doctor_routes.hpp"
#include "daemon/api/top_routes.hpp"
#include "daemon/aws/aws_door.hpp"
#include "daemon/directory_guard.hpp"
#include "daemon/disk.hpp"
#include "daemon/front_door.hpp"
#include "daemon/http2_server.hpp"
#include "daemon/http_server.hpp"
#include "daemon/maintenance.hpp"
#include "daemon/on_demand_scaler.hpp"
#include "daemon/own_program.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/zone_keeper.hpp"

namespace kns {
namespace {

constexpr std::chrono::seconds kStalls{60};  // of an AWS client: see serve_http

using namespace std::chrono_literals;

constexpr auto kDrain = 50ms;   // for acknowledgements on their way when the daemon stops
constexpr auto kQuiet = 100ms;  // a client that has just connected or been answered may ask on
constexpr auto kDrainAtMost = 4s;
constexpr std::string_view kLockName = "lock";  // as a restart hands it on

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

class Daemon {
   public:
    explicit Daemon(const DaemonOptions& options) : options_(options) {}

    Result<void> run() {
        KNS_TRY(options_.data.make());
        config_.emplace(KNS_TRY(ConfigStore::open(options_.config)));
        if (!std::getenv("KNS_DEBUG")) set_log_level(config_->config().log_level);
        auto handed = take_handed_descriptors();
        KNS_TRY(lock_data(handed));
        KNS_TRY(guard_.start());
        KNS_TRY(disk_.open(options_.data, config_->config().zones));
        KNS_TRY(keep_private(options_.data.database()));
        KNS_TRY(store_.open(disk_.env, options_.data.key_file(), [this](Place indexed) { return disk_.compare_zones(indexed); }));
        KNS_TRY(door_.open(options_.data, handed));
        KNS_TRY(start_services(handed));
        KNS_TRY(write_file_atomically(
            options_.data.daemon_file(),
            to_json(DaemonFile{::getpid(), std::string(kVersion), std::string(kApiVersion), door_.path()}) + "\n"));
        door_.let_in();
        asio::signal_set signals(io_, SIGTERM, SIGINT);
        signals.async_wait([this](error_code failure, int signal) {
            if (!failure) stop(signal == SIGTERM ? "SIGTERM" : "SIGINT");
        });
        arm_idle_exit();
        notify_service_manager(fmt::format("READY=1\nMAINPID={}", ::getpid()));
        log_info("ready", "pid={} version={} data_dir={} socket={} streams={}", ::getpid(), kVersion, options_.data.root(),
                 door_.path(), store_.streams.list().size());
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

    Result<void> start_services(std::vector<HandedDescriptor>& handed) {
        stream_service_.emplace(
            *store_.db, store_.index, store_.streams, *disk_.env.clock, [this](const auto& work) { log_thread_->run(work); },
            store_.keys.get());
        secrets_.emplace(*store_.db, *store_.keys);
        consumers_.emplace(*store_.db);
        KNS_TRY(consumers_->load());
        services_.emplace(Services{.io = io_,
                                   .config = *config_,
                                   .clock = *disk_.env.clock,
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
                                   .consumers = *consumers_,
                                   .feed = feed_,
                                   .paces = {},
                                   .damaged_records = store_.damaged_records,
                                   .meters = {},
                                   .zones = disk_.zones,
                                   .report_damage = [this](const std::vector<Damage>& damages) { maintenance_->damaged(damages); },
                                   .settings_changed = [this] { aws_->settings_changed(); },
                                   .secrets_changed = [this] { aws_->secrets_changed(); },
                                   .ending = ending_,
                                   .counters = counters_});
        scaler_.emplace(*services_);
        maintenance_.emplace(*services_, *store_.db, store_.index, disk_.env, disk_.env.database_path);
        maintenance_->start(store_.damaged_batches);
        if (disk_.zones) keeper_.emplace(io_, *disk_.zones);
        if (!store_.damages.empty()) maintenance_->damaged(store_.damages);
        add_stream_routes(router_, *services_);
        add_record_routes(router_, *services_);
        add_consumer_routes(router_, *services_);
        add_group_routes(router_, *services_);
        add_key_routes(router_, *services_);
        add_backup_routes(router_, *services_, *maintenance_);
        scrubber_.emplace(*services_, *disk_.env.log, options_.data.root() + "/scrub.json");
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
                                                 .socket = door_.path(),
                                                 .max_parallel = std::max(1u, std::thread::hardware_concurrency())});
        deliveries_.emplace(*services_, *store_.db, *supervisor_, options_.data.root());
        add_delivery_routes(router_, *services_, *deliveries_);
        add_project_routes(router_, *services_, *deliveries_);
        add_job_routes(router_, *supervisor_);
        add_top_routes(router_, *services_, *deliveries_, *supervisor_, [this] { return status(); }, [this] { return disk(); });
        add_complete_routes(router_, *services_, *deliveries_, *supervisor_);
        aws_.emplace(*services_, *deliveries_, *store_.db, options_.data.tls_directory(),
                     [this](Socket client, bool http2, HttpHandler answer) {
                         asio::co_spawn(io_, serve_requests(std::move(client), http2, std::move(answer), kStalls), asio::detached);
                     });
        KNS_TRY(aws_->open(handed));
        aws_->add_routes(router_);
        deliveries_->start(std::move(store_.deliveries));
        supervisor_->start();
        if (config_->config().scrub) scrubber_->start();
        return {};
    }

    LogThread& start_log_thread() {
        // Outcomes and news of a group cross to the I/O thread together.
        auto on_group = [this](std::vector<LogThread::Finished>&& finished, std::vector<StreamGrowth>&& grown) {
            auto all = std::make_shared<std::vector<LogThread::Finished>>(std::move(finished));
            asio::post(io_, [this, all, grown = std::move(grown)] {
                for (auto& [request, outcome] : *all) {
                    count_in(services_->meters, *request, outcome);
                    request->done(std::move(outcome));
                }
                all->clear();
                for (const auto& stream : grown) {
                    auto& traffic = services_->meters[stream.stream_id].traffic;
                    traffic.records_in += stream.records;
                    traffic.bytes_in += stream.bytes;
                    feed_.changed(stream.stream_id);
                }
                if (!grown.empty()) scaler_->records_came();
                guard_.look();
                maintenance_->committed();
            });
        };
        log_thread_.emplace(*store_.log, *store_.committer, *disk_.env.clock, std::move(on_group));
        return *log_thread_;
    }

    Result<ReaderTools*> reader_tools() {
        thread_local std::unique_ptr<ReaderTools> tools;
        if (!tools) {
            auto db = KNS_TRY(Database::open(disk_.env.database_path, Access::read, disk_.env.vfs));
            tools = std::make_unique<ReaderTools>(std::move(db), *disk_.env.log, store_.index);
        }
        return tools.get();
    }

    // `only_path`: of a worker, which runs other people's code and gets its own job's records and nothing else.
    Task<void> serve(Socket socket, std::optional<std::string> only_path) {
        HttpHandler answer = [this, only_path](HttpExchange& exchange) -> Task<void> {
            if (only_path && (exchange.head().method != "GET" || exchange.head().path != *only_path)) {
                log_warn("worker_refused", "method={} path={}", exchange.head().method, exchange.head().path);
                co_await exchange.answer(
                    error_answer(fail(Errc::permission_denied, "a worker reads the records of its own job only")));
                co_return;
            }
            co_await router_.route(exchange);
        };
        co_await serve_requests(std::move(socket), false, std::move(answer));
    }

    Task<void> serve_requests(Socket socket, bool http2, HttpHandler answer, std::optional<std::chrono::seconds> stalls = {}) {
        ++counters_.connections;
        const Counted open(counters_.open_connections);
        HttpHandler handler = [this, &answer](HttpExchange& exchange) -> Task<void> {
            ++counters_.requests;
            guard_.look();
            if (stopping_) exchange.close_when_answered();
            const Counted under_way(under_way_);
            co_await answer(exchange);
            last_activity_ = std::chrono::steady_clock::now();
            maintenance_->arm_trim();
        };
        last_activity_ = std::chrono::steady_clock::now();
        if (http2)
            co_await serve_http2(io_, std::move(socket), std::move(handler), stalls);
        else
            co_await serve_http(std::move(socket), std::move(handler), stalls);
        last_activity_ = std::chrono::steady_clock::now();
        if (counters_.open_connections == 1) maintenance_->arm_trim();  // this one, the last
    }

    DaemonStatus status() {
        DaemonStatus out{.pid = ::getpid(),
                         .version = std::string(kVersion),
                         .api_version = std::string(kApiVersion),
                         .data_dir = options_.data.root(),
                         .socket = door_.path(),
                         .program = own_program()};
        out.uptime_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
        out.stale = own_program_was_replaced();
        out.streams = store_.streams.list().size();
        if (aws_) out.listeners = aws_->listeners();
        out.damaged_batches = maintenance_ ? maintenance_->damaged_batches() : 0;
        out.missing_records = store_.log->recovery().missing_records;
        std::string log_path = options_.data.log_directory();
        if (disk_.zones) {
            disk_.zones->look();
            out.zones = describe_zones(*disk_.zones);
            for (const auto& zone : out.zones)
                if (zone.state != "ok")
                    out.state = fmt::format("degraded: {} of {} zones", disk_.zones->ok_count(), out.zones.size());
            for (auto zone = out.zones.rbegin(); zone != out.zones.rend(); ++zone)
                if (zone->state == "ok") log_path = zone->path + "/log";
        }
        if (const auto names = disk_.log->list())
            for (const auto& name : *names)
                if (struct stat info{}; ::stat((log_path + "/" + name).c_str(), &info) == 0)
                    out.log_bytes += static_cast<std::uint64_t>(info.st_size);
        if (const auto locked = store_.keys->locked()) out.state = "degraded: " + locked->message;
        if (log_thread_ && log_thread_->status().failing) out.state = "degraded: the log cannot be written";
        return out;
    }

    TopDisk disk() {
        TopDisk out{.free_bytes = disk_.log->free_bytes().value_or(0)};
        if (struct stat info{}; ::stat((options_.data.database() + "-wal").c_str(), &info) == 0)
            out.wal_bytes = static_cast<std::uint64_t>(info.st_size);
        return out;
    }

    bool is_busy() const {
        return counters_.open_connections > 0 || aws_->listens() || !deliveries_->idle() || !supervisor_->idle();
    }

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

    // To end, or to go on as the program that is installed now. What has been asked is answered first.
    void stop(std::string_view why, bool restart = false) {
        if (std::exchange(stopping_, true)) return;
        restarting_ = restart;
        ending_.now = true;
        ending_.restarts = restart;
        for (const auto* end : ending_.to_call) (*end)();
        log_info("stopping", "reason={}", why);
        const auto now = std::chrono::steady_clock::now();
        notify_service_manager(
            restart ? fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                                  std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count())
                    : "STOPPING=1");
        door_.close(restarting_);
        if (restarting_)
            handed_on_ = aws_->hand_on();
        else
            aws_->close();
        idle_timer_.cancel();
        guard_.stop();
        deliveries_->stop();
        scrubber_->stop();
        if (keeper_) keeper_->stop();
        supervisor_->stop();
        drain(now + kDrainAtMost);
    }

    // Waits for requests under way, but not for readers that wait for records, nor for connections that may bring some.
    void drain(std::chrono::steady_clock::time_point until) {
        const auto now = std::chrono::steady_clock::now();
        const bool answering = under_way_ > feed_.waiting() + counters_.waiting_uploads;
        const bool quiet = counters_.open_connections == 0 || now >= last_activity_ + kQuiet;
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
        for (const auto& [key, value] : options_.config.flags) {
            std::string option = key;
            std::ranges::replace(option, '_', '-');
            argv.push_back(fmt::format("--{}={}", option, value));
        }
        std::vector<HandedDescriptor> handed = std::move(handed_on_);
        handed.push_back(door_.hand_on());
        handed.push_back({std::string(kLockName), Fd(lock)});
        log_error("not_restarted", "error=\"{}\"", become_program(argv, handed).text());
        std::_Exit(static_cast<int>(ExitCode::unreachable));
    }

    const DaemonOptions& options_;
    std::optional<ConfigStore> config_;
    std::optional<FileLock> lock_;  // on the data directory, for life
    Fd inherited_lock_;             // or this
    Disk disk_;
    Store store_;
    // Before io_, which destroys the coroutines that use them.
    Services::Ending ending_;
    Services::Counters counters_;
    std::size_t under_way_ = 0;  // requests
    StreamFeed feed_{io_};
    asio::io_context io_{1};
    asio::thread_pool catalog_{1}, readers_{2};
    std::optional<StreamService> stream_service_;
    std::optional<SecretStore> secrets_;
    std::optional<ConsumerBook> consumers_;
    std::optional<LogThread> log_thread_;
    std::optional<Services> services_;
    std::optional<Maintenance> maintenance_;
    std::optional<OnDemandScaler> scaler_;
    std::optional<Scrubber> scrubber_;
    std::optional<ZoneKeeper> keeper_;
    std::optional<Supervisor> supervisor_;
    std::optional<DeliveryScheduler> deliveries_;
    std::optional<aws::AwsDoor> aws_;
    std::vector<HandedDescriptor> handed_on_;
    DirectoryGuard guard_{io_, options_.data};
    Router router_;
    FrontDoor door_{io_, [this](Socket client, pid_t peer) {
                        asio::co_spawn(io_, serve(std::move(client), supervisor_->only_path_of(peer)), asio::detached);
                    }};
    asio::steady_timer idle_timer_{io_}, drain_timer_{io_};
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now(), last_activity_ = started_;
    bool stopping_ = false, restarting_ = false;
};

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
    // The memory of large buffers is used again while there is work (a page that is touched first costs more than what is done
    // with it), and goes back in the first quiet: Maintenance::arm_trim. Threads share their heaps.
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
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
