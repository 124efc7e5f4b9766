#include "core/aws/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "core/base/base64.hpp"
#include "core/base/record_batch.hpp"

namespace kns::aws {
namespace {

using std::string_view;
using Digest = std::array<unsigned char, 32>;
using Pair = std::pair<std::string, std::string>;

constexpr string_view kAuthority = ":authority";  // what HTTP/2 calls the host
constexpr string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr Ms kMostSkew = 15 * kMinute;
constexpr Ms kMostExpiry = 7 * kDay;

string_view text_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Digest sha256(string_view text) {
    Digest out;
    // Kept: looking the algorithm up costs as much as hashing a kilobyte.
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
    EVP_Digest(text.data(), text.size(), out.data(), nullptr, algorithm.get(), nullptr);
    return out;
}

Digest hmac(string_view key, string_view text) {
    Digest out;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         out.data(), nullptr);
    return out;
}

std::unexpected<AuthError> refuse(std::string type, std::string message) {
    return std::unexpected(AuthError{std::move(type), std::move(message)});
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string decoded(string_view text) {
    std::string out;
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

// Without empty and dotted segments, and encoded once more than it came: so every service but S3 has it.
std::string canonical_path(string_view path) {
    std::vector<string_view> segments;
    const bool slash_at_end = path.ends_with('/');
    while (!path.empty()) {
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), segment.size() + 1));
        if (segment.empty() || segment == ".") continue;
        if (segment == "..") {
            if (!segments.empty()) segments.pop_back();
        } else {
            segments.push_back(segment);
        }
    }
    std::string out;
    for (const auto segment : segments) out += '/' + uri_encode(segment, false);
    return out.empty() || slash_at_end ? out + '/' : out;
}

std::vector<Pair> query_of(string_view target) {
    std::vector<Pair> out;
    const auto question = target.find('?');
    if (question == string_view::npos) return out;
    for (auto rest = target.substr(question + 1); !rest.empty();) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        out.emplace_back(decoded(pair.substr(0, equals)), equals == string_view::npos ? "" : decoded(pair.substr(equals + 1)));
    }
    return out;
}

std::string canonical_query(const std::vector<Pair>& query) {
    std::vector<Pair> sorted;
    for (const auto& [name, value] : query)
        if (name != "X-Amz-Signature") sorted.emplace_back(uri_encode(name, false), uri_encode(value, false));
    std::ranges::sort(sorted);
    std::string out;
    for (const auto& [name, value] : sorted) out += (out.empty() ? "" : "&") + name + '=' + value;
    return out;
}

