#include "core/lease/lease_service.hpp"

#include <algorithm>

#include "core/lease/decimal.hpp"
#include "core/lease/expression.hpp"

namespace kns::lease {
namespace {

constexpr std::size_t kMaxPageBytes = 1 << 20, kMaxTables = 256, kMaxTransaction = 100, kMaxKeyBytes = 2048;
constexpr char kBetweenKeys = '\x1f';

Refusal internal(const Error& error) { return {"InternalServerError", error.text(), {}, {}}; }

template <class T>
Outcome<T> kept(Result<T> result) {
    if (!result) return std::unexpected(internal(result.error()));
    return std::move(*result);
}
Outcome<> kept(const Result<void>& result) {
    if (!result) return std::unexpected(internal(result.error()));
    return {};
}

std::string text_in(const JsonValue& in, std::string_view name, std::string fallback = {}) {
    const auto* text = in[name].as_string();
    if (text) return *text;
    return fallback;
}

bool is_table_name(std::string_view name) {
    constexpr std::string_view kMarks = "_.-";
    return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.contains(c);
           });
}

struct Key {
    std::string hash, range;  // attribute names; no range: empty
};

Outcome<Key> key_of_schema(const JsonValue& schema) {
    Key key;
    if (const auto* parts = schema.as_array())
        for (const auto& part : *parts)
            (text_in(part, "KeyType") == "RANGE" ? key.range : key.hash) = text_in(part, "AttributeName");
    if (key.hash.empty()) return invalid("One or more parameter values were invalid: a KeySchema needs a HASH key");
    return key;
}

// The type that a table's definitions give an attribute; empty: none.
std::string defined_type(const JsonValue& description, std::string_view attribute) {
    if (const auto* definitions = description["AttributeDefinitions"].as_array())
        for (const auto& one : *definitions)
            if (text_in(one, "AttributeName") == attribute) return text_in(one, "AttributeType");
    return {};
}

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

void write_consumed(JsonWriter& out, const JsonValue& in, const std::string& table) {
    if (const auto wanted = text_in(in, "ReturnConsumedCapacity"); wanted == "TOTAL" || wanted == "INDEXES")
        out.key("ConsumedCapacity").begin_object().member("TableName", table).member("CapacityUnits", 1.0).end_object();
}

}  // namespace

struct LeaseService::Table {
    LeaseTableRow row;
    JsonValue description;
    Key key;

    // The text that an item is stored under; its key attributes must be there, of their types and not empty.
    Outcome<std::string> key_text(const Item& item, bool nothing_else) const {
        std::string out;
        std::size_t found = 0;
        for (const auto& name : {key.hash, key.range}) {
            if (name.empty()) continue;
            const auto value = item.find(name);
            if (value == item.end())
                return invalid("One or more parameter values were invalid: Missing the key {} in the item", name);
            const auto wanted = defined_type(description, name);
            if (type_of(value->second) != wanted)
                return invalid("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name,
                               wanted, type_of(value->second));
            const auto& text = *value_of(value->second).as_string();
            if (text.empty())
                return invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                    "string value. Key: {}",
                    name);
            if (text.size() > kMaxKeyBytes)
                return invalid(
                    "One or more parameter values were invalid: Size of key {} has exceeded the maximum size limit of {} bytes",
                    name, kMaxKeyBytes);
            if (found++ > 0) out += kBetweenKeys;
            out += text;
        }
        if (nothing_else && item.size() != found) return invalid("The provided key element does not match the schema");
        return out;
    }
    Item key_item(const Item& item) const {
        Item out;
        for (const auto& name : {key.hash, key.range})
            if (const auto value = item.find(name); !name.empty() && value != item.end()) out.insert(*value);
        return out;
    }
};

struct LeaseService::Change {
    std::string table;
    std::optional<Item> before, after;
    std::set<std::string> touched;
};

