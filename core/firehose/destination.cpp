#include "core/firehose/destination.hpp"

#include <algorithm>
#include <cctype>

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

}  // namespace

std::string Destination::url() const { return scheme + "://" + percent_encode(path); }

std::string Destination::url_of(std::string_view key) const { return url() + percent_encode(key); }

Result<Destination> parse_destination(std::string_view url) {
    if (url.starts_with('/')) return file_destination(std::string(url));
    const std::size_t colon = url.find(':');
    std::string scheme(url.substr(0, colon == std::string_view::npos ? 0 : colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (scheme.empty()) return fail(Errc::invalid_argument, "\"{}\" is not a destination", url).hint("file:///var/data/clicks/");
    if (scheme != "file")
        return fail(Errc::unsupported, "this kns cannot deliver to {}: it has no such sink", scheme)
            .hint("file:///DIRECTORY/ works");
    std::string_view rest = url.substr(colon + 1);
    if (!rest.starts_with("//"))
        return fail(Errc::invalid_argument, "\"{}\" is not a destination", url).hint("file:///var/data/clicks/");
    rest.remove_prefix(2);
    const std::size_t slash = rest.find('/');
    const std::string_view host = rest.substr(0, slash);
    if (!host.empty() && host != "localhost")
        return fail(Errc::invalid_argument, "\"{}\" names the machine \"{}\", but files are delivered on this one", url, host)
            .hint("three slashes make an absolute path: file:///DIRECTORY/");
    if (slash == std::string_view::npos) return file_destination("");
    return file_destination(KNS_TRY(percent_decode(rest.substr(slash))));
}

}  // namespace kns
