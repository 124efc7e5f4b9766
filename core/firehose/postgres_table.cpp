#include "core/firehose/postgres_table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/describe.hpp"

namespace kns {
namespace {

constexpr std::string_view kHint = "postgres://USER@HOST/DATABASE?table=TABLE";

// PostgreSQL's names: anything may be quoted, but who puts such things into a URL?
bool is_name(std::string_view text) {
    constexpr std::size_t kLongest = 63;
    return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '$';
    });
}

bool is_host(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' || c == ':';
    });
}

void escape(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: out += c;
        }
    }
}

}  // namespace

std::string PostgresTable::origin() const {
    return fmt::format("postgres://{}{}{}:{}", user, user.empty() ? "" : "@", host.contains(':') ? "[" + host + "]" : host, port);
}

std::string PostgresTable::path() const {
    std::string out = fmt::format("/{}?table={}{}{}", database, schema, schema.empty() ? "" : ".", table);
    if (!columns.empty()) out += fmt::format("&columns={}", fmt::join(columns, ","));
    if (raw) out += "&format=raw";
    if (!sslmode.empty()) out += "&sslmode=" + sslmode;
    return out;
}

Result<PostgresTable> parse_postgres_table(std::string_view url, std::string_view given) {
    const auto wrong = [&](std::string_view what) {
        auto error = fail(Errc::invalid_argument, "\"{}\" is no table: {}", given.empty() ? url : given, what);
        return given.empty() ? std::move(error).hint(std::string(kHint)) : error;
    };
    PostgresTable out;
    const auto begin = url.find("://");
    if (begin == std::string_view::npos) return wrong("its scheme is not followed by ://");
    auto rest = url.substr(begin + 3);
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return wrong("it names no database");
    auto place = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    if (const auto at = place.rfind('@'); at != std::string_view::npos) {
        const auto user = place.substr(0, at);
        if (user.find(':') != std::string_view::npos)
            return fail(Errc::invalid_argument, "a URL is no place for a password").hint("kns secret set NAME, and --secret NAME");
        if (!is_name(user)) return wrong("its user is no name");
        out.user = user;
        place.remove_prefix(at + 1);
    }
    std::string_view port;
    if (place.starts_with('[')) {
        const auto end = place.find(']');
        if (end == std::string_view::npos) return wrong("its address has no end");
        out.host = place.substr(1, end - 1);
        if (place.substr(end + 1).starts_with(':')) port = place.substr(end + 2);
    } else {
        out.host = place.substr(0, place.find(':'));
        if (out.host.size() < place.size()) port = place.substr(out.host.size() + 1);
    }
    if (!is_host(out.host)) return wrong("it names no host");
    if (!port.empty()) {
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
        if (error != std::errc() || end != port.data() + port.size() || out.port == 0) return wrong("its port is none");
    }
    const auto question = rest.find('?');
    out.database = rest.substr(0, question);
    if (!is_name(out.database)) return wrong("it names no database");
    auto query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto name = pair.substr(0, pair.find('='));
        const auto value = name.size() < pair.size() ? pair.substr(name.size() + 1) : std::string_view();
        if (name == "table") {
            const auto dot = value.find('.');
            out.schema = dot == std::string_view::npos ? "" : value.substr(0, dot);
            out.table = dot == std::string_view::npos ? value : value.substr(dot + 1);
            if (!is_name(out.table) || (dot != std::string_view::npos && !is_name(out.schema)))
                return wrong("its table is no name");
        } else if (name == "columns") {
            for (auto left = value; !left.empty();) {
                const auto column = left.substr(0, left.find(','));
                if (!is_name(column)) return wrong("its columns are no names");
                out.columns.emplace_back(column);
                left.remove_prefix(std::min(left.size(), column.size() + 1));
            }
        } else if (name == "format" && (value == "json" || value == "raw")) {
            out.raw = value == "raw";
        } else if (name == "sslmode" && is_name(value)) {
            out.sslmode = value;
        } else {
            return wrong(fmt::format("it says \"{}\"; table, columns, format (json or raw) and sslmode are known", pair));
        }
    }
    if (out.table.empty()) return wrong("it does not say which: ?table=NAME");
    if (out.raw && out.columns.size() != 1) return wrong("format=raw needs the one column: &columns=NAME");
    return out;
}

std::string copy_line_raw(std::string_view record) {
    std::string out;
    if (record.ends_with('\n')) record.remove_suffix(1);
    escape(out, record);
    return out;
}

Result<std::string> copy_line(std::string_view record, const std::vector<std::string>& columns) {
    const JsonValue object = KNS_TRY(parse_json(record));
    if (!object.as_object()) return fail(Errc::invalid_argument, "it is no JSON object");
    std::string out;
    for (const auto& column : columns) {
        if (&column != columns.data()) out += '\t';
        const JsonValue& value = object[column];
        if (value.is_null())
            out += "\\N";
        else if (const auto* text = value.as_string())
            escape(out, *text);
        else
            escape(out, to_json(value));
    }
    return out;
}

}  // namespace kns
