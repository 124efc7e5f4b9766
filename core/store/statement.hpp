// SQLite statements as values. Only core/store includes this.
//
//     auto rows = KNS_TRY(db.query("SELECT name FROM stream WHERE id = ?", id));
//     while (KNS_TRY(rows.step())) use(rows.text(0));
//     KNS_TRY(db.exec("UPDATE stream SET name = ? WHERE id = ?", name, id));
//
// Statements are prepared once per connection and text, and reset when the Rows object dies.
#pragma once

#include <sqlite3.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"

namespace kns {

Failure fail_sqlite(sqlite3* db, int code, std::string_view what);

// A cursor over the rows of a statement that is being run. Lives no longer than its Database.
class Rows {
   public:
    Rows(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
    Rows(Rows&& other) noexcept : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)) {}
    Rows& operator=(Rows&&) = delete;
    ~Rows() {
        if (!statement_) return;
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    Result<bool> step() {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        return fail_sqlite(db_, code, sqlite3_sql(statement_));
    }

    bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::uint32_t u32(int column) const { return static_cast<std::uint32_t>(integer(column)); }
    std::uint64_t u64(int column) const { return static_cast<std::uint64_t>(integer(column)); }
    std::string text(int column) const {
        const auto* at = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        return {at ? at : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    std::string blob(int column) const {
        const auto* at = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return {at ? at : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    std::optional<std::int64_t> maybe_integer(int column) const {
        return null(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<std::string> maybe_text(int column) const { return null(column) ? std::nullopt : std::optional(text(column)); }

    template <class T>
    void bind(int place, const T& value) {
        if constexpr (std::is_same_v<T, std::nullopt_t> || std::is_same_v<T, std::nullptr_t>) {
            sqlite3_bind_null(statement_, place);
        } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
            sqlite3_bind_int64(statement_, place, static_cast<std::int64_t>(value));
        } else if constexpr (std::is_floating_point_v<T>) {
            sqlite3_bind_double(statement_, place, value);
        } else if constexpr (std::is_same_v<T, Bytes>) {
            sqlite3_bind_blob64(statement_, place, value.empty() ? "" : static_cast<const void*>(value.data()), value.size(),
                                SQLITE_TRANSIENT);
        } else if constexpr (std::is_convertible_v<T, std::string_view>) {
            const std::string_view text = value;
            sqlite3_bind_text64(statement_, place, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
        } else {
            value ? bind(place, *value) : bind(place, nullptr);  // optional
        }
    }

   private:
    sqlite3* db_;
    sqlite3_stmt* statement_;
};

}  // namespace kns