// Blanks at the ends gone, and one for several inside.
std::string folded(string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
        out += c;
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

// What the client says of its signature, in the header or in the query.
struct Claim {
    std::string access_key_id, date, region, service, signed_headers, signature, amz_date;
    std::string scope() const { return fmt::format("{}/{}/{}/aws4_request", date, region, service); }
};

std::expected<Claim, AuthError> read_credential(Claim claim, string_view credential) {
    std::vector<string_view> parts;
    for (auto rest = credential;;) {
        const auto slash = rest.find('/');
        parts.push_back(rest.substr(0, slash));
        if (slash == string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    if (parts.size() < 5 || parts.back() != "aws4_request")
        return refuse(
            "IncompleteSignatureException",
            fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                        "'{}'",
                        credential.substr(0, 200)));
    const auto last = parts.size();
    claim.service = parts[last - 2];
    claim.region = parts[last - 3];
    claim.date = parts[last - 4];
    claim.access_key_id = credential.substr(0, static_cast<std::size_t>(parts[last - 4].data() - credential.data()) - 1);
    return claim;
}

string_view header(const SignedRequest& request, string_view name) {
    for (const auto& [key, value] : request.headers)
        if (key == name) return value;
    return {};
}

std::expected<Claim, AuthError> read_header(const SignedRequest& request, string_view authorization) {
    std::map<std::string, std::string, std::less<>> fields;
    auto rest = authorization.substr(std::min(authorization.size(), authorization.find(' ')));
    while (!rest.empty()) {
        while (!rest.empty() && (rest.front() == ' ' || rest.front() == ',')) rest.remove_prefix(1);
        const auto field = rest.substr(0, rest.find(','));
        rest.remove_prefix(field.size());
        const auto equals = field.find('=');
        if (equals != string_view::npos) fields[std::string(field.substr(0, equals))] = folded(field.substr(equals + 1));
    }
    Claim claim{.signed_headers = fields["SignedHeaders"], .signature = fields["Signature"]};
    claim.amz_date = header(request, "x-amz-date");
    if (claim.amz_date.empty()) claim.amz_date = header(request, "date");
    std::string missing;
    for (const auto* name : {"Credential", "Signature", "SignedHeaders"})
        if (fields[name].empty()) missing += fmt::format("Authorization header requires '{}' parameter. ", name);
    if (claim.amz_date.empty()) missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
    if (!missing.empty())
        return refuse("IncompleteSignatureException",
                      missing + "Authorization=" + std::string(authorization.substr(0, authorization.find(' '))));
    return read_credential(std::move(claim), fields["Credential"]);
}

std::expected<Claim, AuthError> read_query(const std::vector<Pair>& query) {
    const auto value = [&](string_view name) {
        const auto found = std::ranges::find(query, name, &Pair::first);
        return found == query.end() ? std::string() : found->second;
    };
    std::string missing;
    for (const auto* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"})
        if (value(name).empty()) missing += fmt::format("AWS query-string parameters must include '{}'. ", name);
    if (!missing.empty()) return refuse("IncompleteSignatureException", missing + "Re-examine the query-string parameters.");
    Claim claim{
        .signed_headers = value("X-Amz-SignedHeaders"), .signature = value("X-Amz-Signature"), .amz_date = value("X-Amz-Date")};
    return read_credential(std::move(claim), value("X-Amz-Credential"));
}

// "20261125T123000Z"
std::optional<UnixMs> parse_amz_date(string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const auto time = parse_time(fmt::format("{}-{}-{}T{}:{}:{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                             text.substr(9, 2), text.substr(11, 2), text.substr(13, 2)),
                                 0);
    return time ? std::optional(*time) : std::nullopt;
}

std::optional<AuthError> check_date(const Claim& claim, const std::vector<Pair>& query, bool presigned, UnixMs now) {
    const auto signed_at = parse_amz_date(claim.amz_date);
    if (!signed_at)
        return AuthError{"IncompleteSignatureException",
                         fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'.", claim.amz_date.substr(0, 100))};
    if (!claim.amz_date.starts_with(claim.date))
        return AuthError{
            "InvalidSignatureException",
            fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != "
                        "'{}', from '{}'.",
                        claim.date.substr(0, 40), claim.amz_date.substr(0, 8), claim.amz_date)};
    Ms lasts = kMostSkew;
    if (presigned) {
        const auto found = std::ranges::find(query, "X-Amz-Expires", &Pair::first);
        lasts = 0;
        for (const char c : found == query.end() ? std::string("900") : found->second)
            lasts = c >= '0' && c <= '9' && lasts < kMostExpiry ? lasts * 10 + (c - '0') : kMostExpiry;
        lasts = std::min(lasts * kSecond, kMostExpiry);
    }
    if (*signed_at > now + kMostSkew)
        return AuthError{"InvalidSignatureException",
                         fmt::format("Signature not yet current: {} is still later than the server's time.", claim.amz_date)};
    if (*signed_at + lasts < now)
        return AuthError{"InvalidSignatureException",
                         fmt::format("Signature expired: {} is now earlier than the server's time less "
                                     "{} seconds.",
                                     claim.amz_date, lasts / kSecond)};
    return std::nullopt;
}

// The request in the one form that both sides hash.
std::string canonical_form(const SignedRequest& request, string_view path, const std::vector<Pair>& query,
                           string_view signed_headers, string_view body_hash) {
    std::string headers;
    for (string_view rest = signed_headers; !rest.empty();) {
        const auto name = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        std::string values;
        for (const auto& [key, value] : request.headers)
            if (key == name || (name == kAuthority && key == "host")) values += (values.empty() ? "" : ",") + folded(value);
        headers += fmt::format("{}:{}\n", name, values);
    }
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path, canonical_query(query), headers, signed_headers, body_hash);
}

std::string string_to_sign(const Claim& claim, const std::string& canonical) {
    return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, claim.amz_date, claim.scope(), sha256_hex(canonical));
}

// Four hashes: not worth a place where derived keys would have to be kept.
Digest signing_key(const Claim& claim, string_view secret) {
    auto key = hmac(fmt::format("AWS4{}", secret), claim.date);
    key = hmac(text_of(key), claim.region);
    key = hmac(text_of(key), claim.service);
    return hmac(text_of(key), "aws4_request");
}

}  // namespace

std::string uri_encode(string_view text, bool keep_slash) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c) || (keep_slash && c == '/'))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string sha256_hex(string_view text) { return hex_encode(text_of(sha256(text))); }

