#include "core/store/secret_store.hpp"

#include <algorithm>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxFields = 64;

Failure not_a_secret(std::string_view reason) {
    return fail(Errc::invalid_argument, "this is not a secret: {}", reason)
        .hint(R"(a JSON object of strings, such as {"access_key_id":"...","secret_access_key":"..."})");
}

// A JsonValue keeps its strings to itself; these were made here, and nobody else sees them.
void wipe_strings(const JsonValue& value) {
    if (const auto* object = value.as_object())
        for (const auto& [name, member] : *object) wipe_strings(member);
    if (const auto* array = value.as_array())
        for (const auto& element : *array) wipe_strings(element);
    if (const auto* text = value.as_string()) wipe(const_cast<std::string&>(*text));
}

bool is_field_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, plain);
}

Result<std::vector<std::string>> fields_of(std::string_view json) {
    if (json.size() > kMaxSecretBytes) return not_a_secret("it is larger than 64 KiB");
    const auto parsed = parse_json(json);
    if (!parsed) return not_a_secret("it is not JSON");  // what the parser says may quote it
    const auto outcome = [&]() -> Result<std::vector<std::string>> {
        const auto* object = parsed->as_object();
        if (!object || object->empty() || object->size() > kMaxFields)
            return not_a_secret("it is not an object with 1 to 64 fields");
        std::vector<std::string> names;
        for (const auto& [name, value] : *object) {
            if (!is_field_name(name)) return not_a_secret("the name of a field has other characters than letters, digits, _ and -");
            if (!value.as_string()) return not_a_secret("a field is not a string");
            names.push_back(name);
        }
        return names;
    }();
    wipe_strings(*parsed);
    return outcome;
}

Failure no_secret(const std::string& name) {
    return fail(Errc::not_found, "secret \"{}\" not found", name).hint("kns secret list shows them");
}

}  // namespace

Result<bool> SecretStore::set(const std::string& given, SecretText json, UnixMs now) {
    const auto name = KNS_TRY(StreamName::parse(given, "secret")).text();
    KNS_TRY(fields_of(json.view()));
    const auto wrapped = KNS_TRY(keys_.wrap(json.view(), place_of_secret(name)));
    bool added = false;
    KNS_TRY(db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db_.exec("UPDATE secret SET master = ?, wrapped = ?, changed_ms = ? WHERE name = ?", wrapped.master, wrapped.text,
                         now, name));
        added = db_.changes() == 0;
        if (!added) return {};
        return db_.exec("INSERT INTO secret (name, master, wrapped, created_ms, changed_ms) VALUES (?,?,?,?,?)", name,
                        wrapped.master, wrapped.text, now, now);
    }));
    return added;
}

Result<std::vector<SecretRow>> SecretStore::list() {
    std::vector<SecretRow> out;
    auto rows = KNS_TRY(db_.query("SELECT name, wrapped, created_ms, changed_ms FROM secret ORDER BY name"));
    while (KNS_TRY(rows.step())) {
        SecretRow row{rows.text(0), {}, rows.integer(2), rows.integer(3)};
        if (const auto json = keys_.unwrap(rows.text(1), place_of_secret(row.name))) row.fields = KNS_TRY(fields_of(json->view()));
        out.push_back(std::move(row));
    }
    return out;
}

Result<void> SecretStore::remove(const std::string& name) {
    return db_.transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db_.exec("DELETE FROM secret WHERE name = ?", name));
        if (db_.changes() == 0) return no_secret(name);
        return {};
    });
}

Result<SecretText> SecretStore::reveal(const std::string& name) {
    auto rows = KNS_TRY(db_.query("SELECT wrapped FROM secret WHERE name = ?", name));
    if (!KNS_TRY(rows.step())) return no_secret(name);
    return context(keys_.unwrap(rows.text(0), place_of_secret(name)), fmt::format("secret \"{}\"", name));
}

}  // namespace kns
