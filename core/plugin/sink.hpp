// Where finished objects go. Implemented by plugins, used by kns-worker; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"

namespace kns {

// One object on its way. It appears under its key whole, or not at all: nothing is visible before commit, and destroying
// it without commit leaves no trace (or one that the sink clears away the next time it is opened).
class SinkObject {
   public:
    virtual ~SinkObject() = default;
    virtual Result<void> write(Bytes bytes) = 0;
    // On return the object is durable and readable, in place of an older one with the same key. Called once, last.
    virtual Result<void> commit() = 0;
};

class Sink {
   public:
    virtual ~Sink() = default;
    // `key` has passed validate_key.
    virtual Result<std::unique_ptr<SinkObject>> begin(std::string_view key) = 0;
};

}  // namespace kns
