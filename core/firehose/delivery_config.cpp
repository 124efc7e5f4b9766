#include "core/firehose/delivery_config.hpp"

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/time_zone.hpp"
#include "core/firehose/delivery_place.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "core/firehose/object_key.hpp"
#include "core/firehose/search_index.hpp"
#include "core/firehose/splunk_collector.hpp"
#include "core/firehose/table_format.hpp"
#include "core/firehose/transform_spec.hpp"
#include "core/firehose/unpack.hpp"
#include "core/firehose/vendor.hpp"

namespace kns {
namespace {

// API reference, ExtendedS3DestinationConfiguration: 1-128 MiB and 0-900 s, retry 0-7200 s. Here sizes may be smaller: a
// few records in a shell are worth delivering too.
constexpr std::uint64_t kMaxBufferBytes = 128 << 20, kTableBufferBytes = 128 << 20;
// What is not delivered yet waits in the topic rather than here; what is here has left it for good.
constexpr std::uint64_t kTopicSpoolBytes = 2 * kMaxBufferBytes;
constexpr Ms kTopicSpoolTime = 365 * kDay;
constexpr Ms kMaxBufferAge = 900 * kSecond, kMaxRetry = 7200 * kSecond;

// API reference: HttpEndpointDestinationConfiguration, AmazonopensearchserviceDestinationConfiguration.
struct RequestRules {
    std::string_view scheme, noun;
    std::uint64_t most_bytes;
    bool gzip, attributes;
};
constexpr RequestRules kRequestRules[] = {
    {"http", "an HTTP endpoint", 64 << 20, true, true},
    {"opensearch", "OpenSearch", 100 << 20, false, false},
    {"postgres", "PostgreSQL", 128 << 20, false, false},
    {"splunk", "Splunk", 5 << 20, false, false},
};

Result<void> check_requests(const DeliveryConfig& config, const Destination& destination) {
    constexpr std::size_t kMostAttributes = 50, kLongestName = 256, kLongestValue = 1024;
    const auto& rules = *std::ranges::find(kRequestRules, destination.scheme, &RequestRules::scheme);
    if (destination.scheme == "opensearch") KNS_TRY(parse_search_index(destination.path));
    if (destination.scheme == "splunk") KNS_TRY(parse_splunk_collector(destination.path));
    if (config.buffer_bytes > rules.most_bytes)
        return fail(Errc::invalid_argument, "a request to {} holds {} MiB at most, not {} bytes", rules.noun,
                    rules.most_bytes >> 20, config.buffer_bytes);
    if (config.compress != Compression::none && !(rules.gzip && config.compress == Compression::gzip))
        return fail(Errc::invalid_argument, "a request to {} is {}", rules.noun,
                    rules.gzip ? "compressed with gzip, or not at all" : "not compressed");
    if (!config.prefix.empty())
        return fail(Errc::invalid_argument, "{} has no objects whose names could have a prefix", rules.noun);
    if (!rules.attributes && !config.attributes.empty())
        return fail(Errc::invalid_argument, "attributes go to an HTTP endpoint only");
    if (config.attributes.size() > kMostAttributes)
        return fail(Errc::invalid_argument, "{} attributes at most, not {}", kMostAttributes, config.attributes.size());
    for (const auto& [name, value] : config.attributes)
        if (name.empty() || name.size() > kLongestName || value.size() > kLongestValue)
            return fail(Errc::invalid_argument, "the attribute \"{}\" is too long: a name has 1 to {} bytes, a value up to {}",
                        name.substr(0, 40), kLongestName, kLongestValue);
    return {};
}

// API reference, Processor and ProcessorParameter: NumberOfRetries 0-300, BufferSizeInMBs up to 3; a function has five minutes.
constexpr std::uint64_t kMaxTransformRetries = 300, kMaxTransformBytes = 3 << 20;
constexpr Ms kMaxTransform = 5 * kMinute;

Result<void> check_processing(const DeliveryConfig& config, bool objects) {
    KNS_TRY(parse_deaggregation(config.deaggregate));
    KNS_TRY(parse_transform(config.transform));
    if (config.transform_bytes == 0 || config.transform_bytes > kMaxTransformBytes)
        return fail(Errc::invalid_argument, "a transform is given 1 byte to {} MiB at a time, not {} bytes",
                    kMaxTransformBytes >> 20, config.transform_bytes);
    if (config.transform_retries > kMaxTransformRetries)
        return fail(Errc::invalid_argument, "a transform is tried again {} times at most, not {}", kMaxTransformRetries,
                    config.transform_retries);
    if (config.transform_ms <= 0 || config.transform_ms > kMaxTransform)
        return fail(Errc::invalid_argument, "a transform may take up to {}, not {}", format_duration(kMaxTransform),
                    format_duration(config.transform_ms));
    const bool may_fail = config.logs != Logs::none || !config.deaggregate.empty() || !config.transform.empty();
    if (!objects && may_fail && config.backup.empty())
        return fail(Errc::invalid_argument, "a record that cannot be transformed needs a place to go: give a backup")
            .hint("--backup DIRECTORY");
    if (config.backup_mode == BackupMode::all && config.backup.empty())
        return fail(Errc::invalid_argument, "the backup mode \"all\" needs a backup").hint("--backup DIRECTORY");
    return {};
}

Result<void> check_partition(const DeliveryConfig& config, bool objects) {
    constexpr std::size_t kMostKeys = 50, kLongestQuery = 5120;
    if (!config.partition.empty() && !objects)
        return fail(Errc::invalid_argument, "only objects are partitioned: a request has no prefix");
    if (config.partition.size() > kMostKeys)
        return fail(Errc::invalid_argument, "{} partition keys at most, not {}", kMostKeys, config.partition.size());
    const auto prefix = KNS_TRY(ObjectPrefix::parse(data_prefix(config)));
    const auto keys = prefix.keys();
    for (const auto& [name, query] : config.partition) {
        if (name.empty() || name.find_first_of("{}! \t") != std::string::npos)
            return fail(Errc::invalid_argument, "\"{}\" is no name for a partition key", name);
        if (query.empty() || query.size() > kLongestQuery)
            return fail(Errc::invalid_argument, "the query of partition key \"{}\" has 1 to {} characters", name, kLongestQuery);
        if (!keys.query.contains(name))
            return fail(Errc::invalid_argument, "the prefix does not use the partition key \"{}\"", name)
                .hint(fmt::format("{}=!{{partitionKeyFromQuery:{}}}/", name, name));
    }
    for (const auto& [name, value] : keys.query)
        if (!config.partition.contains(name))
            return fail(Errc::invalid_argument, "the prefix uses !{{partitionKeyFromQuery:{}}}, but there is no such key", name)
                .hint(fmt::format("--partition {}=.{}", name, name));
    const auto kind = KNS_TRY(parse_transform(config.transform)).kind;
    if (!keys.lambda.empty() && kind != TransformSpec::Kind::function && kind != TransformSpec::Kind::invoke_url)
        return fail(Errc::invalid_argument, "the prefix uses a key from a Lambda function, but the transform is none");
    return {};
}

// API reference, ExtendedS3DestinationConfiguration.FileExtension.
Result<void> check_extension(const std::string& extension) {
    constexpr std::size_t kLongest = 128;
    const bool fits =
        extension.empty() || (extension.size() <= kLongest && extension.size() > 1 && extension[0] == '.' &&
                              extension.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz!-_.*'()", 1) == std::string::npos);
    if (!fits)
        return fail(Errc::invalid_argument, "\"{}\" is not an extension: a dot, and small letters, digits or !-_.*'()", extension);
    return {};
}

Result<void> check_format(const DeliveryConfig& config) {
    if (is_table_format(config.format)) {
        KNS_TRY(table_format(config));
        if (!KNS_TRY(place_of(config)).destination.takes_objects())
            return fail(Errc::invalid_argument, "only objects can have the format \"{}\"", config.format);
        return {};
    }
    if (config.format != "json")
        return fail(Errc::unsupported, "this kns cannot write the format \"{}\"", config.format).hint("json, parquet and orc work");
    if (!config.schema.empty() || !config.columns.empty() || !config.format_options.empty())
        return fail(Errc::invalid_argument, "a schema, columns and format options belong to the formats parquet and orc")
            .hint("--format parquet");
    return {};
}

Result<bool> is_partitioned(const DeliveryConfig& config) {
    return !config.partition.empty() || KNS_TRY(ObjectPrefix::parse(config.prefix)).keys() != PartitionKeys();
}

// API reference, RedshiftDestinationConfiguration; what COPY reads.
Result<void> check_redshift(const DeliveryConfig& config) {
    const bool table = is_table_format(config.format);
    if (!table && config.compress != Compression::none && config.compress != Compression::gzip &&
        config.compress != Compression::zstd)
        return fail(Errc::invalid_argument,
                    "Redshift loads objects that are compressed with gzip or zstd, or not at all, and not with {}",
                    name_of_enum(config.compress));
    if (KNS_TRY(is_partitioned(config))) return fail(Errc::invalid_argument, "objects that Redshift loads are not partitioned");
    if (config.prefix.contains('\\')) return fail(Errc::invalid_argument, "a prefix with a backslash is not one for COPY");
    return {};
}

// What is appended to a table has its columns, and is found by it.
Result<void> check_iceberg(const DeliveryConfig& config) {
    if (config.format != "parquet")
        return fail(Errc::invalid_argument, "files of an Iceberg table are Parquet, not {}", config.format);
    if (config.schema == kInferSchema)
        return fail(Errc::invalid_argument, "an Iceberg table needs a schema, which is not inferred").hint("--schema FILE");
    if (KNS_TRY(is_partitioned(config))) return fail(Errc::invalid_argument, "files of an Iceberg table are not partitioned here");
    if (KNS_TRY(table_format(config)).int96) return fail(Errc::invalid_argument, "timestamps of an Iceberg table are not int96");
    return {};
}

Result<void> check(const DeliveryConfig& config) {
    KNS_TRY(check_format(config));
    if (config.buffer_bytes == 0 || config.buffer_bytes > kMaxBufferBytes)
        return fail(Errc::invalid_argument, "a buffer holds 1 byte to 128 MiB, not {} bytes", config.buffer_bytes);
    if (config.buffer_ms < 0 || config.buffer_ms > kMaxBufferAge)
        return fail(Errc::invalid_argument, "a buffer waits 0 to 900 seconds, not {}", format_duration(config.buffer_ms));
    if (config.retry_ms < 0 || config.retry_ms > kMaxRetry)
        return fail(Errc::invalid_argument, "retries go on for 0 to 7200 seconds, not {}", format_duration(config.retry_ms));
    if (config.spool_ms < kHour || config.spool_ms > 365 * kDay)
        return fail(Errc::invalid_argument, "a spool keeps records for 1h to 365d, not {}", format_duration(config.spool_ms));
    const DeliveryPlace place = KNS_TRY(place_of(config));
    KNS_TRY(context(backup_place_of(config), "backup"));
    if (!place.destination.takes_objects()) KNS_TRY(check_requests(config, place.destination));
    if (place.destination.takes_objects() && !config.attributes.empty())
        return fail(Errc::invalid_argument, "attributes go to an HTTP endpoint only");
    const bool objects = place.destination.takes_objects();
    if (place.destination.scheme == "redshift") KNS_TRY(check_redshift(config));
    if (place.destination.table == "iceberg") KNS_TRY(check_iceberg(config));
    KNS_TRY(check_partition(config, objects));
    KNS_TRY(check_processing(config, objects));
    KNS_TRY(check_extension(config.extension));
    if (!config.time_zone.empty()) KNS_TRY(check_time_zone(config.time_zone));
    if (!config.extension.empty() && !objects)
        return fail(Errc::invalid_argument, "an extension belongs to objects: a request has no name");
    const auto backup = KNS_TRY(context(ObjectPrefix::parse(config.backup_prefix), "backup prefix"));
    if (backup.keys() != PartitionKeys())
        return fail(Errc::invalid_argument, "backup prefix: records there are as they were put, and have no partition keys");
    if (!config.error_prefix.empty()) KNS_TRY(context(ObjectPrefix::parse(config.error_prefix, PrefixKind::error), "error prefix"));
    return {};
}

// Every setting that the request has.
void overlay(DeliverySettings& settings, const UpdateDelivery& request) {
    constexpr auto kSettings = DeliverySettings::fields();
    constexpr auto kRequest = UpdateDelivery::fields();
    static_assert(std::tuple_size_v<decltype(kSettings)> == std::tuple_size_v<decltype(kRequest)>);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        static_assert(((std::get<I>(kSettings).name == std::get<I>(kRequest).name) && ...));
        const auto take = [](auto& setting, const auto& given) {
            if (given) setting = *given;
        };
        (take(settings.*(std::get<I>(kSettings).member), request.*(std::get<I>(kRequest).member)), ...);
    }(std::make_index_sequence<std::tuple_size_v<decltype(kSettings)>>());
}

Result<void> check_vendor(const DeliverySettings& settings, const UpdateDelivery& vendor, std::string_view to) {
    const auto name = to.substr(0, to.find(':'));
    if (vendor.buffer_bytes && settings.buffer_bytes > *vendor.buffer_bytes)
        return fail(Errc::invalid_argument, "a request to {} holds {} bytes at most, not {}", name, *vendor.buffer_bytes,
                    settings.buffer_bytes);
    if (name == "dynatrace" && !settings.attributes.contains("dt-url"))
        return fail(Errc::invalid_argument, "dynatrace needs the attribute dt-url: the URL of the environment")
            .hint("--attribute dt-url=https://ENVIRONMENT.live.dynatrace.com");
    return {};
}

}  // namespace

Result<std::string> parse_delivery_name(std::string_view text) {
    const std::string_view arn_mark = ":deliverystream/";
    if (text.starts_with("arn:"))
        if (const auto at = text.find(arn_mark); at != std::string_view::npos) text.remove_prefix(at + arn_mark.size());
    if (text.size() > 64)
        return fail(Errc::invalid_argument, "a delivery stream's name has at most 64 characters, not {}", text.size());
    return KNS_TRY(StreamName::parse(text, "delivery stream")).text();
}

std::string direct_put_stream(std::string_view delivery) { return fmt::format("kns.firehose.{}", delivery); }
std::string partition_group(std::int32_t partition) { return fmt::format("kafka:{}", partition); }
std::string position_group(std::string_view delivery) { return fmt::format("{}{}", kDeliveryGroups, delivery); }
std::string access_key_secret(std::string_view delivery) { return fmt::format("firehose.{}", delivery); }
bool is_position_group(std::string_view group) { return group.starts_with(kDeliveryGroups); }

std::string data_prefix(const DeliverySettings& settings) {
    if (!settings.prefix.empty() || settings.partition.empty()) return settings.prefix;
    std::string out;
    for (const auto& [name, query] : settings.partition) out += fmt::format("{}=!{{partitionKeyFromQuery:{}}}/", name, name);
    return out;
}

bool DeliveryConfig::reads_topic() const { return source && is_kafka_topic(*source); }

Result<std::string> parse_source(std::string_view text) {
    if (is_kafka_topic(text)) return KNS_TRY(parse_kafka_topic(text)).url();
    return KNS_TRY(StreamName::parse(text)).text();
}

Result<DeliveryConfig> make_delivery_config(const CreateDelivery& request) {
    DeliveryConfig config;
    if (request.source) config.source = KNS_TRY(parse_source(*request.source));
    if (config.reads_topic()) {
        config.spool_bytes = kTopicSpoolBytes;
        config.spool_ms = kTopicSpoolTime;
    }
    if (!request.to) return fail(Errc::invalid_argument, "a delivery stream needs a destination").hint("file:///DIRECTORY/");
    return update_delivery_config(std::move(config), request);
}

Result<DeliveryConfig> update_delivery_config(DeliveryConfig config, const UpdateDelivery& request) {
    const DeliverySettings before = static_cast<const DeliverySettings&>(config);
    // What a service of others wants, unless the request says otherwise.
    const auto vendor = request.to ? KNS_TRY(vendor_settings(*request.to)) : std::nullopt;
    if (vendor) overlay(config, *vendor);
    overlay(config, request);
    if (config.reads_stream() && (request.spool_bytes || request.spool_ms))
        return fail(Errc::invalid_argument, "a spool is of direct puts and topics: what waits in stream \"{}\" has its retention",
                    *config.source);
    const bool iceberg = request.to && request.to->starts_with("iceberg+");
    if (iceberg && !request.format) config.format = "parquet";
    // API reference, ParquetSerDe and OrcSerDe: compressed with snappy inside; ExtendedS3DestinationConfiguration: a larger buffer.
    if (is_table_format(config.format) != is_table_format(before.format)) {
        const DeliverySettings usual;
        const bool table = is_table_format(config.format);
        const auto inside = iceberg ? Compression::zstd : Compression::snappy;  // Iceberg's own default
        if (!request.compress) config.compress = table ? inside : usual.compress;
        if (!request.buffer_bytes) config.buffer_bytes = table ? kTableBufferBytes : usual.buffer_bytes;
        if (!table && !request.schema) config.schema.clear();
        if (!table && !request.columns) config.columns.clear();
        if (!table && !request.format_options) config.format_options.clear();
    }
    if (vendor) KNS_TRY(check_vendor(config, *vendor, *request.to));
    if (static_cast<const DeliverySettings&>(config) != before) config.form.clear();
    if (vendor) config.to = *vendor->to;
    if (request.to) config.to = KNS_TRY(parse_destination(config.to)).url();
    if (request.endpoint && !config.endpoint.empty()) config.endpoint = KNS_TRY(parse_endpoint(config.endpoint));
    KNS_TRY(check(config));
    return config;
}

}  // namespace kns
