#include "cli/client.hpp"
#include "cli/command.hpp"
#include "core/base/api/delivery.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {
    {.name = "NAME", .help = "the delivery stream, by name or ARN", .completer = Completer::delivery, .optional = true}};
constexpr OptionSpec kOptions[] = {{.name = "all", .help = "every delivery stream"}};
constexpr Example kExamples[] = {
    {"kns firehose deliver archive", "Do not wait for the buffer to fill; print the objects made."},
    {"kns firehose deliver --all -o ndjson | jq -r .url", "All of them, and where what was delivered is."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::unreachable, ExitCode::try_again, ExitCode::partial};
constexpr std::string_view kSeeAlso[] = {"firehose show", "job list"};

constexpr Column kColumns[] = {
    {.heading = "RECORDS", .right = true},
    {.heading = "SIZE", .right = true},
    {.heading = "OBJECT"},
};

Row row_of(const DeliveredObject& object) { return {grouped(object.records), format_size(object.stored_bytes), object.url}; }

Result<std::vector<std::string>> names_of(Context& kns, const Args& args) {
    if (args.flag("all") == args.has("NAME"))
        return fail(Errc::invalid_argument, "which delivery stream: NAME or --all?").hint("kns help firehose deliver");
    if (args.has("NAME")) return std::vector{KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text()};
    std::vector<std::string> names;
    for (const auto& delivery : KNS_TRY(kns.daemon.list<DeliveryInfo>("/v1/deliveries"))) names.push_back(delivery.name);
    return names;
}

Result<ExitCode> run(Context& kns, const Args& args) {
    // Takes as long as the destination does; only a limit that was asked for counts.
    if (!args.has("timeout")) kns.daemon.wait_without_limit();
    const auto names = KNS_TRY(names_of(kns, args));
    std::vector<DeliveredObject> objects;
    std::size_t failed = 0;
    for (const auto& name : names) {
        auto delivered = kns.daemon.post<Items<DeliveredObject>>(path_of("deliveries", name, "deliver"));
        if (delivered) {
            objects.insert(objects.end(), delivered->items.begin(), delivered->items.end());
        } else if (names.size() == 1) {
            return std::unexpected(delivered.error());
        } else {
            ++failed;
            kns.out.warn(fmt::format("{}: {}", name, delivered.error().text()));
        }
    }
    kns.out.list(objects, kColumns, row_of);
    if (objects.empty() && failed == 0) kns.out.note("nothing was waiting");
    bool refused = false;
    for (const auto& object : objects) {
        if (object.failure.empty()) continue;
        refused = true;
        kns.out.warn(fmt::format("{} records could not be delivered ({}); they are in {}", grouped(object.records), object.failure,
                                 object.url));
    }
    return failed == 0             ? refused ? ExitCode::partial : ExitCode::done
           : failed < names.size() ? ExitCode::partial
                                   : ExitCode::failed;
}

}  // namespace

extern const CommandSpec firehose_deliver{
    .path = "firehose deliver",
    .summary = "deliver what is buffered now, and wait for it",
    .description =
        "Returns when everything that was put before is at its destination, and prints the objects that were made. Exits with 7 "
        "if some of it could only be written down as error records.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
