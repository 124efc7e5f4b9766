#include "core/base/api/daemon.hpp"
#include "daemon/api/api.hpp"

namespace kns {
namespace {

StreamInfo stream_info(const Services& services, const Stream& stream) {
    auto info =
        describe_stream(stream, services.config.config().aws.place, services.index, damaged_in(services, stream), &services.keys);
    if (services.zones) {
        info.zones = static_cast<std::uint32_t>(services.zones->count());
        info.zones_ok = static_cast<std::uint32_t>(services.zones->ok_count());
    }
    return info;
}

std::string stream_json(const Services& services, const Stream& stream) { return to_json(stream_info(services, stream)); }

// All streams are in all zones: whoever asks for some number of them wants no fewer.
Result<void> check_zones(const Services& services, std::optional<std::uint32_t> wanted) {
    const auto count = services.zones ? services.zones->count() : 1;
    if (!wanted || (*wanted > 0 && *wanted <= count)) return {};
    return fail(Errc::invalid_argument, "{} zones are asked for, the daemon has {}", *wanted, count)
        .hint("name their directories in `zones` of kns.yaml, or in KNS_ZONES, and kns daemon restart");
}

// Runs one verb on the catalog thread and shows the stream it gives.
template <class Verb>
Task<Result<HttpAnswer>> change_stream(Services& services, Verb verb) {
    auto stream = co_await run_on(services.catalog, std::move(verb));
    if (!stream) co_return std::unexpected(std::move(stream).error());
    services.feed.changed((*stream)->row.id);
    co_return json_answer(stream_json(services, **stream));
}

// The open shards that came with the last change: the children.
std::string newest_shards_json(const Services& services, const Stream& stream, std::size_t count) {
    Items<ShardInfo> out;
    for (auto i = stream.shards.size() - count; i < stream.shards.size(); ++i)
        out.items.push_back(describe_shard(stream, stream.shards[i], services.index));
    return to_json(out);
}

// A stream that is its owner's own: what belongs to a delivery stream changes with it.
Result<StreamPtr> find_own_stream(const Services& services, const std::string& name) {
    auto stream = KNS_TRY(find_stream(services, name));
    if (stream->row.hidden)
        return fail(Errc::conflict, "stream \"{}\" belongs to a delivery stream", stream->row.name)
            .hint("kns firehose list shows them");
    return stream;
}

}  // namespace

std::uint64_t damaged_in(const Services& services, const Stream& stream) {
    std::uint64_t sum = 0;
    for (const auto& shard : stream.shards)
        if (const auto found = services.damaged_records.find(shard.number); found != services.damaged_records.end())
            sum += found->second;
    return sum;
}

Result<StreamPtr> find_stream(const Services& services, const std::string& name) {
    return services.directory.find(KNS_TRY(StreamName::parse(name)).text());
}

void add_stream_routes(Router& router, Services& services) {
    router.add_json("GET", "/v1/streams", "list streams",
                    [&services](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        Items<StreamInfo> out;
                        for (const auto& stream :
                             services.directory.list(exchange.head().param("prefix").value_or(""), exchange.head().flag("hidden")))
                            out.items.push_back(stream_info(services, *stream));
                        co_return json_answer(to_json(out));
                    });
    router.add_json("POST", "/v1/streams", "create a stream",
                    [&services](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<CreateStream>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        use_defaults(*request, services.config.config().defaults);
                        if (auto enough = check_zones(services, request->zones); !enough)
                            co_return std::unexpected(std::move(enough).error());
                        auto created = std::make_shared<bool>(false);
                        auto create = [&services, created, request = std::move(*request)] {
                            return services.streams.create(request, false, created.get());
                        };
                        auto stream = co_await run_on(services.catalog, std::move(create));
                        if (!stream) co_return std::unexpected(std::move(stream).error());
                        co_return json_answer(stream_json(services, **stream), *created ? 201 : 200);
                    });
    router.add_json("GET", "/v1/streams/{name}", "show a stream",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        co_return json_answer(stream_json(services, **stream));
                    });
    router.add_json("PATCH", "/v1/streams/{name}", "change retention, durability, limits, shards",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<UpdateStream>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_own_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        auto update = [&services, name = (*stream)->row.name, request = std::move(*request)] {
                            return services.streams.update(name, request);
                        };
                        co_return co_await change_stream(services, std::move(update));
                    });
    router.add_json("DELETE", "/v1/streams/{name}", "delete a stream and its records",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_own_stream(services, args[0]);
                        if (!stream && stream.error().code == Errc::not_found && exchange.head().flag("if_exists"))
                            co_return json_answer("{}");
                        if (!stream) co_return std::unexpected(stream.error());
                        auto remove = [&services, name = (*stream)->row.name] { return services.streams.remove(name); };
                        auto removed = co_await run_on(services.catalog, std::move(remove));
                        if (!removed) co_return std::unexpected(std::move(removed).error());
                        forget_stream(services, (*stream)->row.id);
                        co_return json_answer("{}");
                    });
    router.add_json("GET", "/v1/streams/{name}/shards", "list shards, closed ones too",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        co_return json_answer(newest_shards_json(services, **stream, (*stream)->shards.size()));
                    });
    router.add_json("GET", "/v1/streams/{name}/metrics", "what CloudWatch would show of a stream and its shards",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        co_return json_answer(to_json(describe_metrics(**stream, services.meters)));
                    });
    router.add_json("POST", "/v1/streams/{name}/split", "split a shard in two",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<SplitShard>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_own_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        auto split = [&services, name = (*stream)->row.name, request = std::move(*request)] {
                            return services.streams.split(name, request);
                        };
                        auto after = co_await run_on(services.catalog, std::move(split));
                        if (!after) co_return std::unexpected(std::move(after).error());
                        services.feed.changed((*after)->row.id);
                        co_return json_answer(newest_shards_json(services, **after, 2));
                    });
    router.add_json("POST", "/v1/streams/{name}/merge", "merge two neighbouring shards",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<MergeShards>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_own_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        auto merge = [&services, name = (*stream)->row.name, request = std::move(*request)] {
                            return services.streams.merge(name, request);
                        };
                        auto after = co_await run_on(services.catalog, std::move(merge));
                        if (!after) co_return std::unexpected(std::move(after).error());
                        services.feed.changed((*after)->row.id);
                        co_return json_answer(to_json(describe_shard(**after, (*after)->shards.back(), services.index)));
                    });
    router.add_json("GET", "/v1/streams/{name}/tags", "show tags",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        co_return json_answer(to_json(StreamTags{.tags = (*stream)->row.tags}));
                    });
    router.add_json("PUT", "/v1/streams/{name}/tags", "set and remove tags",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<ChangeTags>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_own_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        auto change = [&services, name = (*stream)->row.name, request = std::move(*request)] {
                            return services.streams.change_tags(name, request);
                        };
                        co_return co_await change_stream(services, std::move(change));
                    });
}

}  // namespace kns
