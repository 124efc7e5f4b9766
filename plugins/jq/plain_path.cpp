#include "plugins/jq/plain_path.hpp"

#include <simdjson.h>

#include <cctype>

namespace kns {
namespace {

namespace dom = simdjson::dom;

class PathQuery final : public MetadataQuery {
   public:
    explicit PathQuery(std::vector<std::string> path) : path_(std::move(path)) {}

    Result<std::string> value_in(std::string_view record) override {
        dom::element element;
        if (parser_.parse(record.data(), record.size()).get(element) != simdjson::SUCCESS) return no_json();
        for (const auto& name : path_) {
            dom::object object;
            // jq takes the last of members with one name.
            if (element.get(object) != simdjson::SUCCESS) return no_value();
            bool found = false;
            for (const auto [key, value] : object)
                if (key == name) {
                    element = value;
                    found = true;
                }
            if (!found) return no_value();
        }
        switch (element.type()) {
            case dom::element_type::STRING: {
                const std::string_view text = element.get_string().value_unsafe();
                if (text.empty()) return no_value();
                return std::string(text);
            }
            case dom::element_type::NULL_VALUE: return no_value();
            case dom::element_type::ARRAY:
            case dom::element_type::OBJECT: return no_scalar();
            case dom::element_type::INT64: return std::to_string(element.get_int64().value_unsafe());
            case dom::element_type::UINT64: return std::to_string(element.get_uint64().value_unsafe());
            case dom::element_type::BOOL: return element.get_bool().value_unsafe() ? "true" : "false";
            case dom::element_type::DOUBLE: return number_text(element.get_double().value_unsafe());
        }
        return no_value();
    }

   private:
    std::vector<std::string> path_;
    dom::parser parser_;
};

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }

}  // namespace

std::optional<std::vector<std::string>> plain_path(std::string_view query) {
    std::vector<std::string> out;
    while (!query.empty() && std::isspace(static_cast<unsigned char>(query.back()))) query.remove_suffix(1);
    while (!query.empty() && std::isspace(static_cast<unsigned char>(query.front()))) query.remove_prefix(1);
    for (std::size_t at = 0; at < query.size();) {
        if (query[at] != '.' || ++at >= query.size()) return std::nullopt;
        std::size_t end = at;
        if (query[at] == '"') {
            end = query.find('"', at + 1);
            if (end == std::string_view::npos || query.substr(at, end - at).find('\\') != std::string_view::npos)
                return std::nullopt;
            out.emplace_back(query.substr(at + 1, end - at - 1));
            at = end + 1;
            continue;
        }
        if (!begins_name(query[at])) return std::nullopt;
        while (end < query.size() && (begins_name(query[end]) || std::isdigit(static_cast<unsigned char>(query[end])))) ++end;
        out.emplace_back(query.substr(at, end - at));
        at = end;
    }
    return out.empty() ? std::nullopt : std::optional(std::move(out));
}

std::unique_ptr<MetadataQuery> make_path_query(std::vector<std::string> path) {
    return std::make_unique<PathQuery>(std::move(path));
}

// The sentences are those of the service's error records.
Failure no_json() { return fail(Errc::invalid_argument, "Non JSON record provided"); }
Failure no_value() { return fail(Errc::invalid_argument, "partitionKeys values must not be null or empty"); }
Failure no_scalar() { return fail(Errc::invalid_argument, "partitionKeys values must be scalars"); }

}  // namespace kns
