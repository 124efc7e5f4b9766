// Where AWS's API is served: the daemon's socket, and the address of `aws.listen`. On the I/O thread.
#pragma once

#include "core/base/api/aws.hpp"
#include "core/base/api/daemon.hpp"
#include "daemon/aws/aws_face.hpp"
#include "daemon/router.hpp"
#include "daemon/tcp_listener.hpp"
#include "daemon/tls_relay.hpp"

namespace kns::aws {

class AwsDoor {
   public:
    // `serve` counts a connection that came by TCP and hands its requests to `answer`.
    using Serve = std::function<void(Socket, bool http2, HttpHandler answer)>;
    AwsDoor(Services& services, DeliveryScheduler& deliveries, Database& db, std::string tls_directory, Serve serve)
        : services_(services),
          deliveries_(deliveries),
          db_(db),
          tls_directory_(std::move(tls_directory)),
          serve_(std::move(serve)) {}

    // Before the threads run. A socket among `handed` is the one that a predecessor listened on.
    Result<void> open(std::vector<HandedDescriptor>& handed);
    void add_routes(Router& router);
    void close() { listener_.close(); }
    // For who follows in this process, in place of `close`.
    std::vector<HandedDescriptor> hand_on();

    void settings_changed();  // listens where they say now
    void secrets_changed() { ++secrets_version_; }
    bool listens() const { return listener_.address().has_value(); }
    std::vector<Listener> listeners() const;

   private:
    void listen(Fd handed = {});
    Task<void> load_keys();
    Task<void> meet(Socket client, bool by_tls);
    Task<void> answer(HttpExchange& exchange);
    Result<TlsContext> tls();
    Task<Result<HttpAnswer>> env();

    Services& services_;
    DeliveryScheduler& deliveries_;
    Database& db_;
    std::string tls_directory_;
    Serve serve_;
    AccessKeys keys_;
    std::uint64_t secrets_version_ = 1, keys_version_ = 0;  // of the secrets, and of those that keys_ has been read from
    std::optional<KinesisApi> kinesis_;
    std::optional<FirehoseApi> firehose_;
    lease::LeaseService leases_{db_};
    std::optional<AwsFace> face_;
    std::string wanted_ = "off", trouble_;  // of the address
    TlsContext tls_;
    UnixMs tls_made_ms_ = 0;
    TcpListener listener_{services_.io,
                          [this](Socket client) { asio::co_spawn(services_.io, meet(std::move(client), false), asio::detached); }};
};

}  // namespace kns::aws
