// The Lambda Runtime API: gives an event to whoever asks for the next one, and takes the answer. On a port of 127.0.0.1 that
// is answered only to processes of this user; one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

class RuntimeApi {
   public:
    // Listens. Before the sandbox.
    static Result<std::unique_ptr<RuntimeApi>> open();
    virtual ~RuntimeApi() = default;

    virtual std::uint16_t port() const = 0;
    // Another function asks from now on: whoever has asked before is gone, and gets no event.
    virtual void begin_anew() = 0;

    // What a function said instead of an answer.
    struct FunctionError {
        std::string type, message;
    };
    struct Answer {
        std::string text;
        std::optional<FunctionError> error;
    };
    // Has the event answered: waits for somebody to ask for it, and for what comes back. `alive` is read when the function
    // ends: it becomes readable then.
    virtual Result<Answer> invoke(const std::string& request_id, const std::string& function_arn, std::string event, Ms timeout,
                                  int alive) = 0;
};

}  // namespace kns
