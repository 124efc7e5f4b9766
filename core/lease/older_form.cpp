// Conditions and updates as they were before there were expressions.
#include <algorithm>

#include "core/lease/expression.hpp"

namespace kns::lease {
namespace {

Outcome<std::vector<Attribute>> values_of(const JsonValue& condition) {
    std::vector<Attribute> out;
    if (condition.has("Value")) {
        auto value = read_attribute(condition["Value"]);
        if (!value) return std::unexpected(value.error());
        out.push_back(std::move(*value));
    }
    if (const auto* list = condition["AttributeValueList"].as_array())
        for (const auto& json : *list) {
            auto value = read_attribute(json);
            if (!value) return std::unexpected(value.error());
            out.push_back(std::move(*value));
        }
    return out;
}

Outcome<bool> meets_one(const std::string& name, const JsonValue& condition, const Attribute* had) {
    const auto values = values_of(condition);
    if (!values) return std::unexpected(values.error());
    const auto* sign = condition["ComparisonOperator"].as_string();
    if (!sign) {
        const bool exists = !condition["Exists"].as_bool() || *condition["Exists"].as_bool();
        if (exists == values->empty())
            return invalid("One or more parameter values were invalid: {} must be provided when Exists is {} for Attribute: {}",
                           exists ? "Value" : "no Value", exists, name);
        return exists ? had && equal(*had, values->front()) : had == nullptr;
    }
    const std::size_t wanted = *sign == "NULL" || *sign == "NOT_NULL" ? 0 : *sign == "BETWEEN" ? 2 : 1;
    if (*sign == "IN" ? values->empty() : values->size() != wanted)
        return invalid("One or more parameter values were invalid: Invalid number of argument(s) for the {} ComparisonOperator",
                       *sign);
    if (*sign == "NULL") return had == nullptr;
    if (*sign == "NOT_NULL") return had != nullptr;
    const auto& value = values->front();
    if (*sign == "EQ") return had && equal(*had, value);
    if (*sign == "NE") return !had || !equal(*had, value);
    if (*sign == "NOT_CONTAINS") return had && !contains(*had, value);
    if (!had) return false;
    if (*sign == "CONTAINS") return contains(*had, value);
    if (*sign == "BEGINS_WITH") return begins_with(*had, value);
    if (*sign == "IN") return std::ranges::any_of(*values, [&](const auto& one) { return equal(*had, one); });
    const auto order = compare(*had, value);
    if (*sign == "BETWEEN") {
        const auto high = compare(*had, (*values)[1]);
        return order && high && *order >= 0 && *high <= 0;
    }
    if (*sign == "LT") return order && *order < 0;
    if (*sign == "LE") return order && *order <= 0;
    if (*sign == "GT") return order && *order > 0;
    if (*sign == "GE") return order && *order >= 0;
    return invalid("\"{}\" is no ComparisonOperator", *sign);
}

}  // namespace

Outcome<bool> meets_older(const JsonValue& conditions, bool any, const Item& item) {
    const auto* object = conditions.as_object();
    if (!object || object->empty()) return true;
    bool all = true, some = false;
    for (const auto& [name, condition] : *object) {
        const auto had = item.find(name);
        const auto met = meets_one(name, condition, had == item.end() ? nullptr : &had->second);
        if (!met) return met;
        all = all && *met;
        some = some || *met;
    }
    return any ? some : all;
}

Outcome<Item> updated_older(const JsonValue& updates, const Item& item, std::set<std::string>& touched) {
    Item out = item;
    if (const auto* object = updates.as_object())
        for (const auto& [name, update] : *object) {
            touched.insert(name);
            const auto* told = update["Action"].as_string();
            const std::string action = told ? *told : "PUT";
            std::optional<Attribute> value;
            if (update.has("Value")) {
                auto read = read_attribute(update["Value"]);
                if (!read) return std::unexpected(read.error());
                value = std::move(*read);
            }
            const auto had = item.find(name);
            if (action == "DELETE" && !value) {
                out.erase(name);
            } else if (!value) {
                return invalid(
                    "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is "
                    "specified");
            } else if (action == "PUT") {
                out.insert_or_assign(name, std::move(*value));
            } else if (action == "ADD") {
                auto result = sum(had == item.end() ? nullptr : &had->second, *value);
                if (!result) return std::unexpected(result.error());
                out.insert_or_assign(name, std::move(*result));
            } else if (action == "DELETE") {
                if (had == item.end()) continue;
                auto result = without(had->second, *value);
                if (!result) return std::unexpected(result.error());
                if (*result)
                    out.insert_or_assign(name, std::move(**result));
                else
                    out.erase(name);
            } else {
                return invalid("\"{}\" is no Action", action);
            }
        }
    return out;
}

}  // namespace kns::lease
