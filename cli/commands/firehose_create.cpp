#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/deliveries.hpp"
#include "cli/delivery_options.hpp"
#include "core/base/ids.hpp"

namespace kns::cli {
namespace {

constexpr ArgSpec kArgs[] = {{.name = "NAME", .help = "at most 64 letters, digits, dots, - and _"}};
constexpr auto kOptions = with_delivery_options(
    std::to_array<OptionSpec>({
        {.name = "to",
         .kind = ValueKind::text,
         .value = "URL",
         .help = "where the records go: a directory, s3://BUCKET/PREFIX, an HTTP endpoint, OpenSearch, Splunk or PostgreSQL",
         .completer = Completer::directory,
         .required = true},
        {.name = "source",
         .kind = ValueKind::text,
         .value = "STREAM|URL",
         .help = "the stream to read, or the topic: kafka://HOST:PORT/TOPIC",
         .default_text = "none: records are put directly",
         .completer = Completer::stream},
        {.name = "from",
         .kind = ValueKind::text,
         .value = "start|latest|TIME",
         .help = "where in the source to begin",
         .default_text = "start"},
        {.name = "if-not-exists", .help = "succeed if there is one of this name already"},
    }),
    IfAbsent::has_default);
constexpr Example kExamples[] = {
    {"kns firehose create archive --source clicks --to file:///srv/archive/ --compress gzip", "A stream as dated gzip files."},
    {"kns firehose create audit --to ./audit --buffer 1MiB,60s", "Records are put with: kns firehose put audit."},
    {"kns firehose create lake --source clicks --to s3://lake/clicks/ --compress gzip", "To Amazon S3."},
    {"kns firehose create local --source clicks --to s3://lake --endpoint http://127.0.0.1:9000 --secret minio",
     "To whatever speaks S3; before it: kns secret set minio, with access_key_id and secret_access_key."},
    {"kns firehose create hook --to https://host/in --secret key --backup ./lost",
     "To an HTTP endpoint; its key is the api_key of the secret."},
    {"kns firehose create search --source clicks --to 'opensearch+https://host:9200/clicks?rotation=OneDay' --secret es",
     "As documents of an index a day; the secret has username and password."},
    {"kns firehose create rows --source clicks --to 'postgres://kns@host/shop?table=clicks' --secret db --backup ./lost",
     "To a table whose columns have the names of the records' members; the secret has the password."},
    {"kns firehose create loads --to 'redshift://kns@host/shop?table=clicks&staging=s3://lake/in/' --secret cluster",
     "To a table of Redshift, which loads it from the bucket; kns-firehose(7) has the rest."},
    {"kns firehose create watch --source clicks --to datadog:eu --secret dd --backup ./lost",
     "To a service by its short name; kns-firehose(7) has them all."},
    {"kns firehose create events --source clicks --to splunk+https://host:8088 --secret hec",
     "To Splunk's event collector; the secret has its token."},
    {"kns firehose create copies --source kafka://host:9092/clicks --to ./copies --compress gzip",
     "A topic of a Kafka cluster; kns-firehose(7) has passwords and TLS."},
    {"kns firehose create daily --source clicks --to ./daily --prefix 'day=!{timestamp:yyyy-MM-dd}/'", "A directory a day."},
};
constexpr ExitCode kExits[] = {ExitCode::not_found, ExitCode::conflict, ExitCode::unreachable};
constexpr std::string_view kSeeAlso[] = {"firehose deliver", "firehose show", "firehose update"};

Result<ExitCode> run(Context& kns, const Args& args) {
    CreateDelivery create{KNS_TRY(delivery_settings(args))};
    create.name = KNS_TRY(StreamName::parse(args.text("NAME"), "delivery stream")).text();
    if (args.has("source"))
        create.source =
            is_topic(args.text("source")) ? args.text("source") : KNS_TRY(StreamName::parse(args.text("source"))).text();
    create.from = args.text_or("from", create.from);
    create.if_not_exists = args.flag("if-not-exists");
    const auto made = KNS_TRY(kns.daemon.post<DeliveryInfo>("/v1/deliveries", create));
    kns.out.changed(made, fmt::format("delivery stream {} takes {} to {}", made.name,
                                      made.source ? "records of " + *made.source : "what is put", made.to));
    return ExitCode::done;
}

}  // namespace

extern const CommandSpec firehose_create{
    .path = "firehose create",
    .summary = "create a delivery stream",
    .description =
        "A delivery stream collects records, from a stream, a topic of Kafka, or put to it directly, and writes them to its "
        "destination as objects, each once the buffer's size or age is reached. Each record is delivered at least once; an object "
        "is either there completely or not at all.\n\n"
        "The backup may be a bucket elsewhere: s3://BUCKET/PREFIX?endpoint=URL&region=R&secret=NAME.",
    .args = kArgs,
    .options = kOptions,
    .examples = kExamples,
    .exits = kExits,
    .see_also = kSeeAlso,
    .run = run,
};

}  // namespace kns::cli
