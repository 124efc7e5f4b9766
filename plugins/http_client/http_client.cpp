#include "plugins/http_client/http_client.hpp"

#include <curl/curl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kns {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr std::size_t kMaxHeaders = 64 << 10;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
    return text;
}

// What one call has received.
struct Received {
    HttpReply reply;
    std::size_t header_bytes = 0, max_answer = 0;
    bool too_large = false;
};

std::size_t take_header(char* text, std::size_t size, std::size_t count, void* to) {
    auto& received = *static_cast<Received*>(to);
    const std::string_view line(text, size * count);
    received.header_bytes += line.size();
    if (received.header_bytes > kMaxHeaders) {
        received.too_large = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) received.reply.headers.clear();  // what came before was a 100 Continue
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return line.size();
    std::string name(line.substr(0, colon));
    for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    received.reply.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
    return line.size();
}

std::size_t take_body(char* text, std::size_t size, std::size_t count, void* to) {
    auto& received = *static_cast<Received*>(to);
    if (received.reply.body.size() + size * count > received.max_answer) {
        received.too_large = true;
        return 0;
    }
    received.reply.body.append(text, size * count);
    return size * count;
}

// The body on its way out.
struct Upload {
    Bytes whole, left;
};

std::size_t give_body(char* into, std::size_t size, std::size_t count, void* from) {
    auto& upload = *static_cast<Upload*>(from);
    const std::size_t part = std::min(size * count, upload.left.size());
    if (part > 0) std::memcpy(into, upload.left.data(), part);
    upload.left = upload.left.subspan(part);
    return part;
}

// A connection that was kept and turns out to be closed is replaced, and all sent again.
int seek_body(void* from, curl_off_t offset, int origin) {
    auto& upload = *static_cast<Upload*>(from);
    if (origin != SEEK_SET || offset < 0 || static_cast<std::size_t>(offset) > upload.whole.size()) return CURL_SEEKFUNC_FAIL;
    upload.left = upload.whole.subspan(static_cast<std::size_t>(offset));
    return CURL_SEEKFUNC_OK;
}

HttpTrouble trouble_of(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT: return HttpTrouble::connect;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM: return HttpTrouble::tls;
        case CURLE_OPERATION_TIMEDOUT: return HttpTrouble::timeout;
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE: return HttpTrouble::reset;
        default: return HttpTrouble::other;
    }
}

// "https://host:9000/a/b" -> "host:9000": a URL's path and query may hold what is nobody's business.
std::string host_of(std::string_view url) {
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return std::string(url);
    url.remove_prefix(begin + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    return std::string(url.substr(url.rfind('@') + 1));
}

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

Error HttpFailure::error() const {
    return {.code = trouble == HttpTrouble::timeout ? Errc::timed_out : Errc::unavailable, .message = message};
}

struct HttpClient::Curl {
    CURL* handle = nullptr;
    char reason[CURL_ERROR_SIZE] = {};
    Curl() {
        static const CURLcode once = ::curl_global_init(CURL_GLOBAL_DEFAULT);
        handle = once == CURLE_OK ? ::curl_easy_init() : nullptr;
        if (!handle) throw std::bad_alloc();
    }
    ~Curl() { ::curl_easy_cleanup(handle); }
};

HttpClient::HttpClient() : curl_(std::make_unique<Curl>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

std::expected<HttpReply, HttpFailure> HttpClient::call(const HttpCall& call) {
    CURL* const curl = curl_->handle;
    ::curl_easy_reset(curl);  // options only: the connection stays
    Received received;
    received.max_answer = call.max_answer;
    Upload upload{call.body, call.body};
    curl_slist* headers = nullptr;
    const auto add = [&](const std::string& line) {
        auto* longer = ::curl_slist_append(headers, line.c_str());
        if (!longer) throw std::bad_alloc();
        headers = longer;
    };
    for (const auto& [name, value] : call.headers) add(value.empty() ? name + ";" : name + ": " + value);
    add("Expect:");  // no waiting for a 100 Continue
    const bool has_body = call.method == "POST" || call.method == "PUT";

    ::curl_easy_setopt(curl, CURLOPT_URL, call.url.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    // Besides the directory that the library has been built to go by.
    if (const char* ca = std::getenv("SSL_CERT_FILE")) ::curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, curl_->reason);
    ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout));
    ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    ::curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    ::curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &received);
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
    if (has_body) {
        ::curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        ::curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
        ::curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
        ::curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_body);
        ::curl_easy_setopt(curl, CURLOPT_SEEKDATA, &upload);
        ::curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    }
    ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_->reason[0] = '\0';
    const CURLcode code = ::curl_easy_perform(curl);
    ::curl_slist_free_all(headers);

    if (received.too_large)
        return std::unexpected(HttpFailure{HttpTrouble::too_large,
                                           fmt::format("{} answers with more than {} bytes", host_of(call.url), call.max_answer)});
    if (code != CURLE_OK) {
        const char* reason = curl_->reason[0] ? curl_->reason : ::curl_easy_strerror(code);
        return std::unexpected(HttpFailure{trouble_of(code), fmt::format("{}: {}", host_of(call.url), reason)});
    }
    long status = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    received.reply.status = static_cast<int>(status);
    return std::move(received.reply);
}

}  // namespace kns