const LeaseService::Operation LeaseService::kOperations[] = {
    {"CreateTable", &LeaseService::create_table, true},
    {"DeleteItem", &LeaseService::delete_item, true},
    {"DeleteTable", &LeaseService::delete_table, true},
    {"DescribeTable", &LeaseService::describe_table, false},
    {"GetItem", &LeaseService::get_item, false},
    {"ListTables", &LeaseService::list_tables, false},
    {"PutItem", &LeaseService::put_item, true},
    {"Query", &LeaseService::query, false},
    {"Scan", &LeaseService::scan, false},
    {"TransactWriteItems", &LeaseService::transact_write, true},
    {"UpdateItem", &LeaseService::update_item, true},
    {"UpdateTable", &LeaseService::update_table, true},
};

LeaseService::Answer LeaseService::answer(std::string_view operation, std::string_view body, std::string_view arn_prefix,
                                          UnixMs now) {
    JsonWriter out;
    const auto known = std::ranges::find(kOperations, operation, &Operation::name);
    Outcome<> outcome;
    if (known == std::end(kOperations)) {
        outcome =
            refuse("UnknownOperationException",
                   "kns keeps lease tables for the Kinesis Client Library, it is not DynamoDB: {} is not among what it answers.",
                   operation);
    } else if (const auto in = parse_json(body); !in || !in->as_object()) {
        outcome = refuse("SerializationException", "{}", in ? "the body is no object" : in.error().text());
    } else {
        Call call{*in, out, arn_prefix, now};
        const auto run = [&]() -> Result<void> {
            outcome = (this->*known->handler)(call);
            if (!outcome) return fail(Errc::cancelled, "refused");  // nothing of it stays
            return {};
        };
        const auto stored = known->writes ? store_.transaction(run) : run();
        if (!stored && outcome) outcome = std::unexpected(internal(stored.error()));
    }
    if (outcome) return {200, out.take()};
    const auto& refusal = outcome.error();
    const bool of_service = refusal.type == "ValidationException" || refusal.type == "SerializationException" ||
                            refusal.type == "UnknownOperationException";
    JsonWriter error;
    error.begin_object().member(
        "__type", fmt::format("com.amazon{}#{}", of_service ? ".coral.service" : "aws.dynamodb.v20120810", refusal.type));
    error.member("message", refusal.message);
    if (!refusal.item.empty()) error.key("Item").raw(refusal.item);
    if (!refusal.reasons.empty()) error.key("CancellationReasons").raw(refusal.reasons);
    error.end_object();
    return {refusal.type == "InternalServerError" ? 500 : 400, error.take()};
}

Outcome<LeaseService::Table> LeaseService::table_of(const JsonValue& in) {
    auto name = text_in(in, "TableName");
    if (name.starts_with("arn:")) name = name.substr(name.rfind('/') + 1);
    if (!is_table_name(name)) return invalid("TableName must be between 3 and 255 letters, digits, and _ . -");
    auto row = kept(store_.table(name));
    if (!row) return std::unexpected(row.error());
    if (!*row) return refuse("ResourceNotFoundException", "Requested resource not found: Table: {} not found", name);
    Table table{.row = std::move(**row), .description = {}, .key = {}};
    auto description = kept(parse_json(table.row.description));
    if (!description) return std::unexpected(description.error());
    table.description = std::move(*description);
    auto key = key_of_schema(table.description["KeySchema"]);
    if (!key) return std::unexpected(key.error());
    table.key = std::move(*key);
    return table;
}

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

Outcome<> LeaseService::get_item(Call& call) {
    const auto table = table_of(call.in);
    if (!table) return std::unexpected(table.error());
    const auto wanted = read_item(call.in["Key"]);
    if (!wanted) return std::unexpected(wanted.error());
    const auto key = table->key_text(*wanted, true);
    if (!key) return std::unexpected(key.error());
    const auto text = kept(store_.item(table->row.id, *key));
    if (!text) return std::unexpected(text.error());
    call.out.begin_object();
    if (*text) {
        call.out.key("Item");
        lease::write(call.out, item_of_text(**text));
    }
    write_consumed(call.out, call.in, table->row.name);
    call.out.end_object();
    return {};
}

