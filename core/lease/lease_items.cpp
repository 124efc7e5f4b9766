// GetItem and what writes items, one by one or several together.
#include <algorithm>

#include "core/lease/expression.hpp"
#include "core/lease/lease_service.hpp"
#include "core/lease/lease_table.hpp"

namespace kns::lease {
namespace {

constexpr std::size_t kMaxTransaction = 100;

}  // namespace

struct LeaseService::Change {
    std::string table;
    std::optional<Item> before, after;
    std::set<std::string> touched;
};

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

}  // namespace kns::lease
