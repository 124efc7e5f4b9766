#include "daemon/worker/sql/table_input.hpp"

#include "core/base/ids.hpp"
#include "core/sql/source/guess_columns.hpp"
#include "daemon/worker/sql/file_input.hpp"
#include "daemon/worker/sql/stream_input.hpp"

namespace kns {
namespace {

constexpr std::size_t kSample = 200;

std::string path_of_option(const std::string& path) {
    constexpr std::string_view kFile = "file:";
    if (!path.starts_with(kFile)) return path;
    std::string out = path.substr(kFile.size());
    if (out.starts_with("//")) out.erase(0, 2);
    return out;
}

// arn:aws:kinesis:eu-central-1:000000000000:stream/clicks, or a name.
std::string stream_of(const sql::Table& table) {
    for (const auto* key : {"stream", "stream.arn"})
        if (const auto* name = table.option(key)) return name->substr(name->rfind('/') + 1);
    return table.name;
}

// Where a stream's reading begins: what the table says, or else the command.
Result<std::string> begin_of(const sql::Table& table, const SqlJob& job) {
    const std::string* place = table.option("source.init.position");
    if (place == nullptr) place = table.option("scan.stream.initpos");
    if (place == nullptr) return job.from;
    if (*place == "LATEST") return std::string("latest");
    if (*place == "TRIM_HORIZON") return std::string("start");
    if (*place == "AT_TIMESTAMP") {
        const std::string* time = table.option("source.init.timestamp");
        if (time == nullptr) time = table.option("scan.stream.initpos-timestamp");
        if (time != nullptr) return *time;
    }
    return sql::fail_at(table.place, fmt::format("\"{}\" begins at '{}', which is not known here", table.name, *place))
        .hint("LATEST, TRIM_HORIZON and AT_TIMESTAMP are");
}

}  // namespace

Result<std::unique_ptr<TableInput>> open_input(const sql::Table& table, const SqlJob& job) {
    const std::string* option = table.option("connector");
    const std::string connector = option == nullptr ? "kinesis" : *option;
    if (connector == "kinesis" || connector == "kinesis-legacy") {
        if (job.socket.empty()) return fail(Errc::unavailable, "there is no daemon whose stream could be read");
        return std::unique_ptr<TableInput>(
            KNS_TRY(StreamInput::open(job.socket, stream_of(table), KNS_TRY(begin_of(table, job)), job.until_end)));
    }
    if (connector == "filesystem") {
        const auto* path = table.option("path");
        if (path == nullptr) return sql::fail_at(table.place, fmt::format("\"{}\" needs a 'path'", table.name));
        return std::unique_ptr<TableInput>(KNS_TRY(FileInput::open(path_of_option(*path))));
    }
    if (connector == "stdin") return std::unique_ptr<TableInput>(FileInput::of_stdin());
    return sql::fail_at(table.place,
                        fmt::format("\"{}\" cannot be read: 'connector' = '{}' is not known here", table.name, connector))
        .hint("kinesis, filesystem and stdin are");
}

bool is_bounded(const sql::Table& table) {
    const auto* connector = table.option("connector");
    return connector != nullptr && (*connector == "filesystem" || *connector == "stdin");
}

Result<std::optional<sql::Table>> find_table(const std::string& name, const SqlJob& job) {
    if (job.strict) return std::nullopt;
    sql::Table table{.name = name, .columns = {}, .watermark_column = {}};
    std::vector<std::string> sample;
    if (name == "stdin") {
        sample = KNS_TRY(first_lines_of_stdin(kSample));
        table.options["connector"] = "stdin";
        if (sample.empty()) return fail(Errc::invalid_argument, "stdin has no lines, so its columns are unknown");
    } else {
        if (job.socket.empty() || !StreamName::parse(name)) return std::nullopt;
        auto records = first_records(job.socket, name, kSample);
        if (!records && records.error().code == Errc::not_found) return std::nullopt;
        sample = KNS_TRY(std::move(records));
        table.options["connector"] = "kinesis", table.options["stream"] = name;
        if (sample.empty())
            return fail(Errc::invalid_argument, "the stream \"{}\" has no records yet, so its columns are unknown", name)
                .hint("CREATE TABLE says what they are");
    }
    table.columns = KNS_TRY(context(sql::guess_columns(sample), fmt::format("\"{}\"", name)));
    if (table.options["connector"] == "kinesis") {
        // What the stream knows of each record besides, unless its data has such members.
        const auto add = [&](const char* key) {
            for (const auto& column : table.columns)
                if (column.name == key) return false;
            table.columns.push_back({.name = key, .type = *sql::metadata_type(key), .metadata = key, .virtual_metadata = true});
            return true;
        };
        for (const auto* key : {"partition_key", "shard_id", "sequence_number"}) add(key);
        if (add("arrival_time")) {
            table.watermark_column = "arrival_time";
            auto column = std::make_shared<sql::Expression>();
            column->node = sql::ColumnName{{sql::Identifier{.text = "arrival_time", .place = {}}}};
            table.watermark = std::move(column);
        }
    }
    return table;
}

}  // namespace kns
