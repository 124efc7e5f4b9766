// Services of others that take Firehose's requests, by short names:
//
//     datadog:[eu|gov|metrics|metrics-eu]      newrelic:[eu|metrics|metrics-eu]    coralogix:us|eu1|eu2|in|sg
//     dynatrace:[us|eu]                        honeycomb:DATASET                   elastic:HOST
//     logzio:REGION                            mongodb:URL                         logicmonitor:ACCOUNT
//     sumologic:DEPLOYMENT/log|metric
//
// Each stands for a URL, and for the settings that the service wants where nothing else is said. Sources: developer guide,
// "Choose your destination", and the services' own guides for Firehose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/api/delivery.hpp"

namespace kns {

// Nothing if `to` does not begin with one of those names.
Result<std::optional<UpdateDelivery>> vendor_settings(std::string_view to);

// In a URL: where the secret's api_key is put when a request is sent, and nowhere else.
inline constexpr std::string_view kKeyInUrl = "{api_key}";

}  // namespace kns
