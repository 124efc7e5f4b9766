// Bodies of AWS requests, JSON and CBOR, read by every operation's shape: refused, or a tree no larger than the body allows whose
// constraints can be told.
#include "core/aws/firehose_shapes.hpp"
#include "core/aws/kinesis_shapes.hpp"
#include "core/aws/value_json.hpp"
#include "core/firehose/service_form.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

std::size_t bytes_in(const aws::Value& value) {
    std::size_t bytes = 0;
    if (const auto* text = value.text()) bytes += text->size();
    if (const auto blob = value.blob()) bytes += blob->size();
    for (const auto& element : value.list()) bytes += bytes_in(element);
    if (const auto* map = value.map())
        for (const auto& [key, element] : *map) bytes += key.size() + bytes_in(element);
    if (const auto* members = std::get_if<aws::Value::Structure>(&value.storage()))
        for (const auto& [name, member] : *members) bytes += bytes_in(member);
    return bytes;
}

void read_by(std::span<const aws::Operation> operations, std::string_view body) {
    for (const auto& operation : operations) {
        std::string changed(body);
        for (const auto& value : {aws::decode_json(*operation.input, changed), aws::decode_cbor(*operation.input, body)}) {
            if (!value) continue;
            must(bytes_in(*value) <= body.size());
            const auto broken = aws::violations(*operation.input, *value, true);
            must(broken.size() <= 10);
            must(aws::validation_message(broken).size() < 40'000);
        }
    }
}

// Whatever a destination is said to be, it is described, and means something or is refused.
void describe(std::string_view body) {
    for (const auto& [kind, member] : {std::pair(DestinationKind::extended_s3, "ExtendedS3DestinationConfiguration"),
                                       std::pair(DestinationKind::http_endpoint, "HttpEndpointDestinationConfiguration")}) {
        const auto& shape = *aws::find_firehose_operation("CreateDeliveryStream")->input;
        std::string changed(body);
        const auto value = aws::decode_json(shape, changed);
        if (!value || !aws::violations(shape, *value).empty()) continue;
        const auto described = describe_destination(kind, aws::json_of((*value)[member]));
        if (!described) continue;
        if (const auto settings = settings_of(kind, *described, {})) {
            CreateDelivery request{*settings};
            if (const auto config = make_delivery_config(request)) must(!form_of(*config).destination.is_null());
        }
        must(update_destination(kind, *described, *described).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    read_by(aws::kinesis_operations(), body);
    read_by(aws::firehose_operations(), body);
    describe(body);
    return 0;
}
