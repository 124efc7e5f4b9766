// Events for Splunk's HTTP event collector. A request counts when the indexers have acknowledged it; whether it is there when they
// do not in time nobody knows, so it is sent again, and may be there twice.
#include <algorithm>
#include <numeric>
#include <thread>

#include "core/base/json.hpp"
#include "core/base/uuid.hpp"
#include "core/firehose/splunk_collector.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/http_client/http_client.hpp"
#include "plugins/splunk/splunk_answer.hpp"

namespace kns {
namespace {

constexpr auto kFirstLook = std::chrono::milliseconds(100), kLongestPause = std::chrono::milliseconds(5000);

SendFailure failure_of(const HttpFailure& failure) {
    const auto code = [&]() -> std::string {
        switch (failure.trouble) {
            case HttpTrouble::tls: return "Splunk.SSLHandshake";
            case HttpTrouble::reset: return "Splunk.ConnectionClosed";
            case HttpTrouble::connect:
            case HttpTrouble::timeout: return "Splunk.ConnectionTimeout";
            default: return "Splunk.ServerError";
        }
    }();
    return {.code = code, .error = failure.error()};
}

class SplunkSink final : public RecordSink {
   public:
    static Result<std::unique_ptr<RecordSink>> open(const SinkTarget& target) {
        auto out = std::unique_ptr<SplunkSink>(new SplunkSink);
        out->collector_ = KNS_TRY(parse_splunk_collector(target.destination.path));
        out->base_ = target.destination.host + "/services/collector/";
        const auto* token = target.secret["token"].as_string();
        if (!token || token->empty())
            return fail(Errc::permission_denied, "no token is known for {}", target.destination.host)
                .hint("kns secret set NAME with the field token, and --secret NAME");
        for (const char c : *token)
            if (static_cast<unsigned char>(c) <= 0x20)
                return fail(Errc::invalid_argument, "the secret's token has blanks or control characters");
        out->headers_ = {{"Authorization", "Splunk " + *token}, {"X-Splunk-Request-Channel", out->channel_}};
        out->newline_ = target.newline;
        out->timeout_ = target.patience(out->timeout_);
        out->ack_timeout_ = target.patience(out->collector_.ack_timeout);
        out->first_look_ = std::chrono::milliseconds(target.patience(std::chrono::milliseconds(kFirstLook).count()));
        return out;
    }

    std::size_t most_records() const override { return 100'000; }
    std::size_t most_bytes() const override { return 5 << 20; }
    std::size_t most_record_bytes() const override { return 1'024'000; }
    std::string_view failure_type() const override { return "splunk-failed"; }
    std::string_view too_large_code() const override { return "Splunk.InvalidDataFormat"; }
    std::vector<std::pair<std::string, std::string>> traits_of(const OutgoingRecord& record) const override {
        return {{"EventId", std::string(record.id) + ".0"}};
    }

    std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                const std::string&) override {
        std::vector<RefusedRecord> refused;
        std::vector<std::size_t> left(records.size());
        std::iota(left.begin(), left.end(), std::size_t{0});
        while (!left.empty()) {
            auto taken = send_once(records, left);
            if (taken) {
                if (auto failure = wait_for(taken->ack_id)) return std::unexpected(std::move(*failure));
                return refused;
            }
            auto& refusal = taken.error();
            if (!refusal.data) return std::unexpected(std::move(refusal.failure));
            // One event that is wrong is taken out; if it does not say which, all are.
            const auto refuse = [&](std::size_t i) { refused.push_back({i, refusal.failure.code, refusal.failure.error.message}); };
            if (refusal.invalid && *refusal.invalid < left.size()) {
                refuse(left[*refusal.invalid]);
                left.erase(left.begin() + static_cast<std::ptrdiff_t>(*refusal.invalid));
            } else {
                for (const auto i : left) refuse(i);
                left.clear();
            }
        }
        return refused;
    }

   private:
    std::expected<SplunkTaken, SplunkRefusal> send_once(std::span<const OutgoingRecord> records,
                                                        const std::vector<std::size_t>& which) {
        std::string body;
        for (const auto i : which) {
            body += records[i].data;
            if (newline_ && !body.ends_with('\n')) body += '\n';
        }
        const auto reply = client_.call({.method = "POST",
                                         .url = base_ + std::string(name_of_enum(collector_.type)),
                                         .headers = headers_,
                                         .body = as_bytes(body),
                                         .timeout = timeout_});
        if (!reply) return std::unexpected(SplunkRefusal{failure_of(reply.error())});
        return read_splunk_answer(reply->status, reply->body);
    }

    // Nothing: the indexers have it.
    std::optional<SendFailure> wait_for(std::int64_t ack_id) {
        using Clock = std::chrono::steady_clock;
        const auto end = Clock::now() + std::chrono::milliseconds(ack_timeout_);
        const std::string question = fmt::format(R"({{"acks":[{}]}})", ack_id);
        for (auto pause = first_look_; Clock::now() < end; pause = std::min(pause * 2, kLongestPause)) {
            std::this_thread::sleep_for(std::min<Clock::duration>(pause, end - Clock::now()));
            const auto reply = client_.call(
                {.method = "POST", .url = base_ + "ack", .headers = headers_, .body = as_bytes(question), .timeout = timeout_});
            if (reply && read_splunk_ack(reply->status, reply->body, ack_id).value_or(false)) return std::nullopt;
        }
        return SendFailure{
            "Splunk.AckTimeout",
            {.code = Errc::timed_out,
             .message = fmt::format("Splunk did not acknowledge within {}", format_duration(collector_.ack_timeout))}};
    }

    SplunkCollector collector_;
    std::string base_, channel_ = random_uuid();
    std::vector<std::pair<std::string, std::string>> headers_;
    bool newline_ = true;
    Ms timeout_ = 3 * kMinute, ack_timeout_ = 0;
    std::chrono::milliseconds first_look_{0};
    HttpClient client_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(splunk, "events for Splunk's HTTP event collector") { registry.add_record_sink("splunk", kns::SplunkSink::open); }
