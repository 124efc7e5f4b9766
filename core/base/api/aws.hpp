// What an AWS client has to be told: `GET /v1/aws/env`.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct AwsEnv {
    std::string endpoint_url, region, account, access_key_id, secret_access_key;
    std::string ca_bundle{};  // a PEM file; empty: without TLS

    static constexpr auto fields() {
        return std::tuple{field("endpoint_url", &AwsEnv::endpoint_url),
                          field("region", &AwsEnv::region),
                          field("account", &AwsEnv::account),
                          field("access_key_id", &AwsEnv::access_key_id),
                          field("secret_access_key", &AwsEnv::secret_access_key),
                          field("ca_bundle", &AwsEnv::ca_bundle)};
    }
};

}  // namespace kns
