// Scan and Query.
#include <algorithm>

#include "core/lease/expression.hpp"
#include "core/lease/lease_service.hpp"
#include "core/lease/lease_table.hpp"

namespace kns::lease {
namespace {

constexpr std::size_t kMaxPageBytes = 1 << 20;

}  // namespace

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
