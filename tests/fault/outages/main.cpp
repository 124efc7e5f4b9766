// kns-outages: delivery streams meet destinations that fail by a script, with a compressed clock.
//
//     kns-outages [--seeds N] [--from SEED] [--control]
//
// Each seed is a destination (an HTTP endpoint, OpenSearch, Splunk), records, and a script of what the destination does with its
// next requests. The worker's own code delivers, attempt after attempt; between attempts only a number passes, by the rules of
// the daemon. In the end every record has been taken or is an error record, and none is there more often than acknowledgements
// were lost on its way. With --control the position moves on before a delivery is known to have succeeded: then records are
// lost, and finding none of them would mean that this program cannot see.
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "core/base/base64.hpp"
#include "core/base/posix.hpp"
#include "core/firehose/error_record.hpp"
#include "core/firehose/retry_policy.hpp"
#include "daemon/worker/delivery_line.hpp"
#include "plugins/built_in_plugins.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kns {
namespace {

constexpr Ms kSecondHere = 2;  // what a second of a plugin's own patience lasts
constexpr std::uint32_t kMostAttempts = 400;

enum class Kind { http, opensearch, splunk };

// What becomes of one request.
enum class Step {
    ok,
    refuse_500,
    refuse_429,
    refuse_403,
    too_large,  // 413: for ever
    redirect,
    slow,
    silent,       // no answer before the client has had enough; the records are not taken
    reset_early,  // before it has been read
    lost_answer,  // taken, and then cut off
    half_answer,  // taken, and the answer ends in its middle
    wrong_id,     // taken, and answered for another request
    garbage,      // taken, and answered with nonsense
    partial,      // some of it is taken
    count
};

using Random = std::mt19937_64;

class Server {
   public:
    Server(Kind kind, std::vector<Step> script, Random random) : kind_(kind), script_(std::move(script)), random_(random) {
        listener_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&here), size) != 0 || ::listen(listener_.get(), 8) != 0 ||
            ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&here), &size) != 0)
            throw std::runtime_error("no port for the destination");
        port_ = ntohs(here.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Server() {
        ending_ = true;
        thread_.join();
    }
    std::uint16_t port() const { return port_; }
    std::size_t steps_left() const { return left_; }

    // To be asked when no request is under way.
    std::map<std::string, int> taken;    // how often, by record
    std::uint64_t unanswered_taken = 0;  // records taken in requests whose answer did not say so

   private:
    struct Request {
        std::string head, body;
    };

    void serve() {
        while (!ending_) {
            if (!readable(listener_.get())) continue;
            const Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            while (socket && !ending_ && handle(socket.get())) continue;
        }
    }
    bool readable(int fd) const {
        pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
        return ::poll(&wait, 1, 5) > 0;
    }

    bool read_request(int socket, Request& request) {
        std::string text;
        char piece[65536];
        std::size_t end = 0, length = 0;
        while (true) {
            if (end == 0 && (end = text.find("\r\n\r\n")) != std::string::npos) {
                end += 4;
                const auto at = text.find("Content-Length: ");
                length = at == std::string::npos || at > end ? 0 : std::strtoul(text.c_str() + at + 16, nullptr, 10);
                if (text.find("Expect: 100-continue") < end) write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
            } else if (end == std::string::npos) {
                end = 0;
            }
            if (end > 0 && text.size() >= end + length) break;
            while (!readable(socket))
                if (ending_) return false;
            const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
            if (got <= 0) return false;
            text.append(piece, static_cast<std::size_t>(got));
        }
        request.head = text.substr(0, end);
        request.body = text.substr(end, length);
        return true;
    }
    static void write(int socket, std::string_view text) {
        while (!text.empty()) {
            const ssize_t put = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
            if (put <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    static std::string answer(int status, std::string_view body) {
        return fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status, body.size(),
                           body);
    }
    static void reset(int socket) {
        const linger now{1, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

    struct Received {
        std::string record, id;  // id: of a document; one that is there already is replaced
    };
    std::vector<Received> records_in(const Request& request) const {
        std::vector<Received> out;
        if (kind_ == Kind::http) {
            const auto json = parse_json(request.body);
            for (const auto& record : *(*json)["records"].as_array())
                out.push_back({base64_decode(*record["data"].as_string()).value(), ""});
            return out;
        }
        std::string id;
        for (std::size_t at = 0; at < request.body.size();) {
            const auto end = std::min(request.body.find('\n', at), request.body.size());
            const auto line = request.body.substr(at, end - at);
            at = end + 1;
            if (kind_ == Kind::opensearch && id.empty()) {
                const auto action = parse_json(line);
                id = *(*action)["index"]["_id"].as_string();
                continue;
            }
            out.push_back({line, std::exchange(id, {})});
        }
        return out;
    }
    std::string success(const Request& request, const std::vector<int>& statuses) {
        if (kind_ == Kind::http) {
            const auto json = parse_json(request.body);
            return fmt::format(R"({{"requestId":"{}","timestamp":1}})", *(*json)["requestId"].as_string());
        }
        if (kind_ == Kind::splunk) return fmt::format(R"({{"text":"Success","code":0,"ackId":{}}})", ++ack_);
        std::string items;
        bool errors = false;
        for (const int status : statuses) {
            errors = errors || status > 299;
            items += fmt::format(R"({}{{"index":{{"status":{}{}}}}})", items.empty() ? "" : ",", status,
                                 status > 299 ? R"(,"error":{"type":"scripted"})" : "");
        }
        return fmt::format(R"({{"took":1,"errors":{},"items":[{}]}})", errors ? "true" : "false", items);
    }

    void keep(const Received& received) {
        if (received.id.empty() || documents_.insert(received.id).second) ++taken[received.record];
    }

    // False: the connection is over.
    bool handle(int socket) {
        if (!readable(socket)) return true;
        constexpr char kHandshake = 0x16;
        char first = 0;
        if (::recv(socket, &first, 1, MSG_PEEK) == 1 && first == kHandshake) {
            write(socket, "HTTP/1.1 400 X\r\n\r\n");  // no TLS here: the client's error, and no step of the script
            return false;
        }
        // How the early reset is met: before anything is read.
        if (next() == Step::reset_early) {
            pass();
            reset(socket);
            return false;
        }
        Request request;
        if (!read_request(socket, request)) return false;
        if (request.head.starts_with("POST /services/collector/ack")) {
            write(socket, answer(200, fmt::format(R"({{"acks":{{"{}":{}}}}})", ack_, acknowledges_ ? "true" : "false")));
            return true;
        }
        const auto records = records_in(request);
        const auto take = [&](bool said) {
            for (const auto& record : records) keep(record);
            if (!said) unanswered_taken += records.size();
        };
        const Step step = pass();
        acknowledges_ = true;
        std::vector<int> statuses(records.size(), 201);
        switch (step) {
            case Step::refuse_500: write(socket, answer(500, "{}")); return true;
            case Step::refuse_429: write(socket, answer(429, "{}")); return true;
            case Step::refuse_403: write(socket, answer(403, "{}")); return true;
            case Step::too_large: write(socket, answer(413, "{}")); return true;
            case Step::redirect:
                write(socket, fmt::format("HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", port_));
                return true;
            case Step::silent:
                for (int i = 0; i < 200 && !ending_; ++i)
                    if (readable(socket)) return false;  // it hung up
                return false;
            case Step::reset_early:
            case Step::lost_answer:
                take(false);
                reset(socket);
                return false;
            case Step::half_answer: {
                take(false);
                const auto whole = answer(200, success(request, statuses));
                write(socket, std::string_view(whole).substr(0, whole.size() / 2));
                return false;
            }
            case Step::wrong_id:
                // Splunk takes it, and its indexers do not say so; OpenSearch answers for none of the items.
                take(false);
                acknowledges_ = false;
                write(socket, answer(200, kind_ == Kind::splunk ? success(request, {})
                                          : kind_ == Kind::http ? R"({"requestId":"other","timestamp":1})"
                                                                : R"({"took":1,"errors":false,"items":[]})"));
                return true;
            case Step::garbage:
                take(false);
                write(socket, answer(200, "<html>"));
                return true;
            case Step::partial:
                if (kind_ != Kind::opensearch) {
                    write(socket, answer(503, R"({"text":"Server is busy","code":9})"));
                    return true;
                }
                for (std::size_t i = 0; i < records.size(); ++i) {
                    const auto lot = random_() % 4;
                    statuses[i] = lot == 0 ? 429 : lot == 1 ? 400 : 201;
                    if (statuses[i] == 201) {
                        keep(records[i]);
                        ++unanswered_taken;  // if the rest of the request fails, and with the attempt what is known of this
                    }
                }
                write(socket, answer(200, success(request, statuses)));
                return true;
            case Step::slow: std::this_thread::sleep_for(std::chrono::milliseconds(3)); [[fallthrough]];
            case Step::ok:
            case Step::count: break;
        }
        take(true);
        write(socket, answer(200, success(request, statuses)));
        return true;
    }

    Step next() const { return at_ < script_.size() ? script_[at_] : Step::ok; }
    Step pass() {
        const Step step = next();
        if (at_ < script_.size()) ++at_;
        left_ = script_.size() - at_;
        return step;
    }

    Kind kind_;
    std::vector<Step> script_;
    Random random_;
    std::set<std::string> documents_;  // by id
    std::size_t at_ = 0;
    std::atomic<std::size_t> left_{script_.size()};
    int ack_ = 0;
    bool acknowledges_ = true;
    Fd listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

struct Outcome {
    std::uint64_t lost = 0, doubled = 0, backed_up = 0, attempts = 0;
    std::string wrong;  // empty: all is well
};

Outcome run(std::uint64_t seed, const Registry& registry, bool control) {
    Random random(seed);
    const auto kind = static_cast<Kind>(random() % 3);
    std::vector<Step> script(random() % 16);
    // One kind of trouble lasts: an outage is a thing, and not dice.
    for (Step last = Step::ok; auto& step : script)
        step = last = random() % 3 == 0 ? static_cast<Step>(random() % static_cast<unsigned>(Step::count)) : last;
    Server server(kind, script, Random(random()));
    const TemporaryDirectory backup;

    DeliverySpec spec{.delivery = "d", .version = 1, .source = "s", .config = {}};
    const std::string origin = fmt::format("http://127.0.0.1:{}", server.port());
    spec.config.to = kind == Kind::http         ? origin + "/in"
                     : kind == Kind::opensearch ? "opensearch+" + origin + "/i"
                                                : "splunk+" + origin;
    spec.config.backup = "file://" + backup.path() + "/";
    spec.config.buffer_bytes = 200 + random() % 4000;
    spec.config.retry_ms = static_cast<Ms>(random() % 4) * 100 * kSecond;
    const std::int64_t count = 20 + static_cast<std::int64_t>(random() % 200);
    std::vector<std::string> records;
    for (std::int64_t i = 0; i < count; ++i) records.push_back(fmt::format(R"({{"id":{},"of":{}}})", i, seed));
    spec.ranges = {{.shard_number = 1, .first_offset = 0, .end_offset = count, .shard_index = 0, .created_s = 1}};
    const auto secrets = parse_json(kind == Kind::splunk ? R"({"to":{"token":"t"}})" : "{}").value();

    const std::uint32_t tls_failures = random() % 4 == 0 ? static_cast<std::uint32_t>(random() % 3) : 0;

    Outcome out;
    UnixMs now = 1'700'000'000'000;
    std::optional<UnixMs> failing_since;
    std::vector<ShardRange> left = spec.ranges;
    for (std::uint32_t attempts = 1; !left[0].empty() && attempts < kMostAttempts; ++attempts, ++out.attempts) {
        DeliverySpec attempt = spec;
        attempt.ranges = left;
        attempt.attempts = attempts;
        if (attempts > 1 && !failing_since) failing_since = now;
        // An endpoint whose TLS is broken for a while.
        if (attempts <= tls_failures) attempt.config.to.replace(attempt.config.to.find("http://"), 7, "https://");
        attempt.last_attempt = is_last_attempt(failing_since, spec.config.retry_ms, now);
        const auto line = DeliveryLine::make(attempt, secrets, nullptr, registry, kSecondHere).value();
        auto ranges = left;
        const auto cut = [&]() -> Result<void> {
            if (control) left = ranges;
            KNS_TRY(line->cut());
            left = ranges;
            failing_since.reset();
            return {};
        };
        const auto delivered = [&]() -> Result<void> {
            for (auto i = left[0].first_offset; i < count; ++i) {
                const RecordView view{.offset = i, .timestamp = now, .key = "k", .value = records[static_cast<std::size_t>(i)]};
                if (line->is_full(view, static_cast<std::uint64_t>(count - i))) KNS_TRY(cut());
                KNS_TRY(line->add(view, ranges[0], line->empty() ? object_identity(attempt, ranges) : ObjectIdentity()));
                ranges[0].first_offset = i + 1;
            }
            return line->empty() ? Result<void>() : cut();
        }();
        if (delivered) break;
        if (!failing_since) failing_since = now;
        now += retry_delay(attempts, random());
    }
    if (!left[0].empty()) out.wrong = "it never came to an end";

    std::map<std::string, int> kept;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(backup.path())) {
        if (!entry.is_regular_file()) continue;
        const std::string text = read_file(entry.path().string()).value();
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            ++kept[read_error_record(text.substr(at, end - at)).value().data];
            at = end + 1;
        }
    }
    for (const auto& record : records) {
        const auto there = server.taken.contains(record) ? server.taken[record] : 0;
        out.lost += there + kept[record] == 0 ? 1 : 0;
        out.doubled += static_cast<std::uint64_t>(std::max(0, there + kept[record] - 1));
        out.backed_up += static_cast<std::uint64_t>(kept[record]);
    }
    if (out.lost > 0) out.wrong = fmt::format("{} records are lost", out.lost);
    if (out.doubled > server.unanswered_taken)
        out.wrong = fmt::format("{} records are there more than once, {} at most may be", out.doubled, server.unanswered_taken);
    return out;
}

}  // namespace
}  // namespace kns

int main(int argc, char** argv) {
    std::uint64_t seeds = 1000, from = 1;
    bool control = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--control")
            control = true;
        else if (word == "--seeds" && i + 1 < argc)
            seeds = std::strtoull(argv[++i], nullptr, 10);
        else if (word == "--from" && i + 1 < argc)
            from = std::strtoull(argv[++i], nullptr, 10);
    }
    kns::Registry registry;
    kns::load_plugins(kns::built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry);
    std::uint64_t failed = 0, lost = 0, doubled = 0, backed_up = 0, attempts = 0;
    for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
        const auto outcome = kns::run(seed, registry, control);
        lost += outcome.lost;
        doubled += outcome.doubled;
        backed_up += outcome.backed_up;
        attempts += outcome.attempts;
        if (outcome.wrong.empty()) continue;
        ++failed;
        if (!control) fmt::print("failed: seed {}: {}\n", seed, outcome.wrong);
    }
    fmt::print("{} outages, {} attempts: {} records lost, {} doubled, {} error records\n", seeds, attempts, lost, doubled,
               backed_up);
    if (control) failed = lost > 0 ? 0 : 1;
    fmt::print("{} passed, {} failed\n", control ? 1 - failed : seeds - failed, failed);
    return failed > 0 ? 1 : 0;
}
