// kns-worker: one job, one process. Reads the job on stdin, tells what happens on fd 3, logs to stderr.
//
//     kns-worker               runs the job
//     kns-worker --plugins     loads every plugin and prints a JSON list of what became of each
//     kns-worker --host        runs a program for a worker that may not
//     kns-worker --sql         runs a query for `kns sql`, as the user who asked, and not in a sandbox
//
// It is killed to cancel it, and dies with the daemon; nothing it leaves behind is visible or in the way.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/base/sql_job.hpp"
#include "core/base/time_zone.hpp"
#include "core/firehose/delivery_place.hpp"
#include "core/firehose/transform_spec.hpp"
#include "daemon/worker/deliver.hpp"
#include "daemon/worker/program_host.hpp"
#include "daemon/worker/read_topic.hpp"
#include "daemon/worker/replay.hpp"
#include "daemon/worker/sandbox.hpp"
#include "daemon/worker/sql/run_query.hpp"
#include "daemon/worker/trial.hpp"
#include "plugins/built_in_plugins.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxJobBytes = 16 << 20;
constexpr std::uint64_t kForAsLongAsItLives = ~std::uint64_t{0};  // RLIM_INFINITY

Result<std::string> plugin_directory() { return KNS_TRY(program_directory()) + "/../lib/kns/plugins"; }

std::vector<std::string> readable_places(const std::string& plugins) {
    return {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ssl", "/dev/null", "/dev/urandom", plugins};
}

void allow_network_files(SandboxRules& rules) {
    if (const char* ca = std::getenv("SSL_CERT_FILE")) rules.readable.emplace_back(ca);
    for (const auto* name : {"/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf",
                             "/etc/gai.conf", "/etc/services"})
        rules.readable.emplace_back(name);
}

// What a sandbox leaves open for these destinations.
SandboxRules rules_for(std::span<const DeliveryPlace> places, const std::string& plugins) {
    SandboxRules rules{.readable = readable_places(plugins), .writable = {}, .connectable = {}};
    for (const auto& place : places) {
        if (place.destination.scheme == "file")
            rules.writable.push_back(place.destination.path);
        else
            rules.connectable.push_back(endpoint_port(place.destination.scheme == "s3" ? place.endpoint : place.destination.host));
    }
    if (!rules.connectable.empty()) allow_network_files(rules);
    return rules;
}

Result<void> let_transform_through(const DeliverySpec& spec, SandboxRules& rules) {
    const auto transform = KNS_TRY(parse_transform(spec.config.transform));
    if (transform.url.empty()) return {};
    rules.connectable.push_back(endpoint_port(KNS_TRY(parse_destination(transform.url)).host));
    allow_network_files(rules);
    return {};
}

Result<std::string> read_stdin() {
    std::string text, piece(64 << 10, '\0');
    while (true) {
        const ssize_t n = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(errno, "reading the job");
        if (n == 0) return text;
        text.append(piece, 0, static_cast<std::size_t>(n));
        if (text.size() > kMaxJobBytes) return fail(Errc::invalid_argument, "the job is too large");
    }
}

// A line goes out in one piece; a daemon that no longer listens ends the worker, as it should.
void say(const WorkerEvent& event) {
    if (!write_all(kWorkerEventFd, to_json(event) + "\n")) ::_exit(static_cast<int>(ExitCode::failed));
}

// From here on this process does only what the rules allow, the code of plugins included.
void protect(const SandboxRules& rules, const std::string& plugins, const std::string& wanted, Registry& registry) {
    for (const auto& guard : enter_sandbox(rules)) log_warn("guard_missing", "guard=\"{}\"", guard);
    for (const auto& plugin : load_plugins(built_in_plugins(), plugins, registry, wanted))
        if (!plugin.usable) log_warn("plugin_missing", "name={} status=\"{}\"", plugin.name, plugin.status);
}

// What a job begins with; from then on there is no way out of the sandbox.
struct Tools {
    std::unique_ptr<Transform> local;
    Fd commit_lock;  // before whoever uses it
    Registry registry;
};
// `socket`: the daemon's, beside which the workers' lock is.
Result<Tools> enter(const DeliverySpec& spec, std::span<const DeliveryPlace> places, const std::string& socket) {
    Tools out;
    const std::string lock = socket.substr(0, socket.rfind('/') + 1) + "commit.lock";
    if (std::ranges::any_of(places, [](const DeliveryPlace& place) { return !place.destination.table.empty(); })) {
        out.commit_lock = Fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!out.commit_lock) return fail_errno(errno, "opening " + lock);
        out.registry.set_commit_lock(out.commit_lock.get());
    }
    const std::string plugins = KNS_TRY(plugin_directory());
    if (!spec.config.time_zone.empty()) enter_time_zone(spec.config.time_zone);
    out.local = KNS_TRY(start_transform(spec));
    auto rules = rules_for(places, plugins);
    KNS_TRY(let_transform_through(spec, rules));
    protect(rules, plugins, "format " + spec.config.format, out.registry);
    return out;
}

