#include "cli/service_units.hpp"

#include "cli/service_templates.hpp"

namespace kns::cli {
namespace {

// % begins a specifier everywhere in a unit.
std::string without_specifiers(std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '%' ? std::string("%%") : std::string(1, c);
    return out;
}

// A word of a command line as systemd.service(5) takes it.
std::string quoted(std::string_view word) {
    std::string out = "\"";
    for (const char c : without_specifiers(word)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '$' ? "$$" : std::string(1, c);
    }
    return out + '"';
}

std::string filled(std::string_view unit, std::string_view mark, const std::string& value) {
    std::string out(unit);
    if (const auto at = out.find(mark); at != std::string::npos) out.replace(at, mark.size(), value);
    return out;
}

}  // namespace

std::string service_unit(const ServicePaths& paths) {
    const auto data = " --data-dir " + quoted(paths.data_dir);
    return filled(filled(kServiceTemplate, "{KNSD}", quoted(paths.knsd) + data), "{KNS}", quoted(paths.kns) + data);
}

std::string socket_unit(const ServicePaths& paths) { return filled(kSocketTemplate, "{SOCKET}", without_specifiers(paths.socket)); }

}  // namespace kns::cli
