// Names for the shell's completion and for "did you mean". Asked at every TAB: only names, in one answer.
#include "core/base/api/daemon.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/delivery_routes.hpp"

namespace kns {
namespace {

constexpr std::string_view kArn = "arn:";  // who has typed this much means one

class Names {
   public:
    explicit Names(std::string prefix) : prefix_(std::move(prefix)) {}

    bool wants_arns() const { return prefix_.starts_with(kArn); }
    void add(std::string value, std::string description) {
        if (value.starts_with(prefix_)) found_.items.push_back({std::move(value), std::move(description)});
    }
    HttpAnswer answer() const { return json_answer(to_json(found_)); }

   private:
    std::string prefix_;
    Items<Completion> found_;
};

void add_streams(Names& names, const Services& services) {
    for (const auto& stream : services.directory.list()) {
        const auto& name = stream->row.name;
        names.add(names.wants_arns() ? services.config.config().aws.place.arn("kinesis", "stream", name) : name,
                  fmt::format("{} shards", stream->open.size()));
    }
}

void add_of_stream(Names& names, const Services& services, const std::string& kind, const std::string& of) {
    const auto stream = find_stream(services, of);
    if (!stream) return;
    if (kind == "shard") {
        for (const auto& shard : (*stream)->shards) names.add(shard_id_text(shard.index), shard.open() ? "open" : "closed");
    } else {
        for (const auto& group : services.groups.list(**stream, services.clock.now()))
            names.add(group.name, fmt::format("lag {}", group.lag));
    }
}

Task<Result<HttpAnswer>> complete(Services& services, const DeliveryScheduler& deliveries, Supervisor& supervisor,
                                  HttpExchange& exchange) {
    const auto& head = exchange.head();
    const std::string kind = head.param("kind").value_or("stream");
    Names names(head.param("prefix").value_or(""));
    if (kind == "stream") {
        add_streams(names, services);
    } else if (kind == "shard" || kind == "group") {
        add_of_stream(names, services, kind, head.param("stream").value_or(""));
    } else if (kind == "secret") {
        auto list = [&services] { return services.secrets.list(); };
        const auto secrets = co_await run_on(services.catalog, std::move(list));
        if (!secrets) co_return std::unexpected(secrets.error());
        for (const auto& secret : *secrets) names.add(secret.name, "changed " + format_time(secret.changed_ms));
    } else if (kind == "setting") {
        for (const auto& setting : settings()) names.add(std::string(setting.key), setting.text(services.config.config()));
    } else if (kind == "delivery") {
        for (const auto& delivery : deliveries.list(""))
            names.add(names.wants_arns() ? delivery.arn : delivery.name, fmt::format("to {}", delivery.to));
    } else if (kind == "job") {
        const auto jobs = co_await supervisor.list({});
        if (!jobs) co_return std::unexpected(jobs.error());
        for (const auto& job : *jobs) {
            const auto info = supervisor.describe(job);
            names.add(fmt::format("{}", info.id), fmt::format("{} {}, {}", info.kind, info.subject, name_of_enum(info.state)));
        }
    } else {
        co_return fail(Errc::not_found, "nothing completes \"{}\"", kind);
    }
    co_return names.answer();
}

}  // namespace

void add_complete_routes(Router& router, Services& services, const DeliveryScheduler& deliveries, Supervisor& supervisor) {
    router.add_json("GET", "/v1/complete", "names for the shell's completion",
                    [&](HttpExchange& exchange, PathArgs) { return complete(services, deliveries, supervisor, exchange); });
}

}  // namespace kns
