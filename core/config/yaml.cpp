// The only file that includes yaml-cpp. It is used as a stream of events, so that what is refused is refused before anything
// is built from it; its exceptions end here.
#include "core/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "core/base/edit_distance.hpp"
#include "core/base/json.hpp"

namespace kns {
namespace {

YamlPlace place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// A text without quotes that YAML itself takes for nothing.
bool means_null(std::string_view text) { return text.empty() || text == "~" || text == "null"; }

// How this file leaves yaml-cpp's parser; caught by parse_yaml.
struct Refused {
    Error error;
};

class TreeBuilder final : public YAML::EventHandler {
   public:
    explicit TreeBuilder(std::string_view file) : file_(file) {}
    YamlValue take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(begun_, true)) refuse(mark, "a second document begins", "keep one document in a file");
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, {.kind = YamlValue::Kind::null}); }
    void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
        refuse(mark, fmt::format("anchors are not read: &{}", name), "write the value out where it is used");
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        refuse(mark, "aliases are not read", "write the value out where it is used");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& text) override {
        const bool plain = tag == "?";
        if (!plain && tag != "!") check_tag(mark, tag);
        // yaml-cpp 0.7 makes a single byte of \N and \_; \0 would end a name early.
        if (!is_utf8(text) || text.find('\0') != std::string::npos)
            refuse(mark, "an escape in this text gives no character", "write the character itself");
        if (is_key_next()) return add_key(mark, text);
        add(mark, {.kind = plain && means_null(text) ? YamlValue::Kind::null : YamlValue::Kind::text, .text = text});
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(mark, YamlValue::Kind::list);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(mark, YamlValue::Kind::map);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }

   private:
    struct Open {
        YamlValue value;
        std::set<std::string, std::less<>> keys;
        bool has_key = false;  // the last member waits for its value
    };

    [[noreturn]] void refuse(const YAML::Mark& mark, std::string message, std::string hint) {
        throw Refused{at_place(fail(Errc::invalid_argument, "{}", message).hint(std::move(hint)), file_, place_of(mark), {})};
    }
    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!")
            refuse(mark, fmt::format("tags are not read: {}", tag), "leave it out; quote what is to be a text");
    }
    bool is_key_next() const { return !open_.empty() && open_.back().value.kind == YamlValue::Kind::map && !open_.back().has_key; }

    void add_key(const YAML::Mark& mark, const std::string& key) {
        auto& map = open_.back();
        if (!map.keys.insert(key).second) {
            const auto first = map.value.find(key)->place.line;
            refuse(mark, fmt::format("\"{}\" is given twice", key), fmt::format("line {} has it first", first));
        }
        map.value.members.push_back({.key = key, .place = place_of(mark), .value = {.place = place_of(mark)}});
        map.has_key = true;
    }
    void add(const YAML::Mark& mark, YamlValue value) {
        if (is_key_next()) refuse(mark, "a key has to be a text", "quote it");
        value.place = place_of(mark);
        place(std::move(value), mark);
    }
    void place(YamlValue value, const YAML::Mark& mark) {
        if (++values_ > kMaxYamlValues)
            refuse(mark, fmt::format("there are more than {} values", kMaxYamlValues), "divide it among several files");
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (auto& parent = open_.back(); parent.value.kind == YamlValue::Kind::list) {
            parent.value.items.push_back(std::move(value));
        } else {
            parent.value.members.back().value = std::move(value);
            parent.has_key = false;
        }
    }
    void open(const YAML::Mark& mark, YamlValue::Kind kind) {
        if (is_key_next()) refuse(mark, "a key has to be a text", "quote it");
        if (open_.size() >= kMaxYamlDepth)
            refuse(mark, fmt::format("values are nested more than {} deep", kMaxYamlDepth), "nothing here needs that");
        open_.push_back({.value = {.kind = kind, .place = place_of(mark)}, .keys = {}});
        last_mark_ = mark;
    }
    void close() {
        YamlValue value = std::move(open_.back().value);
        open_.pop_back();
        place(std::move(value), last_mark_);
    }

    std::string_view file_;
    YamlValue root_;
    std::vector<Open> open_;
    YAML::Mark last_mark_;
    std::size_t values_ = 0;
    bool begun_ = false;
};

}  // namespace

const YamlMember* YamlValue::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &YamlMember::key);
    return found == members.end() ? nullptr : &*found;
}

std::string_view YamlValue::kind_name() const {
    static constexpr std::string_view kNames[] = {"nothing", "a text", "a list", "a map"};
    return kNames[static_cast<std::size_t>(kind)];
}

