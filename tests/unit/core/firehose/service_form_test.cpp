#include "core/firehose/service_form.hpp"

#include <catch2/catch.hpp>

#include "core/firehose/delivery_place.hpp"
#include "core/firehose/service_processing.hpp"

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
    const auto endpoint =
        settings_of(kS3, s3(), {.buckets = {.at = "http://127.0.0.1:9000", .secret = "mine"}, .functions = {}}).value();
    CHECK(endpoint.to == "s3://lake/");
    CHECK(endpoint.endpoint == "http://127.0.0.1:9000");
    CHECK(endpoint.secret == "mine");
    const auto files = settings_of(kS3, s3(), {.buckets = {.at = "file:///srv/b/", .secret = "unused"}, .functions = {}}).value();
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
    CHECK(with("true", "AppendDelimiterToRecord", R"([{"ParameterName":"Delimiter","ParameterValue":";"}])").error().code ==
          Errc::unsupported);
}

TEST_CASE("what is not done here is refused by name") {
    for (const auto* more : {R"(,"EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":"k"}})"}) {
        INFO(more);
        CHECK(settings_of(kS3, s3(more), {}).error().code == Errc::unsupported);
    }
    CHECK(settings_of(kS3, s3(R"(,"CustomTimeZone":"UTC","DataFormatConversionConfiguration":{"Enabled":false})"), {}));
}

TEST_CASE("a conversion of formats is a format with a schema") {
    const ServicePlaces places{
        .buckets = {}, .functions = {}, .find_table = [](const std::string& database, const std::string& table) {
            return Result<std::string>(fmt::format("{}_{} int", database, table));
        }};
    const auto settings = [&](std::string_view in, std::string_view out, std::string_view more = "") {
        return settings_of(
            kS3,
            s3(fmt::format(
                R"(,"DataFormatConversionConfiguration":{{"SchemaConfiguration":{{"DatabaseName":"d","TableName":"t"}},)"
                R"("InputFormatConfiguration":{{"Deserializer":{{{}}}}},"OutputFormatConfiguration":{{"Serializer":{{{}}}}}}}{})",
                in, out, more)),
            places);
    };
    const auto parquet = settings(R"("OpenXJsonSerDe":{"CaseInsensitive":false,"ColumnToJsonKeyMappings":{"ts":"timestamp"}})",
                                  R"("ParquetSerDe":{"PageSizeBytes":65536,"WriterVersion":"V2"})")
                             .value();
    CHECK(parquet.format == "parquet");
    CHECK(parquet.schema == "d_t int");
    CHECK(parquet.compress == Compression::snappy);
    CHECK(parquet.columns == std::map<std::string, std::string>{{"ts", "timestamp"}});
    CHECK(parquet.format_options ==
          std::map<std::string, std::string>{{"case_insensitive", "false"}, {"page_size_bytes", "65536"}, {"writer_version", "2"}});
    CHECK(parquet.buffer_bytes == 128U << 20);
    const auto orc = settings(R"("HiveJsonSerDe":{"TimestampFormats":["yyyy-MM-dd","millis"]})",
                              R"("OrcSerDe":{"Compression":"ZLIB","BloomFilterColumns":["a","b"]})")
                         .value();
    CHECK(orc.format == "orc");
    CHECK(orc.compress == Compression::gzip);
    CHECK(orc.format_options ==
          std::map<std::string, std::string>{{"bloom_filter_columns", "a,b"}, {"timestamp_formats", "yyyy-MM-dd|millis"}});
    CHECK(settings(R"("HiveJsonSerDe":{})", R"("ParquetSerDe":{},"OrcSerDe":{})").error().code == Errc::invalid_argument);
    CHECK(settings(R"("HiveJsonSerDe":{})", R"("OrcSerDe":{"FormatVersion":"V0_11"})").error().code == Errc::unsupported);
    CHECK(settings(R"("HiveJsonSerDe":{})", R"("OrcSerDe":{})", R"(,"CompressionFormat":"GZIP")").error().code ==
          Errc::invalid_argument);
    CHECK(settings_of(kS3, s3(R"(,"DataFormatConversionConfiguration":{"Enabled":false})"), places)->format == "json");
}

