// Method and path to handler. Filled once at start; `GET /v1/spec` lists what is in it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http_exchange.hpp"

namespace kns {

// The values of a route's `{placeholders}`, in order.
using PathArgs = std::vector<std::string>;
using RouteHandler = std::function<Task<void>(HttpExchange&, PathArgs)>;
// A handler that reads a JSON body (or none) and answers JSON.
using JsonHandler = std::function<Task<Result<HttpAnswer>>(HttpExchange&, PathArgs)>;

struct Route {
    std::string method, pattern;  // "/v1/streams/{name}/shards"
    std::string summary;          // for people
    RouteHandler handler;
};

class Router {
   public:
    void add(std::string method, std::string pattern, std::string summary, RouteHandler handler);
    void add_json(std::string method, std::string pattern, std::string summary, JsonHandler handler);

    // Finds the handler and lets it answer; 404 and 405 are answered here.
    Task<void> route(HttpExchange& exchange) const;
    const std::vector<Route>& routes() const { return routes_; }

   private:
    std::vector<Route> routes_;
};

// Reads the body, of `most` bytes at most, and turns it into a described struct.
template <class T>
Task<Result<T>> read_json_body(HttpExchange& exchange, std::size_t most = kMaxJsonBody);

}  // namespace kns

#include "core/base/describe.hpp"

template <class T>
kns::Task<kns::Result<T>> kns::read_json_body(HttpExchange& exchange, std::size_t most) {
    auto body = co_await exchange.read_body(most);
    if (!body) co_return std::unexpected(std::move(body).error());
    if (body->empty()) *body = "{}";
    co_return from_json_text<T>(*body);
}
