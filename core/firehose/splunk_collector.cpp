#include "core/firehose/splunk_collector.hpp"

namespace kns {

Result<SplunkCollector> parse_splunk_collector(std::string_view path) {
    SplunkCollector out;
    const auto question = path.find('?');
    if (const auto before = path.substr(0, question); !before.empty() && before != "/")
        return fail(Errc::invalid_argument, "the collector's path is known: leave out {}", before).hint("splunk+https://HOST:8088");
    for (auto query = question == std::string_view::npos ? std::string_view() : path.substr(question + 1); !query.empty();) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.starts_with("type="))
            out.type = KNS_TRY(context(enum_from_name<CollectorType>(pair.substr(5)), "type"));
        else if (pair.starts_with("ack_timeout="))
            out.ack_timeout = KNS_TRY(context(parse_duration(pair.substr(12)), "ack_timeout"));
        else
            return fail(Errc::invalid_argument, "the collector has the unknown part \"{}\"", pair)
                .hint("type=event and ack_timeout=300s are known");
    }
    if (out.ack_timeout < kSecond || out.ack_timeout > 600 * kSecond)
        return fail(Errc::invalid_argument, "an acknowledgement is waited for 1 to 600 seconds, not {}",
                    format_duration(out.ack_timeout));
    return out;
}

}  // namespace kns
