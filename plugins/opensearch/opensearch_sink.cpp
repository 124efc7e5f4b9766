// Documents for an index of OpenSearch (or Elasticsearch), by the bulk API. Documents that are refused for now are sent again a few
// times by themselves; then the whole request fails and is sent again, which ids make harmless.
#include <thread>

#include "core/aws/signature.hpp"
#include "core/base/base64.hpp"
#include "core/base/json.hpp"
#include "core/firehose/search_index.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/http_client/http_client.hpp"
#include "plugins/opensearch/bulk.hpp"

namespace kns::opensearch {
namespace {

constexpr std::size_t kMostAnswer = 64 << 20;
constexpr int kTriesOfItems = 4;
constexpr Ms kFirstPause = 200;

class Sink final : public RecordSink {
   public:
    static Result<std::unique_ptr<RecordSink>> open(const SinkTarget& target) {
        auto out = std::unique_ptr<Sink>(new Sink);
        out->origin_ = target.destination.host;
        out->host_ = out->origin_.substr(out->origin_.find("://") + 3);
        out->timeout_ = target.patience(out->timeout_);
        out->first_pause_ = target.patience(kFirstPause);
        out->index_ = KNS_TRY(parse_search_index(target.destination.path));
        out->region_ = target.region.empty() ? "us-east-1" : target.region;
        const auto text = [&](std::string_view name) {
            const auto* found = target.secret[name].as_string();
            return found ? *found : std::string();
        };
        if (const auto user = text("username"); !user.empty())
            out->authorization_ = "Basic " + base64_encode(user + ":" + text("password"));
        out->who_.access_key_id = text("access_key_id");
        out->who_.secret_access_key = SecretText(text("secret_access_key"));
        out->who_.session_token = text("session_token");
        if (!target.secret.is_null() && out->authorization_.empty() && out->who_.access_key_id.empty())
            return fail(Errc::invalid_argument,
                        "the secret of an OpenSearch destination has username and password, or an access key");
        return out;
    }

    std::size_t most_records() const override { return 100'000; }
    std::size_t most_bytes() const override { return 64 << 20; }
    std::size_t most_record_bytes() const override { return 32 << 20; }
    std::string_view failure_type() const override { return "AmazonOpenSearchService_failed"; }
    std::string_view too_large_code() const override { return "413"; }
    std::vector<std::pair<std::string, std::string>> traits_of(const OutgoingRecord& record) const override {
        std::vector<std::pair<std::string, std::string>> out;
        if (index_.ids) out.emplace_back("esDocumentId", record.id);
        out.emplace_back("esIndexName", index_name(index_, record.arrival));
        return out;
    }

    std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                const std::string&) override {
        std::vector<RefusedRecord> refused;
        Left left;
        for (std::size_t i = 0; i < records.size(); ++i) {
            if (auto document = one_line(records[i].data))
                left.emplace_back(i, action(records[i]) + *document + '\n');
            else
                refused.push_back({i, "400", "the record is not a JSON object"});
        }
        std::string reason;
        auto pause = std::chrono::milliseconds(first_pause_);
        for (int tries = 0; !left.empty() && tries < kTriesOfItems; ++tries) {
            if (tries > 0) std::this_thread::sleep_for(std::exchange(pause, pause * 2));
            std::string body;
            for (const auto& [index, lines] : left) body += lines;
            auto failures = bulk(body, left.size());
            if (!failures) return std::unexpected(but_for(std::move(failures).error(), records.size(), left, refused));
            Left again;
            for (auto& failure : *failures) {
                auto& item = left[failure.item];
                if (failure.again()) {
                    reason = failure.reason;
                    again.push_back(std::move(item));
                } else {
                    refused.push_back({item.first, std::to_string(failure.status), std::move(failure.reason)});
                }
            }
            left = std::move(again);
        }
        if (!left.empty())
            return std::unexpected(
                but_for({.code = "429",
                         .error = {.code = Errc::unavailable,
                                   .message = fmt::format("{} documents are not taken: {}", left.size(), reason.substr(0, 500))}},
                        records.size(), left, refused));
        return refused;
    }

    std::string action_of(const OutgoingRecord& record) const override {
        std::string line = action(record);
        line.pop_back();
        return line;
    }

   private:
    using Left = std::vector<std::pair<std::size_t, std::string>>;  // of the records: which, and its lines

    // The failure of those that are left; the others, but for the refused, are there.
    static SendFailure but_for(SendFailure failure, std::size_t count, const Left& left,
                               const std::vector<RefusedRecord>& refused) {
        std::vector<bool> missing(count);
        for (const auto& [index, lines] : left) missing[index] = true;
        for (const auto& record : refused) missing[record.index] = true;
        for (std::size_t i = 0; i < count; ++i)
            if (!missing[i]) failure.taken.push_back(i);
        return failure;
    }

    std::string action(const OutgoingRecord& record) const {
        JsonWriter out;
        out.begin_object().key("index").begin_object().member("_index", index_name(index_, record.arrival));
        if (index_.ids) out.member("_id", record.id);
        return out.end_object().end_object().take() + '\n';
    }

    std::expected<std::vector<ItemFailure>, SendFailure> bulk(const std::string& body, std::size_t items) {
        HttpCall call{.method = "POST",
                      .url = origin_ + "/_bulk",
                      .headers = {{"content-type", "application/x-ndjson"}},
                      .body = as_bytes(body),
                      .timeout = timeout_};
        call.max_answer = kMostAnswer;
        if (!authorization_.empty()) call.headers.emplace_back("authorization", authorization_);
        if (!who_.access_key_id.empty()) {
            aws::SignedRequest request{
                .method = "POST", .target = "/_bulk", .headers = {{"host", host_}, {"content-type", "application/x-ndjson"}}};
            const auto added = aws::sign(who_, region_, "es", std::move(request), aws::sha256_hex(body), Clock::real().now());
            call.headers.insert(call.headers.end(), added.begin(), added.end());
        }
        const auto reply = client_.call(call);
        if (!reply) return std::unexpected(SendFailure{"ES.ServiceException", reply.error().error()});
        if (reply->status != 200) {
            Error error{.code = Errc::unavailable,
                        .message = fmt::format("{} answers {}: {}", host_, reply->status, reply->body.substr(0, 500))};
            if (reply->status == 401 || reply->status == 403) error.code = Errc::permission_denied;
            return std::unexpected(SendFailure{std::to_string(reply->status), std::move(error)});
        }
        auto failures = failures_in(reply->body, items);
        if (!failures) return std::unexpected(SendFailure{"ES.ServiceException", std::move(failures).error()});
        return std::move(*failures);
    }

    std::string origin_, host_, region_, authorization_;
    SearchIndex index_;
    aws::Credentials who_;
    Ms timeout_ = 3 * kMinute, first_pause_ = kFirstPause;
    HttpClient client_;
};

}  // namespace
}  // namespace kns::opensearch

KNS_PLUGIN(opensearch, "documents for an index of OpenSearch") {
    registry.add_record_sink("opensearch", kns::opensearch::Sink::open);
}
