#include "core/firehose/service_processing.hpp"

#include <charconv>

#include "core/base/base64.hpp"
#include "core/firehose/destination.hpp"

namespace kns {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(kBlank), text.size());
    const auto end = text.find_last_not_of(kBlank);
    return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

std::string text_of(const JsonValue& in, std::string_view name) {
    const auto* text = in[name].as_string();
    return text ? *text : std::string();
}

using Parameters = std::map<std::string, std::string>;

Parameters parameters_of(const JsonValue& processor) {
    Parameters out;
    if (const auto* list = processor["Parameters"].as_array())
        for (const auto& parameter : *list) out[text_of(parameter, "ParameterName")] = text_of(parameter, "ParameterValue");
    return out;
}
std::string value_of(const Parameters& parameters, const std::string& name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? "" : found->second;
}

Result<void> read_delimiter(const Parameters& parameters, UpdateDelivery& out) {
    const auto delimiter = value_of(parameters, "Delimiter");
    if (!delimiter.empty() && delimiter != "\\n" && delimiter != "\n")
        return fail(Errc::unsupported, "kns puts a newline between records, and no other delimiter");
    out.delimiter = Delimiter::newline;
    return {};
}

Result<void> read_deaggregation(const Parameters& parameters, UpdateDelivery& out) {
    const auto kind = value_of(parameters, "SubRecordType");
    if (kind == "JSON") {
        out.deaggregate = "json";
        return {};
    }
    if (kind != "DELIMITED") return fail(Errc::invalid_argument, "\"{}\" is no SubRecordType: JSON or DELIMITED", kind);
    const auto delimiter = base64_decode(value_of(parameters, "Delimiter"));
    if (!delimiter || delimiter->empty())
        return fail(Errc::invalid_argument, "SubRecordType DELIMITED needs a Delimiter, in base64");
    out.deaggregate = "delimited:" + *delimiter;
    return {};
}

Result<void> read_query(const Parameters& parameters, UpdateDelivery& out) {
    const auto engine = value_of(parameters, "JsonParsingEngine");
    if (!engine.empty() && engine != "JQ-1.6")
        return fail(Errc::invalid_argument, "the JsonParsingEngine is JQ-1.6, not {}", engine);
    out.partition = KNS_TRY(split_query(value_of(parameters, "MetadataExtractionQuery")));
    return {};
}

// "arn:aws:lambda:REGION:ACCOUNT:function:NAME" or "...:NAME:QUALIFIER", or the name alone.
std::string function_name(std::string_view arn) {
    constexpr std::string_view kMark = ":function:";
    const auto at = arn.find(kMark);
    if (at != std::string_view::npos) arn.remove_prefix(at + kMark.size());
    return std::string(arn.substr(0, arn.find(':')));
}

Result<void> read_lambda(const Parameters& parameters, std::string_view functions, UpdateDelivery& out) {
    if (out.transform && !out.transform->empty()) return fail(Errc::invalid_argument, "a delivery stream has one Lambda processor");
    const auto name = function_name(value_of(parameters, "LambdaArn"));
    if (name.empty() || name.find_first_of("/.\\?") != std::string::npos)
        return fail(Errc::invalid_argument, "a Lambda processor needs the LambdaArn of a function");
    if (functions.empty())
        return fail(Errc::invalid_argument, "kns does not know where the function {} is: set aws.functions", name)
            .hint("kns config set aws.functions file:///DIRECTORY/, or the endpoint of what invokes functions");
    constexpr std::string_view kFiles = "file://";
    out.transform = functions.starts_with(kFiles) ? fmt::format("lambda:{}{}", functions.substr(kFiles.size()), name)
                                                  : fmt::format("lambda:{}/2015-03-31/functions/{}/invocations", functions, name);
    if (const auto size = value_of(parameters, "BufferSizeInMBs"); !size.empty()) {
        double mib = 0;
        if (std::from_chars(size.data(), size.data() + size.size(), mib).ec != std::errc() || mib < 0.2 || mib > 3)
            return fail(Errc::invalid_argument, "BufferSizeInMBs is 0.2 to 3, not {}", size);
        out.transform_bytes = static_cast<std::uint64_t>(mib * (1 << 20));
    }
    if (const auto retries = value_of(parameters, "NumberOfRetries"); !retries.empty()) {
        std::uint64_t number = 0;
        if (std::from_chars(retries.data(), retries.data() + retries.size(), number).ec != std::errc())
            return fail(Errc::invalid_argument, "\"{}\" is no NumberOfRetries", retries);
        out.transform_retries = number;
    }
    return {};
}

}  // namespace