Outcome<LeaseService::Change> LeaseService::change(const JsonValue& in, Kind kind) {
    const auto table = table_of(in);
    if (!table) return std::unexpected(table.error());
    const auto given = read_item(in[kind == Kind::put ? "Item" : "Key"]);
    if (!given) return std::unexpected(given.error());
    const auto key = table->key_text(*given, kind != Kind::put);
    if (!key) return std::unexpected(key.error());
    const auto text = kept(store_.item(table->row.id, *key));
    if (!text) return std::unexpected(text.error());
    Change change{.table = table->row.name, .before = {}, .after = {}, .touched = {}};
    if (*text) change.before = item_of_text(**text);
    const Item before = change.before.value_or(Item());

    const bool older = in.has("Expected") || in.has("AttributeUpdates");
    if (older && (in.has("ConditionExpression") || in.has("UpdateExpression")))
        return invalid(
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{{AttributeUpdates, Expected}} Expression parameters: {{UpdateExpression, ConditionExpression}}");
    auto substitutes = Substitutes::read(in);
    if (!substitutes) return std::unexpected(substitutes.error());
    Outcome<bool> met = meets_older(in["Expected"], text_in(in, "ConditionalOperator") == "OR", before);
    if (const auto* condition = in["ConditionExpression"].as_string()) met = meets(*condition, *substitutes, before);
    if (!met) return std::unexpected(met.error());
    if (kind == Kind::put) {
        change.after = *given;
    } else if (kind == Kind::update) {
        Item start = before;
        for (const auto& [name, value] : *given) start.insert_or_assign(name, value);
        auto after = in["UpdateExpression"].as_string()
                         ? updated(*in["UpdateExpression"].as_string(), *substitutes, start, change.touched)
                         : updated_older(in["AttributeUpdates"], start, change.touched);
        if (!after) return std::unexpected(after.error());
        for (const auto& [name, value] : *given)
            if (change.touched.contains(name))
                return invalid(
                    "One or more parameter values were invalid: Cannot update attribute {}. This attribute is part of the key",
                    name);
        if (bytes_of(*after) > kMaxItemBytes) return invalid("Item size to update has exceeded the maximum allowed size");
        change.after = std::move(*after);
    } else if (kind == Kind::check) {
        change.after = change.before;
    }
    if (auto used = substitutes->check_all_used(); !used) return std::unexpected(used.error());
    if (!*met) {
        Refusal refusal{"ConditionalCheckFailedException", "The conditional request failed", {}, {}};
        if (text_in(in, "ReturnValuesOnConditionCheckFailure") == "ALL_OLD" && change.before)
            refusal.item = text_of(*change.before);
        return std::unexpected(std::move(refusal));
    }
    Outcome<> stored;
    if (kind == Kind::remove)
        stored = kept(store_.remove_item(table->row.id, *key));
    else if (kind != Kind::check)
        stored = kept(store_.put_item(table->row.id, *key, text_of(*change.after)));
    if (!stored) return std::unexpected(stored.error());
    return change;
}

Outcome<> LeaseService::write(Call& call, Kind kind) {
    const auto done = change(call.in, kind);
    if (!done) return std::unexpected(done.error());
    const auto wanted = text_in(call.in, "ReturnValues", "NONE");
    const bool is_new = wanted == "ALL_NEW" || wanted == "UPDATED_NEW",
               is_part = wanted == "UPDATED_OLD" || wanted == "UPDATED_NEW";
    const bool good = wanted == "NONE" || wanted == "ALL_OLD" || (kind == Kind::update && (is_new || is_part));
    if (!good) return invalid("ReturnValues {} cannot be given here", wanted);
    const auto& shown = is_new ? done->after : done->before;
    call.out.begin_object();
    if (wanted != "NONE" && shown) {
        Item item = *shown;
        if (is_part) std::erase_if(item, [&](const auto& pair) { return !done->touched.contains(pair.first); });
        call.out.key("Attributes");
        lease::write(call.out, item);
    }
    write_consumed(call.out, call.in, done->table);
    call.out.end_object();
    return {};
}

Outcome<> LeaseService::put_item(Call& call) { return write(call, Kind::put); }
Outcome<> LeaseService::update_item(Call& call) { return write(call, Kind::update); }
Outcome<> LeaseService::delete_item(Call& call) { return write(call, Kind::remove); }

// All of them, or none: the transaction is that of the call.
Outcome<> LeaseService::transact_write(Call& call) {
    const auto* parts = call.in["TransactItems"].as_array();
    if (!parts || parts->empty() || parts->size() > kMaxTransaction)
        return invalid("Member must have length between 1 and {}: transactItems", kMaxTransaction);
    std::vector<std::string> codes, messages, items;
    std::set<std::string> keys;
    bool failed = false;
    for (const auto& part : *parts) {
        constexpr std::pair<std::string_view, Kind> kKinds[] = {
            {"Put", Kind::put}, {"Update", Kind::update}, {"Delete", Kind::remove}, {"ConditionCheck", Kind::check}};
        const auto kind = std::ranges::find_if(kKinds, [&](const auto& row) { return part.has(row.first); });
        if (kind == std::end(kKinds)) return invalid("A TransactItem has to be Put, Update, Delete or ConditionCheck");
        const auto& in = part[kind->first];
        const auto table = table_of(in);
        const auto item =
            table ? read_item(in[kind->second == Kind::put ? "Item" : "Key"]) : Outcome<Item>(std::unexpected(table.error()));
        const auto key =
            item ? table->key_text(*item, kind->second != Kind::put) : Outcome<std::string>(std::unexpected(item.error()));
        if (key && !keys.insert(table->row.name + kBetweenKeys + *key).second)
            return invalid("Transaction request cannot include multiple operations on one item");
        const auto done = change(in, kind->second);
        failed = failed || !done;
        const auto type = done ? std::string("None") : done.error().type;
        constexpr std::string_view kException = "Exception";
        codes.push_back(type.ends_with(kException) ? type.substr(0, type.size() - kException.size()) : type);
        messages.push_back(done ? "" : done.error().message);
        items.push_back(done ? "" : done.error().item);
    }
    if (!failed) {
        call.out.begin_object().end_object();
        return {};
    }
    JsonWriter reasons;
    reasons.begin_array();
    std::string list;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        list += (list.empty() ? "" : ", ") + codes[i];
        reasons.begin_object().member("Code", codes[i]);
        if (!messages[i].empty()) reasons.member("Message", messages[i]);
        if (!items[i].empty()) reasons.key("Item").raw(items[i]);
        reasons.end_object();
    }
    reasons.end_array();
    return std::unexpected(
        Refusal{"TransactionCanceledException",
                fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", list),
                {},
                reasons.take()});
}

