#include "plugins/iceberg/table_metadata.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace kns {
namespace {

using Object = JsonValue::Object;
using Array = JsonValue::Array;
using Kind = ColumnType::Kind;

constexpr int kFormatVersion = 2;
constexpr int kLastPartitionId = 999;                       // of a table without partitions
constexpr std::int64_t kMostTotal = std::int64_t{1} << 60;  // as a summary has them
constexpr std::string_view kObjectKey = "kns.object";

JsonValue number(std::int64_t value) { return JsonValue(value); }
JsonValue word(std::string_view value) { return JsonValue(std::string(value)); }
std::string text_of(const JsonValue& value) { return value.as_string() ? *value.as_string() : std::string(); }
std::int64_t number_of(const JsonValue& value, std::int64_t otherwise) { return value.as_int().value_or(otherwise); }
std::string json_of(const JsonValue& value) {
    JsonWriter out;
    value.write(out);
    return out.take();
}
Array array_of(const JsonValue& value) { return value.as_array() ? *value.as_array() : Array(); }

std::string newest_object_of(std::string_view delivery) { return fmt::format("kns.newest-object.{}", delivery); }

void set(Object& object, std::string_view name, JsonValue value) {
    const auto found = std::ranges::find(object, name, &std::pair<std::string, JsonValue>::first);
    if (found == object.end())
        object.emplace_back(name, std::move(value));
    else
        found->second = std::move(value);
}

std::string primitive(const ColumnType& type) {
    switch (type.kind) {
        case Kind::boolean: return "boolean";
        case Kind::tinyint:
        case Kind::smallint:
        case Kind::integer: return "int";
        case Kind::bigint: return "long";
        case Kind::real: return "float";
        case Kind::double_precision: return "double";
        case Kind::decimal: return fmt::format("decimal({}, {})", type.precision, type.scale);
        case Kind::text: return "string";
        case Kind::binary: return "binary";
        case Kind::date: return "date";
        case Kind::timestamp: return "timestamp";
        case Kind::timestamptz: return "timestamptz";
        default: return {};
    }
}

// Lays wanted columns over a table's.
class Merge {
   public:
    explicit Merge(std::int64_t last_id) : last_id_(last_id) {}
    std::int64_t last_id() const { return last_id_; }

    Result<Array> fields(const JsonValue& there, TableSchema& wanted) {
        Array out = array_of(there);
        for (auto& column : wanted) {
            const auto found =
                std::ranges::find_if(out, [&](const JsonValue& field) { return text_of(field["name"]) == column.name; });
            if (found == out.end()) {
                column.id = next();
                const auto id = column.id;
                auto type = KNS_TRY(this->type({}, column));
                out.push_back(JsonValue(Object{
                    {"id", number(id)}, {"name", word(column.name)}, {"required", JsonValue(false)}, {"type", std::move(type)}}));
                continue;
            }
            column.id = KNS_TRY(id((*found)["id"]));
            KNS_TRY(optional((*found)["required"], column.name));
            Object field = *found->as_object();
            set(field, "type", KNS_TRY(type((*found)["type"], column)));
            *found = JsonValue(std::move(field));
        }
        return out;
    }

   private:
    int next() { return static_cast<int>(++last_id_); }

    static Result<int> id(const JsonValue& given) {
        const auto number = given.as_int();
        if (!number || *number <= 0 || *number > std::numeric_limits<int>::max())
            return fail(Errc::corrupt, "the table has a column without an id");
        return static_cast<int>(*number);
    }
    static Result<void> optional(const JsonValue& required, std::string_view name) {
        if (required.as_bool() && *required.as_bool())
            return fail(Errc::conflict, "column \"{}\" of the table must always have a value, which records may lack", name);
        return {};
    }
    // The id of an element, key or value.
    Result<void> part(TableColumn& column, const JsonValue& there, std::string_view id_member, std::string_view required_member) {
        column.id = there.is_null() ? next() : KNS_TRY(id(there[id_member]));
        if (!required_member.empty()) KNS_TRY(optional(there[required_member], column.name));
        return {};
    }

