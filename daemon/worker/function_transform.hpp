// A Lambda function on this machine as a transform: kns serves the Lambda Runtime API on a port of the loopback interface,
// and the function's bootstrap, any runtime client or a shell script with curl, asks it for events.
// Contract: Lambda developer guide, "Using the Lambda runtime API" (2018-06-01).
#pragma once

#include "core/firehose/delivery_spec.hpp"
#include "core/firehose/transform_spec.hpp"
#include "core/plugin/transform.hpp"
#include "daemon/worker/program_host.hpp"
#include "daemon/worker/runtime_api.hpp"

namespace kns {

class FunctionTransform final : public Transform {
   public:
    // Before the sandbox.
    static Result<std::unique_ptr<Transform>> start(const TransformSpec& function, const DeliverySpec& spec);

    std::size_t most_bytes() const override;
    std::size_t most_records() const override;
    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override;
    std::vector<std::pair<std::string, std::string>> traits() const override { return {{"lambdaARN", arn_}}; }

   private:
    FunctionTransform(std::unique_ptr<RuntimeApi> api, ProgramHost host, const DeliverySpec& spec)
        : api_(std::move(api)), host_(std::move(host)), spec_(spec) {}

    std::unique_ptr<RuntimeApi> api_;
    ProgramHost host_;
    ProgramHost::Ends ends_;  // empty: it does not run
    const DeliverySpec& spec_;
    std::string arn_;
};

}  // namespace kns
