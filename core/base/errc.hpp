// The closed list of things that can go wrong, as seen by whoever has to react.
//
// Each code changes what a caller does next; detail belongs into the message. The names are promised: they appear in
// JSON errors, in the manual pages and in scripts.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/base/exit_code.hpp"

namespace kns {

enum class Errc {
    invalid_argument,
    not_found,
    already_exists,
    conflict,
    limit_exceeded,
    disk_full,
    expired,
    permission_denied,
    unavailable,
    timed_out,
    cancelled,
    outcome_unknown,  // a write failed half way: it may or may not be there; asking again is safe for the caller
    io_error,
    corrupt,
    unsupported,
    internal,
};

struct ErrcRow {
    Errc code;
    std::string_view name;      // in JSON
    ExitCode exit;              // of `kns`
    int http_status;            // of every HTTP face
    std::string_view aws_name;  // without a service's own variations
    bool retryable;
};

const ErrcRow& row_of(Errc code);
std::optional<Errc> errc_from_name(std::string_view name);
std::span<const ErrcRow> errc_table();

inline std::string_view name_of(Errc code) { return row_of(code).name; }

}  // namespace kns
