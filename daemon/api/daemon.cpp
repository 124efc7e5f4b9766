#include "core/base/api/daemon.hpp"

#include "daemon/api/api.hpp"
#include "daemon/api/daemon_routes.hpp"

namespace kns {
void add_daemon_routes(Router& router, std::function<DaemonStatus()> status, std::function<void()> stop) {
    router.add_json("GET", "/v1/daemon", "the daemon's status",
                    [status](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> { co_return json_answer(to_json(status())); });
    router.add("POST", "/v1/daemon/stop", "stop the daemon", [stop](HttpExchange& exchange, PathArgs) -> Task<void> {
        HttpAnswer answer = json_answer("{}", 202);
        co_await exchange.answer(std::move(answer));
        stop();
    });
    router.add_json("GET", "/v1/spec", "these routes", [&router](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
        JsonWriter out;
        out.begin_object().key("items").begin_array();
        for (const auto& route : router.routes()) {
            out.begin_object()
                .member("method", route.method)
                .member("path", route.pattern)
                .member("summary", route.summary)
                .end_object();
        }
        out.end_array().key("next").null().end_object();
        co_return json_answer(out.take());
    });
}

}  // namespace kns
