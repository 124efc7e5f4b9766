// Reading a stream to stdout: what `stream get` and `stream tail` share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/context.hpp"
#include "cli/record_format.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns::cli {

struct ReadSelection {
    std::string stream;          // its name
    std::string from = "start";  // start, latest, a time, a sequence number
    std::optional<std::string> shard{};
    std::optional<std::uint64_t> limit{};  // records
    std::optional<Ms> duration{};
    bool follow = false;  // otherwise it ends at what is the end now
};

// The path and query that ask the daemon for it, or for the rest of it: see RecordFeed::resume_query.
std::string batches_target(const ReadSelection& selection, const std::string& resume = {});

// Writes the records to stdout until there are no more, or Ctrl-C. `partial` if some were lost to corruption.
Result<ExitCode> read_stream(Context& kns, const ReadSelection& selection, Encoding encoding, Aggregates aggregates);

}  // namespace kns::cli
