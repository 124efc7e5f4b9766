#include "plugins/libpq/database.hpp"

namespace kns {

std::string first_line(const char* text) {
    const std::string_view all = text ? text : "no reason given";
    return std::string(all.substr(0, all.find('\n')));
}

Result<Database> Database::make(const SinkTarget& target, PostgresTable table, std::string name, std::string setup) {
    Database out;
    const auto* user = target.secret["username"].as_string();
    const auto* password = target.secret["password"].as_string();
    if (!target.secret.is_null() && !password)
        return fail(Errc::invalid_argument, "the secret of a database has the field password, and may have username");
    out.table_ = std::move(table);
    out.name_ = std::move(name);
    out.setup_ = std::move(setup);
    if (user) out.table_.user = *user;
    if (password) out.password_ = *password;
    return out;
}

SendFailure Database::failure(std::string_view code, std::string_view message, Errc kind) const {
    return {.code = fmt::format("{}.{}", name_, code),
            .error = {.code = kind, .message = fmt::format("{}: {}", table_.origin(), message)}};
}

SendFailure Database::failure_of(const PGresult* answer) {
    const char* state = answer ? ::PQresultErrorField(answer, PG_DIAG_SQLSTATE) : nullptr;
    if (!state) {
        auto out = failure("ConnectionFailed", first_line(::PQerrorMessage(connection_.get())));
        drop();
        return out;
    }
    const std::string_view code = state;
    // Classes: no right to, or no such thing. What else there is may go over.
    const Errc kind = code.starts_with("28") || code == "42501"   ? Errc::permission_denied
                      : code.starts_with("42") || code == "3D000" ? Errc::not_found
                                                                  : Errc::unavailable;
    auto out = failure(code, first_line(::PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY)), kind);
    if (::PQstatus(connection_.get()) != CONNECTION_OK) drop();
    return out;
}

std::expected<void, SendFailure> Database::connect() {
    if (connection_ && ::PQstatus(connection_.get()) == CONNECTION_OK) return {};
    const std::string port = std::to_string(table_.port);
    const char* const names[] = {"host",     "port",    "dbname", "application_name", "connect_timeout", "client_encoding", "user",
                                 "password", "sslmode", nullptr};
    const char* const values[] = {table_.host.c_str(), port.c_str(),      table_.database.c_str(), "kns",  "10", "UTF8",
                                  table_.user.c_str(), password_.c_str(), table_.sslmode.c_str(),  nullptr};
    connection_.reset(::PQconnectdbParams(names, values, 0));
    if (::PQstatus(connection_.get()) == CONNECTION_OK) {
        const DatabaseAnswer answer(::PQexec(connection_.get(), setup_.c_str()));
        if (::PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return {};
        auto why = failure_of(answer.get());
        drop();
        return std::unexpected(std::move(why));
    }
    const std::string message = first_line(::PQerrorMessage(connection_.get()));
    const bool refused = message.find("authentication") != std::string::npos || message.find("does not exist") != std::string::npos;
    drop();
    return std::unexpected(failure("ConnectionFailed", message, refused ? Errc::permission_denied : Errc::unavailable));
}

std::string Database::quoted(const std::string& name) const {
    char* text = ::PQescapeIdentifier(connection_.get(), name.data(), name.size());
    std::string out = text ? text : "";
    ::PQfreemem(text);
    return out;
}

}  // namespace kns
