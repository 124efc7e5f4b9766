#include "core/config/project_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/edit_distance.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "core/stream/stream_service.hpp"

namespace kns {
namespace {

using Settings = std::vector<ProjectSetting>;

std::optional<std::string> value_of(const Settings& settings, std::string_view key) {
    const auto found = std::ranges::find(settings, key, &ProjectSetting::key);
    return found == settings.end() ? std::nullopt : std::optional(found->value);
}

// Key by key, in the order in which they are written.
std::vector<ProjectChange> differences(const Settings& before, const Settings& after) {
    std::vector<ProjectChange> out;
    for (const auto& [key, value] : before)
        if (const auto now = value_of(after, key); now != value) out.push_back({key, value, now});
    for (const auto& [key, value] : after)
        if (!value_of(before, key)) out.push_back({key, std::nullopt, value});
    return out;
}

Error placed(Error error, const ProjectPlace& place, const std::string& name) {
    return at_place(std::move(error), place.file, place.at, name);
}

template <class T>
Result<T> placed(Result<T> result, const ProjectPlace& place, const std::string& name) {
    if (!result) return std::unexpected(placed(std::move(result).error(), place, name));
    return result;
}

CreateStream create_request(const ProjectStream& wanted, const StreamDefaults& defaults) {
    const auto& given = wanted.settings;
    CreateStream request{.name = wanted.name,
                         .shard_count = given.shard_count,
                         .retention = given.retention,
                         .durability = given.durability,
                         .tags = wanted.tags.value_or(std::map<std::string, std::string>{}),
                         .encrypt = wanted.encrypt.value_or(false)};
    request.mode = given.mode.value_or(request.mode);
    request.limits = given.limits.value_or(request.limits);
    request.max_record_bytes = given.max_record_bytes.value_or(request.max_record_bytes);
    use_defaults(request, defaults);
    return request;
}

ChangeTags change_request(const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
    ChangeTags change;
    for (const auto& [key, value] : after)
        if (const auto had = before.find(key); had == before.end() || had->second != value) change.tags[key] = value;
    for (const auto& [key, value] : before)
        if (!after.contains(key)) change.remove.push_back(key);
    return change;
}

Result<PlanStep> plan_stream(const ProjectStream& wanted, const Stream* now, const StreamDefaults& defaults) {
    PlanStep step{.report = {.kind = "stream", .name = wanted.name}};
    if (wanted.settings.mode == "on-demand" && wanted.settings.shard_count)
        return fail(Errc::invalid_argument, "a stream on demand has as many shards as it needs").hint("leave out shards or mode");
    if (!now) {
        step.create_stream = create_request(wanted, defaults);
        const auto row = KNS_TRY(make_stream_row(*step.create_stream, 0));
        step.report.result = ProjectResult::created;
        step.report.changes = differences({}, settings_of(row, *step.create_stream->shard_count));
        return step;
    }
    StreamRow row = KNS_TRY(update_stream_row(now->row, wanted.settings));
    if (row.mode == "on-demand" && wanted.settings.shard_count)
        return fail(Errc::invalid_argument, "a stream on demand has as many shards as it needs")
            .hint("leave out shards, or say mode: provisioned");
    if (wanted.encrypt && *wanted.encrypt != row.encrypted())
        return fail(Errc::conflict, "it is {}encrypted, which cannot be changed", row.encrypted() ? "" : "not ")
            .hint(fmt::format("kns stream delete {}, or give this one another name", wanted.name));
    if (wanted.tags) {
        KNS_TRY(check_tags(*wanted.tags));
        row.tags = *wanted.tags;
    }
    step.report.changes = differences(settings_of(now->row, now->open.size()),
                                      settings_of(row, wanted.settings.shard_count.value_or(now->open.size())));
    if (step.report.changes.empty()) return step;
    step.report.result = ProjectResult::updated;
    if (row.tags != now->row.tags) step.change_tags = change_request(now->row.tags, row.tags);
    if (step.report.changes.size() > 1 || !step.change_tags) step.update_stream = wanted.settings;
    return step;
}

CreateDelivery create_request(const ProjectDelivery& wanted) {
    CreateDelivery request{wanted.settings};
    request.name = wanted.name;
    request.source = wanted.source;
    request.from = wanted.from.value_or(request.from);
    return request;
}

Result<PlanStep> plan_delivery(const ProjectDelivery& wanted, const DeliveryRow* now) {
    PlanStep step{.report = {.kind = "delivery", .name = wanted.name}};
    if (!now) {
        if (!wanted.settings.to)
            return fail(Errc::invalid_argument, "a delivery stream needs a destination").hint("to: ./DIRECTORY, or a URL");
        step.create_delivery = create_request(wanted);
        step.report.result = ProjectResult::created;
        step.report.changes = differences({}, settings_of(KNS_TRY(make_delivery_config(*step.create_delivery))));
        return step;
    }
    if (wanted.source && wanted.source != now->config.source)
        return fail(Errc::conflict, "it {}; the source of a delivery stream cannot be changed",
                    now->config.reads_stream()  ? fmt::format("reads stream \"{}\"", *now->config.source)
                    : now->config.reads_topic() ? "reads " + *now->config.source
                                                : "takes its records directly")
            .hint(fmt::format("kns firehose delete {}, or give this one another name", wanted.name));
    step.report.changes =
        differences(settings_of(now->config), settings_of(KNS_TRY(update_delivery_config(now->config, wanted.settings))));
    if (step.report.changes.empty()) return step;
    step.report.result = ProjectResult::updated;
    step.update_delivery = wanted.settings;
    return step;
}

using Names = std::set<std::string, std::less<>>;

template <class Objects>
Names names_of(const Objects& objects) {
    Names names;
    for (const auto& object : objects) names.insert(object.name);
    return names;
}

// `streams` are those that there will be, for delivery streams to read from.
Result<void> check_source(const std::string& source, const Names& streams) {
    if (streams.contains(source)) return {};
    const auto meant = nearest(source, streams);
    return fail(Errc::not_found, "its source, stream \"{}\", will not exist", source)
        .hint(meant ? fmt::format("did you mean \"{}\"?", *meant) : "add it to streams");
}

PlanStep deletion(std::string kind, std::string name, const Settings& settings) {
    PlanStep step{.report = {.kind = std::move(kind), .name = std::move(name), .result = ProjectResult::deleted}};
    step.report.changes = differences(settings, {});
    return step;
}

}  // namespace

Result<std::vector<PlanStep>> plan_project(const Project& project, const Existing& existing, const StreamDefaults& defaults,
                                           bool prune) {
    std::vector<PlanStep> steps;
    std::map<std::string_view, const Stream*> streams;
    for (const auto& stream : existing.streams) streams.emplace(stream->row.name, stream.get());
    std::map<std::string_view, const DeliveryRow*> deliveries;
    for (const auto& delivery : existing.deliveries) deliveries.emplace(delivery.name, &delivery);
    const Names wanted_streams = names_of(project.streams), wanted_deliveries = names_of(project.deliveries);
    Names sources = wanted_streams;
    if (!prune)
        for (const auto& [name, stream] : streams) sources.emplace(name);

    for (const auto& wanted : project.streams) {
        const auto now = streams.find(wanted.name);
        steps.push_back(KNS_TRY(
            placed(plan_stream(wanted, now == streams.end() ? nullptr : now->second, defaults), wanted.place, wanted.name)));
    }
    for (const auto& wanted : project.deliveries) {
        const auto found = deliveries.find(wanted.name);
        const DeliveryRow* now = found == deliveries.end() ? nullptr : found->second;
        steps.push_back(KNS_TRY(placed(plan_delivery(wanted, now), wanted.place, wanted.name)));
        if (const auto& source = now ? now->config.source : wanted.source; source && !is_kafka_topic(*source))
            KNS_TRY(placed(check_source(*source, sources), wanted.place, wanted.name));
    }
    if (!prune) return steps;
    for (const auto& delivery : existing.deliveries)
        if (!wanted_deliveries.contains(delivery.name))
            steps.push_back(deletion("delivery", delivery.name, settings_of(delivery.config)));
    for (const auto& stream : existing.streams)
        if (!wanted_streams.contains(stream->row.name))
            steps.push_back(deletion("stream", stream->row.name, settings_of(stream->row, stream->open.size())));
    return steps;
}

}  // namespace kns
