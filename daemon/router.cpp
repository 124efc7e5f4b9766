#include "daemon/router.hpp"

namespace kns {
namespace {

// The arguments, if the path fits the pattern. Segments are compared decoded, so a name may hold an encoded slash.
std::optional<PathArgs> match(std::string_view pattern, std::string_view path) {
    PathArgs args;
    while (true) {
        const auto p = pattern.substr(0, pattern.find('/'));
        // An ARN contains a slash: a placeholder takes "arn:.../name" whole.
        auto s = path.substr(0, path.find('/'));
        if (p.starts_with('{') && s.starts_with("arn:") && s.size() < path.size()) s = path.substr(0, path.find('/', s.size() + 1));
        if (p.starts_with('{')) {
            if (s.empty()) return std::nullopt;
            args.emplace_back(s);
        } else if (p != s) {
            return std::nullopt;
        }
        if (p.size() == pattern.size() || s.size() == path.size()) {
            if (p.size() == pattern.size() && s.size() == path.size()) return args;
            return std::nullopt;
        }
        pattern.remove_prefix(p.size() + 1);
        path.remove_prefix(s.size() + 1);
    }
}

}  // namespace

void Router::add(std::string method, std::string pattern, std::string summary, RouteHandler handler) {
    routes_.push_back({std::move(method), std::move(pattern), std::move(summary), std::move(handler)});
}

void Router::add_json(std::string method, std::string pattern, std::string summary, JsonHandler handler) {
    add(std::move(method), std::move(pattern), std::move(summary),
        [handler = std::move(handler)](HttpExchange& exchange, PathArgs args) -> Task<void> {
            auto answer = co_await handler(exchange, std::move(args));
            HttpAnswer out = answer ? std::move(*answer) : error_answer(answer.error());
            co_await exchange.answer(std::move(out));
        });
}

Task<void> Router::route(HttpExchange& exchange) const {
    std::string allowed;  // on this path
    for (const auto& candidate : routes_) {
        auto args = match(candidate.pattern, exchange.head().path);
        if (!args) continue;
        if (candidate.method != exchange.head().method) {
            allowed += (allowed.empty() ? "" : ", ") + candidate.method;
            continue;
        }
        co_await candidate.handler(exchange, std::move(*args));
        co_return;
    }
    Error error =
        !allowed.empty()
            ? Error(fail(Errc::unsupported, "{} is not possible on {}", exchange.head().method, exchange.head().path))
            : Error(fail(Errc::not_found, "there is nothing at {}", exchange.head().path).hint("GET /v1/spec lists the routes"));
    error.details = R"({"reason":"no_such_route"})";
    HttpAnswer answer = error_answer(error);
    if (!allowed.empty()) {
        answer.status = 405;
        answer.headers.emplace_back("Allow", allowed);
    }
    co_await exchange.answer(std::move(answer));
}

}  // namespace kns
