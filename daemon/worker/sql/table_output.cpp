#include "daemon/worker/sql/table_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "core/base/json.hpp"
#include "core/base/posix.hpp"
#include "core/base/uuid.hpp"
#include "core/sql/expression/cast.hpp"
#include "core/sql/expression/json_text.hpp"
#include "daemon/worker/daemon_answer.hpp"

namespace kns {
namespace {

constexpr std::size_t kPiece = 1 << 20;

// A row as a line in the table's format.
class RowFormat {
   public:
    static Result<RowFormat> of(const sql::Planned& query, const sql::Table& table) {
        RowFormat out;
        const auto option = [&](const std::string& key) -> std::string {
            const auto found = query.options.find(key);
            return found == query.options.end() ? std::string() : found->second;
        };
        out.format_ = option("format").empty() ? "json" : option("format");
        if (out.format_ != "json" && out.format_ != "csv" && out.format_ != "raw")
            return sql::fail_at(table.place,
                                fmt::format("\"{}\" cannot be written: 'format' = '{}' is not known here", table.name, out.format_))
                .hint("json, csv and raw are");
        out.iso_ = option("json.timestamp-format.standard") == "ISO-8601";
        out.delimiter_ = option("csv.field-delimiter").empty() ? ',' : option("csv.field-delimiter")[0];
        for (const auto& field : query.plan->schema) {
            std::string key;
            append_json_string(key, field.name);
            out.keys_.push_back(key + ":");
        }
        out.schema_ = query.plan->schema;
        return out;
    }

    // Without the columns that the place's name says already.
    void append(std::string& out, const sql::Batch& batch, std::size_t row, const std::vector<bool>& left_out = {}) const {
        bool first = true;
        if (format_ == "json") out += '{';
        for (std::size_t i = 0; i < schema_.size(); ++i) {
            if (!left_out.empty() && left_out[i]) continue;
            if (!first) out += format_ == "csv" ? delimiter_ : ',';
            first = false;
            const sql::Column& column = *batch.columns[i];
            if (format_ == "json") {
                out += keys_[i];
                sql::append_json(out, column, row, schema_[i].type, {.iso_times = iso_});
            } else if (!column.is_null(row)) {
                const std::size_t from = out.size();
                sql::append_text(out, column, row, schema_[i].type);
                if (format_ == "csv") quote(out, from);
            }
        }
        if (format_ == "json") out += '}';
    }

   private:
    void quote(std::string& out, std::size_t from) const {
        if (out.find_first_of(std::string("\"\n\r ") + delimiter_, from) == std::string::npos) return;
        std::string text = "\"";
        for (const char c : out.substr(from)) text += c == '"' ? "\"\"" : std::string(1, c);
        out.replace(from, std::string::npos, text + "\"");
    }
    std::string format_;
    bool iso_ = false;
    char delimiter_ = ',';
    std::vector<std::string> keys_;
    sql::Schema schema_;
};

class NoOutput : public TableOutput {
   public:
    Result<void> write(const sql::Batch&) override { return {}; }
    Result<void> flush() override { return {}; }
};

// Flink's connector "print": changes, perhaps with a word before each.
class PrintOutput : public TableOutput {
   public:
    PrintOutput(sql::Schema schema, std::string identifier) : schema_(std::move(schema)), identifier_(std::move(identifier)) {}
    Result<void> write(const sql::Batch& batch) override {
        std::string lines;
        sql::append_changes(lines, batch, schema_);
        if (identifier_.empty()) {
            text_ += lines;
        } else {
            for (std::string_view left = lines; !left.empty();) {
                const auto end = left.find('\n');
                text_ += identifier_ + "> ";
                text_ += left.substr(0, end + 1);
                left.remove_prefix(end + 1);
            }
        }
        return text_.size() >= kPiece ? flush() : Result<void>();
    }
    Result<void> flush() override {
        const auto out = write_all(STDOUT_FILENO, text_);
        text_.clear();
        return out;
    }

   private:
    sql::Schema schema_;
    std::string identifier_, text_;
};

// Lines of files in a directory: one file for each partition and run. They are hidden until they are complete.
class FileOutput : public TableOutput {
   public:
    FileOutput(std::string directory, RowFormat format, std::vector<std::size_t> partitions, const sql::Schema& schema)
        : directory_(std::move(directory)),
          format_(std::move(format)),
          partitions_(std::move(partitions)),
          schema_(schema),
          name_("part-" + random_uuid() + "-0") {
        left_out_.assign(schema.size(), false);
        for (const auto column : partitions_) left_out_[column] = true;
    }
    Result<void> write(const sql::Batch& batch) override {
        for (std::size_t row = 0; row < batch.size; ++row) {
            place_.clear();
            for (const auto column : partitions_) {
                place_ += '/' + schema_[column].name + '=';
                const std::size_t from = place_.size();
                if (batch.columns[column]->is_null(row))
                    place_ += "__DEFAULT_PARTITION__";
                else
                    sql::append_text(place_, *batch.columns[column], row, schema_[column].type);
                for (std::size_t i = from; i < place_.size(); ++i)
                    if (place_[i] == '/' || place_[i] == '\0') place_[i] = '_';
            }
            std::string& text = texts_[place_];
            format_.append(text, batch, row, left_out_);
            text += '\n';
            if (text.size() >= kPiece) KNS_TRY(append_to_file(place_, text));
        }
        return {};
    }
    Result<void> flush() override {
        for (auto& [place, text] : texts_) KNS_TRY(append_to_file(place, text));
        return {};
    }
    Result<void> finish() override {
        KNS_TRY(flush());
        for (auto& [place, file] : files_) {
            if (::fsync(file.get()) != 0) return fail_errno(errno, directory_ + place);
            const std::string hidden = directory_ + place + "/." + name_, shown = directory_ + place + "/" + name_;
            if (::rename(hidden.c_str(), shown.c_str()) != 0) return fail_errno(errno, shown);
            KNS_TRY(sync_directory(directory_ + place));
        }
        files_.clear();
        return {};
    }