template <class Spec>
Result<Spec> spec_of(const WorkerInput& job) {
    return context(from_json<Spec>(job.spec, Unknown::ignore), "the job's spec");
}

Result<WorkerEvent> run_job(const WorkerInput& job) {
    if (job.kind == "deliver") {
        const auto spec = KNS_TRY(spec_of<DeliverySpec>(job));
        auto tools = KNS_TRY(enter(spec, KNS_TRY(places_of(spec.config)), job.socket));
        return deliver(spec, job.secrets, std::move(tools.local), job.socket, tools.registry, say);
    }
    if (job.kind == "replay") {
        const auto spec = KNS_TRY(spec_of<ReplaySpec>(job));
        auto tools = KNS_TRY(enter(spec.spec, KNS_TRY(places_of(spec.spec.config)), job.socket));
        return WorkerEvent{.replay = KNS_TRY(replay(spec, job.secrets, std::move(tools.local), tools.registry))};
    }
    if (job.kind == "trial") {  // nothing of it goes anywhere, but a function may be asked
        const auto spec = KNS_TRY(spec_of<TrialSpec>(job));
        auto tools = KNS_TRY(enter(spec.spec, {}, job.socket));
        return WorkerEvent{.trials = KNS_TRY(try_records(spec, std::move(tools.local), tools.registry))};
    }
    if (job.kind == "topic") {
        const auto spec = KNS_TRY(spec_of<TopicSpec>(job));
        const std::string plugins = KNS_TRY(plugin_directory());
        // Brokers are wherever the first of them says.
        SandboxRules rules{.readable = readable_places(plugins), .writable = {}, .connectable = {}, .any_port = true};
        rules.max_cpu_seconds = kForAsLongAsItLives;
        allow_network_files(rules);
        Registry registry;
        protect(rules, plugins, "topic kafka", registry);
        const JsonValue& secret = job.secrets["source"];
        if (!spec.from.empty()) return topic_positions(spec, secret, registry);
        return std::unexpected(read_topic(spec, secret, registry, say));
    }
    return fail(Errc::unsupported, "this worker does not know jobs of kind \"{}\"", job.kind);
}

int work() {
    guard_memory();
    ::signal(SIGPIPE, SIG_IGN);  // a program that ends while it is written to is an error, and no death
    // Before anything else, so that no moment remains in which the daemon could die unnoticed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto job = [&]() -> Result<WorkerInput> { return from_json_text<WorkerInput>(KNS_TRY(read_stdin())); }();
    if (job && job->daemon_pid != ::getppid()) return static_cast<int>(ExitCode::failed);
    const auto last = [&]() -> Result<WorkerEvent> { return run_job(KNS_TRY(std::move(job))); }();
    if (last) {
        say(*last);
        return 0;
    }
    const Error& error = last.error();
    log_error("failed", "code={} error=\"{}\"", name_of(error.code), error.text());
    say({.error = WorkerError{.code = std::string(name_of(error.code)), .message = error.text(), .hint = error.hint}});
    return static_cast<int>(row_of(error.code).exit);
}

int list_plugins() {
    Registry registry;
    const auto directory = plugin_directory();
    enter_sandbox({.readable = readable_places(directory.value_or("")),
                   .writable = {},
                   .connectable = {}});  // their code runs, if only to say hello
    const auto list = load_plugins(built_in_plugins(), directory.value_or(""), registry);
    return write_all(STDOUT_FILENO, to_json(list) + "\n") ? 0 : 1;
}

}  // namespace
}  // namespace kns

#ifdef KNS_SANITIZED
// The leak checker wants to read /proc, which the sandbox forbids.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }  // NOLINT: its name
#endif

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--plugins") return kns::list_plugins();
    if (argc == 2 && argv[1] == kns::kHostFlag) return kns::host_program();
    if (argc == 2 && std::string_view(argv[1]) == kns::kSqlFlag) return kns::run_sql();
    if (argc != 1 || ::isatty(STDIN_FILENO)) {
        std::fputs("kns-worker is started by knsd, with a job on stdin\n", stderr);
        return static_cast<int>(kns::ExitCode::usage);
    }
    return kns::work();
}
