// A query that only names members, `.a.b."c d"`: found without jq, by simdjson, at many times its speed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/plugin/metadata_query.hpp"

namespace kns {

// Nothing if the query is more than such a path.
std::optional<std::vector<std::string>> plain_path(std::string_view query);

std::unique_ptr<MetadataQuery> make_path_query(std::vector<std::string> path);

// As jq writes it.
std::string number_text(double number);

// What Firehose says of records without a value.
Failure no_json();
Failure no_value();
Failure no_scalar();

}  // namespace kns
