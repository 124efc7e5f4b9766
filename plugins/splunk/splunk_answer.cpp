#include "plugins/splunk/splunk_answer.hpp"

#include <algorithm>

#include "core/base/json.hpp"

namespace kns {
namespace {

struct Row {
    std::int64_t code;
    std::string_view name;
    Errc errc;
    bool data;
};
constexpr Row kRows[] = {
    {1, "Splunk.DisabledToken", Errc::permission_denied, false},    {2, "Splunk.InvalidToken", Errc::permission_denied, false},
    {3, "Splunk.InvalidToken", Errc::permission_denied, false},     {4, "Splunk.InvalidToken", Errc::permission_denied, false},
    {5, "Splunk.InvalidDataFormat", Errc::invalid_argument, true},  {6, "Splunk.InvalidDataFormat", Errc::invalid_argument, true},
    {7, "Splunk.InvalidIndex", Errc::invalid_argument, false},      {12, "Splunk.InvalidDataFormat", Errc::invalid_argument, true},
    {13, "Splunk.InvalidDataFormat", Errc::invalid_argument, true}, {14, "Splunk.DisabledAck", Errc::unsupported, false},
};

}  // namespace

std::expected<SplunkTaken, SplunkRefusal> read_splunk_answer(int status, std::string_view body) {
    const auto parsed = parse_json(body);
    const auto code = parsed ? (*parsed)["code"].as_int() : Result<std::int64_t>(fail(Errc::invalid_argument, "no code"));
    if (status == 200 && code && *code == 0) {
        if (const auto ack = (*parsed)["ackId"].as_int()) return SplunkTaken{*ack};
        return std::unexpected(SplunkRefusal{{"Splunk.DisabledAck",
                                              {.code = Errc::unsupported,
                                               .message = "the token's indexer acknowledgement is switched off",
                                               .hint = "switch it on in Splunk: Settings, Data inputs, HTTP Event Collector"}}});
    }
    const auto* row = code ? std::ranges::find(kRows, *code, &Row::code) : std::end(kRows);
    SplunkRefusal out{{"Splunk.ServerError",
                       {.code = Errc::unavailable, .message = fmt::format("Splunk answers {}: {}", status, body.substr(0, 500))}}};
    if (row != std::end(kRows)) {
        out.failure.code = row->name;
        out.failure.error.code = row->errc;
        out.data = row->data;
        if (const auto event = (*parsed)["invalid-event-number"].as_uint(); row->data && event) out.invalid = *event;
    }
    return std::unexpected(std::move(out));
}

std::optional<bool> read_splunk_ack(int status, std::string_view body, std::int64_t ack_id) {
    const auto parsed = parse_json(body);
    if (status != 200 || !parsed) return std::nullopt;
    const auto* said = (*parsed)["acks"][std::to_string(ack_id)].as_bool();
    return said ? std::optional(*said) : std::nullopt;
}

}  // namespace kns
