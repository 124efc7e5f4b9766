#include "daemon/api/config_routes.hpp"

#include <sys/stat.h>

#include "core/base/posix.hpp"
#include "core/config/project_plan.hpp"

namespace kns {
namespace {

// JSON around at most a few files of kMaxYamlBytes each.
constexpr std::size_t kMaxProjectBody = 8 << 20;

mode_t mode_of(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0600;
}

Task<Result<HttpAnswer>> set_config(Services& services, HttpExchange& exchange, std::string key) {
    auto request = co_await read_json_body<SetConfig>(exchange);
    if (!request) co_return std::unexpected(std::move(request).error());
    const auto edit = services.config.edit(key, request->value);
    if (!edit) co_return std::unexpected(edit.error());
    auto write = [edit = *edit] { return write_file_atomically(edit.path, edit.text, mode_of(edit.path)); };
    const auto written = co_await run_on(services.catalog, std::move(write));
    if (!written) co_return std::unexpected(written.error());
    const auto entry = services.config.edited(*edit);
    if (!entry) co_return std::unexpected(entry.error());
    set_log_level(services.config.config().log_level);
    services.settings_changed();
    co_return json_answer(to_json(*entry));
}

Existing everything(const Services& services, const DeliveryScheduler& deliveries) {
    return {.streams = services.directory.list(), .deliveries = deliveries.rows()};
}

Task<Result<void>> do_stream(Services& services, const PlanStep& step) {
    auto work = [&services, step]() -> Result<StreamPtr> {
        auto& streams = services.streams;
        const auto& name = step.report.name;
        if (step.create_stream) return streams.create(*step.create_stream);
        if (step.change_tags) KNS_TRY(streams.change_tags(name, *step.change_tags));
        if (step.update_stream) return streams.update(name, *step.update_stream);
        auto stream = KNS_TRY(services.directory.find(name));
        if (step.report.result == ProjectResult::deleted) KNS_TRY(streams.remove(name));
        return stream;
    };
    const auto stream = co_await run_on(services.catalog, std::move(work));
    if (!stream) co_return std::unexpected(stream.error());
    if (step.report.result == ProjectResult::deleted) {
        forget_stream(services, (*stream)->row.id);
    } else {
        services.feed.changed((*stream)->row.id);
    }
    co_return Result<void>();
}

Task<Result<void>> do_delivery(DeliveryScheduler& deliveries, const PlanStep& step) {
    std::string name = step.report.name;
    Result<void> outcome;
    if (step.create_delivery) {
        bool created = false;
        CreateDelivery request = *step.create_delivery;
        const auto made = co_await deliveries.create(std::move(request), &created);
        if (!made) outcome = std::unexpected(made.error());
    } else if (step.update_delivery) {
        UpdateDelivery request = *step.update_delivery;
        const auto changed = co_await deliveries.update(std::move(name), std::move(request));
        if (!changed) outcome = std::unexpected(changed.error());
    } else {
        outcome = co_await deliveries.remove(std::move(name));
    }
    co_return outcome;
}

// The steps in their order. The first that fails is the last: what comes behind it may need it.
Task<std::vector<ProjectStep>> do_plan(Services& services, DeliveryScheduler& deliveries, std::vector<PlanStep> plan) {
    std::vector<ProjectStep> done;
    for (const auto& step : plan) {
        done.push_back(step.report);
        if (step.report.result == ProjectResult::unchanged) continue;
        Result<void> outcome;
        if (step.report.kind == "stream")
            outcome = co_await do_stream(services, step);
        else
            outcome = co_await do_delivery(deliveries, step);
        if (outcome) continue;
        done.back().result = ProjectResult::failed;
        done.back().error = outcome.error().text();
        break;
    }
    co_return done;
}

Result<std::vector<PlanStep>> make_plan(Services& services, const DeliveryScheduler& deliveries, const Project& project,
                                        bool prune) {
    auto plan = KNS_TRY(plan_project(project, everything(services, deliveries), services.config.config().defaults, prune));
    for (const auto& step : plan) {
        const auto& create = step.create_delivery;
        const auto to = create ? std::optional(create->to) : step.update_delivery ? step.update_delivery->to : std::nullopt;
        if (to) KNS_TRY(context(deliveries.check_destination(*to), step.report.name));
    }
    return plan;
}

Task<Result<HttpAnswer>> apply(Services& services, DeliveryScheduler& deliveries, HttpExchange& exchange) {
    auto body = co_await exchange.read_body(kMaxProjectBody);
    if (!body) co_return std::unexpected(std::move(body).error());
    const auto request = from_json_text<ApplyProject>(*body);
    if (!request) co_return std::unexpected(request.error());
    auto read = [files = request->files] { return read_project(files); };
    const auto project = co_await run_on(services.readers, std::move(read));  // a megabyte of YAML takes its time
    if (!project) co_return std::unexpected(project.error());
    auto plan = make_plan(services, deliveries, *project, request->prune);
    if (!plan) co_return std::unexpected(std::move(plan).error());
    Items<ProjectStep> out;
    if (request->dry_run) {
        for (auto& step : *plan) out.items.push_back(std::move(step.report));
    } else {
        out.items = co_await do_plan(services, deliveries, std::move(*plan));
    }
    co_return json_answer(to_json(out));
}

}  // namespace

void add_config_routes(Router& router, Services& services) {
    router.add_json("GET", "/v1/config", "show the settings", [&](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
        auto entries = services.config.entries();
        if (!entries) co_return std::unexpected(std::move(entries).error());
        co_return json_answer(to_json(Items<ConfigEntry>{.items = std::move(*entries), .next = {}}));
    });
    router.add_json("GET", "/v1/config/{key}", "show a setting", [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
        const auto entry = services.config.entry(args[0]);
        if (!entry) co_return std::unexpected(entry.error());
        co_return json_answer(to_json(*entry));
    });
    router.add_json("PUT", "/v1/config/{key}", "change a setting, in kns.yaml",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        co_return co_await set_config(services, exchange, args[0]);
                    });
}

void add_project_routes(Router& router, Services& services, DeliveryScheduler& deliveries) {
    router.add_json("POST", "/v1/apply", "make what a project says",
                    [&](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        co_return co_await apply(services, deliveries, exchange);
                    });
    router.add_json("GET", "/v1/export", "what there is, as a project", [&](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
        const auto all = everything(services, deliveries);
        co_return json_answer(to_json(export_project(all.streams, all.deliveries)));
    });
}

}  // namespace kns