Result<std::map<std::string, std::string>> split_query(std::string_view query) {
    const auto wrong = [&] {
        return fail(Errc::invalid_argument, "\"{}\" is no object of queries", query).hint("{customer: .customer_id, kind: .type}");
    };
    std::string_view rest = trimmed(query);
    if (rest.size() < 2 || rest.front() != '{' || rest.back() != '}') return wrong();
    rest = rest.substr(1, rest.size() - 2);
    std::map<std::string, std::string> out;
    while (!trimmed(rest).empty()) {
        // Up to a comma that is in no bracket and no string.
        int depth = 0;
        bool in_string = false;
        std::size_t end = 0, colon = std::string_view::npos;
        for (; end < rest.size(); ++end) {
            const char c = rest[end];
            if (in_string) {
                if (c == '\\')
                    ++end;
                else if (c == '"')
                    in_string = false;
                continue;
            }
            if (c == '"') in_string = true;
            if (c == '(' || c == '[' || c == '{') ++depth;
            if (c == ')' || c == ']' || c == '}') --depth;
            if (depth < 0) return wrong();
            if (c == ':' && depth == 0 && colon == std::string_view::npos) colon = end;
            if (c == ',' && depth == 0) break;
        }
        end = std::min(end, rest.size());
        const auto item = trimmed(rest.substr(0, end));
        auto name = trimmed(colon == std::string_view::npos ? item : rest.substr(0, colon));
        const auto value = colon == std::string_view::npos ? std::string_view() : trimmed(rest.substr(colon + 1, end - colon - 1));
        if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
        if (name.empty() || name.find_first_of("\"(){}[]$ ") != std::string_view::npos) return wrong();
        if (colon != std::string_view::npos && value.empty()) return wrong();
        if (!out.emplace(name, colon == std::string_view::npos ? fmt::format(".{}", name) : std::string(value)).second)
            return wrong();
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    if (out.empty()) return wrong();
    return out;
}

Result<void> read_processing(const JsonValue& destination, std::string_view functions, UpdateDelivery& out) {
    const DeliverySettings none;
    out.delimiter = Delimiter::none;
    out.logs = none.logs;
    out.deaggregate = none.deaggregate;
    out.transform = none.transform;
    out.transform_bytes = none.transform_bytes;
    out.transform_retries = none.transform_retries;
    out.partition = none.partition;
    const JsonValue& processing = destination["ProcessingConfiguration"];
    const auto on = [](const JsonValue& in) { return in["Enabled"].as_bool() && *in["Enabled"].as_bool(); };
    const auto* processors = on(processing) ? processing["Processors"].as_array() : nullptr;
    bool decompress = false, messages = false;
    for (const auto& processor : processors ? *processors : JsonValue::Array()) {
        const auto type = text_of(processor, "Type");
        const auto parameters = parameters_of(processor);
        if (type == "AppendDelimiterToRecord") {
            KNS_TRY(read_delimiter(parameters, out));
        } else if (type == "RecordDeAggregation") {
            KNS_TRY(read_deaggregation(parameters, out));
        } else if (type == "MetadataExtraction") {
            KNS_TRY(read_query(parameters, out));
        } else if (type == "Lambda") {
            KNS_TRY(read_lambda(parameters, functions, out));
        } else if (type == "Decompression") {
            if (value_of(parameters, "CompressionFormat") != "GZIP")
                return fail(Errc::invalid_argument, "a Decompression processor's CompressionFormat is GZIP");
            decompress = true;
        } else if (type == "CloudWatchLogProcessing") {
            if (value_of(parameters, "DataMessageExtraction") != "true")
                return fail(Errc::invalid_argument, "a CloudWatchLogProcessing processor's DataMessageExtraction is true");
            messages = true;
        } else {
            return fail(Errc::invalid_argument, "\"{}\" is no processor", type);
        }
    }
    if (messages && !decompress)
        return fail(Errc::invalid_argument, "CloudWatchLogProcessing needs a Decompression processor before it");
    if (decompress) out.logs = messages ? Logs::messages : Logs::decompress;
    if (!out.partition->empty() && !on(destination["DynamicPartitioningConfiguration"]))
        return fail(Errc::invalid_argument, "MetadataExtraction needs DynamicPartitioningConfiguration to be enabled");
    if (on(destination["DynamicPartitioningConfiguration"]) &&
        text_of(destination, "Prefix").find("!{partitionKeyFrom") == std::string::npos)
        return fail(Errc::invalid_argument, "dynamic partitioning needs a Prefix with partition keys");
    return {};
}

}  // namespace kns
