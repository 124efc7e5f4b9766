// Delivery streams and their one destination: made, described, changed.
#include <algorithm>
#include <charconv>

#include "core/aws/value_json.hpp"
#include "core/base/ids.hpp"
#include "core/firehose/kafka_topic.hpp"
#include "daemon/firehose/firehose_api.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kMaxStreams = 50;
constexpr std::string_view kOneDestination = "Exactly one destination configuration is supported for a Firehose";

struct Way {
    std::string_view configuration, update;  // in the input
    std::optional<DestinationKind> kind;     // none: kns does not have it, for this reason
    std::string_view reason{};
};
constexpr std::string_view kNotYet = "delivery streams of this kind are not made by this API yet";
constexpr Way kWays[] = {
    {"ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate", DestinationKind::extended_s3},
    {"S3DestinationConfiguration", "S3DestinationUpdate", DestinationKind::extended_s3},
    {"HttpEndpointDestinationConfiguration", "HttpEndpointDestinationUpdate", DestinationKind::http_endpoint},
    {"RedshiftDestinationConfiguration", "RedshiftDestinationUpdate", DestinationKind::redshift},
    {"ElasticsearchDestinationConfiguration", "ElasticsearchDestinationUpdate", DestinationKind::elasticsearch},
    {"AmazonopensearchserviceDestinationConfiguration", "AmazonopensearchserviceDestinationUpdate", DestinationKind::opensearch},
    {"AmazonOpenSearchServerlessDestinationConfiguration", "AmazonOpenSearchServerlessDestinationUpdate", {}, kNotYet},
    {"SplunkDestinationConfiguration", "SplunkDestinationUpdate", DestinationKind::splunk},
    {"IcebergDestinationConfiguration", "IcebergDestinationUpdate", DestinationKind::iceberg},
    {"SnowflakeDestinationConfiguration",
     "SnowflakeDestinationUpdate",
     {},
     "Snowflake takes streams by a protocol of its own that is not published, so kns cannot"},
};

// The one of them that the input has.
Outcome<const Way*> way_of(const Value& in, std::string_view Way::* name) {
    const Way* found = nullptr;
    for (const auto& way : kWays) {
        if (in[way.*name].is_null()) continue;
        if (found) return refuse("InvalidArgumentException", "{}", kOneDestination);
        found = &way;
    }
    if (!found) return refuse("InvalidArgumentException", "{}", kOneDestination);
    if (!found->kind) return refuse("InvalidArgumentException", "{}: {}.", found->*name, found->reason);
    return found;
}

ApiError invalid(const Error& error) {
    ApiError out = api_error(error);
    if (error.code == Errc::invalid_argument || error.code == Errc::unsupported) out = {"InvalidArgumentException", out.message};
    return out;
}

void write_members(AnswerWriter& out, const JsonValue& object) {
    for (const auto& [name, member] : *object.as_object()) {
        out.key(name);
        write(out, member);
    }
}

// What a bucket's plain description has of the extended one.
constexpr std::string_view kPlainMembers[] = {"RoleARN",
                                              "BucketARN",
                                              "Prefix",
                                              "ErrorOutputPrefix",
                                              "BufferingHints",
                                              "CompressionFormat",
                                              "EncryptionConfiguration",
                                              "CloudWatchLoggingOptions"};

}  // namespace

