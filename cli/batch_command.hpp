// The user's command, run once for every batch of records, which it reads as lines on its stdin.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns::cli {

class BatchCommand {
   public:
    // By argv, never through a shell. `environment` ("NAME=value") is added to ours.
    BatchCommand(std::vector<std::string> argv, std::vector<std::string> environment);

    // Something to do while the command works, and how long until it is due.
    struct Meanwhile {
        std::function<Ms()> due_in;
        std::function<void()> act;
    };

    // Runs it to its end; its exit code, or 128 + signal. That it does not read all of its input is its own affair. An
    // error means that it could not be started.
    Result<int> run(std::string_view input, std::size_t records, const Meanwhile& meanwhile) const;

    const std::string& name() const { return argv_.front(); }

   private:
    std::vector<std::string> argv_, environment_;
};

}  // namespace kns::cli
