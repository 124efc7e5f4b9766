#include "core/base/api/daemon.hpp"

#include <fcntl.h>

#include "core/base/posix.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/daemon_routes.hpp"
#include "daemon/own_program.hpp"

namespace kns {
namespace {

// Whether the program that a restart would become runs at all. On a reader thread: it waits for it.
Result<void> check_program(const std::string& program) {
    const Fd nowhere = KNS_TRY(open_file("/dev/null", O_RDWR));
    const auto pid = KNS_TRY(start_program(
        {.argv = {program, "--version"}, .descriptors = {{nowhere.get(), 0}, {nowhere.get(), 1}, {nowhere.get(), 2}}}));
    if (const int code = KNS_TRY(wait_program(pid)); code != 0)
        return fail(Errc::conflict, "{} --version ends with {}", program, code).hint("this daemon goes on; install kns anew");
    return {};
}

// Does it, and says so: what it does waits for requests under way, of which this is one.
RouteHandler answer_and(std::function<void()> act) {
    return [act = std::move(act)](HttpExchange& exchange, PathArgs) -> Task<void> {
        act();
        exchange.close_when_answered();
        HttpAnswer answer = json_answer("{}", 202);
        co_await exchange.answer(std::move(answer));
    };
}

}  // namespace

std::vector<ZoneInfo> describe_zones(const ZonedDirectory& zones) {
    static constexpr std::string_view kStates[] = {"ok", "failed", "filling"};
    std::vector<ZoneInfo> out;
    for (const auto& zone : zones.status())
        out.push_back({zone.path, std::string(kStates[static_cast<std::size_t>(zone.state)]),
                       zone.state == ZoneState::failed ? zone.reason : "", format_time(zone.since_ms),
                       zone.state == ZoneState::filling ? zone.percent : 0});
    return out;
}

void add_daemon_routes(Router& router, Services& services, DaemonControl control) {
    const auto status = std::move(control.status);
    router.add_json("GET", "/v1/daemon", "the daemon's status",
                    [status](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> { co_return json_answer(to_json(status())); });
    router.add("POST", "/v1/daemon/stop", "stop the daemon", answer_and(std::move(control.stop)));
    router.add("POST", "/v1/daemon/restart", "become the program that is installed now, and go on",
               [&services, restart = answer_and(std::move(control.restart))](HttpExchange& exchange, PathArgs args) -> Task<void> {
                   auto check = [] { return check_program(own_program()); };
                   const auto runs = co_await run_on(services.readers, std::move(check));
                   if (runs) {
                       co_await restart(exchange, std::move(args));
                   } else {
                       HttpAnswer refusal = error_answer(runs.error());
                       co_await exchange.answer(std::move(refusal));
                   }
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
