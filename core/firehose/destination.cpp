#include "core/firehose/destination.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/firehose/postgres_table.hpp"
#include "core/firehose/redshift_table.hpp"

namespace kns {
namespace {

// RFC 3986: what may stand in a path as it is.
bool stands_for_itself(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/-._~!$&'()*+,;=:@").find(c) != std::string_view::npos;
}

std::string percent_encode(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (stands_for_itself(c))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<Destination> file_destination(std::string path) {
    if (path.empty() || path.front() != '/')
        return fail(Errc::invalid_argument, "a file:// destination needs an absolute directory").hint("file:///var/data/clicks/");
    for (const char c : path)
        if (static_cast<unsigned char>(c) < 0x20)
            return fail(Errc::invalid_argument, "a directory's name cannot hold control characters");
    std::string clean;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, end - at);
        if (part == "..")
            return fail(Errc::invalid_argument, "a destination cannot contain \"..\"").hint("write the directory's full path");
        if (!part.empty() && part != ".") clean += "/" + part;
        at = end + 1;
    }
    if (clean.empty()) return fail(Errc::invalid_argument, "the root directory cannot be a destination");
    return Destination{.scheme = "file", .path = clean + "/"};
}

// S3 user guide, "Bucket naming rules"; an older bucket's capitals and underscores are taken too.
Result<Destination> s3_destination(std::string_view host, std::string path) {
    const bool named = host.size() >= 3 && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
                           return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
                       });
    if (!named || host.front() == '.' || host.back() == '.')
        return fail(Errc::invalid_argument, "\"{}\" is not the name of a bucket", host).hint("s3://BUCKET/PREFIX");
    for (const char c : path)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return fail(Errc::invalid_argument, "an object's name cannot hold control characters");
    return Destination{.scheme = "s3", .host = std::string(host), .path = std::move(path)};
}

// Kept to the letter, for a service may care. API reference, HttpEndpointConfiguration: at most 1000 characters.
Result<Destination> http_destination(std::string_view url) {
    if (url.size() > 1000) return fail(Errc::invalid_argument, "an endpoint's URL has at most 1000 characters, not {}", url.size());
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return fail(Errc::invalid_argument, "\"{}\" is not a destination", url);
    const auto host_at = scheme_end + 3;
    const auto host = url.substr(0, std::min(url.find_first_of("/?#", host_at), url.size()));
    if (host.find('@') != std::string_view::npos)
        return fail(Errc::invalid_argument, "a URL is no place for a password").hint("kns secret set NAME, and --secret NAME");
    for (const char c : url)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '#')
            return fail(Errc::invalid_argument, "\"{}\" is not a URL: it has characters that must be encoded", url);
    return Destination{.scheme = "http", .host = KNS_TRY(parse_endpoint(host)), .path = std::string(url.substr(host.size()))};
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1, low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return fail(Errc::invalid_argument, "a % in a URL begins two hex digits").hint("write %25 for a percent sign");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string Destination::url() const {
    if (scheme == "http" || scheme == "postgres" || scheme == "redshift") return host + path;
    if (!takes_objects()) return scheme + "+" + host + path;
    return fmt::format("{}{}{}://{}{}{}", table, table.empty() ? "" : "+", scheme, host, host.empty() ? "" : "/",
                       percent_encode(path));
}

std::string Destination::plain_url() const { return fmt::format("{}://{}{}{}", scheme, host, host.empty() ? "" : "/", path); }

std::string Destination::url_of(std::string_view key) const {
    if (scheme == "redshift")
        if (const auto cluster = parse_redshift_table(url())) return cluster->staging.url_of(key);
    if (table.empty()) return url() + percent_encode(key);
    Destination files = *this;
    files.table.clear();
    return files.url_of("data/" + std::string(key));
}

