// A connection to a database that speaks PostgreSQL's protocol, by libpq. One thread.
#pragma once

#include <postgresql/libpq-fe.h>

#include <memory>
#include <string>

#include "core/firehose/postgres_table.hpp"
#include "core/plugin/record_sink.hpp"
#include "core/plugin/sink.hpp"

namespace kns {

struct ClearAnswer {
    void operator()(PGresult* result) const { ::PQclear(result); }
};
using DatabaseAnswer = std::unique_ptr<PGresult, ClearAnswer>;

// The first line of what libpq says, which may be nothing.
std::string first_line(const char* text);

class Database {
   public:
    // `name` begins the codes of failures: "Postgres". `setup` are statements for each new connection. The secret has `password`,
    // and may have `username`.
    static Result<Database> make(const SinkTarget& target, PostgresTable table, std::string name, std::string setup);

    // Connects, if it is not.
    std::expected<void, SendFailure> connect();
    void drop() { connection_.reset(); }
    PGconn* get() const { return connection_.get(); }
    const PostgresTable& table() const { return table_; }

    std::string quoted(const std::string& name) const;
    // Of an answer that is none of success: what the server says, with its SQLSTATE. Drops a connection that is no more.
    SendFailure failure_of(const PGresult* answer);
    SendFailure failure(std::string_view code, std::string_view message, Errc kind = Errc::unavailable) const;

   private:
    struct Finish {
        void operator()(PGconn* connection) const { ::PQfinish(connection); }
    };

    PostgresTable table_;
    std::string name_, setup_, password_;
    std::unique_ptr<PGconn, Finish> connection_;  // null: not yet, or no more
};

}  // namespace kns
