#include "daemon/supervisor.hpp"

#include <unistd.h>

#include "core/base/log.hpp"
#include "core/firehose/retry_policy.hpp"

namespace kns {
namespace {

// A worker speaks with every object and twice a second while it reads; this long without a word it hangs.
constexpr Ms kSilence = 12 * kMinute;  // more than any destination may take to answer once
constexpr std::size_t kJobsListed = 1000;
constexpr std::int64_t kJobsKept = 1000;
constexpr Ms kCatalogTrouble = 5 * kSecond;

// A WorkerInput as text.
SecretText with_secrets(const WorkerJob& job, const SecretText& secrets) {
    SecretText text(to_json(job));
    text.text().pop_back();
    text.text().append(",\"secrets\":").append(secrets.view()).append("}");
    return text;
}

// What the worker says next; nothing at its end. An error that it says is one.
Task<Result<std::optional<WorkerEvent>>> next_event(std::shared_ptr<WorkerProcess> process, Ms silence) {
    auto line = co_await process->next_line(silence);
    if (!line) co_return std::unexpected(std::move(line).error());
    if (!*line) co_return std::optional<WorkerEvent>();
    auto event = context(from_json_text<WorkerEvent>(**line), "what the worker says");
    if (!event) co_return std::unexpected(std::move(event).error());
    if (const auto& said = event->error)
        co_return std::unexpected(
            Error{.code = errc_from_name(said->code).value_or(Errc::internal), .message = said->message, .hint = said->hint});
    co_return std::optional(std::move(*event));
}

}  // namespace

Supervisor::Supervisor(Services& services, Database& catalog, Settings settings)
    : services_(services), queue_(catalog), settings_(std::move(settings)), due_(services.io), changed_(services.io) {}

void Supervisor::stop() {
    stopping_ = true;
    due_.cancel();
    for (auto& [id, run] : running_)
        if (run.process) run.process->kill();
    changed_.notify();
}

Task<Result<JobRow>> Supervisor::enqueue(std::string kind, std::string subject, std::string spec) {
    auto add = [this, kind, subject, spec, now = services_.clock.now()] { return queue_.enqueue(kind, subject, spec, now); };
    auto job = co_await run_on(services_.catalog, std::move(add));
    if (job) pump_soon();
    co_return job;
}

Task<Result<JobRow>> Supervisor::find(std::int64_t id) {
    auto find = [this, id] { return queue_.find(id); };
    co_return co_await run_on(services_.catalog, std::move(find));
}

Task<Result<std::vector<JobRow>>> Supervisor::list(std::optional<JobState> state) {
    auto list = [this, state] { return queue_.list(state, kJobsListed); };
    co_return co_await run_on(services_.catalog, std::move(list));
}

Task<Result<TopJobs>> Supervisor::count() {
    auto count = [this] { return queue_.count(); };
    co_return co_await run_on(services_.catalog, std::move(count));
}

Task<Result<std::optional<JobRow>>> Supervisor::unfinished(std::string kind, std::string subject) {
    auto find = [this, kind, subject] { return queue_.unfinished(kind, subject); };
    co_return co_await run_on(services_.catalog, std::move(find));
}

Task<Result<JobRow>> Supervisor::cancel(std::int64_t id) {
    auto cancel = [this, id, now = services_.clock.now()] { return queue_.cancel(id, now); };
    auto job = co_await run_on(services_.catalog, std::move(cancel));
    if (const auto run = running_.find(id); job && run != running_.end() && run->second.process) run->second.process->terminate();
    if (job) changed_.notify();
    co_return job;
}

Task<Result<JobRow>> Supervisor::retry(std::int64_t id) {
    const auto known = co_await find(id);
    if (!known) co_return std::unexpected(known.error());
    if (const auto owner = owners_.find(known->kind); owner != owners_.end() && is_over(known->state))
        if (auto refusal = owner->second->retry_refusal(*known)) co_return std::unexpected(std::move(*refusal));
    auto retry = [this, id, now = services_.clock.now()] { return queue_.retry(id, now); };
    auto job = co_await run_on(services_.catalog, std::move(retry));
    if (job) changed_.notify();
    if (job) pump_soon();
    co_return job;
}

Task<Result<JobRow>> Supervisor::wait(std::int64_t id, std::optional<std::chrono::steady_clock::time_point> until) {
    asio::steady_timer alarm(services_.io);
    if (until) {
        alarm.expires_at(*until);
        alarm.async_wait([this](error_code error) {
            if (!error) changed_.notify();
        });
    }
    for (;;) {
        auto job = co_await find(id);
        // A cancelled job whose worker is still on its way out has not ended for those who wait.
        if (!job || (is_over(job->state) && !running_.contains(id)) || stopping_) co_return job;
        if (until && std::chrono::steady_clock::now() >= *until) co_return job;
        co_await changed_.wait();
    }
}

JobInfo Supervisor::describe(const JobRow& job) const {
    JobInfo info = describe_job(job);
    // The run of a job that has just ended may still be here.
    const auto run = running_.find(job.id);
    if (run != running_.end() && job.state == JobState::running) info.progress = run->second.progress;
    return info;
}

Task<Result<WorkerEvent>> Supervisor::do_aside(std::string kind, JsonValue spec, SecretText secrets) {
    constexpr Ms kLongest = 60 * kMinute;
    auto said = std::make_shared<std::optional<WorkerEvent>>();
    auto take = [said](WorkerEvent event) -> Task<Result<bool>> {
        *said = std::move(event);
        co_return true;
    };
    const auto followed = co_await follow(std::move(kind), std::move(spec), std::move(secrets), kLongest, std::move(take));
    if (!followed) co_return std::unexpected(followed.error());
    if (!*said) co_return fail(Errc::internal, "the worker ended without a word");
    co_return std::move(**said);
}

Task<Result<void>> Supervisor::follow(std::string kind, JsonValue spec, SecretText secrets, Ms silence, TakeEvent take,
                                      std::shared_ptr<WorkerProcess>* process_out) {
    const WorkerJob input{.id = 0, .kind = kind, .daemon_pid = ::getpid(), .socket = settings_.socket, .spec = std::move(spec)};
    auto started = [&]() -> Result<std::shared_ptr<WorkerProcess>> {
        const SecretText text = with_secrets(input, secrets);
        return WorkerProcess::start(
            services_.io,
            {.argv = {settings_.worker_program}, .input = text.view(), .ca = services_.config.config().tls_ca, .log_path = ""});
    }();
    if (!started) co_return std::unexpected(std::move(started).error());
    const auto process = *started;
    const pid_t pid = process->pid();
    aside_.insert(pid);
    if (process_out) *process_out = process;
    std::optional<Error> error;
    bool more = true;
    while (!error && more) {
        auto event = co_await next_event(process, silence);
        if (!event) {
            error = std::move(event).error();
            break;
        }
        if (!*event) break;
        const auto taken = co_await take(std::move(**event));
        if (!taken)
            error = taken.error();
        else
            more = *taken;
    }
    if (error || !more) process->terminate();
    const int status = co_await process->finish();
    aside_.erase(pid);
    if (process_out) process_out->reset();
    if (error) co_return std::unexpected(std::move(*error));
    if (more && status != 0) co_return fail(Errc::internal, "the worker {}", describe_exit(status));
    co_return Result<void>();
}

std::optional<std::string> Supervisor::only_path_of(pid_t pid) const {
    for (const auto& [id, run] : running_)
        if (run.process && run.process->pid() == pid) return "/v1/streams/" + run.source + "/batches";
    if (aside_.contains(pid)) return "";  // which is no path
    return std::nullopt;
}

std::string Supervisor::log_path(std::int64_t id) const { return fmt::format("{}/{}.log", settings_.jobs_directory, id); }

void Supervisor::pump_soon() { asio::co_spawn(services_.io, pump(), kOrEnd); }

// Starts what is due, as far as there is room, and sets the timer for what is not. One at a time: who comes while it is at
// work makes it go round once more.
Task<void> Supervisor::pump() {
    pump_again_ = true;
    if (pumping_) co_return;
    pumping_ = true;
    due_.cancel();
    std::optional<UnixMs> next;
    while (std::exchange(pump_again_, false)) {
        next.reset();
        while (!stopping_ && running_.size() < settings_.max_parallel) {
            auto claim = [this, now = services_.clock.now()] { return queue_.claim(now); };
            const auto job = co_await run_on(services_.catalog, std::move(claim));
            if (!job) {
                log_error("job_queue", "error=\"{}\"", job.error().text());
                next = services_.clock.now() + kCatalogTrouble;
                break;
            }
            if (!*job) {
                auto ask = [this] { return queue_.next_due(); };
                const auto due = co_await run_on(services_.catalog, std::move(ask));
                next = due ? *due : services_.clock.now() + kCatalogTrouble;
                break;
            }
            running_[(*job)->id];
            asio::co_spawn(services_.io, run_job(**job), kOrEnd);
        }
    }
    pumping_ = false;
    waiting_for_due_ = next.has_value();
    if (!next || stopping_) co_return;
    due_.expires_after(std::chrono::milliseconds(std::max<Ms>(0, *next - services_.clock.now())));
    due_.async_wait([this](error_code error) {
        if (!error) pump_soon();
    });
}

Task<void> Supervisor::run_job(JobRow job) {
    const auto owner = owners_.find(job.kind);
    Result<void> outcome = fail(Errc::unsupported, "nobody here knows jobs of kind \"{}\"", job.kind);
    if (owner != owners_.end()) outcome = co_await attempt(job, *owner->second);
    if (!stopping_) co_await settle(job, std::move(outcome));
    running_.erase(job.id);
    changed_.notify();
    pump_soon();
}

Task<Result<void>> Supervisor::attempt(JobRow job, JobOwner& owner) {
    const auto spec = owner.spec_for_attempt(job);
    if (!spec) co_return std::unexpected(spec.error());
    auto parsed = parse_json(*spec);
    if (!parsed) co_return std::unexpected(std::move(parsed).error());
    const WorkerJob input{
        .id = job.id, .kind = job.kind, .daemon_pid = ::getpid(), .socket = settings_.socket, .spec = std::move(*parsed)};
    auto secrets = co_await owner.secrets_for_attempt(job);
    if (!secrets) co_return std::unexpected(std::move(secrets).error());
    const SecretText text = with_secrets(input, *secrets);
    auto started = WorkerProcess::start(services_.io, {.argv = {settings_.worker_program},
                                                       .input = text.view(),
                                                       .ca = services_.config.config().tls_ca,
                                                       .log_path = log_path(job.id)});
    if (!started) co_return std::unexpected(std::move(started).error());
    const auto process = *started;
    running_[job.id].process = process;
    if (const auto* source = input.spec["source"].as_string()) running_[job.id].source = *source;

    std::optional<Error> error;
    std::optional<WorkerEvent> done;
    while (!error) {
        auto said = co_await next_event(process, kSilence);
        if (!said) {
            error = std::move(said).error();
            break;
        }
        if (!*said) break;
        WorkerEvent& event = **said;
        if (event.progress) {
            running_[job.id].progress = event.progress;
        } else if (event.object) {
            auto taken = co_await owner.object_made(job, std::move(event));
            if (!taken) error = std::move(taken).error();
        } else if (event.done) {
            done = std::move(event);
        }
    }
    if (error) process->terminate();
    const int status = co_await process->finish();
    if (error) co_return std::unexpected(std::move(*error));
    if (!done) co_return fail(Errc::internal, "the worker {}", describe_exit(status));
    co_return co_await owner.attempt_done(job, std::move(*done));
}

// Writes to the queue until it is written: a job of which nothing is said would stay "running", and hold up all that come after
// it. The daemon's end ends that too; the next start queues the job again, and the same objects are made.
Task<Result<bool>> Supervisor::keep(std::int64_t id, std::function<Result<bool>()> write) {
    asio::steady_timer pause(services_.io);
    for (;;) {
        auto kept = co_await run_on(services_.catalog, write);
        if (kept || stopping_) co_return kept;
        log_error("job_queue", "id={} error=\"{}\"", id, kept.error().text());
        pause.expires_after(std::chrono::milliseconds(kCatalogTrouble));
        co_await pause.async_wait(kNoThrow);
    }
}

// Writes down how the attempt went. A job that was cancelled meanwhile stays cancelled: the queue sees to that.
Task<void> Supervisor::settle(JobRow job, Result<void> outcome) {
    const UnixMs now = services_.clock.now();
    if (outcome) {
        auto complete = [this, id = job.id, now] { return queue_.complete(id, "{}", now); };
        std::ignore = co_await keep(job.id, std::move(complete));
        auto forget = [this] { return queue_.forget(kJobsKept); };
        const auto forgotten = co_await run_on(services_.catalog, std::move(forget));
        if (forgotten)
            for (const auto id : *forgotten) ::unlink(log_path(id).c_str());
    } else {
        const Ms delay = retry_delay(job.attempts, real_random().next());
        auto later = [this, id = job.id, text = outcome.error().text(), at = now + delay] {
            return queue_.retry_later(id, text, at);
        };
        const auto kept = co_await keep(job.id, std::move(later));
        if (kept && *kept) {
            log_warn("job_failed", "id={} kind={} subject={} attempt={} retry_in={} error=\"{}\"", job.id, job.kind, job.subject,
                     job.attempts, format_duration(delay), outcome.error().text());
            const auto owner = owners_.find(job.kind);
            if (owner != owners_.end()) co_await owner->second->attempt_failed(job, std::move(outcome).error());
        }
    }
}

Task<Result<std::vector<PluginInfo>>> Supervisor::list_plugins() {
    auto started = WorkerProcess::start(services_.io, {.argv = {settings_.worker_program, "--plugins"}, .lines_fd = 1});
    if (!started) co_return std::unexpected(std::move(started).error());
    const auto process = *started;
    const pid_t pid = process->pid();
    aside_.insert(pid);
    auto line = co_await process->next_line(30 * kSecond);
    if (!line) process->terminate();
    const int status = co_await process->finish();
    aside_.erase(pid);
    if (!line) co_return std::unexpected(std::move(line).error());
    if (!*line) co_return fail(Errc::internal, "the worker {}", describe_exit(status));
    co_return from_json_text<std::vector<PluginInfo>>(**line);
}

}  // namespace kns
