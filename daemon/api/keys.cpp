// Secrets go in here and never come out; workers get them with their job.
#include "core/base/api/secret.hpp"
#include "daemon/api/api.hpp"

namespace kns {
namespace {

SecretInfo describe_secret(const SecretRow& row) {
    return {row.name, row.fields, format_time(row.created_ms), format_time(row.changed_ms)};
}

Task<Result<HttpAnswer>> set_secret(Services& services, HttpExchange& exchange, std::string name) {
    // Read into one piece of memory: a string that grows leaves copies behind.
    SecretText json(std::string(kMaxSecretBytes + 1, '\0'));
    std::size_t used = 0;
    for (std::size_t got = 1; got > 0 && used < json.text().size(); used += got) {
        auto some = co_await exchange.read_some(std::span(json.text()).subspan(used));
        if (!some) co_return std::unexpected(std::move(some).error());
        got = *some;
    }
    json.text().resize(used);
    exchange.wipe_received();
    auto set = [&services, name, json = std::move(json),
                now = services.clock.now()]() mutable -> Result<std::pair<SecretInfo, bool>> {
        const bool added = KNS_TRY(services.secrets.set(name, std::move(json), now));
        for (const auto& row : KNS_TRY(services.secrets.list()))
            if (row.name == name) return std::pair(describe_secret(row), added);
        return fail(Errc::internal, "secret \"{}\" was not stored", name);
    };
    auto done = co_await run_on(services.catalog, std::move(set));
    if (!done) co_return std::unexpected(std::move(done).error());
    services.secrets_changed();
    co_return json_answer(to_json(done->first), done->second ? 201 : 200);
}

}  // namespace

void add_key_routes(Router& router, Services& services) {
    router.add_json("GET", "/v1/secrets", "list secrets: names, dates and the names of their fields",
                    [&services](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto list = [&services] { return services.secrets.list(); };
                        const auto rows = co_await run_on(services.catalog, std::move(list));
                        if (!rows) co_return std::unexpected(rows.error());
                        Items<SecretInfo> out;
                        for (const auto& row : *rows) out.items.push_back(describe_secret(row));
                        co_return json_answer(to_json(out));
                    });
    router.add_json("PUT", "/v1/secrets/{name}", "set or replace a secret: a JSON object of strings",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        co_return co_await set_secret(services, exchange, args[0]);
                    });
    router.add_json("DELETE", "/v1/secrets/{name}", "delete a secret",
                    [&services](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto remove = [&services, name = args[0]] { return services.secrets.remove(name); };
                        const auto removed = co_await run_on(services.catalog, std::move(remove));
                        if (!removed && !(removed.error().code == Errc::not_found && exchange.head().flag("if_exists")))
                            co_return std::unexpected(removed.error());
                        services.secrets_changed();
                        co_return json_answer("{}");
                    });
    router.add_json("POST", "/v1/keys/rotate", "wrap everything by a new master key",
                    [&services](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto rotate = [&services] { return services.keys.rotate_master(); };
                        const auto done = co_await run_on(services.catalog, std::move(rotate));
                        if (!done) co_return std::unexpected(done.error());
                        co_return json_answer(to_json(RotatedKey{done->master, done->data_keys, done->secrets}));
                    });
}

}  // namespace kns
