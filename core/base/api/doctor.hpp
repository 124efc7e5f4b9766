// What `kns doctor` finds, whoever looks: the command itself, the daemon (`GET /v1/doctor`), or `knsd --check` where no
// daemon can run.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

enum class FindingState { ok, warn, fail, fixed };
inline std::span<const std::string_view> enum_names(FindingState) {
    static constexpr std::string_view names[] = {"ok", "warn", "fail", "fixed"};
    return names;
}

struct Finding {
    FindingState state = FindingState::ok;
    std::string check;     // what was looked at: "catalog"
    std::string what;      // what was found; of `fixed`: what was done
    std::string remedy;    // empty: none is needed
    bool fixable = false;  // `kns doctor --fix` is the remedy

    static constexpr auto fields() {
        return std::tuple{field("state", &Finding::state), field("check", &Finding::check), field("what", &Finding::what),
                          field("remedy", &Finding::remedy), field("fixable", &Finding::fixable)};
    }
};

// Of the weekly pass through the log: `GET /v1/scrub`, and the file scrub.json.
struct ScrubState {
    std::optional<std::string> finished_at;                      // the last one
    std::uint64_t next_segment = 0;                              // not 0: one is under way, or was interrupted, before this segment
    std::uint64_t segments = 0, bytes = 0, damaged_batches = 0;  // of the present one, or the last

    static constexpr auto fields() {
        return std::tuple{field("finished_at", &ScrubState::finished_at), field("next_segment", &ScrubState::next_segment),
                          field("segments", &ScrubState::segments), field("bytes", &ScrubState::bytes),
                          field("damaged_batches", &ScrubState::damaged_batches)};
    }
};

struct ScrubReport {
    std::uint64_t segments = 0, bytes = 0;
    std::uint64_t damaged_batches = 0;  // found by this pass, known before or not
    std::int64_t milliseconds = 0;

    static constexpr auto fields() {
        return std::tuple{field("segments", &ScrubReport::segments), field("bytes", &ScrubReport::bytes),
                          field("damaged_batches", &ScrubReport::damaged_batches),
                          field("milliseconds", &ScrubReport::milliseconds)};
    }
};

}  // namespace kns