    Result<JsonValue> type(const JsonValue& there, TableColumn& column) {
        auto& wanted = column.type;
        if (wanted.kind == Kind::tinyint || wanted.kind == Kind::smallint) wanted.kind = Kind::integer;
        const auto differs = [&]() {
            return fail(Errc::conflict, "column \"{}\" is {} in the table, and not {}", column.name,
                        there.as_string() ? *there.as_string() : text_of(there["type"]), type_name(wanted));
        };
        if (const auto name = primitive(wanted); !name.empty()) {
            std::string same = text_of(there);  // decimal(9,2) and decimal(9, 2) are one
            std::erase(same, ' ');
            std::string own = name;
            std::erase(own, ' ');
            if (!there.is_null() && same != own) return differs();
            return there.is_null() ? word(name) : there;
        }
        const auto name = wanted.kind == Kind::array ? "list" : wanted.kind == Kind::map ? "map" : "struct";
        if (!there.is_null() && text_of(there["type"]) != name) return differs();
        Object out = there.as_object() ? *there.as_object() : Object{{"type", word(name)}};
        if (wanted.kind == Kind::row) {
            set(out, "fields", JsonValue(KNS_TRY(fields(there["fields"], wanted.fields))));
            return JsonValue(std::move(out));
        }
        if (wanted.kind == Kind::array) {
            auto& element = wanted.fields[0];
            KNS_TRY(part(element, there, "element-id", "element-required"));
            set(out, "element-id", number(element.id));
            set(out, "element-required", JsonValue(false));
            set(out, "element", KNS_TRY(type(there["element"], element)));
            return JsonValue(std::move(out));
        }
        auto &key = wanted.fields[0], &value = wanted.fields[1];
        KNS_TRY(part(key, there, "key-id", {}));
        KNS_TRY(part(value, there, "value-id", "value-required"));
        set(out, "key-id", number(key.id));
        set(out, "key", KNS_TRY(type(there["key"], key)));
        set(out, "value-id", number(value.id));
        set(out, "value-required", JsonValue(false));
        set(out, "value", KNS_TRY(type(there["value"], value)));
        return JsonValue(std::move(out));
    }

    std::int64_t last_id_;
};

JsonValue schema_of(std::int64_t id, Array fields) {
    return JsonValue(Object{{"type", word("struct")}, {"schema-id", number(id)}, {"fields", JsonValue(std::move(fields))}});
}

}  // namespace

TableMetadata TableMetadata::make(std::string location, std::string uuid, UnixMs now) {
    Object properties;
    for (const auto& [name, value] :
         {std::pair("write.parquet.compression-codec", "zstd"), std::pair("history.expire.min-snapshots-to-keep", "100"),
          std::pair("write.metadata.previous-versions-max", "100"),
          std::pair("write.metadata.delete-after-commit.enabled", "true")})
        properties.emplace_back(name, word(value));
    return TableMetadata({
        {"format-version", number(kFormatVersion)},
        {"table-uuid", word(uuid)},
        {"location", word(location)},
        {"last-sequence-number", number(0)},
        {"last-updated-ms", number(now)},
        {"last-column-id", number(0)},
        {"current-schema-id", number(0)},
        {"schemas", JsonValue(Array{schema_of(0, {})})},
        {"default-spec-id", number(0)},
        {"partition-specs", JsonValue(Array{JsonValue(Object{{"spec-id", number(0)}, {"fields", JsonValue(Array())}})})},
        {"last-partition-id", number(kLastPartitionId)},
        {"default-sort-order-id", number(0)},
        {"sort-orders", JsonValue(Array{JsonValue(Object{{"order-id", number(0)}, {"fields", JsonValue(Array())}})})},
        {"properties", JsonValue(std::move(properties))},
        {"current-snapshot-id", JsonValue()},
        {"refs", JsonValue(Object())},
        {"snapshots", JsonValue(Array())},
        {"snapshot-log", JsonValue(Array())},
        {"metadata-log", JsonValue(Array())},
    });
}

Result<TableMetadata> TableMetadata::parse(std::string_view json) {
    const auto root = KNS_TRY(context(parse_json(json), "the table's metadata"));
    if (!root.as_object()) return fail(Errc::corrupt, "the table's metadata is no object");
    TableMetadata out(*root.as_object());
    if (const auto version = number_of(root["format-version"], 0); version != kFormatVersion)
        return fail(Errc::unsupported, "the table has Iceberg's format version {}, and kns appends to version {}", version,
                    kFormatVersion);
    for (const auto& spec : array_of(root["partition-specs"]))
        if (number_of(spec["spec-id"], -1) == number_of(root["default-spec-id"], 0) && !array_of(spec["fields"]).empty())
            return fail(Errc::unsupported, "the table has partitions, and kns appends to tables without");
    constexpr std::int64_t kMost = std::int64_t{1} << 62, kMostColumns = 1 << 30;
    const auto is_count = [&](std::string_view name, std::int64_t most) {
        const auto count = number_of(root[name], 0);
        return count >= 0 && count <= most;
    };
    if (!is_count("last-sequence-number", kMost) || !is_count("last-updated-ms", kMost) ||
        !is_count("last-column-id", kMostColumns))
        return fail(Errc::corrupt, "the table's metadata counts what cannot be");
    if (out.schema_text().empty()) return fail(Errc::corrupt, "the table's metadata has no current schema");
    const auto current = number_of(root["current-snapshot-id"], -1);
    if (current >= 0 && !out.current_snapshot()) return fail(Errc::corrupt, "the table's metadata lacks its current snapshot");
    return out;
}

