// CreateTable and the other operations on tables.
#include <algorithm>

#include "core/lease/lease_service.hpp"
#include "core/lease/lease_table.hpp"

namespace kns::lease {
namespace {

constexpr std::size_t kMaxTables = 256;

Outcome<> check_key(const JsonValue& description, const JsonValue& schema) {
    const auto key = key_of_schema(schema);
    if (!key) return std::unexpected(key.error());
    for (const auto& name : {key->hash, key->range})
        if (const auto type = defined_type(description, name); !name.empty() && type != "S" && type != "N" && type != "B")
            return invalid(
                "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
                "Keys: [{}]",
                name);
    return {};
}

Outcome<> check_indexes(const JsonValue& description) {
    if (const auto* indexes = description["GlobalSecondaryIndexes"].as_array())
        for (const auto& index : *indexes)
            if (auto good = check_key(description, index["KeySchema"]); !good) return good;
    return {};
}

// Members of a description that are kept as they came.
constexpr std::string_view kKeptMembers[] = {
    "AttributeDefinitions",  "KeySchema",           "GlobalSecondaryIndexes",   "BillingMode",
    "ProvisionedThroughput", "StreamSpecification", "DeletionProtectionEnabled"};

void write_throughput(JsonWriter& out, const JsonValue& throughput) {
    out.key("ProvisionedThroughput").begin_object();
    for (const auto* name : {"ReadCapacityUnits", "WriteCapacityUnits"}) out.member(name, throughput[name].as_int().value_or(0));
    out.member("NumberOfDecreasesToday", 0).end_object();
}

}  // namespace

Outcome<> LeaseService::write_description(Call& call, const Table& table, std::string_view member, std::string_view status) {
    const auto items = kept(store_.items(table.row.id));
    if (!items) return std::unexpected(items.error());
    std::uint64_t bytes = 0;
    for (const auto& row : *items) bytes += row.item.size();
    auto& out = call.out;
    const auto& description = table.description;
    const auto arn = fmt::format("{}{}", call.arn_prefix, table.row.name);
    out.begin_object().key(member).begin_object();
    out.member("TableName", table.row.name).member("TableArn", arn).member("TableStatus", status);
    out.member("CreationDateTime", static_cast<double>(table.row.created_ms) / kSecond);
    out.member("ItemCount", static_cast<std::uint64_t>(items->size())).member("TableSizeBytes", bytes);
    for (const auto* name : {"AttributeDefinitions", "KeySchema"}) {
        out.key(name);
        description[name].write(out);
    }
    if (text_in(description, "BillingMode") == "PAY_PER_REQUEST")
        out.key("BillingModeSummary").begin_object().member("BillingMode", "PAY_PER_REQUEST").end_object();
    write_throughput(out, description["ProvisionedThroughput"]);
    if (const auto* indexes = description["GlobalSecondaryIndexes"].as_array(); indexes && !indexes->empty()) {
        out.key("GlobalSecondaryIndexes").begin_array();
        for (const auto& index : *indexes) {
            const auto name = text_in(index, "IndexName");
            out.begin_object().member("IndexName", name).member("IndexArn", arn + "/index/" + name).member("IndexStatus", "ACTIVE");
            for (const auto* part : {"KeySchema", "Projection"}) {
                out.key(part);
                index[part].write(out);
            }
            write_throughput(out, index["ProvisionedThroughput"]);
            out.end_object();
        }
        out.end_array();
    }
    out.end_object().end_object();
    return {};
}

Outcome<> LeaseService::create_table(Call& call) {
    const auto name = text_in(call.in, "TableName");
    if (!is_table_name(name)) return invalid("TableName must be between 3 and 255 letters, digits, and _ . -");
    if (auto good = check_key(call.in, call.in["KeySchema"]); !good) return good;
    if (auto good = check_indexes(call.in); !good) return good;
    if (call.in.has("LocalSecondaryIndexes"))
        return invalid("kns keeps lease tables for the Kinesis Client Library: LocalSecondaryIndexes are refused");
    const auto had = kept(store_.tables());
    if (!had) return std::unexpected(had.error());
    if (std::ranges::find(*had, name, &LeaseTableRow::name) != had->end())
        return refuse("ResourceInUseException", "Table already exists: {}", name);
    if (had->size() >= kMaxTables) return refuse("LimitExceededException", "kns keeps up to {} lease tables", kMaxTables);
    JsonWriter description;
    description.begin_object();
    for (const auto member : kKeptMembers)
        if (call.in.has(member)) {
            description.key(member);
            call.in[member].write(description);
        }
    description.end_object();
    if (auto added = kept(store_.add_table({.name = name, .created_ms = call.now, .description = description.take()})); !added)
        return added;
    const auto table = table_of(call.in);
    if (!table) return std::unexpected(table.error());
    return write_description(call, *table, "TableDescription", "ACTIVE");
}

Outcome<> LeaseService::describe_table(Call& call) {
    const auto table = table_of(call.in);
    if (!table) return std::unexpected(table.error());
    return write_description(call, *table, "Table", "ACTIVE");
}

Outcome<> LeaseService::delete_table(Call& call) {
    const auto table = table_of(call.in);
    if (!table) return std::unexpected(table.error());
    if (auto written = write_description(call, *table, "TableDescription", "DELETING"); !written) return written;
    return kept(store_.remove_table(table->row.id));
}

Outcome<> LeaseService::update_table(Call& call) {
    auto table = table_of(call.in);
    if (!table) return std::unexpected(table.error());
    JsonValue::Array indexes;
    if (const auto* had = table->description["GlobalSecondaryIndexes"].as_array()) indexes = *had;
    if (const auto* updates = call.in["GlobalSecondaryIndexUpdates"].as_array())
        for (const auto& update : *updates) {
            const auto by_name = [&](const JsonValue& index) {
                return text_in(index, "IndexName") == text_in(update["Delete"], "IndexName");
            };
            if (update.has("Delete")) std::erase_if(indexes, by_name);
            if (update.has("Create")) indexes.push_back(update["Create"]);
        }
    JsonValue::Object description;
    for (const auto member : kKeptMembers) {
        if (member == "GlobalSecondaryIndexes") {
            if (!indexes.empty()) description.emplace_back(member, JsonValue(indexes));
        } else if (call.in.has(member) || table->description.has(member)) {
            description.emplace_back(member, call.in.has(member) ? call.in[member] : table->description[member]);
        }
    }
    table->description = JsonValue(std::move(description));
    if (auto good = check_indexes(table->description); !good) return good;
    JsonWriter text;
    table->description.write(text);
    if (auto changed = kept(store_.describe_table(table->row.id, text.take())); !changed) return changed;
    return write_description(call, *table, "TableDescription", "ACTIVE");
}

Outcome<> LeaseService::list_tables(Call& call) {
    const auto tables = kept(store_.tables());
    if (!tables) return std::unexpected(tables.error());
    const auto after = text_in(call.in, "ExclusiveStartTableName");
    const auto limit = static_cast<std::size_t>(call.in["Limit"].as_uint().value_or(100));
    std::vector<std::string> names;
    for (const auto& table : *tables)
        if (table.name > after) names.push_back(table.name);
    const bool more = names.size() > limit;
    if (more) names.resize(limit);
    call.out.begin_object().key("TableNames").begin_array();
    for (const auto& name : names) call.out.value(name);
    call.out.end_array();
    if (more && !names.empty()) call.out.member("LastEvaluatedTableName", names.back());
    call.out.end_object();
    return {};
}

}  // namespace kns::lease
