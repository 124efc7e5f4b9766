#include "core/firehose/service_form.hpp"

#include <algorithm>

#include "core/base/unix_http.hpp"
#include "core/firehose/search_index.hpp"
#include "core/firehose/service_processing.hpp"

namespace kns {
namespace {

constexpr std::string_view kNoRole = "arn:aws:iam::000000000000:role/kns";  // where AWS always shows one

using Object = JsonValue::Object;

std::string text_of(const JsonValue& in, std::string_view name) {
    const auto* text = in[name].as_string();
    return text ? *text : std::string();
}
bool is_on(const JsonValue& in) { return in["Enabled"].as_bool() && *in["Enabled"].as_bool(); }
JsonValue text(std::string value) { return JsonValue(std::move(value)); }
JsonValue number(std::uint64_t value) { return JsonValue(static_cast<std::int64_t>(value)); }

void set(Object& object, std::string_view name, JsonValue value) {
    const auto found = std::ranges::find(object, name, [](const auto& entry) -> const std::string& { return entry.first; });
    if (found == object.end())
        object.emplace_back(name, std::move(value));
    else
        found->second = std::move(value);
}
void set_if_absent(Object& object, std::string_view name, JsonValue value) {
    const auto found = std::ranges::find(object, name, [](const auto& entry) -> const std::string& { return entry.first; });
    if (found == object.end()) object.emplace_back(name, std::move(value));
}
void drop(Object& object, std::string_view name) {
    std::erase_if(object, [&](const auto& entry) { return entry.first == name; });
}

JsonValue switched_off() { return JsonValue(Object{{"Enabled", JsonValue(false)}}); }
JsonValue hints(std::uint64_t mib, std::uint64_t seconds) {
    return JsonValue(Object{{"SizeInMBs", number(mib)}, {"IntervalInSeconds", number(seconds)}});
}

// Both hints or neither (API reference, BufferingHints).
Result<void> check_hints(const JsonValue& hints) {
    if (!hints.is_null() && hints["SizeInMBs"].is_null() != hints["IntervalInSeconds"].is_null())
        return fail(Errc::invalid_argument, "BufferingHints need both SizeInMBs and IntervalInSeconds, or neither");
    return {};
}

void fill_s3(Object& object) {
    set_if_absent(object, "BufferingHints", hints(5, 300));
    set_if_absent(object, "CompressionFormat", text("UNCOMPRESSED"));
    set_if_absent(object, "EncryptionConfiguration", JsonValue(Object{{"NoEncryptionConfig", text("NoEncryption")}}));
    set_if_absent(object, "CloudWatchLoggingOptions", switched_off());
}

// A bucket beside the destination is configured under one name, updated under another, and shown under a third.
void show_bucket(Object& object, std::initializer_list<std::string_view> given_as, std::string_view shown_as) {
    for (const auto given : given_as) {
        const JsonValue s3 = JsonValue(object)[given];
        if (const auto* members = s3.as_object()) {
            Object shown = *members;
            fill_s3(shown);
            set(object, shown_as, JsonValue(std::move(shown)));
        }
        drop(object, given);
    }
}

bool is_search(DestinationKind kind) { return kind == DestinationKind::opensearch || kind == DestinationKind::elasticsearch; }

// What is kept as a secret is never shown again.
void hide_keys(Object& object) {
    drop(object, "HECToken");
    drop(object, "Password");
    const JsonValue endpoint = JsonValue(object)["EndpointConfiguration"];
    if (const auto* members = endpoint.as_object()) {
        Object shown = *members;
        drop(shown, "AccessKey");
        set(object, "EndpointConfiguration", JsonValue(std::move(shown)));
    }
}

// With the defaults that the API reference has for each kind.
JsonValue filled(DestinationKind kind, Object object) {
    set_if_absent(object, "ProcessingConfiguration", switched_off());
    if (kind == DestinationKind::extended_s3) {
        // Developer guide, "Convert input data format": a larger buffer then.
        if (converts_format(JsonValue(object))) set_if_absent(object, "BufferingHints", hints(128, 300));
        fill_s3(object);
        set_if_absent(object, "S3BackupMode", text("Disabled"));
        set_if_absent(object, "CustomTimeZone", text("UTC"));
        set_if_absent(object, "DataFormatConversionConfiguration", switched_off());
        show_bucket(object, {"S3BackupConfiguration", "S3BackupUpdate"}, "S3BackupDescription");
        return JsonValue(std::move(object));
    }
    if (kind == DestinationKind::redshift) {
        set_if_absent(object, "RetryOptions", JsonValue(Object{{"DurationInSeconds", number(3600)}}));
        set_if_absent(object, "CloudWatchLoggingOptions", switched_off());
        set_if_absent(object, "S3BackupMode", text("Disabled"));
        show_bucket(object, {"S3Configuration", "S3Update"}, "S3DestinationDescription");
        show_bucket(object, {"S3BackupConfiguration", "S3BackupUpdate"}, "S3BackupDescription");
        hide_keys(object);
        return JsonValue(std::move(object));
    }
    const bool splunk = kind == DestinationKind::splunk;
    set_if_absent(object, "BufferingHints", splunk ? hints(5, 60) : hints(5, 300));
    set_if_absent(object, "RetryOptions", JsonValue(Object{{"DurationInSeconds", number(300)}}));
    set_if_absent(object, "CloudWatchLoggingOptions", switched_off());
    if (is_search(kind)) {
        set_if_absent(object, "IndexRotationPeriod", text("OneDay"));
        if (kind == DestinationKind::opensearch)
            set_if_absent(object, "DocumentIdOptions", JsonValue(Object{{"DefaultDocumentIdFormat", text("FIREHOSE_DEFAULT")}}));
        set_if_absent(object, "S3BackupMode", text("FailedDocumentsOnly"));
    } else if (kind == DestinationKind::iceberg) {
        set_if_absent(object, "AppendOnly", JsonValue(false));
        set_if_absent(object, "S3BackupMode", text("FailedDataOnly"));
    } else if (splunk) {
        set_if_absent(object, "HECAcknowledgmentTimeoutInSeconds", number(180));
        set_if_absent(object, "S3BackupMode", text("FailedEventsOnly"));
    } else {
        set_if_absent(object, "RequestConfiguration", JsonValue(Object{{"ContentEncoding", text("NONE")}}));
        set_if_absent(object, "S3BackupMode", text("FailedDataOnly"));
    }
    show_bucket(object, {"S3Configuration", "S3Update"}, "S3DestinationDescription");
    hide_keys(object);
    return JsonValue(std::move(object));
}

// The name of arn:aws:s3:::NAME.
std::string bucket_of(const JsonValue& s3) {
    const auto arn = text_of(s3, "BucketARN");
    return arn.substr(arn.rfind(':') + 1);
}

// A place in a bucket, as the setting has buckets.
struct Bucket {
    std::string url, endpoint, secret;
};
Bucket place_of_bucket(const JsonValue& s3, const BucketPlace& buckets) {
    if (buckets.at.starts_with("file:")) return {.url = buckets.at + bucket_of(s3) + "/"};
    return {.url = fmt::format("s3://{}/", bucket_of(s3)), .endpoint = buckets.at, .secret = buckets.secret};
}

// A backup's URL says all of its place.
std::string url_of_backup(const Bucket& bucket) {
    if (!bucket.url.starts_with("s3:")) return bucket.url;
    std::string query;
    if (!bucket.endpoint.empty()) query += "&endpoint=" + bucket.endpoint;
    if (!bucket.secret.empty()) query += "&secret=" + bucket.secret;
    return query.empty() ? bucket.url : bucket.url + "?" + query.substr(1);
}

Result<void> refuse_what_is_not_here(const JsonValue& destination) {
    const auto no = [](std::string_view what) { return fail(Errc::unsupported, "kns does not do this here yet: {}", what); };
    if (!destination["VpcConfiguration"].is_null()) return no("VpcConfiguration");
    if (!text_of(destination, "DomainARN").empty()) return no("DomainARN: give the ClusterEndpoint");
    if (!destination["EncryptionConfiguration"]["KMSEncryptionConfig"].is_null()) return no("encryption of objects by a KMS key");
    if (is_on(destination["SecretsManagerConfiguration"])) return no("SecretsManagerConfiguration");
    return {};
}

std::optional<std::uint64_t> whole(const JsonValue& in) {
    const auto number = in.as_uint();
    return number ? std::optional(*number) : std::nullopt;
}

void set_hints(UpdateDelivery& out, const JsonValue& hints) {
    if (const auto mib = whole(hints["SizeInMBs"])) out.buffer_bytes = *mib << 20;
    if (const auto seconds = whole(hints["IntervalInSeconds"])) out.buffer_ms = static_cast<Ms>(*seconds) * kSecond;
}

Result<Compression> compression_of(const JsonValue& s3) {
    static constexpr std::pair<std::string_view, Compression> kFormats[] = {{"UNCOMPRESSED", Compression::none},
                                                                            {"GZIP", Compression::gzip},
                                                                            {"ZIP", Compression::zip},
                                                                            {"Snappy", Compression::snappy},
                                                                            {"HADOOP_SNAPPY", Compression::hadoop_snappy}};
    const auto format = text_of(s3, "CompressionFormat");
    const auto* known = std::ranges::find(kFormats, format, &std::pair<std::string_view, Compression>::first);
    if (known == std::end(kFormats)) return fail(Errc::invalid_argument, "\"{}\" is no CompressionFormat", format);
    return known->second;
}

// S3BackupMode Enabled: all records, as they were put.
Result<void> read_backup_of_all(const JsonValue& destination, const BucketPlace& buckets, UpdateDelivery& out) {
    out.backup = "";
    if (out.backup_mode != BackupMode::all) return {};
    const JsonValue& backup = destination["S3BackupDescription"];
    if (text_of(backup, "BucketARN").empty())
        return fail(Errc::invalid_argument, "S3BackupMode Enabled needs an S3BackupConfiguration");
    out.backup = url_of_backup(place_of_bucket(backup, buckets));
    out.backup_prefix = text_of(backup, "Prefix");
    return {};
}

// Its own S3Configuration is where it loads from.
Result<void> read_redshift(const JsonValue& destination, const BucketPlace& buckets, UpdateDelivery& out) {
    const JsonValue& s3 = destination["S3DestinationDescription"];
    const Bucket staging = place_of_bucket(s3, buckets);
    if (!staging.url.starts_with("s3:"))
        return fail(Errc::unsupported, "Redshift loads from buckets, and the setting aws.buckets has directories for them");
    const auto url = text_of(destination, "ClusterJDBCURL");  // jdbc:redshift://HOST:PORT/DATABASE
    const auto place = url.find("://");
    if (!url.starts_with("jdbc:") || place == std::string::npos)
        return fail(Errc::invalid_argument, "\"{}\" is no ClusterJDBCURL: jdbc:redshift://HOST:PORT/DATABASE", url);
    const JsonValue& copy = destination["CopyCommand"];
    auto columns = text_of(copy, "DataTableColumns");
    std::erase(columns, ' ');
    out.to = fmt::format("redshift://{}@{}?table={}{}{}&staging={}{}{}&iam_role={}&copy={}", text_of(destination, "Username"),
                         url.substr(place + 3), text_of(copy, "DataTableName"), columns.empty() ? "" : "&columns=", columns,
                         staging.url, staging.secret.empty() ? "" : "&staging_secret=", staging.secret,
                         text_of(destination, "RoleARN"), percent_encode(text_of(copy, "CopyOptions")));
    out.endpoint = staging.endpoint;
    out.prefix = text_of(s3, "Prefix");
    out.error_prefix = text_of(s3, "ErrorOutputPrefix");
    out.compress = KNS_TRY(compression_of(s3));
    set_hints(out, s3["BufferingHints"]);
    return {};
}

// One table in the warehouse, where its database's tables are as Glue has them: WAREHOUSE/DATABASE.db/TABLE.
Result<void> read_iceberg(const JsonValue& destination, const ServicePlaces& places, UpdateDelivery& out) {
    const auto* tables = destination["DestinationTableConfigurationList"].as_array();
    if (!tables || tables->size() != 1)
        return fail(Errc::unsupported, "kns appends to one table: the DestinationTableConfigurationList has one");
    const JsonValue& table = tables->front();
    if (!table["UniqueKeys"].is_null() || !table["PartitionSpec"].is_null())
        return fail(Errc::unsupported, "kns only appends, to tables without partitions: neither UniqueKeys nor a PartitionSpec");
    const JsonValue& s3 = destination["S3DestinationDescription"];
    const auto warehouse = text_of(destination["CatalogConfiguration"], "WarehouseLocation");  // s3://BUCKET/PREFIX
    Bucket bucket = place_of_bucket(s3, places.buckets);
    if (!warehouse.empty()) {
        const auto place = KNS_TRY(parse_destination(warehouse));
        bucket = place_of_bucket(JsonValue(Object{{"BucketARN", text("arn:aws:s3:::" + place.host)}}), places.buckets);
        bucket.url += place.path;
        if (!bucket.url.ends_with('/')) bucket.url += '/';
    }
    const auto database = text_of(table, "DestinationDatabaseName"), name = text_of(table, "DestinationTableName");
    out.to = fmt::format("iceberg+{}{}.db/{}/", bucket.url, database, name);
    out.endpoint = bucket.endpoint;
    out.secret = bucket.secret;
    out.format = "parquet";
    out.schema = KNS_TRY(places.find_table(database, name));
    out.compress = Compression::zstd;
    return {};
}

}  // namespace

Result<JsonValue> describe_destination(DestinationKind kind, const JsonValue& configuration) {
    KNS_TRY(check_hints(configuration["BufferingHints"]));
    KNS_TRY(check_hints(configuration["S3Configuration"]["BufferingHints"]));
    const auto* members = configuration.as_object();
    return filled(kind, members ? *members : Object());
}

Result<JsonValue> update_destination(DestinationKind kind, const JsonValue& now, const JsonValue& update) {
    KNS_TRY(check_hints(update["BufferingHints"]));
    if (!now.as_object() || !update.as_object()) return fail(Errc::internal, "a destination's description is no object");
    const auto merge = [](const JsonValue& old, const JsonValue& given, const auto& self) -> JsonValue {
        if (!old.as_object() || !given.as_object()) return given;
        Object out = *old.as_object();
        for (const auto& [name, member] : *given.as_object())
            set(out, name, name == "ProcessingConfiguration" ? member : self(old[name], member, self));
        return JsonValue(std::move(out));
    };
    Object change = *update.as_object();
    for (const auto& [given, shown] :
         {std::pair("S3Update", "S3DestinationDescription"), std::pair("S3BackupUpdate", "S3BackupDescription")})
        if (!update[given].is_null()) {
            set(change, shown, update[given]);
            drop(change, given);
        }
    const JsonValue together = merge(now, JsonValue(std::move(change)), merge);
    return filled(kind, *together.as_object());
}

Result<UpdateDelivery> settings_of(DestinationKind kind, const JsonValue& destination, const ServicePlaces& places) {
    KNS_TRY(refuse_what_is_not_here(destination));
    const BucketPlace& buckets = places.buckets;
    UpdateDelivery out;
    set_hints(out, destination["BufferingHints"]);
    if (const auto seconds = whole(destination["RetryOptions"]["DurationInSeconds"]))
        out.retry_ms = static_cast<Ms>(*seconds) * kSecond;
    KNS_TRY(read_processing(destination, places.functions, out));
    const auto mode = text_of(destination, "S3BackupMode");
    out.backup_mode = mode == "Enabled" || mode == "AllData" || mode == "AllDocuments" || mode == "AllEvents" ? BackupMode::all
                                                                                                              : BackupMode::failed;
    out.backup_prefix = "";
    out.extension = "";
    if (kind == DestinationKind::extended_s3) {
        const Bucket bucket = place_of_bucket(destination, buckets);
        out.to = bucket.url;
        out.endpoint = bucket.endpoint;
        out.secret = bucket.secret;
        out.prefix = text_of(destination, "Prefix");
        out.error_prefix = text_of(destination, "ErrorOutputPrefix");
        out.compress = KNS_TRY(compression_of(destination));
        KNS_TRY(read_conversion(destination, places.find_table, out));
        out.extension = text_of(destination, "FileExtension");
        const auto zone = text_of(destination, "CustomTimeZone");
        out.time_zone = zone == "UTC" ? "" : zone;
        KNS_TRY(read_backup_of_all(destination, buckets, out));
        return out;
    }
    if (kind == DestinationKind::redshift) {
        KNS_TRY(read_redshift(destination, buckets, out));
        KNS_TRY(read_backup_of_all(destination, buckets, out));
        return out;
    }
    const JsonValue& s3 = destination["S3DestinationDescription"];
    const bool gzip = text_of(destination["RequestConfiguration"], "ContentEncoding") == "GZIP";
    out.compress = gzip ? Compression::gzip : Compression::none;
    if (kind == DestinationKind::splunk) {
        auto endpoint = text_of(destination, "HECEndpoint");
        while (endpoint.ends_with('/')) endpoint.pop_back();
        const bool event = text_of(destination, "HECEndpointType") == "Event";
        out.to = fmt::format("splunk+{}?type={}&ack_timeout={}s", endpoint, event ? "event" : "raw",
                             whole(destination["HECAcknowledgmentTimeoutInSeconds"]).value_or(180));
    } else if (is_search(kind)) {
        auto endpoint = text_of(destination, "ClusterEndpoint");
        while (endpoint.ends_with('/')) endpoint.pop_back();
        const bool ids = text_of(destination["DocumentIdOptions"], "DefaultDocumentIdFormat") != "NO_DOCUMENT_ID";
        out.to = fmt::format("opensearch+{}/{}?rotation={}{}", endpoint, text_of(destination, "IndexName"),
                             text_of(destination, "IndexRotationPeriod"), ids ? "" : "&id=none");
    } else if (kind == DestinationKind::iceberg) {
        KNS_TRY(read_iceberg(destination, places, out));
    } else {
        out.to = text_of(destination["EndpointConfiguration"], "Url");
    }
    out.attributes.emplace();
    if (const auto* given = destination["RequestConfiguration"]["CommonAttributes"].as_array())
        for (const auto& attribute : *given)
            (*out.attributes)[text_of(attribute, "AttributeName")] = text_of(attribute, "AttributeValue");
    const Bucket bucket = place_of_bucket(s3, buckets);
    out.backup = url_of_backup(bucket);
    if (out.backup_mode == BackupMode::all) out.backup_prefix = text_of(s3, "Prefix");
    out.error_prefix = text_of(s3, "ErrorOutputPrefix");
    // Without one its own prefix counts, and the kind of failure behind it.
    if (out.error_prefix->empty() && !text_of(s3, "Prefix").empty())
        out.error_prefix = text_of(s3, "Prefix") + "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH/}";
    return out;
}

ServiceSecret secret_of(DestinationKind kind, const JsonValue& configuration) {
    if (kind == DestinationKind::splunk) return {"token", text_of(configuration, "HECToken")};
    if (kind == DestinationKind::redshift) return {"password", text_of(configuration, "Password")};
    if (kind == DestinationKind::http_endpoint) return {"api_key", text_of(configuration["EndpointConfiguration"], "AccessKey")};
    return {};
}

bool is_whole(DestinationKind kind, const JsonValue& configuration) {
    if (kind == DestinationKind::extended_s3) return configuration.has("BucketARN") && configuration.has("RoleARN");
    const JsonValue& bucket = configuration.has("S3Update") ? configuration["S3Update"] : configuration["S3Configuration"];
    if (!bucket.has("BucketARN") || !bucket.has("RoleARN")) return false;
    if (kind == DestinationKind::http_endpoint) return configuration["EndpointConfiguration"].has("Url");
    if (kind == DestinationKind::iceberg)
        return configuration.has("RoleARN") && configuration.has("DestinationTableConfigurationList");
    if (kind == DestinationKind::redshift)
        return configuration.has("RoleARN") && configuration.has("ClusterJDBCURL") &&
               configuration["CopyCommand"].has("DataTableName") && configuration.has("Username") && configuration.has("Password");
    if (kind == DestinationKind::splunk)
        return configuration.has("HECEndpoint") && configuration.has("HECEndpointType") && configuration.has("HECToken");
    return configuration.has("ClusterEndpoint") && configuration.has("IndexName");
}

ServiceForm form_of(const DeliveryConfig& config) {
    const auto destination = parse_destination(config.to);
    const bool http = destination && destination->scheme == "http", search = destination && destination->scheme == "opensearch";
    Object object{{"RoleARN", text(std::string(kNoRole))},
                  {"BufferingHints", hints(std::max<std::uint64_t>(1, config.buffer_bytes >> 20),
                                           static_cast<std::uint64_t>(config.buffer_ms / kSecond))}};
    if (search) {
        const auto index = parse_search_index(destination->path).value_or(SearchIndex());
        object.emplace_back("ClusterEndpoint", text(destination->host));
        object.emplace_back("IndexName", text(index.name));
        object.emplace_back("IndexRotationPeriod", text(std::string(name_of_enum(index.rotation))));
        object.emplace_back(
            "DocumentIdOptions",
            JsonValue(Object{{"DefaultDocumentIdFormat", text(index.ids ? "FIREHOSE_DEFAULT" : "NO_DOCUMENT_ID")}}));
        return {.kind = DestinationKind::opensearch, .destination = filled(DestinationKind::opensearch, std::move(object))};
    }
    if (http) {
        object.emplace_back("EndpointConfiguration", JsonValue(Object{{"Url", text(config.to)}}));
        object.emplace_back(
            "RetryOptions",
            JsonValue(Object{{"DurationInSeconds", number(static_cast<std::uint64_t>(config.retry_ms / kSecond))}}));
        return {.kind = DestinationKind::http_endpoint, .destination = filled(DestinationKind::http_endpoint, std::move(object))};
    }
    object.emplace_back("BucketARN",
                        text("arn:aws:s3:::" + (destination && destination->scheme == "s3" ? destination->host : "files")));
    if (!config.prefix.empty()) object.emplace_back("Prefix", text(config.prefix));
    if (!config.error_prefix.empty()) object.emplace_back("ErrorOutputPrefix", text(config.error_prefix));
    static constexpr std::string_view kFormats[] = {"UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY", "UNCOMPRESSED"};
    object.emplace_back("CompressionFormat", text(std::string(kFormats[static_cast<std::size_t>(config.compress)])));
    return {.kind = DestinationKind::extended_s3, .destination = filled(DestinationKind::extended_s3, std::move(object))};
}

}  // namespace kns
