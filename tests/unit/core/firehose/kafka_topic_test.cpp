#include "core/firehose/kafka_topic.hpp"

#include <catch2/catch.hpp>

#include "core/firehose/delivery_config.hpp"

using namespace kns;

TEST_CASE("a topic's URL names brokers, a topic and how to get in") {
    const auto topic = parse_kafka_topic("kafka://a:19092,[::1]:9093,b.example.com/clicks.v1?tls=on&sasl=scram-sha-512&secret=c_1");
    REQUIRE(topic);
    CHECK(topic->brokers == "a:19092,[::1]:9093,b.example.com:9092");
    CHECK(topic->topic == "clicks.v1");
    CHECK(topic->tls);
    CHECK(topic->url() == "kafka://a:19092,[::1]:9093,b.example.com:9092/clicks.v1?sasl=scram-sha-512&secret=c_1&tls=on");
    CHECK(parse_kafka_topic(topic->url())->url() == topic->url());
    CHECK(parse_kafka_topic("kafka://h/t?tls=off")->url() == "kafka://h:9092/t");
}

TEST_CASE("what is no topic says why") {
    const auto why = [](std::string_view url) {
        const auto parsed = parse_kafka_topic(url);
        return parsed ? "it is one" : parsed.error().message.substr(parsed.error().message.rfind("\" is no topic: ") + 15);
    };
    CHECK(why("kafka:h/t") == "its scheme is not followed by ://");
    CHECK(why("kafka://h") == "it names no topic");
    CHECK(why("kafka://h/..") == "it names no topic");
    CHECK(why("kafka://h/a/b") == "it names no topic");
    CHECK(why("kafka://h/" + std::string(250, 't')) == "it names no topic");
    CHECK(why("kafka:///t") == "\"\" is no broker");
    CHECK(why("kafka://h,/t") == "\"\" is no broker");
    CHECK(why("kafka://h:0/t") == "\"0\" is no port");
    CHECK(why("kafka://h:65536/t") == "\"65536\" is no port");
    CHECK(why("kafka://[::1/t") == "an address has no end");
    CHECK(why("kafka://[::1]x/t") == "\"[::1]x\" is no broker");
    CHECK(why("kafka://u:p@h/t") == "a URL is no place for a password");
    CHECK(why("kafka://h/t?sasl=gssapi&secret=s") == "sasl is plain, scram-sha-256 or scram-sha-512, not \"gssapi\"");
    CHECK(why("kafka://h/t?sasl=plain") == "sasl and secret belong together");
    CHECK(why("kafka://h/t?secret=s") == "sasl and secret belong together");
    CHECK(why("kafka://h/t?tls=yes") == "tls is on or off, not \"yes\"");
    CHECK(why("kafka://h/t?acks=all") == "it knows no \"acks\"");
}

TEST_CASE("a delivery stream that reads a topic has a spool that is bounded, and no stream") {
    CreateDelivery request;
    request.to = "/srv/out";
    request.source = "kafka://h/t";
    const auto config = make_delivery_config(request);
    REQUIRE(config);
    CHECK(*config->source == "kafka://h:9092/t");
    CHECK((config->reads_topic() && !config->reads_stream()));
    CHECK(config->spool_bytes == 256 << 20);
    CHECK(config->spool_ms == 365 * kDay);
    request.spool_bytes = 1000;
    CHECK(make_delivery_config(request)->spool_bytes == 1000);
    request.source = "clicks";
    CHECK(make_delivery_config(request).error().message ==
          "a spool is of direct puts and topics: what waits in stream \"clicks\" has its retention");
    request.source = "kafka://h";
    CHECK_FALSE(make_delivery_config(request));
}
