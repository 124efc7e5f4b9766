// A command as a transform: a line in for each record, a line out for each; an empty one drops the record. It is started
// once and kept, and started anew only after it has failed.
#pragma once

#include "core/firehose/transform_spec.hpp"
#include "core/plugin/transform.hpp"
#include "daemon/worker/program_host.hpp"

namespace kns {

class CommandTransform final : public Transform {
   public:
    // Before the sandbox.
    static Result<std::unique_ptr<Transform>> start(const TransformSpec& spec, Ms timeout);

    std::size_t most_bytes() const override { return 16 << 20; }
    std::size_t most_records() const override { return 100'000; }
    std::expected<std::vector<TransformOutcome>, TransformFailure> run(std::span<const TransformInput> records) override;

   private:
    CommandTransform(ProgramHost host, std::string name, Ms timeout)
        : host_(std::move(host)), name_(std::move(name)), timeout_(timeout) {}
    // Gives it `lines`, and takes as many from it.
    Result<std::vector<std::string>> exchange(std::string_view lines, std::size_t count);

    ProgramHost host_;
    std::string name_;
    Ms timeout_;
    ProgramHost::Ends ends_;  // empty: it does not run
};

}  // namespace kns