Result<Destination> parse_destination(std::string_view url) {
    if (url.starts_with('/')) return file_destination(std::string(url));
    const std::size_t colon = url.find(':');
    std::string scheme(url.substr(0, colon == std::string_view::npos ? 0 : colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (scheme.empty()) return fail(Errc::invalid_argument, "\"{}\" is not a destination", url).hint("file:///var/data/clicks/");
    if (scheme == "http" || scheme == "https") return http_destination(url);
    if (const auto plus = scheme.find('+');
        plus != std::string::npos && (scheme.substr(0, plus) == "opensearch" || scheme.substr(0, plus) == "splunk")) {
        auto out = KNS_TRY(http_destination(url.substr(plus + 1)));
        out.scheme = scheme.substr(0, plus);
        return out;
    }
    if (scheme == "postgres" || scheme == "postgresql") {
        const auto table = KNS_TRY(parse_postgres_table(url));
        return Destination{.scheme = "postgres", .host = table.origin(), .path = table.path()};
    }
    if (scheme == "redshift") {
        const auto table = KNS_TRY(parse_redshift_table(url));
        return Destination{.scheme = "redshift", .host = table.origin(), .path = table.path()};
    }
    if (scheme == "iceberg+file" || scheme == "iceberg+s3") {
        auto files = KNS_TRY(parse_destination(url.substr(url.find('+') + 1)));
        files.table = "iceberg";
        if (!files.path.empty() && !files.path.ends_with('/')) files.path += '/';
        return files;
    }
    if (scheme == "snowflake")
        return fail(Errc::unsupported, "kns cannot deliver to Snowflake: its streaming protocol is its own, and not published")
            .hint("deliver to s3://BUCKET/, and let Snowpipe load from there");
    if (scheme != "file" && scheme != "s3")
        return fail(Errc::unsupported, "this kns cannot deliver to {}: it has no such sink", scheme)
            .hint(
                "file:///DIRECTORY/, s3://BUCKET/, https://HOST/, opensearch+https://HOST/INDEX, splunk+https://HOST, "
                "postgres://USER@HOST/DATABASE?table=TABLE, redshift://USER@HOST/DATABASE?table=TABLE&staging=s3://BUCKET/, "
                "iceberg+file:///DIRECTORY/ and iceberg+s3://BUCKET/PREFIX work");
    std::string_view rest = url.substr(colon + 1);
    if (!rest.starts_with("//"))
        return fail(Errc::invalid_argument, "\"{}\" is not a destination", url).hint("file:///var/data/clicks/");
    rest.remove_prefix(2);
    const std::size_t slash = rest.find('/');
    const std::string_view host = rest.substr(0, slash);
    std::string path = slash == std::string_view::npos ? "" : KNS_TRY(percent_decode(rest.substr(slash)));
    if (scheme == "s3") return s3_destination(host, path.empty() ? path : path.substr(1));
    if (!host.empty() && host != "localhost")
        return fail(Errc::invalid_argument, "\"{}\" names the machine \"{}\", but files are delivered on this one", url, host)
            .hint("three slashes make an absolute path: file:///DIRECTORY/");
    return file_destination(std::move(path));
}

Result<std::string> parse_endpoint(std::string_view url) {
    const auto wrong = [&] {
        return fail(Errc::invalid_argument, "\"{}\" is not an endpoint", url).hint("http://127.0.0.1:9000, or https://HOST");
    };
    std::string out;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!url.starts_with(scheme)) continue;
        std::string_view host = url.substr(scheme.size());
        if (host.ends_with('/')) host.remove_suffix(1);
        for (const char c : host)
            if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("-._:[]").find(c) == std::string_view::npos)
                return wrong();
        if (host.empty()) return wrong();
        return fmt::format("{}{}", scheme, host);
    }
    return wrong();
}

std::uint16_t endpoint_port(std::string_view endpoint) {
    std::uint16_t port = endpoint.starts_with("http://") ? 80 : 443;
    const auto colon = endpoint.rfind(':');
    if (colon != std::string_view::npos && colon > endpoint.find("://") && endpoint.find(']', colon) == std::string_view::npos)
        std::from_chars(endpoint.data() + colon + 1, endpoint.data() + endpoint.size(), port);
    return port;
}

}  // namespace kns
