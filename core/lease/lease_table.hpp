// A lease table as it is described: its key, and the text that an item is stored under. Private to core/lease.
#pragma once

#include "core/lease/item.hpp"
#include "core/store/lease_store.hpp"

namespace kns::lease {

inline constexpr char kBetweenKeys = '\x1f';  // of an item's key text

// What the store says, as DynamoDB would.
Refusal internal(const Error& error);
template <class T>
Outcome<T> kept(Result<T> result) {
    if (!result) return std::unexpected(internal(result.error()));
    return std::move(*result);
}
Outcome<> kept(const Result<void>& result);

std::string text_in(const JsonValue& in, std::string_view name, std::string fallback = {});

struct Key {
    std::string hash, range;  // attribute names; no range: empty
};
Outcome<Key> key_of_schema(const JsonValue& schema);
// The type that a table's definitions give an attribute; empty: none.
std::string defined_type(const JsonValue& description, std::string_view attribute);
bool is_table_name(std::string_view name);

struct Table {
    LeaseTableRow row;
    JsonValue description;
    Key key;

    // The text that an item is stored under; its key attributes must be there, of their types and not empty.
    Outcome<std::string> key_text(const Item& item, bool nothing_else) const;
    Item key_item(const Item& item) const;
};

// ConsumedCapacity, if the request asks for it.
void write_consumed(JsonWriter& out, const JsonValue& in, const std::string& table);

}  // namespace kns::lease
