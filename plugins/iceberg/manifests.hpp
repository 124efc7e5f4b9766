// The manifests of an Iceberg table: which files it is made of. Contract: the Iceberg table specification, format version 2,
// "Manifests" and "Snapshots". Pure.
#pragma once

#include "plugins/iceberg/table_metadata.hpp"

namespace kns {

// A manifest as a snapshot's list has it.
struct Manifest {
    JsonValue entry;  // the members of version 2's manifest_file
    std::string url() const;
    std::uint64_t bytes() const;
};

// What a manifest is made of beside the file's own place.
struct DataFile {
    std::string url;
    std::uint64_t rows = 0, bytes = 0;
};

// The text of a manifest of the one file, which comes with this snapshot, and its place in a list.
Result<std::string> make_manifest(const TableMetadata& table, std::int64_t snapshot_id, const DataFile& file);
Manifest manifest_of(const TableMetadata& table, std::int64_t snapshot_id, const DataFile& file, std::string url,
                     std::size_t bytes);

// Whoever wrote it: members count by their ids, whatever their names.
Result<std::vector<Manifest>> read_manifest_list(std::string_view avro);
Result<std::string> make_manifest_list(const TableMetadata& table, std::int64_t snapshot_id,
                                       const std::vector<Manifest>& manifests);

// Several manifests that kns has written as one; nothing if one of them is another's.
struct MergedManifest {
    std::string avro;
    Manifest manifest;
};
Result<std::optional<MergedManifest>> merge_manifests(const TableMetadata& table, std::int64_t snapshot_id, std::string url,
                                                      const std::vector<std::pair<Manifest, std::string>>& manifests);

}  // namespace kns
