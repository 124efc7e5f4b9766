#include "plugins/s3/s3_answers.hpp"

#include <algorithm>

namespace kns::s3 {
namespace {

// What stands between each of these and its end.
std::vector<std::string_view> elements_of(std::string_view xml, std::string_view begin, std::string_view end) {
    std::vector<std::string_view> out;
    for (auto at = xml.find(begin); at != std::string_view::npos; at = xml.find(begin)) {
        xml.remove_prefix(at + begin.size());
        out.push_back(xml.substr(0, xml.find(end)));
    }
    return out;
}

}  // namespace

std::string element_of(std::string_view xml, std::string_view name) {
    const std::string open = fmt::format("<{}>", name), close = fmt::format("</{}>", name);
    const auto begin = xml.find(open);
    if (begin == std::string_view::npos) return {};
    const auto text = xml.substr(begin + open.size());
    const auto end = text.find(close);
    if (end == std::string_view::npos) return {};
    std::string out;
    for (auto rest = text.substr(0, end); !rest.empty();) {
        static constexpr std::pair<std::string_view, char> kEntities[] = {
            {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}};
        const auto* entity = std::ranges::find_if(kEntities, [&](const auto& e) { return rest.starts_with(e.first); });
        out += entity == std::end(kEntities) ? rest.front() : entity->second;
        rest.remove_prefix(entity == std::end(kEntities) ? 1 : entity->first.size());
    }
    return out;
}

Error error_of(int status, std::string_view xml, std::string_view region, std::string_view bucket) {
    const std::string code = element_of(xml, "Code"), message = element_of(xml, "Message").substr(0, 500);
    Error error{.code = Errc::io_error,
                .message = fmt::format("bucket {}: {} ({})", bucket, message.empty() ? "no reason given" : message,
                                       code.empty() ? fmt::format("status {}", status) : code)};
    if (status == 412 || code == "ConditionalRequestConflict") {
        error.code = Errc::already_exists;
    } else if (code == "NoSuchBucket" || code == "NoSuchKey") {
        error.code = Errc::not_found;
    } else if (code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed") {
        error.code = Errc::invalid_argument;
        error.hint = region.empty() ? "is it in another --region?" : fmt::format("--region {}", region);
    } else if (status == 401 || status == 403) {
        error.code = Errc::permission_denied;
    } else if (status >= 500 || status == 429) {
        error.code = Errc::unavailable;
    }
    return error;
}

std::vector<std::string> keys_in(std::string_view xml) {
    std::vector<std::string> out;
    for (const auto one : elements_of(xml, "<Contents>", "</Contents>"))
        if (auto key = element_of(one, "Key"); !key.empty()) out.push_back(std::move(key));
    return out;
}

std::vector<Upload> uploads_in(std::string_view xml, std::string_view key) {
    std::vector<Upload> out;
    for (const auto one : elements_of(xml, "<Upload>", "</Upload>")) {
        Upload upload{.key = element_of(one, "Key"), .id = element_of(one, "UploadId")};
        if (upload.key == key && !upload.id.empty()) out.push_back(std::move(upload));
    }
    return out;
}

}  // namespace kns::s3
