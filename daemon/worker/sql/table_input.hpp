// Where a table's records come from: streams of the daemon, files, stdin. One for each table that a query reads.
#pragma once

#include <memory>
#include <optional>

#include "core/base/sql_job.hpp"
#include "core/sql/engine/pipeline.hpp"

namespace kns {

class TableInput {
   public:
    virtual ~TableInput() = default;
    enum class State { more, waiting, ended };
    // Gives the feed some of what is there, without waiting for what is not.
    virtual Result<State> read(sql::TableFeed& feed) = 0;
    // To poll while it is waiting; -1: nothing to wait for.
    virtual int fd() const = 0;
    // Lost records and the like; said once.
    virtual std::optional<std::string> warning() { return {}; }
};

// By the table's option 'connector'.
Result<std::unique_ptr<TableInput>> open_input(const sql::Table& table, const SqlJob& job);

// Whether the table's records end by themselves.
bool is_bounded(const sql::Table& table);

// A table that no statement made: the stream of this name, or stdin, with columns as its first records have them.
Result<std::optional<sql::Table>> find_table(const std::string& name, const SqlJob& job);

}  // namespace kns
