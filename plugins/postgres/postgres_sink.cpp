// Rows of a table of PostgreSQL, by COPY FROM STDIN: all of a request, or none of it. A row that the table will not take is
// found by the line that PostgreSQL names, and left out; the others are sent once more.
#include <charconv>
#include <cstring>

#include "core/plugin/abi.hpp"
#include "plugins/libpq/database.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;
constexpr std::string_view kSetup = "SET statement_timeout TO 180000; SET lock_timeout TO 60000";  // milliseconds

// Of "COPY clicks, line 3, column n: ...", from 1; 0: it names none.
std::size_t line_in(const char* context) {
    constexpr std::string_view kMark = ", line ";
    const std::string_view text = context ? context : "";
    const auto at = text.find(kMark);
    std::size_t line = 0;
    if (text.starts_with("COPY ") && at != std::string_view::npos)
        std::from_chars(text.data() + at + kMark.size(), text.data() + text.size(), line);
    return line;
}

class PostgresSink final : public RecordSink {
   public:
    static Result<std::unique_ptr<RecordSink>> open(const SinkTarget& target) {
        const auto table = KNS_TRY(parse_postgres_table(target.destination.url()));
        auto out = std::unique_ptr<PostgresSink>(
            new PostgresSink(KNS_TRY(Database::make(target, table, "Postgres", std::string(kSetup)))));
        out->columns_ = table.columns;
        return out;
    }

    std::size_t most_records() const override { return 100'000; }
    std::size_t most_bytes() const override { return 128 << 20; }
    std::size_t most_record_bytes() const override { return 16 << 20; }
    std::string_view failure_type() const override { return "postgres-failed"; }
    std::string_view too_large_code() const override { return "Postgres.RecordTooLarge"; }
    std::string action_of(const OutgoingRecord& record) const override {
        const auto line = line_of(record);
        return fmt::format("COPY {}{}{} ({}): {}", table().schema, table().schema.empty() ? "" : ".", table().table,
                           columns_.empty() ? "all columns" : fmt::format("{}", fmt::join(columns_, ", ")),
                           line ? *line : line.error().message);
    }

    std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                const std::string&) override {
        if (auto ready = connect(); !ready) return std::unexpected(std::move(ready).error());
        std::vector<RefusedRecord> refused;
        std::vector<std::pair<std::size_t, std::string>> lines;  // which record, and its line
        for (std::size_t i = 0; i < records.size(); ++i) {
            auto line = line_of(records[i]);
            if (line)
                lines.emplace_back(i, std::move(*line));
            else
                refused.push_back({i, "Postgres.MalformedData", line.error().message});
        }
        while (!lines.empty()) {
            const auto outcome = copy(lines);
            if (!outcome) return std::unexpected(outcome.error());
            if (!*outcome) break;
            const auto& bad = **outcome;
            refused.push_back({lines[bad.line].first, bad.code, bad.message});
            lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(bad.line));
        }
        return refused;
    }

   private:
    explicit PostgresSink(Database database) : database_(std::move(database)) {}
    struct BadLine {
        std::size_t line = 0;
        std::string code, message;
    };

    Result<std::string> line_of(const OutgoingRecord& record) const {
        if (table().raw) return copy_line_raw(record.data);
        return copy_line(record.data, columns_);
    }

    std::expected<void, SendFailure> connect() {
        if (const auto ready = database_.connect(); !ready) return std::unexpected(ready.error());
        if (!columns_.empty()) return {};
        const DatabaseAnswer answer(::PQexec(database_.get(), fmt::format("TABLE {} LIMIT 0", quoted_table()).c_str()));
        if (::PQresultStatus(answer.get()) != PGRES_TUPLES_OK) return std::unexpected(database_.failure_of(answer.get()));
        for (int i = 0; i < ::PQnfields(answer.get()); ++i) columns_.emplace_back(::PQfname(answer.get(), i));
        return {};
    }

    const PostgresTable& table() const { return database_.table(); }
    std::string quoted_table() const {
        return (table().schema.empty() ? "" : database_.quoted(table().schema) + ".") + database_.quoted(table().table);
    }

    // Nothing if all are there; a line that is not to be had; or why none is.
    std::expected<std::optional<BadLine>, SendFailure> copy(const std::vector<std::pair<std::size_t, std::string>>& lines) {
        std::string names;
        for (const auto& column : columns_) names += (names.empty() ? "" : ", ") + database_.quoted(column);
        const DatabaseAnswer begun(
            ::PQexec(database_.get(), fmt::format("COPY {} ({}) FROM STDIN", quoted_table(), names).c_str()));
        if (::PQresultStatus(begun.get()) != PGRES_COPY_IN) return std::unexpected(database_.failure_of(begun.get()));
        std::string piece;
        bool sent = true;
        for (const auto& [record, line] : lines) {
            piece += line;
            piece += '\n';
            if (piece.size() < kPieceBytes) continue;
            sent = sent && ::PQputCopyData(database_.get(), piece.data(), static_cast<int>(piece.size())) == 1;
            piece.clear();
        }
        if (!piece.empty()) sent = sent && ::PQputCopyData(database_.get(), piece.data(), static_cast<int>(piece.size())) == 1;
        // A server that has seen enough says so in its answer.
        sent = ::PQputCopyEnd(database_.get(), nullptr) == 1 && sent;
        const DatabaseAnswer answer(::PQgetResult(database_.get()));
        while (const DatabaseAnswer more{::PQgetResult(database_.get())}) continue;
        if (::PQresultStatus(answer.get()) == PGRES_COMMAND_OK && sent) return std::nullopt;
        auto why = database_.failure_of(answer.get());
        const char* state = ::PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
        const std::size_t line = line_in(::PQresultErrorField(answer.get(), PG_DIAG_CONTEXT));
        // Data exceptions and broken constraints are the row's own fault.
        const bool own = state && (std::strncmp(state, "22", 2) == 0 || std::strncmp(state, "23", 2) == 0);
        if (own && line > 0 && line <= lines.size())
            return BadLine{line - 1, why.code, first_line(::PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY))};
        return std::unexpected(std::move(why));
    }

    Database database_;
    std::vector<std::string> columns_;  // once they are known
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(postgres, "rows of a table of PostgreSQL") { registry.add_record_sink("postgres", kns::PostgresSink::open); }
