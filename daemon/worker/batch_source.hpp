// The daemon's `batches` answer, one RecordBatch at a time, in constant memory.
#pragma once

#include <optional>
#include <string>

#include "core/base/record_batch.hpp"
#include "core/base/unix_http.hpp"

namespace kns {

class BatchSource {
   public:
    // Asks the daemon at `socket` for `target`; its refusal is the error.
    static Result<BatchSource> open(const std::string& socket, const std::string& target);

    // The next whole batch with its CRC verified, or nothing at the end of the answer. The view lasts until the next call.
    Result<std::optional<Bytes>> next();

   private:
    explicit BatchSource(HttpConnection connection) : connection_(std::move(connection)) {}
    Result<std::size_t> fill(std::size_t from, std::size_t to);

    HttpConnection connection_;
    std::string buffer_;  // grows to the largest batch seen, which is bounded
};

}  // namespace kns
