#include "plugins/s3/s3_client.hpp"

namespace kns::s3 {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else
            out += c;
    }
    return out;
}

std::string member(const JsonValue& secret, std::string_view name) {
    const auto* text = secret[name].as_string();
    return text ? *text : std::string();
}

}  // namespace

Result<Client> Client::make(const SinkTarget& target) {
    Client out;
    out.bucket_ = target.destination.host;
    out.region_ = target.region.empty() ? "us-east-1" : target.region;
    if (target.endpoint.empty()) {
        out.host_ = fmt::format("{}.s3.{}.amazonaws.com", out.bucket_, out.region_);
        // A certificate's wildcard covers one label: a bucket with dots is named in the path.
        if (out.bucket_.contains('.')) out.host_ = fmt::format("s3.{}.amazonaws.com", out.region_);
        out.origin_ = "https://" + out.host_;
    } else {
        out.origin_ = target.endpoint;
        out.host_ = target.endpoint.substr(target.endpoint.find("://") + 3);
    }
    if (!target.endpoint.empty() || out.bucket_.contains('.')) out.base_path_ = "/" + out.bucket_;
    out.who_.access_key_id = member(target.secret, "access_key_id");
    out.who_.secret_access_key = SecretText(member(target.secret, "secret_access_key"));
    out.who_.session_token = member(target.secret, "session_token");
    if (out.who_.access_key_id.empty() || out.who_.secret_access_key.view().empty())
        return fail(Errc::permission_denied, "no access key is known for bucket {}", out.bucket_)
            .hint("kns secret set NAME with access_key_id and secret_access_key, then --secret NAME; or --profile NAME");
    return out;
}

Result<HttpReply> Client::call(std::string_view method, std::string_view key, const std::string& query, Bytes body,
                               const ObjectTraits& traits, std::size_t max_answer) {
    const std::string target = base_path_ + "/" + aws::uri_encode(key, true) + (query.empty() ? std::string() : "?" + query);
    HttpCall call{.method = std::string(method), .url = origin_ + target, .body = body, .max_answer = max_answer};
    if (!traits.content_encoding.empty()) call.headers.emplace_back("content-encoding", traits.content_encoding);
    if (traits.only_new) call.headers.emplace_back("if-none-match", "*");
    if (method == "PUT" || query == "uploads=") call.headers.emplace_back("content-type", "application/octet-stream");
    aws::SignedRequest request{.method = method, .target = target, .headers = {{"host", host_}}, .body = {}};
    for (const auto& [name, value] : call.headers) request.headers.emplace_back(name, value);
    const auto added = aws::sign(who_, region_, "s3", std::move(request), aws::sha256_hex(as_text(body)), Clock::real().now());
    call.headers.insert(call.headers.end(), added.begin(), added.end());
    auto reply = http_.call(call);
    if (!reply) return std::unexpected(reply.error().error());
    if (reply->status < 200 || reply->status > 299)
        return std::unexpected(error_of(reply->status, reply->body, reply->header("x-amz-bucket-region"), bucket_));
    return std::move(*reply);
}

Result<void> Client::put(std::string_view key, Bytes body, const ObjectTraits& traits) {
    KNS_TRY(call("PUT", key, "", body, traits));
    return {};
}

Result<std::string> Client::create_upload(std::string_view key, const ObjectTraits& traits) {
    const auto reply = KNS_TRY(call("POST", key, "uploads=", {}, traits));
    auto id = element_of(reply.body, "UploadId");
    if (id.empty()) return fail(Errc::io_error, "bucket {} answers without an upload's id", bucket_);
    return id;
}

Result<std::string> Client::put_part(const Upload& upload, int number, Bytes body) {
    const auto reply =
        KNS_TRY(call("PUT", upload.key, fmt::format("partNumber={}&uploadId={}", number, aws::uri_encode(upload.id, false)), body));
    std::string etag(reply.header("etag"));
    if (etag.empty()) return fail(Errc::io_error, "bucket {} answers without a part's ETag", bucket_);
    return etag;
}

Result<void> Client::complete(const Upload& upload, const std::vector<std::string>& etags) {
    std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (std::size_t i = 0; i < etags.size(); ++i)
        body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, escaped(etags[i]));
    body += "</CompleteMultipartUpload>";
    const auto reply = KNS_TRY(call("POST", upload.key, "uploadId=" + aws::uri_encode(upload.id, false), as_bytes(body)));
    // The head of this answer may be sent before it is known how it ends.
    if (reply.body.contains("<Error>")) return std::unexpected(error_of(reply.status, reply.body, {}, bucket_));
    return {};
}

Result<void> Client::abort(const Upload& upload) {
    KNS_TRY(call("DELETE", upload.key, "uploadId=" + aws::uri_encode(upload.id, false), {}));
    return {};
}

Result<std::vector<Upload>> Client::unfinished(std::string_view key) {
    const auto reply = KNS_TRY(call("GET", "", fmt::format("prefix={}&uploads=", aws::uri_encode(key, false)), {}));
    return uploads_in(reply.body, key);
}

Result<std::vector<std::string>> Client::list(std::string_view prefix, std::string_view after) {
    constexpr std::size_t kMostListed = 4 << 20;  // a thousand keys, each of a kilobyte that may be escaped
    std::string query = "list-type=2&prefix=" + aws::uri_encode(prefix, false);
    if (!after.empty()) query += "&start-after=" + aws::uri_encode(after, false);
    const auto reply = KNS_TRY(call("GET", "", query, {}, {}, kMostListed));
    return keys_in(reply.body);
}

Result<std::string> Client::get(std::string_view key, std::size_t most) { return KNS_TRY(call("GET", key, "", {}, {}, most)).body; }

Result<void> Client::remove(std::string_view key) {
    KNS_TRY(call("DELETE", key, "", {}));
    return {};
}

}  // namespace kns::s3
