#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/delivery.hpp"

namespace kns::cli {
namespace {

constexpr Example kExamples[] = {
    {"kns firehose list", "All delivery streams."},
    {"kns firehose list -o ndjson | jq -r 'select(.last_error) | .name'", "Those in trouble."},
};
constexpr ExitCode kExits[] = {ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose create", "firehose show"};

constexpr Column kColumns[] = {
    {.heading = "NAME"},
    {.heading = "SOURCE"},
    {.heading = "PENDING", .right = true},
    {.heading = "DELIVERED", .right = true},
    {.heading = "TO"},
    {.heading = "LAST DELIVERY", .if_wide = true},
    {.heading = "LAST ERROR", .if_wide = true},
};

Row row_of(const DeliveryInfo& delivery) {
    return {delivery.name,
            delivery.source.value_or("-"),
            grouped(delivery.pending_records),
            grouped(delivery.delivered_records),
            delivery.to,
            delivery.last_delivery_at.value_or("-"),
            delivery.last_error.value_or("-")};
}

Result<ExitCode> run(Context& kns, const Args&) {
    const auto deliveries = KNS_TRY(kns.daemon.list<DeliveryInfo>("/v1/deliveries"));
    kns.out.list(deliveries, kColumns, row_of);
    if (deliveries.empty()) kns.out.note("no delivery streams yet; make one with: kns firehose create NAME --to URL");
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_list{
    .path = "firehose list",
    .summary = "list the delivery streams",
    .description = "Prints one line a delivery stream: how many records wait in it and how many it has delivered.",
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