std::vector<std::pair<std::string, std::string>> sign(const Credentials& who, string_view region, string_view service,
                                                      SignedRequest request, string_view body_hash, UnixMs now) {
    const CivilTime t = civil_utc(now);
    Claim claim{.access_key_id = who.access_key_id,
                .date = fmt::format("{:04}{:02}{:02}", t.year, t.month, t.day),
                .region = std::string(region),
                .service = std::string(service)};
    claim.amz_date = fmt::format("{}T{:02}{:02}{:02}Z", claim.date, t.hour, t.minute, t.second);
    std::vector<std::pair<std::string, std::string>> added{{"x-amz-date", claim.amz_date},
                                                           {"x-amz-content-sha256", std::string(body_hash)}};
    if (!who.session_token.empty()) added.emplace_back("x-amz-security-token", who.session_token);
    for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
    std::vector<string_view> names;
    for (const auto& [name, value] : request.headers) names.push_back(name);
    std::ranges::sort(names);
    for (const auto name : names) claim.signed_headers += fmt::format("{}{}", claim.signed_headers.empty() ? "" : ";", name);
    const auto path = request.target.substr(0, request.target.find('?'));
    const std::string signed_path = service == "s3" ? std::string(path) : canonical_path(path);
    const std::string to_sign =
        string_to_sign(claim, canonical_form(request, signed_path, query_of(request.target), claim.signed_headers, body_hash));
    const auto key = signing_key(claim, who.secret_access_key.view());
    added.emplace_back("authorization",
                       fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, claim.access_key_id,
                                   claim.scope(), claim.signed_headers, hex_encode(text_of(hmac(text_of(key), to_sign)))));
    return added;
}

std::expected<Caller, AuthError> check_signature(const SignedRequest& request, const FindSecret& find, UnixMs now) {
    const auto query = query_of(request.target);
    const string_view authorization = header(request, "authorization");
    const bool presigned = std::ranges::any_of(query, [](const Pair& pair) { return pair.first.starts_with("X-Amz-"); });
    if (authorization.empty() && !presigned) return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
    if (!authorization.empty() && presigned)
        return refuse("InvalidSignatureException",
                      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
    if (!presigned && !authorization.starts_with(kAlgorithm))
        return refuse("IncompleteSignatureException",
                      fmt::format("Unsupported AWS 'algorithm': '{}'.",
                                  authorization.substr(0, std::min<std::size_t>(authorization.find(' '), 40))));
    auto claim = presigned ? read_query(query) : read_header(request, authorization);
    if (!claim) return std::unexpected(claim.error());
    if (auto wrong = check_date(*claim, query, presigned, now)) return std::unexpected(*wrong);

    const auto names = fmt::format(";{};", claim->signed_headers);
    if (!names.contains(";host;") && !names.contains(fmt::format(";{};", kAuthority)))
        return refuse("InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    string_view body_hash = header(request, "x-amz-content-sha256");
    std::string own_hash;
    if (body_hash != "UNSIGNED-PAYLOAD") {
        own_hash = sha256_hex(request.body);
        body_hash = own_hash;
    }
    const auto path = request.target.substr(0, request.target.find('?'));
    const std::string canonical = canonical_form(request, canonical_path(path), query, claim->signed_headers, body_hash);
    const std::string to_sign = string_to_sign(*claim, canonical);
    const auto secret = find(claim->access_key_id);
    const auto key = signing_key(*claim, secret ? secret->view() : string_view("of nobody"));
    const std::string wanted = hex_encode(text_of(hmac(text_of(key), to_sign)));
    const bool same =
        wanted.size() == claim->signature.size() && CRYPTO_memcmp(wanted.data(), claim->signature.data(), wanted.size()) == 0;
    if (!secret) return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
    if (!same)
        return refuse(
            "InvalidSignatureException",
            fmt::format("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                        "Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical "
                        "String for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
                        canonical, to_sign));
    return Caller{claim->access_key_id, claim->region, claim->service};
}

}  // namespace kns::aws