TEST_CASE("processors are the steps of the way, and functions are where the setting says") {
    const auto settings = [](std::string_view processors, std::string_view functions = "", std::string_view more = "") {
        return settings_of(
            kS3, s3(fmt::format(R"(,"ProcessingConfiguration":{{"Enabled":true,"Processors":[{}]}}{})", processors, more)),
            {.buckets = {}, .functions = std::string(functions)});
    };
    const auto processor = [](std::string_view type, std::string_view name = "", std::string_view value = "") {
        return fmt::format(R"({{"Type":"{}","Parameters":[{{"ParameterName":"{}","ParameterValue":"{}"}}]}})", type, name, value);
    };
    const auto message = [](const Result<UpdateDelivery>& result) { return result ? std::string() : result.error().message; };

    CHECK(settings(processor("RecordDeAggregation", "SubRecordType", "JSON"))->deaggregate == "json");
    CHECK(settings(R"({"Type":"RecordDeAggregation","Parameters":[{"ParameterName":"SubRecordType","ParameterValue":"DELIMITED"},
        {"ParameterName":"Delimiter","ParameterValue":"Ozs="}]})")
              ->deaggregate == "delimited:;;");
    CHECK(message(settings(processor("RecordDeAggregation", "SubRecordType", "DELIMITED"))) ==
          "SubRecordType DELIMITED needs a Delimiter, in base64");
    CHECK(message(settings(processor("RecordDeAggregation"))) == "\"\" is no SubRecordType: JSON or DELIMITED");

    const auto gzip = processor("Decompression", "CompressionFormat", "GZIP");
    const auto logs = processor("CloudWatchLogProcessing", "DataMessageExtraction", "true");
    CHECK(settings(gzip)->logs == Logs::decompress);
    CHECK(settings(gzip + "," + logs)->logs == Logs::messages);
    CHECK(message(settings(logs)) == "CloudWatchLogProcessing needs a Decompression processor before it");

    const auto lambda = processor("Lambda", "LambdaArn", "arn:aws:lambda:us-east-1:000000000000:function:clean:$LATEST");
    CHECK(settings(lambda, "file:///srv/fn/")->transform == "lambda:/srv/fn/clean");
    CHECK(settings(lambda, "http://127.0.0.1:9001")->transform ==
          "lambda:http://127.0.0.1:9001/2015-03-31/functions/clean/invocations");
    CHECK(message(settings(lambda)) == "kns does not know where the function clean is: set aws.functions");
    CHECK(message(settings(lambda + "," + lambda, "file:///f/")) == "a delivery stream has one Lambda processor");
    CHECK(message(settings(processor("Lambda", "LambdaArn", "arn:aws:lambda:r:a:function:../x"), "file:///f/")) ==
          "a Lambda processor needs the LambdaArn of a function");
    const auto tuned = settings(R"({"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"f"},
        {"ParameterName":"NumberOfRetries","ParameterValue":"0"},{"ParameterName":"BufferSizeInMBs","ParameterValue":"0.5"}]})",
                                "file:///f/");
    CHECK(tuned->transform_retries == 0);
    CHECK(tuned->transform_bytes == 1 << 19);

    const auto query = processor("MetadataExtraction", "MetadataExtractionQuery", "{c: .customer}");
    constexpr auto kOn = R"(,"DynamicPartitioningConfiguration":{"Enabled":true},"Prefix":"!{partitionKeyFromQuery:c}/")";
    CHECK(settings(query, "", kOn)->partition == std::map<std::string, std::string>{{"c", ".customer"}});
    CHECK(message(settings(query)) == "MetadataExtraction needs DynamicPartitioningConfiguration to be enabled");
    CHECK(message(settings("", "", R"(,"DynamicPartitioningConfiguration":{"Enabled":true},"Prefix":"a/")")) ==
          "dynamic partitioning needs a Prefix with partition keys");
    CHECK(message(settings(processor("Magic"))) == "\"Magic\" is no processor");
}

