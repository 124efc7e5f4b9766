// Avro's object container files, which is what Iceberg's manifests are: no C or C++ library both writes and reads the metadata
// in their heads. Contract: the Avro 1.11 specification. Pure.
//
// A datum is a JsonValue: a record or a map is an object, bytes and fixed are a string (of any bytes), an enum its symbol.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"

namespace kns {

struct AvroFile {
    JsonValue schema;                             // of a record
    std::map<std::string, std::string> metadata;  // beside avro.schema and avro.codec
    std::vector<JsonValue> records;
};

// Of 256 MiB at most when decompressed; the codecs null and deflate.
Result<AvroFile> read_avro(std::string_view bytes);
// Uncompressed. A member that a record lacks is null.
Result<std::string> write_avro(const AvroFile& file);

}  // namespace kns
