// Who a delivery stream's destination is told that we are. Read anew for each attempt, so that a key that was rotated counts
// from the next one on. Catalog thread.
#pragma once

#include "core/firehose/delivery_config.hpp"
#include "core/store/secret_store.hpp"

namespace kns {

// JSON for the worker's job, to be wiped: "to" and, where there are such, "staging" and "backup", each an object of strings, or
// null where nothing is known. In this order: the secret that is named; the profile that is named; for AWS's services
// AWS_ACCESS_KEY_ID and so on of the daemon's environment, then the profile AWS_PROFILE or "default". Files:
// AWS_SHARED_CREDENTIALS_FILE, or ~/.aws/credentials.
Result<SecretText> secrets_for(const DeliveryConfig& config, SecretStore& secrets);

}  // namespace kns
