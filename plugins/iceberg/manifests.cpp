#include "plugins/iceberg/manifests.hpp"

#include <algorithm>
#include <map>

#include "plugins/iceberg/avro.hpp"

namespace kns {
namespace {

using Object = JsonValue::Object;
using Array = JsonValue::Array;

constexpr std::string_view kWriter = "kns";
constexpr std::int64_t kExisting = 0, kAdded = 1;  // status of a manifest's entry

// Specification, "Manifest files": what of it must be there.
constexpr std::string_view kEntrySchema =
    R"({"type":"record","name":"manifest_entry","fields":[{"name":"status","type":"int","field-id":0},)"
    R"({"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1},)"
    R"({"name":"sequence_number","type":["null","long"],"default":null,"field-id":3},)"
    R"({"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4},)"
    R"({"name":"data_file","type":{"type":"record","name":"r2","fields":[{"name":"content","type":"int","field-id":134},)"
    R"({"name":"file_path","type":"string","field-id":100},{"name":"file_format","type":"string","field-id":101},)"
    R"({"name":"partition","type":{"type":"record","name":"r102","fields":[]},"field-id":102},)"
    R"({"name":"record_count","type":"long","field-id":103},{"name":"file_size_in_bytes","type":"long","field-id":104}]},)"
    R"("field-id":2}]})";

// "Manifest lists": all of it but what only partitions have.
constexpr std::string_view kListSchema =
    R"({"type":"record","name":"manifest_file","fields":[{"name":"manifest_path","type":"string","field-id":500},)"
    R"({"name":"manifest_length","type":"long","field-id":501},{"name":"partition_spec_id","type":"int","field-id":502},)"
    R"({"name":"content","type":"int","field-id":517},{"name":"sequence_number","type":"long","field-id":515},)"
    R"({"name":"min_sequence_number","type":"long","field-id":516},{"name":"added_snapshot_id","type":"long","field-id":503},)"
    R"({"name":"added_files_count","type":"int","field-id":504},{"name":"existing_files_count","type":"int","field-id":505},)"
    R"({"name":"deleted_files_count","type":"int","field-id":506},{"name":"added_rows_count","type":"long","field-id":512},)"
    R"({"name":"existing_rows_count","type":"long","field-id":513},{"name":"deleted_rows_count","type":"long","field-id":514},)"
    R"({"name":"partitions","type":["null",{"type":"array","items":{"type":"record","name":"r508","fields":[)"
    R"({"name":"contains_null","type":"boolean","field-id":509},{"name":"contains_nan","type":["null","boolean"],"default":null,"field-id":518},)"
    R"({"name":"lower_bound","type":["null","bytes"],"default":null,"field-id":510},)"
    R"({"name":"upper_bound","type":["null","bytes"],"default":null,"field-id":511}]},"element-id":508}],"default":null,"field-id":507},)"
    R"({"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":519}]})";

JsonValue number(std::uint64_t value) { return JsonValue(static_cast<std::int64_t>(value)); }
JsonValue text(std::string value) { return JsonValue(std::move(value)); }
std::int64_t number_of(const JsonValue& value) { return value.as_int().value_or(0); }

std::map<std::string, std::string> head_of_manifest(const TableMetadata& table) {
    return {{"schema", table.schema_text()},
            {"schema-id", std::to_string(table.current_schema_id())},
            {"partition-spec", "[]"},
            {"partition-spec-id", "0"},
            {"format-version", "2"},
            {"content", "data"},
            {"written-by", std::string(kWriter)}};
}

Manifest new_manifest(const TableMetadata& table, std::int64_t snapshot_id, std::string url, std::size_t bytes) {
    const auto sequence = JsonValue(table.next_sequence_number());
    return {JsonValue(Object{{"manifest_path", text(std::move(url))},
                             {"manifest_length", number(bytes)},
                             {"partition_spec_id", number(0)},
                             {"content", number(0)},
                             {"sequence_number", sequence},
                             {"min_sequence_number", sequence},
                             {"added_snapshot_id", JsonValue(snapshot_id)},
                             {"added_files_count", number(0)},
                             {"existing_files_count", number(0)},
                             {"deleted_files_count", number(0)},
                             {"added_rows_count", number(0)},
                             {"existing_rows_count", number(0)},
                             {"deleted_rows_count", number(0)}})};
}

void set(Manifest& manifest, std::string_view name, JsonValue value) {
    Object members = *manifest.entry.as_object();
    std::ranges::find(members, name, &std::pair<std::string, JsonValue>::first)->second = std::move(value);
    manifest.entry = JsonValue(std::move(members));
}

