#include <charconv>

#include "core/base/posix.hpp"
#include "daemon/api/delivery_routes.hpp"

namespace kns {
namespace {

constexpr Ms kLongestWait = 24 * kHour;

Result<std::int64_t> job_id(const std::string& text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 1)
        return fail(Errc::invalid_argument, "\"{}\" is not a job's number", text).hint("kns job list shows them");
    return id;
}

HttpAnswer job_answer(const Supervisor& supervisor, const JobRow& job) { return json_answer(to_json(supervisor.describe(job))); }

// One verb on one job.
using JobVerb = Task<Result<JobRow>> (Supervisor::*)(std::int64_t);
Task<Result<HttpAnswer>> answer_with(Supervisor& supervisor, JobVerb verb, std::string text) {
    const auto id = job_id(text);
    if (!id) co_return std::unexpected(id.error());
    const auto job = co_await (supervisor.*verb)(*id);
    if (!job) co_return std::unexpected(job.error());
    co_return job_answer(supervisor, *job);
}

Task<Result<HttpAnswer>> list_jobs(Supervisor& supervisor, HttpExchange& exchange) {
    std::optional<JobState> state;
    if (const auto text = exchange.head().param("state")) {
        const auto wanted = enum_from_name<JobState>(*text);
        if (!wanted) co_return std::unexpected(wanted.error());
        state = *wanted;
    }
    const auto jobs = co_await supervisor.list(state);
    if (!jobs) co_return std::unexpected(jobs.error());
    Items<JobInfo> out;
    for (const auto& job : *jobs) out.items.push_back(supervisor.describe(job));
    co_return json_answer(to_json(out));
}

Task<Result<HttpAnswer>> wait_for_job(Supervisor& supervisor, HttpExchange& exchange, std::string text) {
    const auto id = job_id(text);
    if (!id) co_return std::unexpected(id.error());
    Ms patience = kLongestWait;
    if (const auto given = exchange.head().param("timeout_ms")) {
        const auto* end = given->data() + given->size();
        if (std::from_chars(given->data(), end, patience).ptr != end || patience < 0)
            co_return fail(Errc::invalid_argument, "\"{}\" is not a number of milliseconds", *given);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::min(patience, kLongestWait));
    const auto job = co_await supervisor.wait(*id, until);
    if (!job) co_return std::unexpected(job.error());
    co_return job_answer(supervisor, *job);
}

Task<Result<HttpAnswer>> job_log(Supervisor& supervisor, std::string text) {
    const auto id = job_id(text);
    if (!id) co_return std::unexpected(id.error());
    const auto job = co_await supervisor.find(*id);
    if (!job) co_return std::unexpected(job.error());
    // Written by the first attempt that has something to say; capped, so it fits.
    auto log = read_file(supervisor.log_path(*id));
    if (!log && log.error().code != Errc::not_found) co_return std::unexpected(log.error());
    co_return HttpAnswer{.body = log ? std::move(*log) : std::string(), .content_type = "text/plain; charset=utf-8"};
}

}  // namespace

void add_job_routes(Router& router, Supervisor& supervisor) {
    router.add_json(
        "GET", "/v1/jobs", "list jobs, the newest first",
        [&](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> { co_return co_await list_jobs(supervisor, exchange); });
    router.add_json("GET", "/v1/jobs/{id}", "show a job", [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
        co_return co_await answer_with(supervisor, &Supervisor::find, args[0]);
    });
    router.add_json("POST", "/v1/jobs/{id}/cancel", "cancel a job", [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
        co_return co_await answer_with(supervisor, &Supervisor::cancel, args[0]);
    });
    router.add_json("POST", "/v1/jobs/{id}/retry", "try a job again now",
                    [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        co_return co_await answer_with(supervisor, &Supervisor::retry, args[0]);
                    });
    router.add_json("GET", "/v1/jobs/{id}/wait", "wait until a job is over",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        co_return co_await wait_for_job(supervisor, exchange, args[0]);
                    });
    router.add_json(
        "GET", "/v1/jobs/{id}/logs", "what a job's workers wrote",
        [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> { co_return co_await job_log(supervisor, args[0]); });
    router.add_json("GET", "/v1/plugins", "list plugins, and why one is missing",
                    [&](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto plugins = co_await supervisor.list_plugins();
                        if (!plugins) co_return std::unexpected(std::move(plugins).error());
                        co_return json_answer(to_json(Items<PluginInfo>{.items = std::move(*plugins), .next = {}}));
                    });
}

}  // namespace kns
