#include "daemon/worker/runtime_api.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/base/posix.hpp"
#include "core/firehose/lambda_event.hpp"
#include "daemon/asio.hpp"
#include "daemon/notifier.hpp"

namespace kns {
namespace {

namespace http = boost::beast::http;
using asio::ip::tcp;
using Request = http::request<http::string_body>;
using Answered = http::response<http::string_body>;

constexpr std::string_view kVersion = "/2018-06-01/runtime/";

class Server final : public RuntimeApi {
   public:
    Result<void> listen() {
        const tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
        error_code error;
        acceptor_.open(here.protocol(), error);
        if (!error) acceptor_.bind(here, error);
        if (!error) acceptor_.listen(16, error);
        if (error) return fail(Errc::unavailable, "listening for the function: {}", error.message());
        port_ = acceptor_.local_endpoint().port();
        // It can be read again and again, from within a sandbox too.
        peers_ = KNS_TRY(open_file("/proc/net/tcp", O_RDONLY));
        asio::co_spawn(io_, accept(), kOrEnd);
        return {};
    }

    std::uint16_t port() const override { return port_; }
    void begin_anew() override {
        ++generation_;
        changed_.notify();
    }

    Result<Answer> invoke(const std::string& request_id, const std::string& function_arn, std::string event, Ms timeout,
                          int alive) override {
        request_id_ = request_id;
        function_arn_ = function_arn;
        event_ = std::move(event);
        deadline_ = Clock::real().now() + timeout;
        waiting_ = true;
        outcome_.reset();
        changed_.notify();
        io_.restart();
        asio::posix::stream_descriptor end(io_, ::fcntl(alive, F_DUPFD_CLOEXEC, 0));
        bool ended = false;
        end.async_wait(asio::posix::stream_descriptor::wait_read, [&](error_code error) {
            if (error) return;
            ended = true;
            io_.stop();
        });
        io_.run_for(std::chrono::milliseconds(timeout));
        waiting_ = false;
        if (outcome_) return std::move(*outcome_);
        if (ended) return fail(Errc::unavailable, "the function ended").hint("what it said is in kns job logs");
        return fail(Errc::timed_out, "the function gave no answer within {}", format_duration(timeout));
    }

   private:
    Task<void> accept() {
        while (true) {
            auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
            if (error) co_return;
            if (!is_ours(socket)) {
                log_warn("runtime_api", "error=\"another user's process was turned away\"");
                continue;
            }
            asio::co_spawn(io_, serve(std::move(socket)), kOrEnd);
        }
    }

    // By the kernel's table of connections: local and remote address, in hex, and the user of each.
    bool is_ours(const tcp::socket& socket) const {
        error_code error;
        const auto theirs = socket.remote_endpoint(error).port();
        if (error || ::lseek(peers_.get(), 0, SEEK_SET) != 0) return false;
        std::string table, piece(64 << 10, '\0');
        for (ssize_t got = 0; (got = ::read(peers_.get(), piece.data(), piece.size())) > 0;)
            table.append(piece, 0, static_cast<std::size_t>(got));
        const auto at = table.find(fmt::format(":{:04X} 0100007F:{:04X} ", theirs, port_));
        if (at == std::string::npos) return false;
        const auto end = std::min(table.find('\n', at), table.size());
        unsigned user = 0;
        // ... st tx:rx tr:when retransmits uid
        return std::sscanf(table.substr(at, end - at).c_str(), ":%*x %*[^ ] %*x %*[^ ] %*[^ ] %*x %u", &user) == 1 &&
               user == ::geteuid();
    }

    Task<void> serve(tcp::socket socket) {
        boost::beast::flat_buffer buffer;
        while (true) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(kMostLambdaBytes + 1);
            auto [error, got] = co_await http::async_read(socket, buffer, parser, kNoThrow);
            if (error == http::error::body_limit) {
                finish({.text = {}, .error = FunctionError{"Lambda.FunctionError", "the function's answer is too large"}});
                co_return;
            }
            if (error) co_return;
            Request request = parser.release();
            Answered answer;
            const std::string path(request.target());
            if (request.method() == http::verb::get && path == std::string(kVersion) + "invocation/next") {
                for (const auto mine = generation_; !waiting_ || event_.empty();) {
                    co_await changed_.wait();
                    if (generation_ != mine) co_return;
                }
                answer.set("Lambda-Runtime-Aws-Request-Id", request_id_);
                answer.set("Lambda-Runtime-Deadline-Ms", std::to_string(deadline_));
                answer.set("Lambda-Runtime-Invoked-Function-Arn", function_arn_);
                answer.body() = std::exchange(event_, {});
                answer.result(http::status::ok);
            } else {
                answer = take(request, path);
            }
            answer.set(http::field::content_type, "application/json");
            answer.keep_alive(request.keep_alive());
            answer.prepare_payload();
            auto [write_error, put] = co_await http::async_write(socket, answer, kNoThrow);
            if (write_error || !request.keep_alive()) co_return;
        }
    }

    Answered take(Request& request, const std::string& path) {
        Answered answer;
        answer.result(http::status::accepted);
        const std::string invocation = std::string(kVersion) + "invocation/" + request_id_ + "/";
        if (request.method() == http::verb::post && waiting_ && path == invocation + "response") {
            finish({.text = std::move(request.body()), .error = {}});
        } else if (request.method() == http::verb::post &&
                   ((waiting_ && path == invocation + "error") || path == std::string(kVersion) + "init/error")) {
            FunctionError error{.type = std::string(request["Lambda-Runtime-Function-Error-Type"]), .message = {}};
            if (const auto said = parse_json(request.body())) {
                if (const auto* message = (*said)["errorMessage"].as_string()) error.message = *message;
                if (const auto* type = (*said)["errorType"].as_string(); type && error.type.empty()) error.type = *type;
            }
            finish({.text = {}, .error = std::move(error)});
        } else {
            // An answer that came too late is of an invocation that is over.
            const bool late = path.starts_with(std::string(kVersion) + "invocation/");
            answer.result(late ? http::status::bad_request : http::status::not_found);
            answer.body() = R"({"errorMessage":"there is no such invocation","errorType":"InvalidRequestID"})";
            return answer;
        }
        answer.body() = R"({"status":"OK"})";
        return answer;
    }

    void finish(Answer answer) {
        if (!waiting_) return;
        waiting_ = false;
        outcome_ = std::move(answer);
        // Not before whoever sent it has been told so.
        asio::post(io_, [this] { asio::post(io_, [this] { io_.stop(); }); });
    }

    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    Notifier changed_{io_};
    std::uint16_t port_ = 0;
    Fd peers_;
    std::string request_id_, function_arn_, event_;  // event_ is empty once it has been given out
    UnixMs deadline_ = 0;
    bool waiting_ = false;
    unsigned generation_ = 0;  // of the function
    std::optional<Answer> outcome_;
};

}  // namespace

Result<std::unique_ptr<RuntimeApi>> RuntimeApi::open() {
    auto server = std::make_unique<Server>();
    KNS_TRY(server->listen());
    return std::unique_ptr<RuntimeApi>(std::move(server));
}

}  // namespace kns
