#include "cli/client.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/spawn.hpp"
#include "cli/suggest.hpp"
#include "core/base/api/daemon.hpp"

namespace kns::cli {
namespace {

constexpr Ms kConnectWithin = 5 * kSecond;

std::string_view major_of(std::string_view version) { return version.substr(0, version.find('.')); }

// {"error":{"code","message","hint","details"}}, or whatever else came with a status of 400 and more.
Error error_of(const HttpResponse& response, const std::string& body) {
    Error error{.code = Errc::internal, .message = fmt::format("the daemon answered {} without a reason", response.status)};
    const auto parsed = parse_json(body);
    if (!parsed) return error;
    const JsonValue& in = (*parsed)["error"];
    auto text = [&](std::string_view name) { return in[name].as_string() ? *in[name].as_string() : std::string(); };
    if (const auto code = errc_from_name(text("code"))) error.code = *code;
    if (auto message = text("message"); !message.empty()) error.message = std::move(message);
    error.hint = text("hint");
    if (in["details"].as_object()) {
        JsonWriter out;
        in["details"].write(out);
        error.details = out.take();
    }
    return error;
}

// A route that the daemon does not have is one that it does not have yet, if it is the older one.
Error explain_age(Error error, std::string_view theirs) {
    const auto details = parse_json(error.details);
    const auto* reason = details ? (*details)["reason"].as_string() : nullptr;
    if (!reason || *reason != "no_such_route" || theirs.empty() || theirs == kApiVersion) return error;
    return fail(Errc::unsupported,
                "the running daemon speaks version {} of the API, in which this is not possible; this kns ({}) has {}", theirs,
                kVersion, kApiVersion)
        .hint("kns daemon restart");
}

}  // namespace

bool nobody_is_there(int error_number) { return error_number == ENOENT || error_number == ENOTDIR || error_number == ECONNREFUSED; }

Error explain_no_connection(int error_number, const DataDir& data, const std::string& socket) {
    switch (error_number) {
        case ENOTDIR:
            return fail(Errc::unavailable, "the data directory {} is not a directory", data.root())
                .hint("choose another with --data-dir");
        case ENOENT: return fail(Errc::unavailable, "no daemon is running for {}", data.root()).hint("kns daemon start");
        case ECONNREFUSED:
            return fail(Errc::unavailable, "no daemon is running for {} any more", data.root()).hint("kns daemon start");
        case EACCES: {
            struct stat status{};
            if (::stat(socket.c_str(), &status) < 0)
                return fail(Errc::unavailable, "permission denied: {}", socket).hint(fmt::format("ls -ld {}", data.root()));
            return fail(Errc::unavailable, "permission denied: {} belongs to user {}, mode {:04o}; you are user {}", socket,
                        status.st_uid, status.st_mode & 07777, ::getuid())
                .hint("a daemon serves its own user only");
        }
        case EPERM:
            return fail(Errc::unavailable, "another user's program listens on {}", socket).hint("choose another --data-dir");
        case ETIMEDOUT:
            return fail(Errc::timed_out, "the daemon for {} is too busy to answer", data.root()).hint("kns daemon logs");
        default: return fail(Errc::unavailable, "cannot connect to {}: {}", socket, std::strerror(error_number));
    }
}

Result<DataDir> Client::data_dir() {
    if (!data_dir_) data_dir_ = KNS_TRY(DataDir::find(settings_.data_dir));
    return *data_dir_;
}

Result<std::string> Client::socket_path() { return find_socket(KNS_TRY(data_dir())); }

Result<HttpConnection> Client::connect() {
    const DataDir data = KNS_TRY(data_dir());
    auto socket = KNS_TRY(find_socket(data));
    const bool may_start = may_start_ && !settings_.no_spawn;
    // A service manager's socket takes connections while no daemon runs, and starts one for them.
    if (!may_start && !is_announced(data)) return std::unexpected(explain_no_connection(ENOENT, data, socket));
    auto connected = connect_unix(socket, Deadline::in(std::min(kConnectWithin, settings_.timeout)));
    if (!connected && nobody_is_there(connected.error()) && may_start) {
        if (KNS_TRY(start_daemon(data)) == Started::now) out_.note(fmt::format("started the daemon for {}", data.root()));
        socket = KNS_TRY(find_socket(data));
        connected = connect_unix(socket, Deadline::in(kConnectWithin));
    }
    if (!connected) return std::unexpected(explain_no_connection(connected.error(), data, socket));
    return HttpConnection(std::move(*connected));
}

void Client::show(std::string_view direction, std::string_view text) const {
    if (settings_.debug) static_cast<void>(write_all(STDERR_FILENO, fmt::format("{} {}\n", direction, text)));
}

void Client::show_body(std::string_view direction, std::string_view body) const {
    hide_bodies_ ? show(direction, fmt::format("({} bytes, not shown)", body.size())) : show(direction, body);
}

Result<void> Client::check_version(const HttpResponse& response) {
    if (any_version_) return {};
    const auto theirs = response.header("Kns-Api");
    if (!theirs.empty() && major_of(theirs) != major_of(kApiVersion))
        return fail(Errc::unsupported, "the running daemon speaks version {} of the API, this kns ({}) version {}", theirs,
                    kVersion, kApiVersion)
            .hint("kns daemon restart");
    if (!response.header("Kns-Stale").empty() && !std::exchange(told_stale_, true))
        out_.note("the daemon still runs the program from before an upgrade: kns daemon restart");
    return {};
}

Result<Client::Opened> Client::open(HttpRequest request, Deadline deadline) {
    request.headers.emplace_back("Kns-Api", kApiVersion);
    auto opened = open_once(request, deadline);
    // A daemon that was just ending takes the connection and drops it. Asking again is safe for what changes nothing.
    if (!opened && opened.error().code == Errc::unavailable && request.method == "GET") opened = open_once(request, deadline);
    return opened;
}

Result<Client::Opened> Client::open_once(const HttpRequest& request, Deadline deadline) {
    HttpConnection connection = kept_ && kept_->can_be_reused() ? std::move(*kept_) : KNS_TRY(connect());
    kept_.reset();
    connection.watch_for_interrupt(interrupt_fd_);
    show(">", fmt::format("{} {}", request.method, request.target));
    if (!request.body.empty()) show_body(">", request.body);
    HttpResponse response = KNS_TRY(connection.request(request, deadline));
    show("<", fmt::format("{}", response.status));
    if (settings_.debug)
        for (const auto& [name, value] : response.headers) show("<", fmt::format("{}: {}", name, value));
    KNS_TRY(check_version(response));
    if (response.status >= 400) {
        const std::string body = KNS_TRY(connection.read_body_to_end(deadline));
        show_body("<", body);
        return std::unexpected(explain_age(error_of(response, body), response.header("Kns-Api")));
    }
    return Opened{std::move(connection), std::move(response)};
}

Result<std::string> Client::call_once(std::string_view method, const std::string& target, std::string_view body) {
    HttpRequest request{.method = std::string(method), .target = target, .headers = {}, .body = body};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    auto opened = KNS_TRY(open(std::move(request), deadline()));
    std::string answer = KNS_TRY(opened.connection.read_body_to_end(deadline()));
    show_body("<", answer);
    if (opened.connection.can_be_reused()) kept_ = std::move(opened.connection);
    return answer;
}

Result<std::string> Client::call(std::string_view method, const std::string& target, std::string_view body) {
    auto answer = call_once(method, target, body);
    if (!answer && answer.error().code == Errc::not_found && answer.error().hint.empty()) answer.error().hint = near_name(target);
    return answer;
}

std::string Client::near_name(std::string_view target) {
    static constexpr std::pair<std::string_view, std::string_view> kKinds[] = {{"/v1/streams/", "stream"},
                                                                               {"/v1/deliveries/", "delivery"}};
    for (const auto& [prefix, kind] : kKinds) {
        if (!target.starts_with(prefix)) continue;
        const auto rest = target.substr(prefix.size());
        const auto name = rest.substr(0, rest.find_first_of("/?"));
        const auto body = call_once("GET", fmt::format("/v1/complete?kind={}&prefix=", kind), {});
        const auto known = body ? from_json_text<Items<Completion>>(*body, Unknown::ignore) : Items<Completion>{};
        if (!known) return {};
        std::vector<std::string_view> names;
        for (const auto& item : known->items) names.push_back(item.value);
        const auto guess = nearest(name, names);
        if (guess && *guess != name) return fmt::format("did you mean \"{}\"?", *guess);
    }
    return {};
}

}  // namespace kns::cli
