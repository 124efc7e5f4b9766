// A topic of a Kafka cluster as a delivery stream's source:
//
//     kafka://HOST:PORT,HOST:PORT/TOPIC?sasl=scram-sha-512&secret=NAME&tls=on
//
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

struct KafkaTopic {
    std::string brokers;  // those to ask first: "HOST:PORT,HOST:PORT"
    std::string topic;
    std::string sasl;    // "plain", "scram-sha-256", "scram-sha-512"; empty: nobody asks who we are
    std::string secret;  // its name: with username and password, for `sasl`
    bool tls = false;

    std::string url() const;  // its normal form
};

// Whether a source is such a URL, right or wrong, and no stream.
bool is_kafka_topic(std::string_view source);
Result<KafkaTopic> parse_kafka_topic(std::string_view url);

}  // namespace kns
