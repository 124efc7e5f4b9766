#include "core/config/delivery_test_file.hpp"
#include "daemon/api/delivery_routes.hpp"
#include "daemon/append_session.hpp"
#include "daemon/record_upload.hpp"

namespace kns {
namespace {

constexpr std::size_t kMostExplained = 12 << 20;  // base64 of 8 MiB, and what stands around it

Task<Result<HttpAnswer>> create_delivery(DeliveryScheduler& deliveries, HttpExchange& exchange) {
    auto request = co_await read_json_body<CreateDelivery>(exchange);
    if (!request) co_return std::unexpected(std::move(request).error());
    bool created = false;
    const auto info = co_await deliveries.create(std::move(*request), &created);
    if (!info) co_return std::unexpected(info.error());
    co_return json_answer(to_json(*info), created ? 201 : 200);
}

Task<Result<HttpAnswer>> run_tests(DeliveryScheduler& deliveries, const DeliveryTestFile& file) {
    auto read = read_delivery_tests(file);
    if (!read) co_return std::unexpected(std::move(read).error());
    Items<DeliveryTestReport> out;
    for (auto& test : read->tests) {
        DeliveryTestReport report{.name = test.name, .passed = false, .differences = {}};
        auto trial = co_await deliveries.try_out(read->name, read->config, std::move(test.records));
        if (trial)
            report.differences = differences(test, *trial);
        else
            report.differences.push_back(trial.error().text());
        report.passed = report.differences.empty();
        out.items.push_back(std::move(report));
    }
    co_return json_answer(to_json(out));
}

Admission room_in(DeliveryScheduler& deliveries, std::string name) {
    return [&deliveries, name = std::move(name)] { return deliveries.admit(name); };
}

}  // namespace

void add_delivery_routes(Router& router, Services& services, DeliveryScheduler& deliveries) {
    router.add_json(
        "GET", "/v1/deliveries", "list delivery streams", [&](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
            co_return json_answer(
                to_json(Items<DeliveryInfo>{.items = deliveries.list(exchange.head().param("prefix").value_or("")), .next = {}}));
        });
    router.add_json("POST", "/v1/deliveries", "create a delivery stream",
                    [&](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        co_return co_await create_delivery(deliveries, exchange);
                    });
    router.add_json("GET", "/v1/deliveries/{name}", "show a delivery stream",
                    [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto info = deliveries.show(args[0]);
                        if (!info) co_return std::unexpected(info.error());
                        co_return json_answer(to_json(*info));
                    });
    router.add_json("PATCH", "/v1/deliveries/{name}", "change a delivery stream",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<UpdateDelivery>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        const auto info = co_await deliveries.update(args[0], std::move(*request));
                        if (!info) co_return std::unexpected(info.error());
                        co_return json_answer(to_json(*info));
                    });
    router.add_json("DELETE", "/v1/deliveries/{name}", "delete a delivery stream",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto removed = co_await deliveries.remove(args[0]);
                        if (!removed && removed.error().code == Errc::not_found && exchange.head().flag("if_exists"))
                            co_return json_answer("{}");
                        if (!removed) co_return std::unexpected(removed.error());
                        co_return json_answer("{}");
                    });
    router.add_json("POST", "/v1/deliveries/{name}/deliver", "deliver what is buffered now, and wait",
                    [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto objects = co_await deliveries.deliver(args[0]);
                        if (!objects) co_return std::unexpected(std::move(objects).error());
                        co_return json_answer(to_json(Items<DeliveredObject>{.items = std::move(*objects), .next = {}}));
                    });
    router.add_json("POST", "/v1/deliveries/{name}/explain", "what would become of records",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<ExplainRequest>(exchange, kMostExplained);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        auto trials = co_await deliveries.explain(args[0], std::move(*request));
                        if (!trials) co_return std::unexpected(std::move(trials).error());
                        co_return json_answer(to_json(Items<Trial>{.items = std::move(*trials), .next = {}}));
                    });
    router.add_json("POST", "/v1/deliveries/{name}/replay", "deliver error records once more",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        auto request = co_await read_json_body<ReplayRequest>(exchange);
                        if (!request) co_return std::unexpected(std::move(request).error());
                        auto report = co_await deliveries.replay(args[0], std::move(*request));
                        if (!report) co_return std::unexpected(std::move(report).error());
                        co_return json_answer(to_json(*report));
                    });
    router.add_json("POST", "/v1/delivery-tests", "test a delivery stream that need not exist",
                    [&](HttpExchange& exchange, PathArgs) -> Task<Result<HttpAnswer>> {
                        auto file = co_await read_json_body<DeliveryTestFile>(exchange);
                        if (!file) co_return std::unexpected(std::move(file).error());
                        co_return co_await run_tests(deliveries, *file);
                    });
    router.add_json("GET", "/v1/deliveries/{name}/shards", "shards of a direct put's stream",
                    [&](HttpExchange&, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = deliveries.direct_put(args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        Items<ShardInfo> out;
                        for (const auto& shard : (*stream)->shards)
                            out.items.push_back(describe_shard(**stream, shard, services.index));
                        co_return json_answer(to_json(out));
                    });
    router.add_json("POST", "/v1/deliveries/{name}/records", "put records: lines, ndjson or one raw",
                    [&](HttpExchange& exchange, PathArgs args) -> Task<Result<HttpAnswer>> {
                        const auto stream = deliveries.direct_put(args[0]);
                        if (!stream) co_return std::unexpected(stream.error());
                        const auto result = co_await receive_records(services, exchange, *stream, room_in(deliveries, args[0]));
                        if (!result) co_return std::unexpected(result.error());
                        co_return json_answer(to_json(*result));
                    });
    router.add("POST", "/v1/deliveries/{name}/append", "append RecordBatches (Upgrade: kns-append)",
               [&](HttpExchange& exchange, PathArgs args) -> Task<void> {
                   auto stream = deliveries.direct_put(args[0]);
                   if (stream && exchange.head().header("upgrade") != "kns-append")
                       stream = fail(Errc::invalid_argument, "appending batches needs the header \"Upgrade: kns-append\"");
                   if (!stream) {
                       HttpAnswer refusal = error_answer(stream.error());
                       co_await exchange.answer(std::move(refusal));
                       co_return;
                   }
                   auto [socket, left] = co_await exchange.upgrade("kns-append");
                   co_await serve_append(services, std::move(socket), std::move(left), *stream, room_in(deliveries, args[0]));
               });
}

}  // namespace kns