JsonValue TableMetadata::get(std::string_view name) const {
    const auto found = std::ranges::find(root_, name, &std::pair<std::string, JsonValue>::first);
    return found == root_.end() ? JsonValue() : found->second;
}

const JsonValue* TableMetadata::current_snapshot() const {
    const auto id = number_of(get("current-snapshot-id"), -1);
    const auto found = std::ranges::find(root_, "snapshots", &std::pair<std::string, JsonValue>::first);
    if (found == root_.end() || !found->second.as_array()) return nullptr;
    for (const auto& snapshot : *found->second.as_array())
        if (id >= 0 && number_of(snapshot["snapshot-id"], -1) == id) return &snapshot;
    return nullptr;
}

std::string TableMetadata::location() const { return text_of(get("location")); }
std::string TableMetadata::manifest_list() const {
    const auto* snapshot = current_snapshot();
    return snapshot ? text_of((*snapshot)["manifest-list"]) : std::string();
}
std::int64_t TableMetadata::next_sequence_number() const { return number_of(get("last-sequence-number"), 0) + 1; }
std::int64_t TableMetadata::current_schema_id() const { return number_of(get("current-schema-id"), 0); }
std::string TableMetadata::text() const { return json_of(JsonValue(root_)); }

std::string TableMetadata::schema_text() const {
    for (const auto& schema : array_of(get("schemas")))
        if (number_of(schema["schema-id"], -1) == current_schema_id()) return json_of(schema);
    return {};
}

std::string TableMetadata::property(std::string_view name, std::string_view otherwise) const {
    const auto value = get("properties")[name];
    return value.as_string() ? *value.as_string() : std::string(otherwise);
}

bool TableMetadata::has_object(std::string_view object_key, std::string_view delivery) const {
    if (property(newest_object_of(delivery), "") == object_key) return true;
    return std::ranges::any_of(array_of(get("snapshots")),
                               [&](const JsonValue& s) { return text_of(s["summary"][kObjectKey]) == object_key; });
}

Result<TableSchema> TableMetadata::take_columns(TableSchema wanted) {
    const auto now = KNS_TRY(parse_json(schema_text()));
    Merge merge(number_of(get("last-column-id"), 0));
    auto fields = KNS_TRY(merge.fields(now["fields"], wanted));
    if (json_of(JsonValue(fields)) == json_of(now["fields"])) return wanted;
    auto schemas = array_of(get("schemas"));
    const bool is_new = array_of(now["fields"]).empty();
    std::int64_t id = current_schema_id();
    if (is_new) {
        std::erase_if(schemas, [&](const JsonValue& schema) { return number_of(schema["schema-id"], -1) == id; });
    } else {
        for (const auto& schema : schemas) id = std::max(id, number_of(schema["schema-id"], 0));
        ++id;
    }
    schemas.push_back(schema_of(id, std::move(fields)));
    set(root_, "schemas", JsonValue(std::move(schemas)));
    set(root_, "current-schema-id", number(id));
    set(root_, "last-column-id", number(merge.last_id()));
    return wanted;
}

