// What S3 answers, as far as delivering needs it: elements of flat XML. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns::s3 {

struct Upload {
    std::string key, id;
};

// The text of the first element of this name; empty if there is none.
std::string element_of(std::string_view xml, std::string_view name);
// What a refusal means for a delivery (S3 API reference, "Error responses"). `region`: where the bucket says that it is.
Error error_of(int status, std::string_view xml, std::string_view region, std::string_view bucket);
// Of ListObjectsV2.
std::vector<std::string> keys_in(std::string_view xml);
// Of ListMultipartUploads: those of exactly this key.
std::vector<Upload> uploads_in(std::string_view xml, std::string_view key);

}  // namespace kns::s3
