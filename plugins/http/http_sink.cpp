// Requests to an HTTP endpoint as Firehose makes them; its contract is in http_answer.hpp.
#include <libdeflate.h>

#include "core/base/base64.hpp"
#include "core/firehose/vendor.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/http/http_answer.hpp"
#include "plugins/http_client/http_client.hpp"

namespace kns {
namespace {

constexpr std::size_t kMostAnswer = 1 << 20;
constexpr int kGzipLevel = 6;

std::string gzip(std::string_view text) {
    struct Free {
        void operator()(libdeflate_compressor* c) const { ::libdeflate_free_compressor(c); }
    };
    const std::unique_ptr<libdeflate_compressor, Free> handle(::libdeflate_alloc_compressor(kGzipLevel));
    if (!handle) throw std::bad_alloc();
    std::string out(::libdeflate_gzip_compress_bound(handle.get(), text.size()), '\0');
    out.resize(::libdeflate_gzip_compress(handle.get(), text.data(), text.size(), out.data(), out.size()));
    return out;
}

SendFailure failure_of(const HttpFailure& failure) {
    const auto code = [&]() -> std::string {
        switch (failure.trouble) {
            case HttpTrouble::timeout: return "HttpEndpoint.RequestTimeout";
            case HttpTrouble::reset: return "HttpEndpoint.ConnectionReset";
            case HttpTrouble::too_large: return "HttpEndpoint.ResponseTooLarge";
            default: return "HttpEndpoint.ConnectionFailed";
        }
    }();
    return {.code = code, .error = failure.error()};
}

class HttpSink final : public RecordSink {
   public:
    static Result<std::unique_ptr<RecordSink>> open(const SinkTarget& target) {
        auto out = std::unique_ptr<HttpSink>(new HttpSink);
        out->url_ = target.destination.url();
        out->gzip_ = target.gzip;
        out->timeout_ = target.patience(out->timeout_);
        out->headers_ = {{"Content-Type", "application/json"},
                         {"X-Amz-Firehose-Protocol-Version", "1.0"},
                         {"X-Amz-Firehose-Source-Arn", target.source_arn}};
        if (target.gzip) out->headers_.emplace_back("Content-Encoding", "gzip");
        if (const auto* key = target.secret["api_key"].as_string()) {
            for (const char c : *key)
                if (static_cast<unsigned char>(c) < 0x20)
                    return fail(Errc::invalid_argument, "the secret's api_key has control characters");
            if (const auto at = out->url_.find(kKeyInUrl); at != std::string::npos)
                out->url_.replace(at, kKeyInUrl.size(), *key);
            else
                out->headers_.emplace_back("X-Amz-Firehose-Access-Key", *key);
        } else if (out->url_.contains(kKeyInUrl)) {
            return fail(Errc::permission_denied, "{} needs a key", out->url_)
                .hint("kns secret set NAME with api_key, then --secret NAME");
        } else if (!target.secret.is_null()) {
            return fail(Errc::invalid_argument, "the secret of an HTTP endpoint has the field api_key");
        }
        if (!target.attributes.empty()) {
            JsonWriter attributes;
            attributes.begin_object().key("commonAttributes").begin_object();
            for (const auto& [name, value] : target.attributes) attributes.member(name, value);
            out->headers_.emplace_back("X-Amz-Firehose-Common-Attributes", attributes.end_object().end_object().take());
        }
        return out;
    }

    std::size_t most_records() const override { return 10'000; }
    std::size_t most_bytes() const override { return 64 << 20; }
    std::size_t most_record_bytes() const override { return 1'024'000; }
    std::string_view failure_type() const override { return "http-endpoint-failed"; }
    std::string_view too_large_code() const override { return "HttpEndpoint.DestinationException"; }

    std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                const std::string& request_id) override {
        std::string body = fmt::format(R"({{"requestId":"{}","timestamp":{},"records":[)", request_id, Clock::real().now());
        for (const auto& record : records) {
            body += &record == records.data() ? R"({"data":")" : R"(,{"data":")";
            base64_encode_append(body, record.data);
            body += "\"}";
        }
        body += "]}";
        if (gzip_) body = gzip(body);
        HttpCall call{.method = "POST",
                      .url = url_,
                      .headers = headers_,
                      .body = as_bytes(body),
                      .timeout = timeout_,
                      .max_answer = kMostAnswer};
        call.headers.emplace_back("X-Amz-Firehose-Request-Id", request_id);
        const auto reply = client_.call(call);
        if (!reply) return std::unexpected(failure_of(reply.error()));
        auto failure = kns::failure_of({.status = reply->status,
                                        .content_type = reply->header("content-type"),
                                        .content_encoding = reply->header("content-encoding"),
                                        .body = reply->body},
                                       request_id);
        std::vector<RefusedRecord> refused;
        if (!failure) return refused;
        // Too large is too large the next time as well.
        if (reply->status != 413) return std::unexpected(std::move(*failure));
        for (std::size_t i = 0; i < records.size(); ++i) refused.push_back({i, failure->code, failure->error.message});
        return refused;
    }

   private:
    std::string url_;
    std::vector<std::pair<std::string, std::string>> headers_;
    bool gzip_ = false;
    Ms timeout_ = 3 * kMinute;
    HttpClient client_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(http, "requests to an HTTP endpoint, as Firehose makes them") { registry.add_record_sink("http", kns::HttpSink::open); }
