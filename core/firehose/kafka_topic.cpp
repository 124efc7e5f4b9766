#include "core/firehose/kafka_topic.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace kns {
namespace {

constexpr std::string_view kScheme = "kafka:";
constexpr std::string_view kDefaultPort = "9092";
constexpr std::array<std::string_view, 3> kMechanisms = {"plain", "scram-sha-256", "scram-sha-512"};

bool is_made_of(std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || more.find(c) != std::string_view::npos;
    });
}

// Topic.java of Apache Kafka: 249 characters at most, and neither "." nor "..".
bool is_topic(std::string_view text) {
    constexpr std::size_t kLongest = 249;
    return is_made_of(text, "._-") && text.size() <= kLongest && text != "." && text != "..";
}

// With its port; an IPv6 address has brackets.
Result<std::string> broker_in(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == std::string_view::npos) return fail(Errc::invalid_argument, "an address has no end");
    const auto colon = text.find(':', bracket);
    const auto host = text.substr(0, colon);
    const auto port = colon == std::string_view::npos ? kDefaultPort : text.substr(colon + 1);
    const bool named =
        bracket ? is_made_of(host.substr(1, bracket - 1), ":.") && host.size() == bracket + 1 : is_made_of(host, ".-_");
    if (!named) return fail(Errc::invalid_argument, "\"{}\" is no broker", text);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0)
        return fail(Errc::invalid_argument, "\"{}\" is no port", port);
    return fmt::format("{}:{}", host, number);
}

Result<void> take_option(KafkaTopic& out, std::string_view name, std::string_view value) {
    if (name == "sasl") {
        if (std::ranges::find(kMechanisms, value) == kMechanisms.end())
            return fail(Errc::invalid_argument, "sasl is plain, scram-sha-256 or scram-sha-512, not \"{}\"", value);
        out.sasl = value;
    } else if (name == "secret") {
        if (!is_made_of(value, "._-")) return fail(Errc::invalid_argument, "\"{}\" is no secret's name", value);
        out.secret = value;
    } else if (name == "tls") {
        if (value != "on" && value != "off") return fail(Errc::invalid_argument, "tls is on or off, not \"{}\"", value);
        out.tls = value == "on";
    } else {
        return fail(Errc::invalid_argument, "it knows no \"{}\"", name);
    }
    return {};
}

Result<KafkaTopic> parse(std::string_view url) {
    constexpr std::string_view kBegin = "kafka://";
    if (!url.starts_with(kBegin)) return fail(Errc::invalid_argument, "its scheme is not followed by ://");
    auto rest = url.substr(kBegin.size());
    KafkaTopic out;
    auto brokers = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), brokers.size() + 1));
    if (brokers.find('@') != std::string_view::npos)
        return fail(Errc::invalid_argument, "a URL is no place for a password").hint("kns secret set NAME, and &secret=NAME");
    while (true) {
        const auto one = brokers.substr(0, brokers.find(','));
        out.brokers += (out.brokers.empty() ? "" : ",") + KNS_TRY(broker_in(one));
        if (one.size() == brokers.size()) break;
        brokers.remove_prefix(one.size() + 1);
    }
    const auto topic = rest.substr(0, rest.find('?'));
    rest.remove_prefix(std::min(rest.size(), topic.size() + 1));
    if (!is_topic(topic)) return fail(Errc::invalid_argument, "it names no topic");
    out.topic = topic;
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto name = pair.substr(0, pair.find('='));
        KNS_TRY(take_option(out, name, name.size() < pair.size() ? pair.substr(name.size() + 1) : std::string_view()));
    }
    if (out.sasl.empty() != out.secret.empty()) return fail(Errc::invalid_argument, "sasl and secret belong together");
    return out;
}

}  // namespace

std::string KafkaTopic::url() const {
    std::string out = fmt::format("kafka://{}/{}", brokers, topic);
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) out += fmt::format("{}{}={}", out.find('?') == std::string::npos ? '?' : '&', name, value);
    };
    add("sasl", sasl);
    add("secret", secret);
    add("tls", tls ? "on" : "");
    return out;
}

bool is_kafka_topic(std::string_view source) { return source.starts_with(kScheme); }

Result<KafkaTopic> parse_kafka_topic(std::string_view url) {
    auto parsed = parse(url);
    if (parsed) return parsed;
    Error& error = parsed.error();
    error.message = fmt::format("\"{}\" is no topic: {}", url, error.message);
    if (error.hint.empty()) error.hint = "kafka://HOST:PORT/TOPIC";
    return parsed;
}

}  // namespace kns
