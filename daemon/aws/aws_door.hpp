// Where AWS's API is served: the daemon's socket, and the address of `aws.listen`. On the I/O thread.
#pragma once

#include "core/base/api/aws.hpp"
#include "core/base/api/daemon.hpp"
#include "daemon/aws/aws_face.hpp"
#include "daemon/router.hpp"
#include "daemon/tcp_listener.hpp"

namespace kns::aws {

class AwsDoor {
   public:
    // `serve` counts a connection that came by TCP and hands its requests to `answer`.
    using Serve = std::function<void(Socket, HttpHandler)>;
    AwsDoor(Services& services, Database& db, Serve serve) : services_(services), db_(db), serve_(std::move(serve)) {}

    // Before the threads run.
    Result<void> open();
    void add_routes(Router& router);
    void close() { listener_.close(); }

    void settings_changed();  // listens where they say now
    void secrets_changed();   // whose signatures are good
    bool listens() const { return listener_.address().has_value(); }
    std::vector<Listener> listeners() const;

   private:
    Task<void> load_keys();
    Task<Result<HttpAnswer>> env();

    Services& services_;
    Database& db_;
    Serve serve_;
    AccessKeys keys_;
    std::optional<KinesisApi> kinesis_;
    std::optional<AwsFace> face_;
    std::string wanted_ = "off", trouble_;  // of the address
    TcpListener listener_{services_.io, [this](Socket client) { welcome(std::move(client)); }};
    void welcome(Socket client);
};

}  // namespace kns::aws
