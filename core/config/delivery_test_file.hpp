// Tests of a delivery stream, as people write them in YAML:
//
//     delivery:                     # as in a project; a destination may be left out
//       partition: {customer: .customer}
//     tests:
//       - name: records go by customer
//         records:
//           - '{"customer":"x"}'                  # arrives a millisecond after the one before
//           - {data: '{"customer":"y"}', at: 2026-01-02T03:04:05Z, key: k}
//           - {base64: H4sI..., after: 60s}
//         expect:
//           - {key: customer=x/*, content: "{\"customer\":\"x\"}\n"}
//           - {key: customer=y/*, records: 1, at: 2026-01-02T03:09:05Z}
//           - {failure: processing-failed, error: DynamicPartitioning.MetadataExtractionFailed}
#pragma once

#include "core/base/api/trial.hpp"
#include "core/firehose/delivery_config.hpp"

namespace kns {

struct ExpectedObject {
    std::optional<std::string> key, url, content, at, failure, error, action;
    std::optional<std::uint64_t> records;
    std::string text() const;  // as it is asked for, on one line
};

struct DeliveryTest {
    std::string name;
    std::vector<TrialRecord> records;
    std::vector<ExpectedObject> expected;
};

struct DeliveryTests {
    std::string name;  // of the delivery stream, in keys
    DeliveryConfig config;
    std::vector<DeliveryTest> tests;
};

Result<DeliveryTests> read_delivery_tests(const DeliveryTestFile& file);

// What is not as it was expected; nothing if all is. In a key and an action * stands for any text.
std::vector<std::string> differences(const DeliveryTest& test, const Trial& trial);

}  // namespace kns