void TableMetadata::append(const Append& file, const std::string& previous) {
    const auto sequence = next_sequence_number();
    const auto before = number_of(get("last-updated-ms"), 0);
    const auto at = std::max(file.at, before);
    const auto* parent = current_snapshot();
    const auto rows = static_cast<std::int64_t>(file.rows), bytes = static_cast<std::int64_t>(file.bytes);
    Object summary{{"operation", word("append")},
                   {"added-data-files", word("1")},
                   {"added-records", word(std::to_string(rows))},
                   {"added-files-size", word(std::to_string(bytes))},
                   {"changed-partition-count", word("1")}};
    for (const auto& [name, added] :
         {std::pair("total-records", rows), std::pair("total-files-size", bytes), std::pair("total-data-files", std::int64_t{1}),
          std::pair("total-delete-files", std::int64_t{0}), std::pair("total-position-deletes", std::int64_t{0}),
          std::pair("total-equality-deletes", std::int64_t{0})}) {
        const std::string old = parent ? text_of((*parent)["summary"][name]) : "0";
        std::int64_t total = 0;
        if (std::from_chars(old.data(), old.data() + old.size(), total).ec == std::errc() && total >= 0 && total < kMostTotal)
            summary.emplace_back(name, word(std::to_string(total + added)));
    }
    summary.emplace_back(kObjectKey, word(file.object_key));
    Object snapshot{{"sequence-number", number(sequence)}, {"snapshot-id", number(file.snapshot_id)}};
    if (parent) snapshot.emplace_back("parent-snapshot-id", (*parent)["snapshot-id"]);
    snapshot.emplace_back("timestamp-ms", number(at));
    snapshot.emplace_back("summary", JsonValue(std::move(summary)));
    snapshot.emplace_back("manifest-list", word(file.manifest_list));
    snapshot.emplace_back("schema-id", number(current_schema_id()));
    const auto add = [&](std::string_view name, JsonValue item) {
        auto list = array_of(get(name));
        list.push_back(std::move(item));
        set(root_, name, JsonValue(std::move(list)));
    };
    if (!previous.empty())
        add("metadata-log", JsonValue(Object{{"timestamp-ms", number(before)}, {"metadata-file", word(previous)}}));
    add("snapshots", JsonValue(std::move(snapshot)));
    add("snapshot-log", JsonValue(Object{{"timestamp-ms", number(at)}, {"snapshot-id", number(file.snapshot_id)}}));
    Object refs = get("refs").as_object() ? *get("refs").as_object() : Object();
    set(refs, "main", JsonValue(Object{{"snapshot-id", number(file.snapshot_id)}, {"type", word("branch")}}));
    set(root_, "refs", JsonValue(std::move(refs)));
    Object properties = get("properties").as_object() ? *get("properties").as_object() : Object();
    set(properties, newest_object_of(file.delivery), word(file.object_key));
    set(root_, "properties", JsonValue(std::move(properties)));
    set(root_, "current-snapshot-id", number(file.snapshot_id));
    set(root_, "last-sequence-number", number(sequence));
    set(root_, "last-updated-ms", number(at));
}

TableMetadata::Forgotten TableMetadata::forget() {
    Forgotten out;
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    const auto kept = [](const std::string& said) {
        std::size_t most = 0;
        const bool good = std::from_chars(said.data(), said.data() + said.size(), most).ec == std::errc();
        return good && most > 0 ? most : kAll;
    };
    auto log = array_of(get("metadata-log"));
    if (const auto most = kept(property("write.metadata.previous-versions-max", "100")); log.size() > most) {
        const auto first = log.end() - static_cast<std::ptrdiff_t>(most);
        if (property("write.metadata.delete-after-commit.enabled", "false") == "true")
            for (auto old = log.begin(); old != first; ++old) out.metadata_files.push_back(text_of((*old)["metadata-file"]));
        log.erase(log.begin(), first);
        set(root_, "metadata-log", JsonValue(std::move(log)));
    }
    auto snapshots = array_of(get("snapshots"));
    const auto most = kept(property("history.expire.min-snapshots-to-keep", ""));
    const auto refs = get("refs");
    if (snapshots.size() <= most || !refs.as_object() || refs.as_object()->size() != 1) return out;
    // Only of one line of snapshots is it plain what the older ones alone have.
    for (std::size_t i = 1; i < snapshots.size(); ++i)
        if (number_of(snapshots[i]["parent-snapshot-id"], -1) != number_of(snapshots[i - 1]["snapshot-id"], -2)) return out;
    const auto first = snapshots.end() - static_cast<std::ptrdiff_t>(most);
    std::set<std::int64_t> gone;
    for (auto old = snapshots.begin(); old != first; ++old) {
        gone.insert(number_of((*old)["snapshot-id"], -1));
        out.manifest_lists.push_back(text_of((*old)["manifest-list"]));
    }
    out.next_list = text_of((*first)["manifest-list"]);
    snapshots.erase(snapshots.begin(), first);
    set(root_, "snapshots", JsonValue(std::move(snapshots)));
    auto history = array_of(get("snapshot-log"));
    std::erase_if(history, [&](const JsonValue& entry) { return gone.contains(number_of(entry["snapshot-id"], -1)); });
    set(root_, "snapshot-log", JsonValue(std::move(history)));
    return out;
}

}  // namespace kns
