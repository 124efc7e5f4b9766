// DynamoDB's expressions: conditions (also as filters and key conditions) and updates, and the older form of both, which KCL 1 and
// 2 send: Expected, ScanFilter, KeyConditions; AttributeUpdates. Pure.
#pragma once

#include <set>

#include "core/lease/item.hpp"

namespace kns::lease {

// What # and : stand for in a request's expressions, and which of them were used.
class Substitutes {
   public:
    // From ExpressionAttributeNames and ExpressionAttributeValues.
    static Outcome<Substitutes> read(const JsonValue& request);

    const std::string* name(std::string_view placeholder);  // "#n"
    const Attribute* value(std::string_view placeholder);   // ":v"
    Outcome<void> check_all_used() const;

   private:
    std::map<std::string, std::string, std::less<>> names_;
    std::map<std::string, Attribute, std::less<>> values_;
    std::set<std::string, std::less<>> used_;
};

// Whether the item (an empty one stands for none) meets the condition.
Outcome<bool> meets(std::string_view expression, Substitutes& substitutes, const Item& item);
// The item after it. What is read is the item before. `touched`: the attributes it names.
Outcome<Item> updated(std::string_view expression, Substitutes& substitutes, const Item& item, std::set<std::string>& touched);
Outcome<Path> read_path(std::string_view text, Substitutes& substitutes);

// {"attribute": {"Value" | "Exists" | "ComparisonOperator", "AttributeValueList"}}, joined by AND unless `any`.
Outcome<bool> meets_older(const JsonValue& conditions, bool any, const Item& item);
// {"attribute": {"Action": "PUT" | "ADD" | "DELETE", "Value"}}
Outcome<Item> updated_older(const JsonValue& updates, const Item& item, std::set<std::string>& touched);

}  // namespace kns::lease
