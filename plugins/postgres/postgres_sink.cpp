// Rows of a table of PostgreSQL, by COPY FROM STDIN: all of a request, or none of it. A row that the table will not take is
// found by the line that PostgreSQL names, and left out; the others are sent once more.
#include <postgresql/libpq-fe.h>

#include <charconv>
#include <cstring>

#include "core/firehose/postgres_table.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

struct Finish {
    void operator()(PGconn* connection) const { ::PQfinish(connection); }
};
struct Clear {
    void operator()(PGresult* result) const { ::PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Clear>;

std::string first_line(const char* text) {
    const std::string_view all = text ? text : "no reason given";
    return std::string(all.substr(0, all.find('\n')));
}

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
        auto out = std::unique_ptr<PostgresSink>(new PostgresSink);
        out->table_ = KNS_TRY(parse_postgres_table(target.destination.url()));
        out->columns_ = out->table_.columns;
        const auto* user = target.secret["username"].as_string();
        const auto* password = target.secret["password"].as_string();
        if (!target.secret.is_null() && !password)
            return fail(Errc::invalid_argument, "the secret of a database has the field password, and may have username");
        if (user) out->table_.user = *user;
        if (password) out->password_ = *password;
        return out;
    }

    std::size_t most_records() const override { return 100'000; }
    std::size_t most_bytes() const override { return 128 << 20; }
    std::size_t most_record_bytes() const override { return 16 << 20; }
    std::string_view failure_type() const override { return "postgres-failed"; }
    std::string_view too_large_code() const override { return "Postgres.RecordTooLarge"; }
    std::string action_of(const OutgoingRecord& record) const override {
        const auto line = line_of(record);
        return fmt::format("COPY {}{}{} ({}): {}", table_.schema, table_.schema.empty() ? "" : ".", table_.table,
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
    struct BadLine {
        std::size_t line = 0;
        std::string code, message;
    };

    Result<std::string> line_of(const OutgoingRecord& record) const {
        if (table_.raw) return copy_line_raw(record.data);
        return copy_line(record.data, columns_);
    }

    SendFailure failure(std::string code, std::string message, Errc kind = Errc::unavailable) const {
        return {.code = std::move(code), .error = {.code = kind, .message = fmt::format("{}: {}", table_.origin(), message)}};
    }

    // Of an answer that is none of success: what the server says, with its SQLSTATE.
    SendFailure failure_of(const PGresult* answer) const {
        const char* state = answer ? ::PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
        if (!state) return failure("Postgres.ConnectionFailed", first_line(::PQerrorMessage(connection_.get())));
        const std::string_view code = state;
        // Classes: no right to, or no such thing. What else there is may go over.
        const Errc kind = code.starts_with("28") || code == "42501"   ? Errc::permission_denied
                          : code.starts_with("42") || code == "3D000" ? Errc::not_found
                                                                      : Errc::unavailable;
        return failure(fmt::format("Postgres.{}", code), first_line(::PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY)), kind);
    }

    std::expected<void, SendFailure> connect() {
        if (connection_ && ::PQstatus(connection_.get()) == CONNECTION_OK) return {};
        const std::string port = std::to_string(table_.port);
        std::vector<const char*> names{"host",    "port", "dbname",   "application_name", "connect_timeout", "client_encoding",
                                       "options", "user", "password", "sslmode"};
        std::vector<const char*> values{table_.host.c_str(),
                                        port.c_str(),
                                        table_.database.c_str(),
                                        "kns",
                                        "10",
                                        "UTF8",
                                        "-c statement_timeout=180000 -c lock_timeout=60000",
                                        table_.user.c_str(),
                                        password_.c_str(),
                                        table_.sslmode.c_str()};
        names.push_back(nullptr);
        values.push_back(nullptr);
        connection_.reset(::PQconnectdbParams(names.data(), values.data(), 0));
        if (::PQstatus(connection_.get()) != CONNECTION_OK) {
            const std::string message = first_line(::PQerrorMessage(connection_.get()));
            const bool refused =
                message.find("authentication") != std::string::npos || message.find("does not exist") != std::string::npos;
            connection_.reset();
            return std::unexpected(
                failure("Postgres.ConnectionFailed", message, refused ? Errc::permission_denied : Errc::unavailable));
        }
        if (!columns_.empty()) return {};
        const Answer answer(::PQexec(connection_.get(), fmt::format("TABLE {} LIMIT 0", quoted_table()).c_str()));
        if (::PQresultStatus(answer.get()) != PGRES_TUPLES_OK) return std::unexpected(failure_of(answer.get()));
        for (int i = 0; i < ::PQnfields(answer.get()); ++i) columns_.emplace_back(::PQfname(answer.get(), i));
        return {};
    }

    std::string quoted(const std::string& name) const {
        char* text = ::PQescapeIdentifier(connection_.get(), name.data(), name.size());
        std::string out = text ? text : "";
        ::PQfreemem(text);
        return out;
    }
    std::string quoted_table() const { return (table_.schema.empty() ? "" : quoted(table_.schema) + ".") + quoted(table_.table); }

    // Nothing if all are there; a line that is not to be had; or why none is.
    std::expected<std::optional<BadLine>, SendFailure> copy(const std::vector<std::pair<std::size_t, std::string>>& lines) {
        std::string names;
        for (const auto& column : columns_) names += (names.empty() ? "" : ", ") + quoted(column);
        const Answer begun(::PQexec(connection_.get(), fmt::format("COPY {} ({}) FROM STDIN", quoted_table(), names).c_str()));
        if (::PQresultStatus(begun.get()) != PGRES_COPY_IN) return std::unexpected(failure_of(begun.get()));
        std::string piece;
        bool sent = true;
        for (const auto& [record, line] : lines) {
            piece += line;
            piece += '\n';
            if (piece.size() < kPieceBytes) continue;
            sent = sent && ::PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size())) == 1;
            piece.clear();
        }
        if (!piece.empty()) sent = sent && ::PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size())) == 1;
        // A server that has seen enough says so in its answer.
        sent = ::PQputCopyEnd(connection_.get(), nullptr) == 1 && sent;
        const Answer answer(::PQgetResult(connection_.get()));
        while (const Answer more{::PQgetResult(connection_.get())}) continue;
        if (::PQresultStatus(answer.get()) == PGRES_COMMAND_OK && sent) return std::nullopt;
        auto why = failure_of(answer.get());
        const char* state = ::PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
        const std::size_t line = line_in(::PQresultErrorField(answer.get(), PG_DIAG_CONTEXT));
        // Data exceptions and broken constraints are the row's own fault.
        const bool own = state && (std::strncmp(state, "22", 2) == 0 || std::strncmp(state, "23", 2) == 0);
        if (own && line > 0 && line <= lines.size())
            return BadLine{line - 1, why.code, first_line(::PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY))};
        if (::PQstatus(connection_.get()) != CONNECTION_OK) connection_.reset();
        return std::unexpected(std::move(why));
    }

    PostgresTable table_;
    std::vector<std::string> columns_;  // once they are known
    std::string password_;
    Connection connection_;  // null: not yet, or no more
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(postgres, "rows of a table of PostgreSQL") { registry.add_record_sink("postgres", kns::PostgresSink::open); }
