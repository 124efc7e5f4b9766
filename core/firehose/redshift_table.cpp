#include "core/firehose/redshift_table.hpp"

#include <algorithm>

#include "core/base/json.hpp"
#include "core/base/unix_http.hpp"

namespace kns {
namespace {

constexpr std::string_view kHint = "redshift://USER@HOST/DATABASE?table=TABLE&staging=s3://BUCKET/PREFIX";
constexpr std::string_view kPort = ":5439";

// Names quoted, for they may be words of SQL.
std::string quoted(std::string_view name) { return fmt::format("\"{}\"", name); }
std::string text_of_sql(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

// Host and port of "USER@HOST:PORT", whose port may be missing.
bool has_port(std::string_view place) {
    const auto colon = place.rfind(':');
    return colon != std::string_view::npos && place.find(']', colon) == std::string_view::npos;
}

}  // namespace

std::string RedshiftTable::origin() const {
    const auto origin = table.origin();
    return "redshift" + origin.substr(origin.find("://"));
}

std::string RedshiftTable::path() const {
    std::string out = table.path() + "&staging=" + staging.url();
    if (!staging_secret.empty()) out += "&staging_secret=" + staging_secret;
    if (!iam_role.empty()) out += "&iam_role=" + iam_role;
    if (copy_options) out += "&copy=" + percent_encode(*copy_options);
    return out;
}

Result<RedshiftTable> parse_redshift_table(std::string_view url) {
    RedshiftTable out;
    // What PostgreSQL's URL does not have is taken out of it.
    std::string rest = "postgres";
    const auto question = std::min(url.find('?'), url.size());
    const auto begin = url.find("://");
    if (begin >= question)
        return fail(Errc::invalid_argument, "\"{}\" is no table: its scheme is not followed by ://", url).hint(std::string(kHint));
    auto base = url.substr(begin, question - begin);
    const auto slash = std::min(base.find('/', 3), base.size());
    rest += base.substr(0, slash);
    if (!has_port(base.substr(3, slash - 3))) rest += kPort;
    rest += base.substr(slash);
    auto query = url.substr(std::min(question + 1, url.size()));
    char between = '?';
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = pair.substr(0, equals), value = pair.substr(std::min(equals + 1, pair.size()));
        if (name == "staging") {
            out.staging = KNS_TRY(context(parse_destination(value), "staging"));
        } else if (name == "staging_secret") {
            out.staging_secret = value;
        } else if (name == "iam_role") {
            out.iam_role = value;
        } else if (name == "copy") {
            out.copy_options = KNS_TRY(percent_decode(value));
        } else if (name == "format") {
            return fail(Errc::invalid_argument, "how a record becomes a row is for COPY to say: copy=OPTIONS")
                .hint(std::string(kHint));
        } else {
            rest += between;
            rest += pair;
            between = '&';
        }
    }
    out.table = KNS_TRY(parse_postgres_table(rest, url));
    if (out.staging.scheme != "s3" || !out.staging.table.empty())
        return fail(Errc::invalid_argument, "Redshift loads from a bucket, and none is named").hint(std::string(kHint));
    constexpr std::string_view kOfRoles = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:/_+=,.@-";
    if (out.iam_role.find_first_not_of(kOfRoles) != std::string::npos)
        return fail(Errc::invalid_argument, "\"{}\" is no role's ARN", out.iam_role);
    // It stands in a statement: COPY's options are words, numbers and texts in quotes.
    for (const std::string_view odd : {";", "\n", "\r", "--", "/*"})
        if (out.copy_options && out.copy_options->contains(odd))
            return fail(Errc::invalid_argument, "COPY's options end no statement and begin no comment: \"{}\"", *out.copy_options);
    return out;
}

std::string manifest_key(std::string_view object_key, bool failed) {
    return fmt::format("{}manifests/{}", failed ? "errors/" : "", object_key);
}

std::string manifest_text(std::string_view object_url, std::uint64_t bytes) {
    JsonWriter out;
    out.begin_object().key("entries").begin_array().begin_object().member("url", object_url).member("mandatory", true);
    out.key("meta").begin_object().member("content_length", bytes).end_object();  // which columnar formats need
    out.end_object().end_array().end_object();
    return out.take();
}

std::string copy_statement(const RedshiftTable& table, std::string_view manifest_url, std::string_view format,
                           Compression compress) {
    std::string columns;
    for (const auto& column : table.table.columns) columns += (columns.empty() ? "" : ", ") + quoted(column);
    std::string options;
    if (table.copy_options) {
        options = *table.copy_options;
    } else {
        options = format == "parquet" ? "FORMAT AS PARQUET" : format == "orc" ? "FORMAT AS ORC" : "FORMAT AS JSON 'auto'";
        if (format == "json" && compress == Compression::gzip) options += " GZIP";
        if (format == "json" && compress == Compression::zstd) options += " ZSTD";
    }
    return fmt::format("COPY {}{}{}{} FROM {} IAM_ROLE {} MANIFEST{}{}",
                       table.table.schema.empty() ? "" : quoted(table.table.schema) + ".", quoted(table.table.table),
                       columns.empty() ? "" : " ", columns.empty() ? "" : "(" + columns + ")", text_of_sql(manifest_url),
                       table.iam_role.empty() ? "default" : text_of_sql(table.iam_role), options.empty() ? "" : " ", options);
}

std::string redshift_code(std::string_view sqlstate, std::string_view message) {
    // Developer guide, "Amazon Redshift data delivery errors"; PostgreSQL 8.0's error codes, which are the cluster's.
    static constexpr std::pair<std::string_view, std::string_view> kCodes[] = {
        {"28", "AuthenticationFailed"}, {"3D000", "DatabaseNotFound"}, {"42501", "InsufficientPrivilege"},
        {"42601", "SyntaxError"},       {"42703", "ColumnNotFound"},   {"42P01", "TableNotFound"},
        {"25006", "ReadOnlyCluster"},   {"53100", "DiskFull"},         {"08", "ConnectionFailed"}};
    for (const auto& [state, code] : kCodes)
        if (sqlstate.starts_with(state)) return fmt::format("Redshift.{}", code);
    if (message.find("S3ServiceException:Access Denied") != std::string_view::npos) return "Redshift.S3BucketAccessDenied";
    return "Redshift.DataLoadFailed";
}

}  // namespace kns
