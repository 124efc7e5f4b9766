// Where INSERT INTO writes: streams of the daemon, files, stdout, nothing.
#pragma once

#include <memory>

#include "core/base/sql_job.hpp"
#include "core/sql/engine/script.hpp"

namespace kns {

class TableOutput {
   public:
    virtual ~TableOutput() = default;
    virtual Result<void> write(const sql::Batch& batch) = 0;
    // All that was written is there.
    virtual Result<void> flush() = 0;
    virtual Result<void> finish() { return flush(); }
};

// By the option 'connector'. Refused: rows that are taken back, where that cannot be written.
Result<std::unique_ptr<TableOutput>> open_output(const sql::Planned& query, const sql::Table& table, const SqlJob& job);

}  // namespace kns
