// The metadata of an Apache Iceberg table, and what appending a file makes of it. Contract: the Iceberg table specification,
// format version 2. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "core/firehose/table_schema.hpp"

namespace kns {

class TableMetadata {
   public:
    // Of a new table, which has no columns yet.
    static TableMetadata make(std::string location, std::string uuid, UnixMs now);
    // `unsupported` where appending would need more than is done here: other format versions, partitions, branches.
    static Result<TableMetadata> parse(std::string_view json);

    // The columns of files to append, by the table's names and types: they get the table's ids, and those that it lacks are added
    // to it. Whole numbers of all sizes but bigint are Iceberg's int. An error where the table has another type, or wants a value.
    Result<TableSchema> take_columns(TableSchema wanted);

    struct Append {
        std::int64_t snapshot_id = 0;
        UnixMs at = 0;
        std::string manifest_list;  // its URL, as are all below
        std::string object_key;     // is kept in the snapshot, to know it again;
        std::string delivery;       // and as this delivery stream's newest in a property, for as long as there is none behind it
        std::uint64_t rows = 0, bytes = 0;
    };
    // `previous` is where the metadata lies that this one was read from; empty: nowhere yet.
    void append(const Append& file, const std::string& previous);
    // Forgets what the table's own properties say is too old: history.expire.min-snapshots-to-keep, where it is set and no branch
    // or tag holds on to a snapshot, and write.metadata.previous-versions-max with write.metadata.delete-after-commit.enabled.
    struct Forgotten {
        std::vector<std::string> metadata_files;  // that may be deleted
        std::vector<std::string> manifest_lists;  // likewise; and what manifests they name that the next list does not
        std::string next_list;                    // of the oldest snapshot that is kept
    };
    Forgotten forget();

    // Whether a snapshot has brought this object: of the snapshots that are kept, or the newest that brought one of this delivery
    // stream.
    bool has_object(std::string_view object_key, std::string_view delivery) const;
    std::string location() const;
    std::string manifest_list() const;  // of the current snapshot; empty: there is none
    std::int64_t next_sequence_number() const;
    std::int64_t current_schema_id() const;
    std::string schema_text() const;  // the current one's JSON
    std::string text() const;

    std::string property(std::string_view name, std::string_view otherwise) const;

   private:
    explicit TableMetadata(JsonValue::Object root) : root_(std::move(root)) {}
    JsonValue get(std::string_view name) const;
    const JsonValue* current_snapshot() const;

    JsonValue::Object root_;
};

}  // namespace kns
