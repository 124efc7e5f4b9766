// Errors as values.
//
//     Result<Stream> find(StreamName name);
//     auto stream = KNS_TRY(find(name));          // returns the error, or gives the value
//     return fail(Errc::not_found, "stream \"{}\" not found", name).hint("kns stream list shows them");
//
// A message names the thing and the reason, a hint the next step; both in lower case without a period. Context is added
// while an error rises: `KNS_TRY(context(read(path), "opening the catalog"))`.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/errc.hpp"

namespace kns {

struct Error {
    Errc code = Errc::internal;
    std::string message;
    std::string hint{};                   // empty: there is no next step to name
    std::vector<std::string> contexts{};  // innermost first
    std::string details{};                // a JSON object for programs, or empty

    // "flushing delivery 'x': disk full" - contexts outermost first, then the message.
    std::string text() const {
        std::string out;
        for (auto it = contexts.rbegin(); it != contexts.rend(); ++it) out += *it + ": ";
        return out + message;
    }
};

template <class T = void>
using Result = std::expected<T, Error>;

// What `fail` gives: converts to any Result, and takes a hint or details on the way.
class [[nodiscard]] Failure {
   public:
    explicit Failure(Error error) : error_(std::move(error)) {}

    Failure&& hint(std::string text) && {
        error_.hint = std::move(text);
        return std::move(*this);
    }
    Failure&& details(std::string json) && {
        error_.details = std::move(json);
        return std::move(*this);
    }

    template <class T>
    operator std::expected<T, Error>() && {  // NOLINT: meant to convert silently
        return std::unexpected(std::move(error_));
    }
    operator Error() && { return std::move(error_); }  // NOLINT: likewise

   private:
    Error error_;
};

template <class... Args>
Failure fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
    return Failure(Error{.code = code, .message = fmt::format(format, std::forward<Args>(args)...)});
}

template <class T>
Result<T> context(Result<T> result, std::string what) {
    if (!result) result.error().contexts.push_back(std::move(what));
    return result;
}

// From errno: names the call's object and the system's reason; ENOSPC, EACCES and ENOENT get their own codes.
Failure fail_errno(int error_number, std::string_view what);

}  // namespace kns

// GNU statement expression: the value, or an early return of the error. Not around co_await.
#define KNS_TRY(...) KNS_TRY_NAMED(KNS_TRY_JOIN(kns_try_, __COUNTER__), __VA_ARGS__)
#define KNS_TRY_NAMED(name, ...)                                 \
    ({                                                           \
        auto name = (__VA_ARGS__);                               \
        if (!name) [[unlikely]]                                  \
            return ::std::unexpected(::std::move(name).error()); \
        ::kns::detail::unwrap(::std::move(name));                \
    })
#define KNS_TRY_JOIN(a, b) KNS_TRY_JOIN2(a, b)
#define KNS_TRY_JOIN2(a, b) a##b

namespace kns::detail {

template <class T>
T unwrap(std::expected<T, Error>&& result) {
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace kns::detail