Result<YamlValue> parse_yaml(std::string_view text, std::string_view file) {
    if (text.size() > kMaxYamlBytes)
        return fail(Errc::invalid_argument, "{} has {} bytes, {} are read at most", file, text.size(), kMaxYamlBytes)
            .hint("divide it among several files");
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
        return fail(Errc::invalid_argument, "{} is not UTF-8 text", file).hint("save it as UTF-8");
    try {
        std::istringstream in{std::string(text)};
        YAML::Parser parser(in);
        TreeBuilder builder(file);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take();
    } catch (Refused& refused) {
        return std::unexpected(std::move(refused.error));
    } catch (const YAML::Exception& error) {
        return std::unexpected(at_place(fail(Errc::invalid_argument, "this is not YAML: {}", error.msg).hint("see kns.yaml(5)"),
                                        file, place_of(error.mark), {}));
    }
}

Error at_place(Error error, std::string_view file, YamlPlace place, std::string_view what) {
    if (!error.details.empty()) return error;
    error.message = fmt::format("{}:{}:{}: {}{}{}", file, place.line, place.column, what, what.empty() ? "" : ": ", error.text());
    error.contexts.clear();
    JsonWriter details;
    details.begin_object().member("file", file).member("line", place.line).member("column", place.column).end_object();
    error.details = details.take();
    return error;
}

Result<void> read_yaml_map(std::string_view file, const YamlValue& map, std::span<const YamlKey> keys) {
    if (map.is_null()) return {};
    if (map.kind != YamlValue::Kind::map)
        return std::unexpected(
            at_place(fail(Errc::invalid_argument, "expected keys and values, found {}", map.kind_name()), file, map.place, {}));
    for (const auto& member : map.members) {
        const auto known = std::ranges::find(keys, member.key, &YamlKey::name);
        if (known == keys.end()) {
            std::vector<std::string_view> names;
            for (const auto& key : keys) names.push_back(key.name);
            const auto meant = nearest(member.key, names);
            return std::unexpected(at_place(fail(Errc::invalid_argument, "unknown key \"{}\"", member.key)
                                                .hint(meant ? fmt::format("did you mean \"{}\"?", *meant)
                                                            : fmt::format("known here: {}", fmt::join(names, ", "))),
                                            file, member.place, {}));
        }
        if (member.value.is_null()) continue;
        if (auto read = known->read(member.value); !read)
            return std::unexpected(at_place(std::move(read).error(), file, member.value.place, member.key));
    }
    return {};
}

Result<std::string> yaml_text(const YamlValue& value) {
    if (value.kind == YamlValue::Kind::text) return value.text;
    return fail(Errc::invalid_argument, "expected a text, found {}", value.kind_name());
}

Result<std::uint64_t> yaml_number(const YamlValue& value) {
    const std::string text = KNS_TRY(yaml_text(value));
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end)
        return fail(Errc::invalid_argument, "\"{}\" is not a whole number", text);
    return number;
}

Result<std::vector<std::string>> yaml_texts(const YamlValue& value) {
    if (value.kind != YamlValue::Kind::list) return std::vector{KNS_TRY(yaml_text(value))};
    std::vector<std::string> out;
    for (const auto& item : value.items) out.push_back(KNS_TRY(yaml_text(item)));
    return out;
}

Result<std::map<std::string, std::string>> yaml_text_map(const YamlValue& value) {
    if (value.kind != YamlValue::Kind::map)
        return fail(Errc::invalid_argument, "expected keys and values, found {}", value.kind_name());
    std::map<std::string, std::string> out;
    for (const auto& member : value.members) out[member.key] = member.value.is_null() ? "" : KNS_TRY(yaml_text(member.value));
    return out;
}

std::string write_yaml_text(std::string_view text) {
    // Narrower than YAML's own rule, which is a page long. Numbers, dates, booleans and null are quoted as well: other
    // programs read these files too.
    static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/._-+=@%:").find(c) != std::string_view::npos;
    };
    const bool begins_well = !text.empty() && (text[0] == '/' || (lower[0] >= 'a' && lower[0] <= 'z'));
    if (begins_well && std::ranges::all_of(text, allowed) && !text.ends_with(':') && !std::ranges::count(kWords, lower))
        return std::string(text);
    std::string out;
    append_json_string(out, text);
    return out;
}

namespace {

// Between brackets a colon could end a key.
std::string write_flow_text(std::string_view text) {
    if (text.find(':') == std::string_view::npos) return write_yaml_text(text);
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

std::string write_yaml_list(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& text : texts) out += (out.size() > 1 ? ", " : "") + write_flow_text(text);
    return out + "]";
}

std::string write_yaml_map(const std::map<std::string, std::string>& texts) {
    std::string out = "{";
    for (const auto& [key, text] : texts)
        out += fmt::format("{}{}: {}", out.size() > 1 ? ", " : "", write_flow_text(key), write_flow_text(text));
    return out + "}";
}

}  // namespace kns
