// What is taken out of a record to partition by. Implemented by plugins, used by the worker; one thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

class MetadataQuery {
   public:
    virtual ~MetadataQuery() = default;
    // The value in this record: a string as it is, another scalar as JSON writes it. No JSON, no value, null, an empty string,
    // an object or an array is an error, which says so as Firehose does.
    virtual Result<std::string> value_in(std::string_view record) = 0;
};

}  // namespace kns
