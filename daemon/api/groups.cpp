#include "daemon/api/api.hpp"
#include "daemon/read_session.hpp"

namespace kns {
namespace {

Result<std::string> group_name(const std::string& text) { return KNS_TRY(StreamName::parse(text, "group")).text(); }

// Positions go through the log, with everybody else's appends: one sync for all.
Task<Result<void>> commit_positions(Services& services, std::vector<PositionChange> positions) {
    auto request = std::make_unique<AppendRequest>();
    request->positions = positions;
    request->all_or_nothing = true;
    auto outcome = co_await append_and_wait(services, std::move(request));
    if (outcome.error) co_return std::unexpected(std::move(*outcome.error));
    for (const auto& change : positions) services.groups.set_position(change, services.clock.now());
    co_return Result<void>();
}

}  // namespace

void add_group_routes(Router& router, Services& services) {
    router.add_json("GET", "/v1/streams/{name}/groups", "list consumer groups and their lag",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        Items<GroupInfo> out;
                        out.items = services.groups.list(**stream, services.clock.now(), exchange.head().flag("hidden"));
                        co_return json_answer(to_json(out));
                    });
    router.add_json("GET", "/v1/streams/{name}/groups/{group}", "show a consumer group",
                    [&services](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto info = services.groups.show(**stream, args[1], services.clock.now());
                        if (!info) co_return std::unexpected(info.error());
                        co_return json_answer(to_json(*info));
                    });
    router.add_json("DELETE", "/v1/streams/{name}/groups/{group}", "forget a consumer group",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto name = group_name(args[1]);  // not a delivery stream's, whose name could not be parsed
                        if (!name) co_return std::unexpected(name.error());
                        const auto info = services.groups.show(**stream, *name, services.clock.now());
                        if (!info && exchange.head().flag("if_exists")) co_return json_answer("{}");
                        if (!info) co_return std::unexpected(info.error());
                        if (info->members > 0)
                            co_return fail(Errc::conflict, "group \"{}\" has {} consumers at work", args[1], info->members)
                                .hint("stop them first");
                        services.groups.remove((*stream)->row.id, args[1]);
                        auto remove = [&services, id = (*stream)->row.id, group = args[1]] {
                            return services.streams.delete_group(id, group);
                        };
                        auto removed = co_await run_on(services.catalog, std::move(remove));
                        if (!removed) co_return std::unexpected(std::move(removed).error());
                        co_return json_answer("{}");
                    });
    router.add_json("POST", "/v1/streams/{name}/groups/{group}/reset", "move a group's position",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<ResetGroup>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto name = group_name(args[1]);
                        if (!name) co_return std::unexpected(name.error());
                        if (auto info = services.groups.show(**stream, *name, services.clock.now()); info && info->members > 0)
                            co_return fail(Errc::conflict, "group \"{}\" has {} consumers at work", *name, info->members)
                                .hint("stop them first");
                        const auto ranges = co_await resolve_positions(services, *stream, request->to);
                        if (!ranges) co_return std::unexpected(ranges.error());
                        std::vector<PositionChange> positions;
                        for (const auto& range : *ranges) positions.push_back({(*stream)->row.id, range.shard, range.next, *name});
                        const auto committed = co_await commit_positions(services, std::move(positions));
                        if (!committed) co_return std::unexpected(committed.error());
                        co_return json_answer(to_json(*services.groups.show(**stream, *name, services.clock.now())));
                    });
    router.add_json(
        "POST", "/v1/streams/{name}/groups/{group}/join", "join a group, or renew",
        [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
            auto request = co_await read_json_body<JoinGroup>(exchange);
            if (!request) co_return std::unexpected(std::move(request).error());
            const auto stream = find_stream(services, args[0]);
            if (!stream) co_return std::unexpected(stream.error());
            const auto name = group_name(args[1]);
            if (!name) co_return std::unexpected(name.error());
            if (!services.groups.exists((*stream)->row.id, *name)) {  // a new group: where it begins is settled once, on disk
                const auto ranges = co_await resolve_positions(services, *stream, request->from);
                if (!ranges) co_return std::unexpected(ranges.error());
                std::map<std::uint32_t, std::int64_t> starts;
                for (const auto& range : *ranges) starts[range.shard] = range.next;
                auto positions =
                    services.groups.missing_positions(**stream, *name, [&](const ShardRow& shard) { return starts[shard.number]; });
                const auto committed = co_await commit_positions(services, std::move(positions));
                if (!committed) co_return std::unexpected(committed.error());
            }
            const auto fresh = fmt::format("{:016x}", real_random().next());
            co_return json_answer(to_json(services.groups.join(**stream, *name, *request, services.clock.now(), fresh)));
        });
    router.add_json(
        "POST", "/v1/streams/{name}/groups/{group}/commit", "commit positions",
        [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
            auto request = co_await read_json_body<CommitPositions>(exchange);
            if (!request) co_return std::unexpected(std::move(request).error());
            const auto stream = find_stream(services, args[0]);
            if (!stream) co_return std::unexpected(stream.error());
            const auto allowed = services.groups.check_commit(**stream, args[1], *request, services.clock.now());
            if (!allowed) co_return std::unexpected(allowed.error());
            std::vector<PositionChange> positions;
            for (const auto& p : request->positions)
                positions.push_back({(*stream)->row.id, p.shard_number, p.next_offset, args[1]});
            const auto committed = co_await commit_positions(services, std::move(positions));
            if (!committed) co_return std::unexpected(committed.error());
            co_return json_answer(fmt::format("{{\"generation\":{}}}", services.groups.generation((*stream)->row.id, args[1])));
        });
    router.add_json("POST", "/v1/streams/{name}/groups/{group}/leave", "leave a group",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<CommitPositions>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto stream = find_stream(services, args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        services.groups.leave((*stream)->row.id, args[1], request->member_id);
                        co_return json_answer("{}");
                    });
}

}  // namespace kns
