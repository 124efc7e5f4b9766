#include "plugins/opensearch/bulk.hpp"

#include <algorithm>

#include "core/base/json.hpp"

namespace kns::opensearch {

std::optional<std::string> one_line(std::string_view record) {
    const auto parsed = parse_json(record);
    if (!parsed || !parsed->as_object()) return std::nullopt;
    // Blanks between tokens may be line ends, which would end the document; within a text they are escaped already.
    std::string out(record);
    std::ranges::replace(out, '\n', ' ');
    std::ranges::replace(out, '\r', ' ');
    return out;
}

Result<std::vector<ItemFailure>> failures_in(std::string_view answer, std::size_t items) {
    const JsonValue parsed = KNS_TRY(context(parse_json(answer), "OpenSearch's answer"));
    const auto* all = parsed["items"].as_array();
    if (!all || all->size() != items) return fail(Errc::unavailable, "OpenSearch answers for another number of documents");
    std::vector<ItemFailure> out;
    for (std::size_t i = 0; i < items; ++i) {
        const JsonValue& item = (*all)[i]["index"];
        const auto status = item["status"].as_int();
        if (!status) return fail(Errc::unavailable, "OpenSearch answers without the status of a document");
        if (*status >= 200 && *status < 300) continue;
        JsonWriter reason;
        item["error"].write(reason);
        out.push_back({i, static_cast<int>(*status), reason.take()});
    }
    return out;
}

}  // namespace kns::opensearch