   private:
    Result<void> append_to_file(const std::string& place, std::string& text) {
        if (text.empty()) return {};
        auto at = files_.find(place);
        if (at == files_.end()) {
            KNS_TRY(make_directories(directory_ + place, 0755));
            at = files_.emplace(place, KNS_TRY(open_file(directory_ + place + "/." + name_, O_WRONLY | O_CREAT | O_APPEND, 0644)))
                     .first;
        }
        KNS_TRY(context(write_all(at->second.get(), text), directory_ + place));
        text.clear();
        return {};
    }
    std::string directory_;
    RowFormat format_;
    std::vector<std::size_t> partitions_;
    sql::Schema schema_;
    std::string name_, place_;
    std::vector<bool> left_out_;
    std::map<std::string, std::string> texts_;
    std::map<std::string, Fd> files_;
};

// A stream of the daemon, or a delivery stream's buffer: rows as records.
class StreamOutput : public TableOutput {
   public:
    StreamOutput(std::string socket, std::string target, RowFormat format)
        : socket_(std::move(socket)), target_(std::move(target)), format_(std::move(format)) {}
    Result<void> write(const sql::Batch& batch) override {
        for (std::size_t row = 0; row < batch.size; ++row) {
            format_.append(text_, batch, row);
            text_ += '\n';
            if (text_.size() >= kPiece) KNS_TRY(flush());
        }
        return {};
    }
    Result<void> flush() override {
        if (text_.empty()) return {};
        auto answer = KNS_TRY(ask_daemon(
            socket_, {.method = "POST", .target = target_, .headers = {{"Content-Type", "application/x-ndjson"}}, .body = text_}));
        const auto body = KNS_TRY(answer.connection.read_body_to_end(Deadline::in(60 * kSecond), 1 << 20));
        text_.clear();
        const auto json = KNS_TRY(parse_json(body));
        if (const auto failed = json["failed"].as_uint(); failed && *failed > 0)
            return fail(Errc::outcome_unknown, "{} rows were not written to {}: {}", *failed, target_, body.substr(0, 200));
        return {};
    }

   private:
    std::string socket_, target_;
    RowFormat format_;
    std::string text_;
};

std::vector<std::size_t> columns_of(const std::vector<std::string>& names, const sql::Schema& schema) {
    std::vector<std::size_t> out;
    for (const auto& name : names)
        for (std::size_t i = 0; i < schema.size(); ++i)
            if (schema[i].name == name) out.push_back(i);
    return out;
}

}  // namespace

Result<std::unique_ptr<TableOutput>> open_output(const sql::Planned& query, const sql::Table& table, const SqlJob& job) {
    const auto option = [&](const std::string& key) -> std::string {
        const auto found = query.options.find(key);
        return found == query.options.end() ? std::string() : found->second;
    };
    const std::string connector = option("connector").empty() ? "kinesis" : option("connector");
    if (connector == "blackhole") return std::unique_ptr<TableOutput>(std::make_unique<NoOutput>());
    if (connector == "print" || connector == "stdout")
        return std::unique_ptr<TableOutput>(std::make_unique<PrintOutput>(query.plan->schema, option("print-identifier")));
    if (!query.plan->append_only)
        return sql::fail_at(table.place,
                            fmt::format("\"{}\" ({}) takes rows that are never taken back, and the query takes some back",
                                        table.name, connector))
            .hint("windows give rows that stay");
    auto format = KNS_TRY(RowFormat::of(query, table));
    if (connector == "filesystem") {
        std::string path = option("path");
        if (path.empty()) return sql::fail_at(table.place, fmt::format("\"{}\" needs a 'path'", table.name));
        if (path.starts_with("file://")) path.erase(0, 7);
        return std::unique_ptr<TableOutput>(std::make_unique<FileOutput>(
            path, std::move(format), columns_of(table.partitioned_by, query.plan->schema), query.plan->schema));
    }
    if (connector == "kinesis" || connector == "kinesis-legacy" || connector == "firehose") {
        if (job.socket.empty()) return fail(Errc::unavailable, "there is no daemon that could be written to");
        std::string name = option(connector == "firehose" ? "delivery-stream" : "stream");
        if (name.empty()) name = option("stream.arn").substr(option("stream.arn").rfind('/') + 1);
        if (name.empty()) name = table.name;
        std::string target =
            fmt::format("/v1/{}/{}/records?format=lines", connector == "firehose" ? "deliveries" : "streams", percent_encode(name));
        if (table.partitioned_by.size() > 1 ||
            (!table.partitioned_by.empty() && option("format") != "json" && !option("format").empty()))
            return sql::fail_at(
                table.place,
                fmt::format("\"{}\": the key of a stream's records is one column of JSON: PARTITIONED BY (column)", table.name));
        if (!table.partitioned_by.empty()) target += "&key_json=" + percent_encode(table.partitioned_by[0]);
        return std::unique_ptr<TableOutput>(std::make_unique<StreamOutput>(job.socket, std::move(target), std::move(format)));
    }
    return sql::fail_at(table.place,
                        fmt::format("\"{}\" cannot be written: 'connector' = '{}' is not known here", table.name, connector))
        .hint("kinesis, firehose, filesystem, print and blackhole are");
}

}  // namespace kns
