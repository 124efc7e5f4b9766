#include "core/config/delivery_test_file.hpp"

#include <algorithm>

#include "core/base/base64.hpp"
#include "core/config/project.hpp"

namespace kns {
namespace {

constexpr UnixMs kFirstArrival = 1'767'323'045'000;  // 2026-01-02T03:04:05Z, if a test does not say
constexpr std::size_t kMostRecords = 100'000;

bool is_like(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

class FileReader {
   public:
    explicit FileReader(const DeliveryTestFile& file) : file_(file) {}

    Result<DeliveryTests> read() {
        const YamlValue root = KNS_TRY(parse_yaml(file_.text, file_.name));
        DeliveryTests out{.name = "test", .config = {}, .tests = {}};
        std::optional<CreateDelivery> delivery;
        const YamlKey keys[] = {{"name", text_into(out.name)},
                                {"delivery",
                                 [&](const YamlValue& value) -> Result<void> {
                                     delivery = KNS_TRY(read_delivery({file_.name, file_.directory, file_.text}, value));
                                     return {};
                                 }},
                                {"tests", [&](const YamlValue& value) { return read_tests(value, out.tests); }}};
        KNS_TRY(read_yaml_map(file_.name, root, keys));
        if (!delivery) return fail(Errc::invalid_argument, "{} has no delivery to test", file_.name);
        if (!delivery->to) delivery->to = "s3://bucket/";
        delivery->name = out.name;
        out.config = KNS_TRY(context(make_delivery_config(*delivery), file_.name));
        return out;
    }

   private:
    template <class Text>
    static std::function<Result<void>(const YamlValue&)> text_into(Text& text) {
        return [&text](const YamlValue& value) -> Result<void> {
            text = KNS_TRY(yaml_text(value));
            return {};
        };
    }
    static Result<void> is_list(const YamlValue& value) {
        if (value.kind != YamlValue::Kind::list)
            return fail(Errc::invalid_argument, "expected a list, found {}", value.kind_name());
        return {};
    }

    Result<void> read_tests(const YamlValue& list, std::vector<DeliveryTest>& out) {
        KNS_TRY(is_list(list));
        for (const auto& item : list.items) {
            DeliveryTest test{.name = fmt::format("test {}", out.size() + 1), .records = {}, .expected = {}};
            const YamlKey keys[] = {{"name", text_into(test.name)},
                                    {"records", [&](const YamlValue& value) { return read_records(value, test.records); }},
                                    {"expect", [&](const YamlValue& value) { return read_expected(value, test.expected); }}};
            KNS_TRY(read_yaml_map(file_.name, item, keys));
            out.push_back(std::move(test));
        }
        return {};
    }

    Result<void> read_records(const YamlValue& list, std::vector<TrialRecord>& out) {
        KNS_TRY(is_list(list));
        UnixMs now = kFirstArrival;
        for (const auto& item : list.items) {
            if (out.size() >= kMostRecords) return fail(Errc::invalid_argument, "a test has {} records at most", kMostRecords);
            TrialRecord record;
            const UnixMs before = now;
            if (!out.empty()) ++now;
            if (item.kind == YamlValue::Kind::text) {
                record.data_base64 = base64_encode(item.text);
            } else {
                const YamlKey keys[] = {{"data",
                                         [&](const YamlValue& value) -> Result<void> {
                                             record.data_base64 = base64_encode(KNS_TRY(yaml_text(value)));
                                             return {};
                                         }},
                                        {"base64",
                                         [&](const YamlValue& value) -> Result<void> {
                                             record.data_base64 = KNS_TRY(yaml_text(value));
                                             KNS_TRY(base64_decode(record.data_base64));
                                             return {};
                                         }},
                                        {"key", text_into(record.partition_key)},
                                        {"at",
                                         [&](const YamlValue& value) -> Result<void> {
                                             now = KNS_TRY(parse_time(KNS_TRY(yaml_text(value)), now));
                                             return {};
                                         }},
                                        {"after", [&](const YamlValue& value) -> Result<void> {
                                             now = before + KNS_TRY(parse_duration(KNS_TRY(yaml_text(value))));
                                             return {};
                                         }}};
                KNS_TRY(read_yaml_map(file_.name, item, keys));
            }
            record.arrival_ms = now;
            if (!out.empty() && now < out.back().arrival_ms)
                return std::unexpected(at_place(fail(Errc::invalid_argument, "a record cannot arrive before the one above it"),
                                                file_.name, item.place, {}));
            out.push_back(std::move(record));
        }
        return {};
    }

    Result<void> read_expected(const YamlValue& list, std::vector<ExpectedObject>& out) {
        KNS_TRY(is_list(list));
        for (const auto& item : list.items) {
            ExpectedObject object;
            const YamlKey keys[] = {{"key", text_into(object.key)},
                                    {"url", text_into(object.url)},
                                    {"content", text_into(object.content)},
                                    {"records",
                                     [&](const YamlValue& value) -> Result<void> {
                                         object.records = KNS_TRY(yaml_number(value));
                                         return {};
                                     }},
                                    {"at",
                                     [&](const YamlValue& value) -> Result<void> {
                                         object.at = format_time(KNS_TRY(parse_time(KNS_TRY(yaml_text(value)), 0)));
                                         return {};
                                     }},
                                    {"failure", text_into(object.failure)},
                                    {"error", text_into(object.error)},
                                    {"action", text_into(object.action)}};
            KNS_TRY(read_yaml_map(file_.name, item, keys));
            out.push_back(std::move(object));
        }
        return {};
    }

    const DeliveryTestFile& file_;
};

// Nothing, or the first thing in which they differ.
std::string difference(const ExpectedObject& expected, const TriedObject& made) {
    const auto differs = [](std::string_view what, const std::string& wanted, const std::string& found) {
        return fmt::format("{} is {}, not {}", what, write_yaml_text(found), write_yaml_text(wanted));
    };
    if (expected.failure.value_or("") != made.failure) return differs("failure", expected.failure.value_or(""), made.failure);
    if (expected.key && !is_like(made.key, *expected.key)) return differs("key", *expected.key, made.key);
    if (expected.url && !is_like(made.url, *expected.url)) return differs("url", *expected.url, made.url);
    if (expected.records && *expected.records != made.records)
        return differs("records", std::to_string(*expected.records), std::to_string(made.records));
    if (expected.content && *expected.content != made.content) return differs("content", *expected.content, made.content);
    if (expected.error && made.content.find(fmt::format("\"errorCode\":\"{}\"", *expected.error)) == std::string::npos)
        return differs("content", *expected.error, made.content);
    if (expected.at && *expected.at != made.made_at) return differs("at", *expected.at, made.made_at);
    if (expected.action &&
        std::ranges::none_of(made.actions, [&](const auto& action) { return is_like(action, *expected.action); }))
        return differs("action", *expected.action, fmt::format("{}", fmt::join(made.actions, " ")));
    return {};
}

}  // namespace

std::string ExpectedObject::text() const {
    std::map<std::string, std::string> out;
    const std::pair<const char*, const std::optional<std::string>*> texts[] = {
        {"key", &key},         {"url", &url},     {"content", &content}, {"at", &at},
        {"failure", &failure}, {"error", &error}, {"action", &action}};
    for (const auto& [name, value] : texts)
        if (*value) out[name] = **value;
    if (records) out["records"] = std::to_string(*records);
    return write_yaml_map(out);
}

Result<DeliveryTests> read_delivery_tests(const DeliveryTestFile& file) { return FileReader(file).read(); }

std::vector<std::string> differences(const DeliveryTest& test, const Trial& trial) {
    std::vector<std::string> out;
    std::vector<const TriedObject*> left;
    for (const auto& made : trial.objects) left.push_back(&made);
    for (const auto& expected : test.expected) {
        const auto found = std::ranges::find_if(left, [&](const auto* made) { return difference(expected, *made).empty(); });
        if (found != left.end()) {
            left.erase(found);
            continue;
        }
        // The nearest thing that was made: one of the same kind, by its key if there is one.
        std::string why = "nothing of this kind is made";
        for (const auto* made : left) {
            if (made->failure != expected.failure.value_or("")) continue;
            const bool by_key = !expected.key || is_like(made->key, *expected.key);
            if (!by_key && !why.starts_with("nothing")) continue;
            why = difference(expected, *made);
            if (by_key) break;
        }
        out.push_back(fmt::format("{}: {}", expected.text(), why));
    }
    for (const auto* made : left)
        out.push_back(fmt::format("made, but not expected: {} with {} records: {}", made->key.empty() ? made->url : made->key,
                                  made->records, write_yaml_text(made->content.substr(0, 200))));
    return out;
}

}  // namespace kns
