#include "core/firehose/unpack.hpp"

#include <zlib.h>

#include "core/base/json.hpp"

namespace kns {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

// Behind the object that begins at `at`; npos if it has no end. What is between the braces is not looked at: whoever reads
// the object will.
std::size_t end_of_object(std::string_view text, std::size_t at) {
    std::size_t depth = 0;
    bool in_string = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (--depth == 0) return at + 1;
        }
    }
    return std::string_view::npos;
}

Result<std::vector<std::string_view>> objects_of(std::string_view data) {
    std::vector<std::string_view> out;
    for (auto at = data.find_first_not_of(kBlank); at != std::string_view::npos; at = data.find_first_not_of(kBlank, at)) {
        if (data[at] != '{') return fail(Errc::invalid_argument, "byte {} of the record begins no JSON object", at);
        const auto end = end_of_object(data, at);
        if (end == std::string_view::npos)
            return fail(Errc::invalid_argument, "the JSON object at byte {} of the record has no end", at);
        out.push_back(data.substr(at, end - at));
        at = end;
    }
    return out;
}

}  // namespace

Result<std::string> decompress_gzip(std::string_view data, std::size_t most) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    z_stream stream{};
    if (::inflateInit2(&stream, kGzipOnly) != Z_OK) return fail(Errc::internal, "there is no memory to decompress with");
    struct End {
        z_stream* stream;
        ~End() { ::inflateEnd(stream); }
    } const end{&stream};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // NOLINT: zlib only reads it
    stream.avail_in = static_cast<uInt>(data.size());
    std::string out;
    int status = Z_OK;
    while (true) {
        const std::size_t used = out.size();
        out.resize(std::min(most + 1, std::max<std::size_t>(16 << 10, used * 2)));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(out.size() - used);
        status = ::inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (out.size() > most) return fail(Errc::invalid_argument, "it holds more than {} bytes", most);
        if (status == Z_STREAM_END) {
            if (stream.avail_in == 0) return out;
            if (::inflateReset(&stream) != Z_OK) break;
            continue;
        }
        if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) break;
    }
    if (status == Z_OK || status == Z_BUF_ERROR) return fail(Errc::invalid_argument, "its gzip stream is cut off");
    return fail(Errc::invalid_argument, "it is no gzip stream");
}

Result<std::vector<std::string>> log_messages(std::string_view json) {
    const JsonValue data = KNS_TRY(parse_json(json));
    const auto* type = data["messageType"].as_string();
    if (type && *type == "CONTROL_MESSAGE") return std::vector<std::string>();
    const auto* events = data["logEvents"].as_array();
    if (!type || *type != "DATA_MESSAGE" || !events)
        return fail(Errc::invalid_argument, "it is no DATA_MESSAGE with logEvents, nor a CONTROL_MESSAGE");
    std::vector<std::string> out;
    for (const auto& event : *events) {
        const auto* message = event["message"].as_string();
        if (!message) return fail(Errc::invalid_argument, "a log event has no message");
        out.push_back(*message);
    }
    return out;
}

Result<Deaggregation> parse_deaggregation(std::string_view text) {
    constexpr std::string_view kDelimited = "delimited:";
    if (text.empty()) return Deaggregation();
    if (text == "json") return Deaggregation{.kind = Deaggregation::Kind::json, .delimiter = {}};
    if (text.starts_with(kDelimited) && text.size() > kDelimited.size())
        return Deaggregation{.kind = Deaggregation::Kind::delimited, .delimiter = std::string(text.substr(kDelimited.size()))};
    return fail(Errc::invalid_argument, "\"{}\" is no way to take a record apart", text).hint("json, or delimited:TEXT");
}

Result<std::vector<std::string_view>> parts_of(const Deaggregation& rule, std::string_view data) {
    if (rule.kind == Deaggregation::Kind::json) return objects_of(data);
    if (rule.kind == Deaggregation::Kind::none) return std::vector{data};
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at <= data.size();) {
        const auto end = std::min(data.find(rule.delimiter, at), data.size());
        if (end > at) out.push_back(data.substr(at, end - at));
        at = end + rule.delimiter.size();
    }
    return out;
}

}  // namespace kns