Outcome<> LeaseService::scan(Call& call) { return list(call, false); }
Outcome<> LeaseService::query(Call& call) { return list(call, true); }

// Lease tables are small: every item is looked at, and the key condition is one more condition.
Outcome<> LeaseService::list(Call& call, bool query) {
    const auto& in = call.in;
    const auto table = table_of(in);
    if (!table) return std::unexpected(table.error());
    Key key = table->key;
    if (const auto index_name = text_in(in, "IndexName"); !index_name.empty()) {
        const auto* indexes = table->description["GlobalSecondaryIndexes"].as_array();
        const auto index =
            indexes ? std::ranges::find_if(*indexes, [&](const auto& one) { return text_in(one, "IndexName") == index_name; })
                    : JsonValue::Array::const_iterator();
        if (!indexes || index == indexes->end()) return invalid("The table does not have the specified index: {}", index_name);
        key = key_of_schema((*index)["KeySchema"]).value();
    }
    auto substitutes = Substitutes::read(in);
    if (!substitutes) return std::unexpected(substitutes.error());
    if (query && !in.has("KeyConditionExpression") && !in.has("KeyConditions"))
        return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
    std::vector<Path> projection;
    if (const auto* text = in["ProjectionExpression"].as_string())
        for (std::string_view rest = *text; !rest.empty();) {
            const auto one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), one.size() + 1));
            auto path = read_path(one, *substitutes);
            if (!path) return std::unexpected(path.error());
            projection.push_back(std::move(*path));
        }
    const bool any = text_in(in, "ConditionalOperator") == "OR";
    const auto holds = [&](const char* expression, const char* older, const Item& item) -> Outcome<bool> {
        const auto* text = in[expression].as_string();
        return text ? meets(*text, *substitutes, item) : meets_older(in[older], any, item);
    };
    // An expression is read even where there is no item to try it on.
    for (const auto& [expression, older] : {std::pair("KeyConditionExpression", "KeyConditions"),
                                            std::pair("FilterExpression", query ? "QueryFilter" : "ScanFilter")})
        if (const auto tried = holds(expression, older, {}); !tried) return std::unexpected(tried.error());
    if (auto used = substitutes->check_all_used(); !used) return used;

    auto rows = kept(store_.items(table->row.id));
    if (!rows) return std::unexpected(rows.error());
    struct Candidate {
        std::string key;
        Item item;
    };
    std::vector<Candidate> candidates;
    for (const auto& row : *rows) {
        Candidate candidate{row.key, item_of_text(row.item)};
        if (!candidate.item.contains(key.hash) || (!key.range.empty() && !candidate.item.contains(key.range)))
            continue;  // not in the index
        if (query && !holds("KeyConditionExpression", "KeyConditions", candidate.item).value_or(false)) continue;
        candidates.push_back(std::move(candidate));
    }
    if (query) {
        std::ranges::sort(candidates, [&](const Candidate& a, const Candidate& b) {
            const auto order = key.range.empty() ? std::nullopt : compare(a.item.at(key.range), b.item.at(key.range));
            return order && *order != 0 ? *order < 0 : a.key < b.key;
        });
        if (const auto* forward = in["ScanIndexForward"].as_bool(); forward && !*forward) std::ranges::reverse(candidates);
    }
    auto first = candidates.begin();
    if (in.has("ExclusiveStartKey")) {
        const auto start = read_item(in["ExclusiveStartKey"]);
        if (!start) return std::unexpected(start.error());
        const auto start_key = table->key_text(table->key_item(*start), true);
        if (!start_key) return std::unexpected(start_key.error());
        const auto found = std::ranges::find(candidates, *start_key, &Candidate::key);
        // Its item may be gone: the order of keys goes on behind it.
        first = found != candidates.end() ? found + 1
                : query                   ? candidates.end()
                                          : std::ranges::upper_bound(candidates, *start_key, {}, &Candidate::key);
    }
    const auto limit = in["Limit"].as_uint().value_or(UINT64_MAX);
    if (limit == 0) return invalid("Limit has to be 1 or more");
    const auto segment = in["Segment"].as_uint().value_or(0), segments = in["TotalSegments"].as_uint().value_or(1);
    const bool count_only = text_in(in, "Select") == "COUNT";
    std::uint64_t count = 0, scanned = 0;
    std::size_t bytes = 0;
    const Item* seen = nullptr;
    std::optional<Item> last;
    auto& out = call.out;
    out.begin_object();
    if (!count_only) out.key("Items").begin_array();
    for (auto at = first; at != candidates.end(); ++at) {
        if (segments > 1 && std::hash<std::string>{}(at->key) % segments != segment) continue;
        if (scanned == limit || bytes >= kMaxPageBytes) {
            last = table->key_item(*seen);
            for (const auto& name : {key.hash, key.range})
                if (const auto value = seen->find(name); value != seen->end()) last->insert(*value);
            break;
        }
        seen = &at->item;
        ++scanned;
        bytes += bytes_of(at->item);
        const auto met = holds("FilterExpression", query ? "QueryFilter" : "ScanFilter", at->item);
        if (!met) return std::unexpected(met.error());
        if (!*met) continue;
        ++count;
        if (count_only) continue;
        Item shown;
        if (projection.empty()) shown = at->item;
        for (const auto& path : projection)
            if (const auto* value = find(at->item, path)) shown.insert_or_assign(path.back().name, *value);
        lease::write(out, shown);
    }
    if (!count_only) out.end_array();
    out.member("Count", count).member("ScannedCount", scanned);
    if (last) {
        out.key("LastEvaluatedKey");
        lease::write(out, *last);
    }
    write_consumed(out, in, table->row.name);
    out.end_object();
    return {};
}

}  // namespace kns::lease
