// Asks the daemon, and starts it first where that is wanted.
//
//     auto info = KNS_TRY(kns.daemon.get<StreamInfo>(path_of("streams", name)));
//     auto made = KNS_TRY(kns.daemon.post<StreamInfo>("/v1/streams", create));
//
// An error of the daemon comes back as the same Error it was there. Lives on the main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/paths.hpp"
#include "core/base/unix_http.hpp"

namespace kns::cli {

// "/v1/streams/clicks/shards"; each part is percent-encoded.
template <class... Parts>
std::string path_of(const Parts&... parts) {
    std::string out = "/v1";
    ((out += '/', out += percent_encode(parts)), ...);
    return out;
}

class Client {
   public:
    Client(const Settings& settings, Printer& printer) : settings_(settings), out_(printer) {}

    template <class Answer>
    Result<Answer> get(const std::string& target) {
        return read<Answer>(call("GET", target));
    }
    template <class Answer, class Question>
    Result<Answer> post(const std::string& target, const Question& question) {
        return read<Answer>(call("POST", target, to_json(question)));
    }
    template <class Answer>
    Result<Answer> post(const std::string& target) {
        return read<Answer>(call("POST", target));
    }
    template <class Answer, class Question>
    Result<Answer> put(const std::string& target, const Question& question) {
        return read<Answer>(call("PUT", target, to_json(question)));
    }
    template <class Answer, class Question>
    Result<Answer> patch(const std::string& target, const Question& question) {
        return read<Answer>(call("PATCH", target, to_json(question)));
    }
    Result<void> remove(const std::string& target) {
        KNS_TRY(call("DELETE", target));
        return {};
    }
    // Every item of a list, page by page.
    template <class T>
    Result<std::vector<T>> list(const std::string& target) {
        std::vector<T> all;
        for (std::string page = target;;) {
            auto answer = KNS_TRY(get<Items<T>>(page));
            std::move(answer.items.begin(), answer.items.end(), std::back_inserter(all));
            if (!answer.next) return all;
            page =
                fmt::format("{}{}next={}", target, target.find('?') == std::string::npos ? '?' : '&', percent_encode(*answer.next));
        }
    }

    // The body of the answer as it came.
    Result<std::string> call(std::string_view method, const std::string& target, std::string_view body = {});

    // For bodies too large to hold, and for Upgrade: the connection with the answer's head read. An answer that is an
    // error has been turned into one.
    struct Opened {
        HttpConnection connection;
        HttpResponse response;
    };
    Result<Opened> open(HttpRequest request, Deadline deadline);

    // Connects, or says why not. Starts the daemon if there is none, unless that is unwanted.
    Result<HttpConnection> connect();
    void never_start() { may_start_ = false; }
    // From here on --debug tells how large a body is, not what it says.
    void hide_bodies() { hide_bodies_ = true; }
    // For asking a daemon of any version how it is and to end; these routes never change.
    void accept_any_version() { any_version_ = true; }

    Result<DataDir> data_dir();
    Result<std::string> socket_path();
    Deadline deadline() const { return unlimited_ ? Deadline() : Deadline::in(settings_.timeout); }
    // For answers that take as long as the work does.
    void wait_without_limit() { unlimited_ = true; }
    // Waiting for an answer ends with `cancelled` once this is readable; see Interrupt.
    void watch_for_interrupt(int fd) { interrupt_fd_ = fd; }

   private:
    template <class Answer>
    static Result<Answer> read(Result<std::string> body) {
        return context(from_json_text<Answer>(KNS_TRY(std::move(body)), Unknown::ignore), "the daemon's answer");
    }
    Result<Opened> open_once(const HttpRequest& request, Deadline deadline);
    Result<std::string> call_once(std::string_view method, const std::string& target, std::string_view body);
    // "did you mean ...?" for a name in the target that does not exist, or nothing.
    std::string near_name(std::string_view target);
    Result<void> check_version(const HttpResponse& response);
    void show(std::string_view direction, std::string_view text) const;
    void show_body(std::string_view direction, std::string_view body) const;

    const Settings& settings_;
    Printer& out_;
    std::optional<DataDir> data_dir_;
    std::optional<HttpConnection> kept_;  // the last connection, if it can be used again
    bool may_start_ = true;
    bool any_version_ = false;
    bool told_stale_ = false;
    bool unlimited_ = false;
    bool hide_bodies_ = false;
    int interrupt_fd_ = -1;
};

// What a failed connect means: nobody listens there, so that one may be started, or something that starting would not cure.
bool nobody_is_there(int error_number);
Error explain_no_connection(int error_number, const DataDir& data, const std::string& socket);

}  // namespace kns::cli
