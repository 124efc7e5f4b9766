#include "core/firehose/service_form.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

constexpr auto kS3 = DestinationKind::extended_s3, kHttp = DestinationKind::http_endpoint;

JsonValue json(std::string_view text) { return parse_json(text).value(); }
JsonValue s3(std::string_view more = "") {
    return describe_destination(kS3, json(fmt::format(R"({{"RoleARN":"r","BucketARN":"arn:aws:s3:::lake"{}}})", more))).value();
}

TEST_CASE("a bucket is Amazon's, an endpoint's or a directory's") {
    const auto amazon = settings_of(kS3, s3(), {}).value();
    CHECK(amazon.to == "s3://lake/");
    CHECK(amazon.endpoint == "");
    const auto endpoint = settings_of(kS3, s3(), {.at = "http://127.0.0.1:9000", .secret = "mine"}).value();
    CHECK(endpoint.to == "s3://lake/");
    CHECK(endpoint.endpoint == "http://127.0.0.1:9000");
    CHECK(endpoint.secret == "mine");
    const auto files = settings_of(kS3, s3(), {.at = "file:///srv/b/", .secret = "unused"}).value();
    CHECK(files.to == "file:///srv/b/lake/");
    CHECK(files.secret == "");
}

TEST_CASE("nothing stands between records unless a processor asks for it") {
    CHECK(settings_of(kS3, s3(), {})->delimiter == Delimiter::none);
    const auto with = [](std::string_view enabled, std::string_view type, std::string_view parameters = "[]") {
        return settings_of(
            kS3,
            s3(fmt::format(R"(,"ProcessingConfiguration":{{"Enabled":{},"Processors":[{{"Type":"{}","Parameters":{}}}]}})", enabled,
                           type, parameters)),
            {});
    };
    CHECK(with("true", "AppendDelimiterToRecord")->delimiter == Delimiter::newline);
    CHECK(with("true", "AppendDelimiterToRecord", R"([{"ParameterName":"Delimiter","ParameterValue":"\\n"}])")->delimiter ==
          Delimiter::newline);
    CHECK(with("false", "Lambda")->delimiter == Delimiter::none);
    CHECK(with("true", "Lambda").error().code == Errc::unsupported);
    CHECK(with("true", "AppendDelimiterToRecord", R"([{"ParameterName":"Delimiter","ParameterValue":";"}])").error().code ==
          Errc::unsupported);
}

TEST_CASE("what is not done here is refused by name") {
    for (const auto* more :
         {R"(,"DynamicPartitioningConfiguration":{"Enabled":true})", R"(,"S3BackupMode":"Enabled")", R"(,"FileExtension":".x")",
          R"(,"CustomTimeZone":"Europe/Berlin")", R"(,"EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":"k"}})",
          R"(,"DataFormatConversionConfiguration":{"Enabled":true})"}) {
        INFO(more);
        CHECK(settings_of(kS3, s3(more), {}).error().code == Errc::unsupported);
    }
    CHECK(settings_of(
        kS3, s3(R"(,"CustomTimeZone":"UTC","FileExtension":"","DataFormatConversionConfiguration":{"Enabled":false})"), {}));
}

TEST_CASE("an update goes over what there is member by member, and processing as a whole") {
    const auto before = s3(R"(,"Prefix":"a/","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60},)"
                           R"("ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"AppendDelimiterToRecord"}]})");
    const auto after =
        update_destination(kS3, before, json(R"({"Prefix":"b/","CloudWatchLoggingOptions":{"LogGroupName":"g"}})")).value();
    CHECK(*after["Prefix"].as_string() == "b/");
    CHECK(after["BufferingHints"]["SizeInMBs"].as_int() == 1);
    CHECK(*after["CloudWatchLoggingOptions"]["Enabled"].as_bool() == false);
    CHECK(*after["CloudWatchLoggingOptions"]["LogGroupName"].as_string() == "g");
    CHECK(settings_of(kS3, after, {})->delimiter == Delimiter::newline);
    const auto cleared = update_destination(kS3, before, json(R"({"ProcessingConfiguration":{"Enabled":false}})")).value();
    CHECK_FALSE(cleared["ProcessingConfiguration"].has("Processors"));
    CHECK_FALSE(update_destination(kS3, before, json(R"({"BufferingHints":{"SizeInMBs":1}})")));
}

TEST_CASE("an endpoint's access key is not described, and its bucket is the backup") {
    const auto described =
        describe_destination(kHttp,
                             json(R"({"EndpointConfiguration":{"Url":"https://h/in","Name":"n","AccessKey":"hush"},)"
                                  R"("S3Configuration":{"RoleARN":"r","BucketARN":"arn:aws:s3:::lake","Prefix":"lost/"},)"
                                  R"("RequestConfiguration":{"CommonAttributes":[{"AttributeName":"a","AttributeValue":"b"}]}})"))
            .value();
    CHECK(to_json(described).find("hush") == std::string::npos);
    CHECK_FALSE(described.has("S3Configuration"));
    const auto settings = settings_of(kHttp, described, {.at = "http://127.0.0.1:9000", .secret = "mine"}).value();
    CHECK(settings.to == "https://h/in");
    CHECK(settings.backup == "s3://lake/?endpoint=http://127.0.0.1:9000&secret=mine");
    CHECK(settings.error_prefix == "lost/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH/}");
    CHECK(settings.attributes->at("a") == "b");
    CHECK(settings.retry_ms == 300 * kSecond);
    CHECK(make_delivery_config({settings, "d"}));
}

TEST_CASE("a cluster is an endpoint and an index") {
    const auto described = describe_destination(DestinationKind::opensearch,
                                                json(R"({"ClusterEndpoint":"https://es:9200/","IndexName":"clicks","RoleARN":"r",)"
                                                     R"("S3Configuration":{"RoleARN":"r","BucketARN":"arn:aws:s3:::lake"}})"))
                               .value();
    const auto settings = settings_of(DestinationKind::opensearch, described, {}).value();
    CHECK(*settings.to == "opensearch+https://es:9200/clicks?rotation=OneDay");
    CHECK(settings.backup == "s3://lake/");
    const auto config = make_delivery_config({settings, "d"}).value();
    const auto form = form_of(config);
    CHECK(name_of_enum(form.kind) == "Amazonopensearchservice");
    CHECK(*form.destination["IndexRotationPeriod"].as_string() == "OneDay");
    CHECK(*form.destination["ClusterEndpoint"].as_string() == "https://es:9200");
}

}  // namespace
}  // namespace kns