TEST_CASE("all records go to the bucket that is named for them, and failures stay with the objects") {
    const auto both = settings_of(kS3,
                                  describe_destination(
                                      kS3, json(R"({"BucketARN":"arn:aws:s3:::lake","S3BackupMode":"Enabled","FileExtension":".x",)"
                                                R"("S3BackupConfiguration":{"BucketARN":"arn:aws:s3:::all","Prefix":"p/"}})"))
                                      .value(),
                                  {.buckets = {.at = "file:///b/", .secret = {}}, .functions = {}})
                          .value();
    CHECK(both.backup == "file:///b/all/");
    CHECK(both.backup_mode == BackupMode::all);
    CHECK(both.backup_prefix == "p/");
    CHECK(both.extension == ".x");
    const auto config = make_delivery_config({both, "d"}).value();
    CHECK(error_place_of(config).value()->destination.path == "/b/lake/");
    CHECK_FALSE(settings_of(kS3, s3(R"(,"S3BackupMode":"Enabled")"), {}));
}

TEST_CASE("a query that builds an object is taken apart into its members") {
    using Queries = std::map<std::string, std::string>;
    CHECK(split_query(R"({a: .x.y, "b": (.y | [.z, 1] | join(",")), d })").value() ==
          Queries{{"a", ".x.y"}, {"b", R"((.y | [.z, 1] | join(",")))"}, {"d", ".d"}});
    CHECK(split_query(R"({a:(.b|{c:1}|.c),e:"x:,}"})").value() == Queries{{"a", "(.b|{c:1}|.c)"}, {"e", R"("x:,}")"}});
    for (const auto* odd : {"", ".a", "{}", "{a:}", "{:.b}", "{a:.b,a:.c}", "{(.k):.v}", "{a:.b)}", "{$x}"}) {
        INFO(odd);
        CHECK_FALSE(split_query(odd));
    }
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
    const auto settings =
        settings_of(kHttp, described, {.buckets = {.at = "http://127.0.0.1:9000", .secret = "mine"}, .functions = {}}).value();
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

TEST_CASE("a table of Redshift is loaded from its own bucket, by its own words") {
    constexpr auto kRedshift = DestinationKind::redshift;
    const auto given = json(
        R"({"RoleARN":"arn:aws:iam::1:role/r","ClusterJDBCURL":"jdbc:redshift://c:5439/db","Username":"me","Password":"hush-hush",)"
        R"("CopyCommand":{"DataTableName":"s.t","DataTableColumns":"a, b","CopyOptions":"JSON 'auto' GZIP"},)"
        R"("S3Configuration":{"RoleARN":"r","BucketARN":"arn:aws:s3:::lake","Prefix":"in/","CompressionFormat":"GZIP"}})");
    const auto shown = describe_destination(kRedshift, given).value();
    CHECK(!shown.has("Password"));
    CHECK(shown["RetryOptions"]["DurationInSeconds"].as_uint() == 3600U);
    CHECK(shown["S3DestinationDescription"]["BufferingHints"]["SizeInMBs"].as_uint() == 5U);
    CHECK(secret_of(kRedshift, given).value == "hush-hush");
    CHECK(is_whole(kRedshift, given));
    const ServicePlaces places{.buckets = {.at = "http://127.0.0.1:9000", .secret = "mine"}, .functions = {}};
    const auto settings = settings_of(kRedshift, shown, places).value();
    CHECK(settings.to ==
          "redshift://me@c:5439/db?table=s.t&columns=a,b&staging=s3://lake/&staging_secret=mine&iam_role=arn:aws:iam::1:role/r"
          "&copy=JSON%20%27auto%27%20GZIP");
    CHECK(settings.endpoint == "http://127.0.0.1:9000");
    CHECK(settings.prefix == "in/");
    CHECK(settings.compress == Compression::gzip);
    CHECK(settings.retry_ms == 3600 * kSecond);
    CHECK(settings_of(kRedshift, shown, {.buckets = {.at = "file:///srv/", .secret = ""}, .functions = {}}).error().message ==
          "Redshift loads from buckets, and the setting aws.buckets has directories for them");
}

}  // namespace
}  // namespace kns
