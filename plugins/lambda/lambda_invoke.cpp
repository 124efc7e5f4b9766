// A Lambda function that is invoked at a URL, as AWS's Invoke takes it.
#include "core/base/uuid.hpp"
#include "core/firehose/lambda_event.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/http_client/http_client.hpp"

namespace kns {
namespace {

constexpr std::size_t kMostShown = 200;

class LambdaInvoke final : public Transform {
   public:
    explicit LambdaInvoke(TransformTarget target) : target_(std::move(target)) {}

    std::size_t most_bytes() const override { return kMostLambdaData; }
    std::size_t most_records() const override { return kMostLambdaRecords; }
    std::vector<std::pair<std::string, std::string>> traits() const override { return {{"lambdaARN", target_.url}}; }

    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override {
        const auto event = lambda_event(target_.delivery_stream_arn, target_.source_stream_arn, random_uuid(), records);
        HttpCall call{.method = "POST",
                      .url = target_.url,
                      .headers = {{"Content-Type", "application/json"}, {"X-Amz-Invocation-Type", "RequestResponse"}},
                      .body = as_bytes(event),
                      .timeout = target_.timeout,
                      .max_answer = kMostLambdaBytes};
        const auto reply = client_.call(call);
        if (!reply) {
            const bool late = reply.error().trouble == HttpTrouble::timeout;
            return std::unexpected(TransformFailure{.code = late ? "Lambda.FunctionTimedOut" : "Lambda.FunctionError",
                                                    .error = reply.error().error()});
        }
        const auto trouble = [&](std::string_view code, std::string_view what) {
            return std::unexpected(TransformFailure{
                .code = std::string(code),
                .error = {.code = Errc::unavailable,
                          .message = fmt::format("{} {}: {}", target_.url, what, reply->body.substr(0, kMostShown))}});
        };
        if (reply->status == 429) return trouble("Lambda.FunctionThrottled", "asks to slow down");
        if (reply->status == 401 || reply->status == 403) return trouble("Lambda.InvokeAccessDenied", "does not let us in");
        if (reply->status != 200) return trouble("Lambda.FunctionError", fmt::format("answered with status {}", reply->status));
        if (!reply->header("x-amz-function-error").empty()) return trouble("Lambda.FunctionError", "has a function that failed");
        return read_lambda_answer(reply->body, records);
    }

   private:
    TransformTarget target_;
    HttpClient client_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(lambda, "a transform by a Lambda function behind a URL") {
    registry.add_transform("lambda", [](const kns::TransformTarget& target) -> kns::Result<std::unique_ptr<kns::Transform>> {
        return std::make_unique<kns::LambdaInvoke>(target);
    });
}