Task<Outcome<>> FirehoseApi::keep_secret(std::string name, ServiceSecret secret) {
    JsonWriter json;
    json.begin_object().member(secret.field, secret.value).end_object();
    auto keep = [this, name = access_key_secret(name), text = SecretText(json.take())]() mutable {
        return services_.secrets.set(name, std::move(text), services_.clock.now());
    };
    const auto kept = co_await run_on(services_.catalog, std::move(keep));
    if (!kept) co_return std::unexpected(invalid(kept.error()));
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::create(const Value& in, AnswerWriter& out) {
    const auto settings = settings_();
    const std::string name = *in["DeliveryStreamName"].text();
    const auto rows = deliveries_.rows();
    if (status_of(name) == "DELETING" || std::ranges::find(rows, name, &DeliveryRow::name) != rows.end())
        co_return refuse("ResourceInUseException", "Firehose {} under accountId {} already exists", name, settings.place.account);
    if (settings.limits && rows.size() >= kMaxStreams) {
        std::string names;
        for (const auto& row : rows) names += (names.empty() ? "" : ", ") + row.name;
        co_return refuse("LimitExceededException",
                         "You have already consumed your firehose quota of {} hoses. Firehose names: [{}]", kMaxStreams, names);
    }
    const auto way = way_of(in, &Way::configuration);
    if (!way) co_return std::unexpected(way.error());
    const auto type = in["DeliveryStreamType"].text_or("DirectPut");
    const Value& stream = in["KinesisStreamSourceConfiguration"];
    if (!in["MSKSourceConfiguration"].is_null() || !in["DatabaseSourceConfiguration"].is_null() || type == "MSKAsSource" ||
        type == "DatabaseAsSource")
        co_return refuse(
            "InvalidArgumentException",
            "kns takes records from direct puts and Kinesis streams here, and from {} not yet: see kns firehose create --source.",
            type);
    if ((type == "KinesisStreamAsSource") == stream.is_null())
        co_return refuse("InvalidArgumentException", "KinesisStreamSourceConfiguration belongs to the type KinesisStreamAsSource.");

    const JsonValue given = json_of(in[(*way)->configuration]);
    ServiceForm form{.kind = *(*way)->kind};
    auto described = describe_destination(form.kind, given);
    if (!described) co_return std::unexpected(invalid(described.error()));
    form.destination = std::move(*described);
    auto wanted = settings_of(form.kind, form.destination, settings.places);
    if (!wanted) co_return std::unexpected(invalid(wanted.error()));
    const auto secret = secret_of(form.kind, given);
    if (!secret.value.empty()) wanted->secret = access_key_secret(name);
    CreateDelivery request{std::move(*wanted)};
    request.name = name;
    if (!stream.is_null()) {
        form.source_role_arn = stream["RoleARN"].text_or("");
        const auto source = StreamName::parse(*stream["KinesisStreamARN"].text());
        if (!source || !services_.directory.find(source->text()))
            co_return refuse("ResourceNotFoundException", "Stream {} under account {} not found.",
                             source ? source->text() : *stream["KinesisStreamARN"].text(), settings.place.account);
        request.source = source->text();
    }
    auto config = make_delivery_config(request);
    if (!config) co_return std::unexpected(invalid(config.error()));
    config->form = to_json(form);
    for (const auto& tag : in["Tags"].list()) config->tags[*tag["Key"].text()] = tag["Value"].text_or("");
    if (!secret.value.empty()) {
        auto kept = co_await keep_secret(name, secret);
        if (!kept) co_return kept;
    }
    const auto made = co_await deliveries_.make(name, std::move(*config), "latest");
    if (!made) co_return std::unexpected(invalid(made.error()));
    begin(name, "CREATING");
    if (const Value& encryption = in["DeliveryStreamEncryptionConfigurationInput"]; !encryption.is_null()) {
        Value::Structure members{{"DeliveryStreamName", in["DeliveryStreamName"]},
                                 {"DeliveryStreamEncryptionConfigurationInput", encryption}};
        const Value asked(Value::Storage(std::move(members)));
        const auto status = std::string(status_of(name));
        transitions_.begin(name, {}, 0);  // it is made: what follows belongs to its making
        auto encrypted = co_await set_encryption(asked, true);
        if (!encrypted) co_return encrypted;
        if (status != "ACTIVE") begin(name, status);
    }
    out.begin_structure().key("DeliveryStreamARN").text(made->arn).end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::describe(const Value& in, AnswerWriter& out) {
    const auto& name = *in["DeliveryStreamName"].text();
    auto row = row_of(in);
    const auto status = status_of(name);
    if (!row && status == "DELETING") row = deleting_[name];
    if (!row) co_return std::unexpected(row.error());
    const auto arn = settings_().place.arn("firehose", "deliverystream", row->name);
    ServiceForm form = form_of(row->config);
    if (!row->config.form.empty())
        if (auto kept = from_json_text<ServiceForm>(row->config.form, Unknown::ignore)) form = std::move(*kept);

    out.begin_structure().key("DeliveryStreamDescription").begin_structure();
    out.key("DeliveryStreamName").text(row->name).key("DeliveryStreamARN").text(arn).key("DeliveryStreamStatus").text(status);
    const auto source = deliveries_.direct_put(row->name);
    out.key("DeliveryStreamEncryptionConfiguration").begin_structure();
    if (source && (*source)->row.encrypted()) {
        const auto& key = (*source)->row.kms_key;
        if (!key.empty()) out.key("KeyARN").text(key);
        out.key("KeyType").text(key.empty() ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK").key("Status").text("ENABLED");
    } else {
        out.key("Status").text("DISABLED");
    }
    out.end_structure();
    out.key("DeliveryStreamType").text(type_of(*row));
    out.key("VersionId").text(std::to_string(row->version)).key("CreateTimestamp").timestamp(row->created_ms);
    if (row->config.reads_topic()) {
        out.key("Source").begin_structure().key("MSKSourceDescription").begin_structure();
        if (const auto topic = parse_kafka_topic(*row->config.source)) out.key("TopicName").text(topic->topic);
        out.key("DeliveryStartTimestamp").timestamp(row->created_ms).end_structure().end_structure();
    } else if (row->config.source) {
        out.key("Source").begin_structure().key("KinesisStreamSourceDescription").begin_structure();
        out.key("KinesisStreamARN").text(settings_().place.arn("kinesis", "stream", *row->config.source));
        if (!form.source_role_arn.empty()) out.key("RoleARN").text(form.source_role_arn);
        out.key("DeliveryStartTimestamp").timestamp(row->created_ms).end_structure().end_structure();
    }
    out.key("Destinations").begin_list().begin_structure().key("DestinationId").text(kDestinationId);
    if (form.kind == DestinationKind::extended_s3) {
        out.key("S3DestinationDescription").begin_structure();
        for (const auto member : kPlainMembers) {
            if (form.destination[member].is_null()) continue;
            out.key(member);
            write(out, form.destination[member]);
        }
        out.end_structure();
    }
    out.key(fmt::format("{}DestinationDescription", name_of_enum(form.kind))).begin_structure();
    write_members(out, form.destination);
    out.end_structure().end_structure().end_list().key("HasMoreDestinations").boolean(false);
    out.end_structure().end_structure();
    co_return Outcome<>();
}

Task<Outcome<>> FirehoseApi::update(const Value& in, AnswerWriter& out) {
    auto row = active_row_of(in);
    if (!row) co_return std::unexpected(row.error());
    if (in["DestinationId"].text_or("") != kDestinationId)
        co_return refuse("InvalidArgumentException", "Destination Id {} not found", in["DestinationId"].text_or(""));
    const auto way = way_of(in, &Way::update);
    if (!way) co_return std::unexpected(way.error());
    if (in["CurrentDeliveryStreamVersionId"].text_or("") != std::to_string(row->version))
        co_return refuse("ConcurrentModificationException",
                         "Cannot update firehose: {} since the current version id: {} and specified version id: {} do not match",
                         row->name, row->version, in["CurrentDeliveryStreamVersionId"].text_or(""));
    ServiceForm form = form_of(row->config);
    if (!row->config.form.empty())
        if (auto kept = from_json_text<ServiceForm>(row->config.form, Unknown::ignore)) form = std::move(*kept);
    const JsonValue given = json_of(in[(*way)->update]);
    if (form.kind != *(*way)->kind) {
        // Another kind of destination takes nothing over from what there was: all that a new one must have has to be there.
        form.kind = *(*way)->kind;
        if (!is_whole(form.kind, given))
            co_return refuse("InvalidArgumentException",
                             "A destination of another kind needs everything: RoleARN and BucketARN, and where its records go.");
        auto described = describe_destination(form.kind, given);
        if (!described) co_return std::unexpected(invalid(described.error()));
        form.destination = std::move(*described);
    } else {
        auto changed = update_destination(form.kind, form.destination, given);
        if (!changed) co_return std::unexpected(invalid(changed.error()));
        form.destination = std::move(*changed);
    }
    auto wanted = settings_of(form.kind, form.destination, settings_().places);
    if (!wanted) co_return std::unexpected(invalid(wanted.error()));
    // What the settings of another kind were must not stay.
    if (!wanted->attributes) wanted->attributes.emplace();
    if (!wanted->format) wanted->format = DeliverySettings().format;
    if (!wanted->prefix) wanted->prefix = "";
    if (!wanted->time_zone) wanted->time_zone = "";
    if (!wanted->endpoint) wanted->endpoint = wanted->region = wanted->profile = "";
    if (!wanted->secret && row->config.secret != access_key_secret(row->name)) wanted->secret = "";
    const auto secret = secret_of(form.kind, given);
    if (!secret.value.empty()) {
        wanted->secret = access_key_secret(row->name);
        auto kept = co_await keep_secret(row->name, secret);
        if (!kept) co_return kept;
    }
    auto config = update_delivery_config(row->config, *wanted);
    if (!config) co_return std::unexpected(invalid(config.error()));
    config->form = to_json(form);
    const auto changed = co_await deliveries_.change(row->name, std::move(*config));
    if (!changed) co_return std::unexpected(invalid(changed.error()));
    out.begin_structure().end_structure();
    co_return Outcome<>();
}

}  // namespace kns::aws
