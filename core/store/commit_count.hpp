// How many durable transactions a catalog has had, written down beside it after each of them, in `kns.db-count`: SQLite
// takes a WAL that is damaged in the middle for one that ends there, and nobody would know that the rest was ever there.
//
// Not synced: after a power cut it may be older than the catalog, which proves nothing. Newer than the catalog it never is,
// unless the catalog lost something. One line: the number and its CRC-32C, both in hexadecimal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct sqlite3;

namespace kns {

std::string commit_count_path(const std::string& database_path);

// Through the file system of `db`. Nothing if there is no such file or it is damaged.
std::optional<std::uint64_t> read_commit_count(sqlite3* db, const std::string& database_path);
// What cannot be written is left out: it only weakens a check.
void write_commit_count(sqlite3* db, const std::string& database_path, std::uint64_t count);

}  // namespace kns
