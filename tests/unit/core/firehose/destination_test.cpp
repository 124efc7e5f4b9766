#include "core/firehose/destination.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("a file destination is a directory, however it is written") {
    struct Case {
        const char *given, *path, *url;
    };
    const Case c = GENERATE(values<Case>({
        {"file:///var/data/", "/var/data/", "file:///var/data/"},
        {"file:///var/data", "/var/data/", "file:///var/data/"},
        {"FILE:///var//data/.", "/var/data/", "file:///var/data/"},
        {"file://localhost/var/data", "/var/data/", "file:///var/data/"},
        {"/var/data", "/var/data/", "file:///var/data/"},
        {"file:///my%20data", "/my data/", "file:///my%20data/"},
        {"file:///my data", "/my data/", "file:///my%20data/"},
        {"file:///a%2525", "/a%25/", "file:///a%2525/"},
        {"file:///\xc3\xa9t\xc3\xa9", "/\xc3\xa9t\xc3\xa9/", "file:///%C3%A9t%C3%A9/"},
    }));
    INFO(c.given);
    const auto destination = parse_destination(c.given);
    REQUIRE(destination);
    CHECK(destination->path == c.path);
    CHECK(destination->url() == c.url);
    CHECK(parse_destination(destination->url()).value() == *destination);
}

TEST_CASE("a destination that cannot be is refused with its reason") {
    struct Case {
        const char* given;
        Errc code;
        const char* message;
    };
    const Case c = GENERATE(values<Case>({
        {"snowflake://account/db", Errc::unsupported,
         "kns cannot deliver to Snowflake: its streaming protocol is its own, and not published"},
        {"ftp://host/", Errc::unsupported, "this kns cannot deliver to ftp: it has no such sink"},
        {"s3:///prefix", Errc::invalid_argument, "\"\" is not the name of a bucket"},
        {"s3://a b/prefix", Errc::invalid_argument, "\"a b\" is not the name of a bucket"},
        {"https://me:hush@example.com/", Errc::invalid_argument, "a URL is no place for a password"},
        {"https://example.com/a b", Errc::invalid_argument,
         "\"https://example.com/a b\" is not a URL: it has characters that must be encoded"},
        {"", Errc::invalid_argument, "\"\" is not a destination"},
        {"out", Errc::invalid_argument, "\"out\" is not a destination"},
        {"file:out", Errc::invalid_argument, "\"file:out\" is not a destination"},
        {"file://out/x", Errc::invalid_argument, "\"file://out/x\" names the machine \"out\", but files are delivered on this one"},
        {"file://", Errc::invalid_argument, "a file:// destination needs an absolute directory"},
        {"file:///", Errc::invalid_argument, "the root directory cannot be a destination"},
        {"file:///a/../etc", Errc::invalid_argument, "a destination cannot contain \"..\""},
        {"file:///a/%2e%2e/etc", Errc::invalid_argument, "a destination cannot contain \"..\""},
        {"file:///a%00b", Errc::invalid_argument, "a directory's name cannot hold control characters"},
        {"file:///a%2", Errc::invalid_argument, "a % in a URL begins two hex digits"},
    }));
    INFO(c.given);
    const auto destination = parse_destination(c.given);
    REQUIRE_FALSE(destination);
    CHECK(destination.error().code == c.code);
    CHECK(destination.error().message == c.message);
}

TEST_CASE("an object's URL is its key below the destination, encoded") {
    CHECK(parse_destination("/out")->url_of("year=2026/a b.gz") == "file:///out/year=2026/a%20b.gz");
}

TEST_CASE("an S3 destination is a bucket, and what its keys begin with, to the letter") {
    const auto destination = parse_destination("s3://logs.of-us/raw%20data/year=").value();
    CHECK(destination.host == "logs.of-us");
    CHECK(destination.path == "raw data/year=");
    CHECK(destination.url() == "s3://logs.of-us/raw%20data/year=");
    CHECK(destination.url_of("2026/a.gz") == "s3://logs.of-us/raw%20data/year=2026/a.gz");
    CHECK(parse_destination("s3://logs").value().url() == "s3://logs/");
}

TEST_CASE("an HTTP endpoint's URL is kept to the letter") {
    const auto destination = parse_destination("https://host:8443/in/a%2Fb?key=x%20y&z").value();
    CHECK(destination.scheme == "http");
    CHECK(destination.host == "https://host:8443");
    CHECK(destination.url() == "https://host:8443/in/a%2Fb?key=x%20y&z");
    CHECK_FALSE(destination.takes_objects());
    CHECK(endpoint_port(destination.host) == 8443);
    CHECK(endpoint_port("http://[::1]") == 80);
    CHECK(endpoint_port("https://[::1]:9") == 9);
    CHECK(endpoint_port("") == 443);
}

TEST_CASE("an index and a collector are requests too, each with a URL of its own kind") {
    const auto index = parse_destination("OpenSearch+http://host:9200/clicks?rotation=OneDay").value();
    CHECK(index.scheme == "opensearch");
    CHECK(index.host == "http://host:9200");
    CHECK(index.url() == "opensearch+http://host:9200/clicks?rotation=OneDay");
    const auto collector = parse_destination("splunk+https://host:8088").value();
    CHECK(collector.scheme == "splunk");
    CHECK(collector.url() == "splunk+https://host:8088");
    CHECK_FALSE(parse_destination("splunk+ftp://host"));
    CHECK_FALSE(parse_destination("s3+http://host"));
}

TEST_CASE("an endpoint is a scheme, a host and a port, and no more") {
    CHECK(parse_endpoint("http://127.0.0.1:9000/").value() == "http://127.0.0.1:9000");
    CHECK(parse_endpoint("https://[::1]:9000").value() == "https://[::1]:9000");
    for (const auto* wrong : {"127.0.0.1:9000", "ftp://host", "http://", "http://user@host", "http://host/path", "http://host?x"}) {
        INFO(wrong);
        CHECK_FALSE(parse_endpoint(wrong));
    }
}

}  // namespace
}  // namespace kns
