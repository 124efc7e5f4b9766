#include "core/base/errc.hpp"

#include <array>
#include <cassert>

namespace kns {
namespace {

using enum Errc;

constexpr std::array<ErrcRow, 16> kTable{{
    {invalid_argument, "invalid_argument", ExitCode::usage, 400, "InvalidArgumentException", false},
    {not_found, "not_found", ExitCode::not_found, 404, "ResourceNotFoundException", false},
    {already_exists, "already_exists", ExitCode::conflict, 409, "ResourceInUseException", false},
    {conflict, "conflict", ExitCode::conflict, 409, "ResourceInUseException", false},
    {limit_exceeded, "limit_exceeded", ExitCode::try_again, 429, "LimitExceededException", true},
    {disk_full, "disk_full", ExitCode::try_again, 507, "InternalFailure", true},
    {expired, "expired", ExitCode::failed, 410, "ExpiredIteratorException", false},
    {permission_denied, "permission_denied", ExitCode::failed, 403, "AccessDeniedException", false},
    {unavailable, "unavailable", ExitCode::unreachable, 503, "ServiceUnavailable", true},
    {timed_out, "timed_out", ExitCode::try_again, 504, "InternalFailure", true},
    {cancelled, "cancelled", ExitCode::failed, 409, "InternalFailure", false},
    {outcome_unknown, "outcome_unknown", ExitCode::try_again, 500, "InternalFailure", true},
    {io_error, "io_error", ExitCode::failed, 500, "InternalFailure", false},
    {corrupt, "corrupt", ExitCode::failed, 500, "InternalFailure", false},
    {unsupported, "unsupported", ExitCode::failed, 501, "UnknownOperationException", false},
    {internal, "internal", ExitCode::failed, 500, "InternalFailure", false},
}};

constexpr bool rows_follow_the_enum() {
    for (std::size_t i = 0; i < kTable.size(); ++i)
        if (static_cast<std::size_t>(kTable[i].code) != i) return false;
    return true;
}
static_assert(rows_follow_the_enum());

}  // namespace

const ErrcRow& row_of(Errc code) { return kTable[static_cast<std::size_t>(code)]; }

std::optional<Errc> errc_from_name(std::string_view name) {
    for (const auto& row : kTable)
        if (row.name == name) return row.code;
    return std::nullopt;
}

std::span<const ErrcRow> errc_table() { return kTable; }

}  // namespace kns
