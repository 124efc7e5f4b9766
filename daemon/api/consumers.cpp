#include "core/base/api/consumer.hpp"
#include "daemon/api/api.hpp"

namespace kns {
namespace {

ConsumerInfo describe(const Services& services, const Stream& stream, const ConsumerRow& row) {
    const auto arn = services.config.config().aws.place.arn("kinesis", "stream", stream.row.name);
    return {.name = row.name,
            .arn = fmt::format("{}/consumer/{}:{}", arn, row.name, row.created_s),
            .created_at = format_time(row.created_s * kSecond)};
}

Result<ConsumerRow> find_consumer(const Services& services, const Stream& stream, const std::string& name) {
    if (auto row = services.consumers.find(stream.row.id, name)) return *row;
    return fail(Errc::not_found, "stream \"{}\" has no consumer \"{}\"", stream.row.name, name)
        .hint("kns stream consumer list " + stream.row.name);
}

}  // namespace

void add_consumer_routes(Router& router, Services& services) {
    router.add_json("GET", "/v1/streams/{name}/consumers", "list consumers with enhanced fan-out",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        Items<ConsumerInfo> out;
                        for (const auto& row : services.consumers.of((*stream)->row.id))
                            out.items.push_back(describe(services, **stream, row));
                        co_return json_answer(to_json(out));
                    });
    router.add_json("POST", "/v1/streams/{name}/consumers", "register a consumer with enhanced fan-out",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<CreateConsumer>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto name = StreamName::parse(request->name, "consumer");
                        if (!name) co_return std::unexpected(name.error());
                        if (const auto had = services.consumers.find((*stream)->row.id, name->text());
                            had && exchange.head().flag("if_not_exists"))
                            co_return json_answer(to_json(describe(services, **stream, *had)));
                        auto add = [&services, id = (*stream)->row.id, text = name->text()] {
                            return services.consumers.add(id, text, {}, services.clock.now());
                        };
                        auto row = co_await run_on(services.catalog, std::move(add));
                        if (!row) co_return std::unexpected(std::move(row).error());
                        co_return json_answer(to_json(describe(services, **stream, *row)));
                    });
    router.add_json("GET", "/v1/streams/{name}/consumers/{consumer}", "show a consumer with enhanced fan-out",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto row = find_consumer(services, **stream, args[1]);
                        if (!row) co_return std::unexpected(row.error());
                        co_return json_answer(to_json(describe(services, **stream, *row)));
                    });
    router.add_json("DELETE", "/v1/streams/{name}/consumers/{consumer}", "deregister a consumer with enhanced fan-out",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto row = find_consumer(services, **stream, args[1]);
                        if (!row && exchange.head().flag("if_exists")) co_return json_answer("{}");
                        if (!row) co_return std::unexpected(row.error());
                        auto remove = [&services, row = *row] { return services.consumers.remove(row); };
                        auto removed = co_await run_on(services.catalog, std::move(remove));
                        if (!removed) co_return std::unexpected(std::move(removed).error());
                        services.feed.changed((*stream)->row.id);  // whoever is subscribed sees it
                        co_return json_answer("{}");
                    });
    router.add_json("GET", "/v1/streams/{name}/policy", "show a stream's resource policy",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        StreamPolicy out;
                        out.policy = (*stream)->row.policy;
                        co_return json_answer(to_json(out));
                    });
    router.add_json("PUT", "/v1/streams/{name}/policy", "set a stream's resource policy, or take it off",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<StreamPolicy>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        if (!request->policy.empty()) {
                            const auto json = parse_json(request->policy);
                            if (!json || !json->as_object())
                                co_return fail(Errc::invalid_argument, "a policy is a JSON object{}",
                                               json ? std::string() : ": " + json.error().text());
                        }
                        auto change = [&services, name = (*stream)->row.name, policy = request->policy] {
                            return services.streams.edit(name, [&](StreamRow& row) -> Result<void> {
                                row.policy = policy;
                                return {};
                            });
                        };
                        auto changed = co_await run_on(services.catalog, std::move(change));
                        if (!changed) co_return std::unexpected(std::move(changed).error());
                        co_return json_answer(to_json(*request));
                    });
}

}  // namespace kns
