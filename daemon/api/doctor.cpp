#include "core/base/api/stream.hpp"
#include "daemon/api/doctor_routes.hpp"

namespace kns {

void add_doctor_routes(Router& router, Services& services, Maintenance& maintenance, Scrubber& scrubber) {
    router.add_json("GET", "/v1/doctor", "what is wrong with the store",
                    [&services, &maintenance](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto check = [&maintenance] { return maintenance.check(); };
                        auto findings = co_await run_on(services.catalog, std::move(check));
                        if (!findings) co_return std::unexpected(std::move(findings).error());
                        co_return json_answer(to_json(Items<Finding>{.items = std::move(*findings), .next = {}}));
                    });
    router.add_json(
        "GET", "/v1/scrub", "the weekly pass through the log",
        [&scrubber](HttpExchange&, PathArgs) -> Task<Result<HttpAnswer>> { co_return json_answer(to_json(scrubber.state())); });
    router.add_json("POST", "/v1/scrub", "read the whole log now, and report damage; ?paced: as in the background",
                    [&services, &maintenance, &scrubber](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto save = [&maintenance] {
                            maintenance.save_now();
                            return true;
                        };
                        co_await run_on(services.catalog, std::move(save));
                        auto report = co_await scrubber.run_now(exchange.head().flag("paced"));
                        if (!report) co_return std::unexpected(std::move(report).error());
                        co_return json_answer(to_json(*report));
                    });
}

}  // namespace kns
