#include "core/firehose/delivery_config.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

CreateDelivery to_files() { return {{.to = "file:///out"}, "d"}; }

TEST_CASE("the defaults are Firehose's, but that files get lines") {
    const DeliveryConfig config = make_delivery_config(to_files()).value();
    CHECK(config.to == "file:///out/");
    CHECK(config.hints().bytes == 5 << 20);
    CHECK(config.hints().age == 300 * kSecond);
    CHECK(config.compress == Compression::none);
    CHECK(config.delimiter == Delimiter::newline);
    CHECK_FALSE(config.source);
}

TEST_CASE("hints out of range are refused with the range") {
    struct Case {
        std::uint64_t bytes;
        Ms age;
        const char* message;
    };
    const Case c = GENERATE(values<Case>({
        {0, 0, "a buffer holds 1 byte to 128 MiB, not 0 bytes"},
        {(128 << 20) + 1, 0, "a buffer holds 1 byte to 128 MiB, not 134217729 bytes"},
        {1, -1, "a buffer waits 0 to 900 seconds, not -1ms"},
        {1, 901 * kSecond, "a buffer waits 0 to 900 seconds, not 901s"},
    }));
    auto request = to_files();
    request.buffer_bytes = c.bytes;
    request.buffer_ms = c.age;
    const auto config = make_delivery_config(request);
    REQUIRE_FALSE(config);
    CHECK(config.error().message == c.message);
}

TEST_CASE("where and who we are belongs to a service, and is said in one way") {
    struct Case {
        UpdateDelivery given;
        const char* message;  // empty: taken
    };
    const Case c = GENERATE(values<Case>({
        {{.to = "s3://lake", .endpoint = "http://127.0.0.1:9000/", .region = "eu-west-1", .secret = "minio"}, ""},
        {{.to = "s3://lake", .profile = "me@work"}, ""},
        {{.to = "/out", .region = "eu-west-1"}, "files need no endpoint, region, secret or profile"},
        {{.to = "s3://lake", .secret = "a", .profile = "b"}, "either a secret or a profile says who we are, not both"},
        {{.to = "s3://lake", .endpoint = "127.0.0.1"}, "\"127.0.0.1\" is not an endpoint"},
        {{.to = "s3://lake", .region = "a/b"}, "\"a/b\" is no region"},
    }));
    const auto config = make_delivery_config({c.given, "d"});
    CHECK((config ? "" : config.error().message) == c.message);
    if (config && !config->endpoint.empty()) CHECK(config->endpoint == "http://127.0.0.1:9000");
}

TEST_CASE("a format without a plugin is unsupported") {
    auto request = to_files();
    request.format = "avro";
    CHECK(make_delivery_config(request).error().code == Errc::unsupported);
}

TEST_CASE("an update changes what it names, and an empty one nothing") {
    const DeliveryConfig before = make_delivery_config(to_files()).value();
    CHECK(update_delivery_config(before, {}).value() == before);
    CHECK(update_delivery_config(before, {.to = "file:///out"}).value() == before);
    const DeliveryConfig after = update_delivery_config(before, {.compress = Compression::gzip, .prefix = "p/"}).value();
    CHECK(after.compress == Compression::gzip);
    CHECK(after.prefix == "p/");
    CHECK(after.to == before.to);
    CHECK_FALSE(update_delivery_config(before, {.prefix = "../"}));
}

TEST_CASE("a configuration survives its JSON") {
    const DeliveryConfig config = make_delivery_config(to_files()).value();
    CHECK(from_json_text<DeliveryConfig>(to_json(config)).value() == config);
}

TEST_CASE("delivery streams' names are at most 64 characters, and ARNs are taken") {
    CHECK(parse_delivery_name("clicks").value() == "clicks");
    CHECK(parse_delivery_name("arn:aws:firehose:us-east-1:000000000000:deliverystream/clicks").value() == "clicks");
    CHECK(parse_delivery_name(std::string(64, 'a')));
    CHECK_FALSE(parse_delivery_name(std::string(65, 'a')));
    CHECK_FALSE(parse_delivery_name("a/b"));
    CHECK_FALSE(parse_delivery_name(""));
}

TEST_CASE("steps on the way are checked together with what they need") {
    struct Case {
        UpdateDelivery given;
        const char* message;  // empty: taken
    };
    const Case c = GENERATE(values<Case>({
        {{.to = "/out", .logs = Logs::messages, .deaggregate = "json", .transform = "/bin/cat"}, ""},
        {{.to = "/out", .partition = {{{"a", ".a"}}}}, ""},
        {{.to = "/out", .prefix = "!{partitionKeyFromQuery:a}/", .partition = {{{"a", ".a"}}}, .extension = ".json"}, ""},
        {{.to = "/out", .prefix = "x/", .partition = {{{"a", ".a"}}}}, "the prefix does not use the partition key \"a\""},
        {{.to = "/out", .prefix = "!{partitionKeyFromQuery:a}/"},
         "the prefix uses !{partitionKeyFromQuery:a}, but there is no such key"},
        {{.to = "/out", .prefix = "!{partitionKeyFromLambda:a}/", .transform = "cat"},
         "the prefix uses a key from a Lambda function, but the transform is none"},
        {{.to = "/out", .prefix = "!{partitionKeyFromLambda:a}/", .transform = "lambda:/fn"}, ""},
        {{.to = "https://host/", .partition = {{{"a", ".a"}}}}, "only objects are partitioned: a request has no prefix"},
        {{.to = "https://host/", .transform = "cat"}, "a record that cannot be transformed needs a place to go: give a backup"},
        {{.to = "https://host/", .backup = "/lost", .transform = "cat"}, ""},
        {{.to = "https://host/", .extension = ".x"}, "an extension belongs to objects: a request has no name"},
        {{.to = "/out", .transform = "cat", .transform_bytes = 0}, "a transform is given 1 byte to 3 MiB at a time, not 0 bytes"},
        {{.to = "/out", .transform_retries = 301}, "a transform is tried again 300 times at most, not 301"},
        {{.to = "/out", .transform_ms = 301'000}, "a transform may take up to 5m, not 301s"},
        {{.to = "/out", .extension = "gz"}, "\"gz\" is not an extension: a dot, and small letters, digits or !-_.*'()"},
        {{.to = "/out", .backup_mode = BackupMode::all}, "the backup mode \"all\" needs a backup"},
        {{.to = "/out", .backup = "/all", .backup_mode = BackupMode::all, .backup_prefix = "!{partitionKeyFromQuery:a}"},
         "backup prefix: records there are as they were put, and have no partition keys"},
    }));
    const auto config = make_delivery_config({c.given, "d"});
    CHECK((config ? "" : config.error().text()) == c.message);
}

TEST_CASE("without a prefix partitions have folders as Hive names them") {
    DeliverySettings settings;
    settings.partition = {{"a", ".a"}, {"b", ".b"}};
    CHECK(data_prefix(settings) == "a=!{partitionKeyFromQuery:a}/b=!{partitionKeyFromQuery:b}/");
    settings.prefix = "x/";
    CHECK(data_prefix(settings) == "x/");
}

}  // namespace
}  // namespace kns
