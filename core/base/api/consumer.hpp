// Consumers with enhanced fan-out, and a stream's resource policy, in the API.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct CreateConsumer {
    std::string name;

    static constexpr auto fields() { return std::tuple{field("name", &CreateConsumer::name)}; }
};

struct ConsumerInfo {
    std::string name, arn, created_at;

    static constexpr auto fields() {
        return std::tuple{field("name", &ConsumerInfo::name), field("arn", &ConsumerInfo::arn),
                          field("created_at", &ConsumerInfo::created_at)};
    }
};

struct StreamPolicy {
    std::string policy;  // JSON, as it was given; empty: none

    static constexpr auto fields() { return std::tuple{field("policy", &StreamPolicy::policy)}; }
};

}  // namespace kns
