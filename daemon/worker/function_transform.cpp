#include "daemon/worker/function_transform.hpp"

#include <poll.h>
#include <sys/stat.h>

#include "core/base/uuid.hpp"
#include "core/firehose/lambda_event.hpp"

namespace kns {

Result<std::unique_ptr<Transform>> FunctionTransform::start(const TransformSpec& function, const DeliverySpec& spec) {
    struct stat status{};
    if (::stat(function.path.c_str(), &status) != 0) return fail_errno(errno, "the function " + function.path);
    const bool whole = S_ISDIR(status.st_mode);
    const std::string root = whole ? function.path : function.path.substr(0, function.path.rfind('/'));
    const std::string name = function.path.substr(function.path.rfind('/') + 1);
    const std::string region(part_of_arn(spec.arn, 3));
    auto api = KNS_TRY(RuntimeApi::open());
    HostedProgram program{.argv = {whole ? function.path + "/bootstrap" : function.path},
                          .environment = {program_path(), "LANG=C.UTF-8", "TZ=:UTC", "PYTHONUNBUFFERED=1",
                                          fmt::format("AWS_LAMBDA_RUNTIME_API=127.0.0.1:{}", api->port()),
                                          "_HANDLER=" + function.handler, "LAMBDA_TASK_ROOT=" + root, "AWS_REGION=" + region,
                                          "AWS_DEFAULT_REGION=" + region, "AWS_LAMBDA_FUNCTION_NAME=" + name,
                                          "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=2048"},
                          .directory = root,
                          .readable = {root},
                          .connectable = api->port(),
                          .output_is_log = true};
    auto host = KNS_TRY(ProgramHost::start(program));
    auto out = std::unique_ptr<FunctionTransform>(new FunctionTransform(std::move(api), std::move(host), spec));
    out->arn_ = fmt::format("arn:aws:lambda:{}:{}:function:{}", region, part_of_arn(spec.arn, 4), name);
    return std::unique_ptr<Transform>(std::move(out));
}

std::size_t FunctionTransform::most_bytes() const { return kMostLambdaData; }
std::size_t FunctionTransform::most_records() const { return kMostLambdaRecords; }

std::expected<std::vector<TransformOutcome>, TransformFailure> FunctionTransform::run(std::span<const TransformInput> records) {
    const auto failed = [](std::string code, Error error) {
        return std::unexpected(TransformFailure{.code = std::move(code), .error = std::move(error)});
    };
    // One that ended by itself meanwhile has not failed at anything.
    if (pollfd wait{.fd = ends_.output.get(), .events = POLLIN, .revents = 0}; ends_.input && ::poll(&wait, 1, 0) > 0) ends_ = {};
    if (!ends_.input) {
        api_->begin_anew();
        auto started = host_.run();
        if (!started) return failed("Lambda.FunctionError", std::move(started).error());
        ends_ = std::move(*started);
    }
    const std::string id = random_uuid();
    auto answer = api_->invoke(id, arn_, lambda_event(spec_.arn, spec_.source_arn, id, records), spec_.config.transform_ms,
                               ends_.output.get());
    if (!answer) {
        // One that has ended, or hangs, is started anew for the next attempt.
        ends_ = {};
        const bool late = answer.error().code == Errc::timed_out;
        return failed(late ? "Lambda.FunctionTimedOut" : "Lambda.FunctionError", std::move(answer).error());
    }
    if (answer->error)
        return failed("Lambda.FunctionError",
                      {.code = Errc::unavailable, .message = fmt::format("{}: {}", answer->error->type, answer->error->message)});
    return read_lambda_answer(answer->text, records);
}

}  // namespace kns