// A datum of one schema as one of another, whose members are found by their ids.
JsonValue by_ids(const JsonValue& datum, const JsonValue& from, const JsonValue& to) {
    const auto* wanted = to["fields"].as_array();
    const auto* given = from["fields"].as_array();
    if (!wanted || !given || !datum.as_object()) return datum;
    Object out;
    for (const auto& field : *wanted) {
        const auto id = number_of(field["field-id"]);
        const auto same = std::ranges::find_if(*given, [&](const JsonValue& each) { return number_of(each["field-id"]) == id; });
        out.emplace_back(*field["name"].as_string(), same == given->end() ? JsonValue() : datum[*(*same)["name"].as_string()]);
    }
    return JsonValue(std::move(out));
}

}  // namespace

std::string Manifest::url() const {
    return entry["manifest_path"].as_string() ? *entry["manifest_path"].as_string() : std::string();
}
std::uint64_t Manifest::bytes() const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number_of(entry["manifest_length"])));
}

Result<std::string> make_manifest(const TableMetadata& table, std::int64_t snapshot_id, const DataFile& file) {
    // Its sequence numbers are the snapshot's, and null where it is added.
    Object data{{"content", number(0)},
                {"file_path", text(file.url)},
                {"file_format", text("PARQUET")},
                {"partition", JsonValue(Object())},
                {"record_count", number(file.rows)},
                {"file_size_in_bytes", number(file.bytes)}};
    Object entry{{"status", JsonValue(kAdded)}, {"snapshot_id", JsonValue(snapshot_id)}, {"data_file", JsonValue(std::move(data))}};
    return write_avro({.schema = KNS_TRY(parse_json(kEntrySchema)),
                       .metadata = head_of_manifest(table),
                       .records = {JsonValue(std::move(entry))}});
}

Manifest manifest_of(const TableMetadata& table, std::int64_t snapshot_id, const DataFile& file, std::string url,
                     std::size_t bytes) {
    auto out = new_manifest(table, snapshot_id, std::move(url), bytes);
    set(out, "added_files_count", number(1));
    set(out, "added_rows_count", number(file.rows));
    return out;
}

Result<std::vector<Manifest>> read_manifest_list(std::string_view avro) {
    const auto file = KNS_TRY(context(read_avro(avro), "the table's list of manifests"));
    const auto schema = KNS_TRY(parse_json(kListSchema));
    std::vector<Manifest> out;
    for (const auto& record : file.records) {
        out.push_back({by_ids(record, file.schema, schema)});
        if (out.back().url().empty()) return fail(Errc::corrupt, "the table's list of manifests names none");
    }
    return out;
}

Result<std::string> make_manifest_list(const TableMetadata& table, std::int64_t snapshot_id,
                                       const std::vector<Manifest>& manifests) {
    AvroFile out{.schema = KNS_TRY(parse_json(kListSchema)),
                 .metadata = {{"snapshot-id", std::to_string(snapshot_id)},
                              {"sequence-number", std::to_string(table.next_sequence_number())},
                              {"format-version", "2"}},
                 .records = {}};
    for (const auto& manifest : manifests) out.records.push_back(manifest.entry);
    return write_avro(out);
}

Result<std::optional<MergedManifest>> merge_manifests(const TableMetadata& table, std::int64_t snapshot_id, std::string url,
                                                      const std::vector<std::pair<Manifest, std::string>>& manifests) {
    AvroFile out{.schema = KNS_TRY(parse_json(kEntrySchema)), .metadata = head_of_manifest(table), .records = {}};
    std::int64_t rows = 0, first_sequence = table.next_sequence_number();
    for (const auto& [manifest, avro] : manifests) {
        const auto file = KNS_TRY(context(read_avro(avro), manifest.url()));
        const auto writer = file.metadata.find("written-by");
        if (writer == file.metadata.end() || writer->second != kWriter) return std::nullopt;
        const auto& sequence = manifest.entry["sequence_number"];
        for (const auto& record : file.records) {
            // What it has from its manifest's place is its own from now on.
            const auto own = [&](std::string_view name) { return record[name].is_null() ? sequence : record[name]; };
            first_sequence = std::min(first_sequence, number_of(own("sequence_number")));
            rows += number_of(record["data_file"]["record_count"]);
            out.records.push_back(JsonValue(Object{
                {"status", JsonValue(kExisting)},
                {"snapshot_id", record["snapshot_id"].is_null() ? manifest.entry["added_snapshot_id"] : record["snapshot_id"]},
                {"sequence_number", own("sequence_number")},
                {"file_sequence_number", own("file_sequence_number")},
                {"data_file", record["data_file"]}}));
        }
    }
    MergedManifest merged{.avro = KNS_TRY(write_avro(out)), .manifest = {}};
    merged.manifest = new_manifest(table, snapshot_id, std::move(url), merged.avro.size());
    set(merged.manifest, "existing_files_count", number(out.records.size()));
    set(merged.manifest, "existing_rows_count", JsonValue(rows));
    set(merged.manifest, "min_sequence_number", JsonValue(first_sequence));
    return merged;
}

}  // namespace kns
