#include "core/lease/lease_service.hpp"

#include <algorithm>

#include "core/lease/lease_table.hpp"

namespace kns::lease {

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

Outcome<Table> LeaseService::table_of(const JsonValue& in) {
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

}  // namespace kns::lease
