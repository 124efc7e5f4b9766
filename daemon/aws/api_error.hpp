// An error as an AWS service names it: the body is {"__type": type, "message": message}.
#pragma once

#include <expected>
#include <string>

#include "core/base/result.hpp"

namespace kns::aws {

struct ApiError {
    std::string type;  // "ResourceNotFoundException"
    std::string message;
    int status = 400;  // throttling too
};

template <class T = void>
using Outcome = std::expected<T, ApiError>;

template <class... Args>
std::unexpected<ApiError> refuse(std::string type, fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(ApiError{std::move(type), fmt::format(format, std::forward<Args>(args)...)});
}

// An error of kns's own services, where no closer name is known.
inline ApiError api_error(const Error& error) {
    const auto& row = row_of(error.code);
    ApiError out{std::string(row.aws_name), error.text() + (error.hint.empty() ? "" : " (" + error.hint + ")")};
    if (row.http_status >= 500) out.status = 500;
    return out;
}

}  // namespace kns::aws
