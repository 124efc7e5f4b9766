#include "core/config/config_file.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/base/posix.hpp"
#include "core/config/yaml.hpp"

namespace kns {
namespace {

constexpr std::string_view kNewFile =
    "# The daemon's settings; see kns.yaml(5). `kns config set` edits this file and keeps what else is in it.\n";

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
    Lines out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        out.emplace_back(line);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return out;
}

bool says_nothing(const std::string& line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string::npos || line[first] == '#';
}

// Where in a line a comment begins, with the blanks before it; its size if there is none.
std::size_t comment_in(std::string_view line) {
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote) {
            if (c == '\\' && quote == '"')
                ++i;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#' && i > 0 && (line[i - 1] == ' ' || line[i - 1] == '\t')) {
            const auto before = line.find_last_not_of(" \t", i - 1);
            return before == std::string_view::npos ? 0 : before + 1;
        }
    }
    return line.size();
}

// The first line below `line` that has a key.
int next_key_line(const YamlValue& map, int line) {
    int next = INT32_MAX;
    for (const auto& member : map.members) {
        if (member.place.line > line) next = std::min(next, member.place.line);
        next = std::min(next, next_key_line(member.value, line));
    }
    return next;
}

std::string indent_of(const YamlMember& member) { return std::string(static_cast<std::size_t>(member.place.column - 1), ' '); }

// Replaces the value that a member has by one on the key's own line.
void replace_value(Lines& lines, const YamlValue& root, const YamlMember& member, const std::string& written) {
    const auto at = static_cast<std::size_t>(member.place.line - 1);
    auto end = std::min(lines.size(), static_cast<std::size_t>(next_key_line(root, member.place.line) - 1));
    while (end > at + 1 && says_nothing(lines[end - 1])) --end;
    const std::string line = lines[at];
    const auto colon = line.find(':', static_cast<std::size_t>(member.place.column - 1) + member.key.size());
    if (colon == std::string::npos) return;  // found out by whoever compares
    lines[at] = fmt::format("{}: {}{}", line.substr(0, colon), written, line.substr(comment_in(line)));
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at + 1), lines.begin() + static_cast<std::ptrdiff_t>(end));
}

const char* no_environment(const char*) { return nullptr; }

// Whether `after` differs from `before` in this setting at most, which has these values now.
bool only_changed(const Config& before, const Config& after, const Setting& changed, const std::vector<std::string>& values) {
    Config wanted = before;
    if (!changed.set(wanted, values)) return false;
    return std::ranges::all_of(settings(), [&](const Setting& s) { return s.texts(after) == s.texts(wanted); });
}

// Its real path: an edit replaces the file, not a link to it.
std::string real_path(const std::string& path) {
    char* real = ::realpath(path.c_str(), nullptr);
    if (!real) return path;
    std::string out = real;
    std::free(real);
    return out;
}

}  // namespace

Result<std::string> edit_setting(std::string_view text, const std::string& file, const Setting& setting,
                                 const std::vector<std::string>& values) {
    const ConfigSources alone{.file = file, .environment = no_environment};
    const Config before = KNS_TRY(load_config(alone, text)).config;
    const YamlValue root = KNS_TRY(parse_yaml(text, file));
    const std::string written = setting.list ? write_yaml_list(values) : values[0];
    const auto dot = setting.key.find('.');
    const std::string section(dot == std::string_view::npos ? "" : setting.key.substr(0, dot));
    const std::string name(dot == std::string_view::npos ? setting.key : setting.key.substr(dot + 1));
    const YamlMember* parent = section.empty() ? nullptr : root.find(section);
    const YamlMember* member = section.empty() ? root.find(name) : parent ? parent->value.find(name) : nullptr;

    Lines lines = lines_of(text.empty() ? kNewFile : text);
    int line = static_cast<int>(lines.size());
    if (member) {
        line = member->place.line;
        replace_value(lines, root, *member, written);
    } else if (parent) {
        line = parent->place.line;
        const auto& siblings = parent->value.members;
        const std::string indent = siblings.empty() ? indent_of(*parent) + "  " : indent_of(siblings.front());
        lines.insert(lines.begin() + line, fmt::format("{}{}: {}", indent, name, written));
    } else {
        if (!section.empty()) lines.push_back(section + ":");
        lines.push_back(fmt::format("{}{}: {}", section.empty() ? "" : "  ", name, written));
    }
    std::string out = fmt::format("{}\n", fmt::join(lines, "\n"));
    const auto after = load_config(alone, out);
    if (!after || !only_changed(before, after->config, setting, values))
        return fail(Errc::unsupported, "{}:{}: {} is written in a way that kns does not edit", file, line, setting.key)
            .hint(fmt::format("edit it by hand: {}: {}", name, written));
    return out;
}

Result<ConfigStore> ConfigStore::open(ConfigSources sources) {
    LoadedConfig now = KNS_TRY(load_config(sources));
    return ConfigStore(std::move(sources), std::move(now));
}

ConfigEntry ConfigStore::describe(const Setting& setting, const LoadedConfig& file) const {
    const bool same = setting.texts(file.config) == setting.texts(now_.config);
    const auto& origins = same ? file.origins : now_.origins;  // its line may have moved
    const auto origin = origins.find(setting.key);
    ConfigEntry entry{.key = std::string(setting.key),
                      .value = setting.text(now_.config),
                      .origin = origin == origins.end() ? "default" : origin->second,
                      .default_value = setting.text({}),
                      .next = {},
                      .meaning = std::string(setting.meaning)};
    if (!same) entry.next = setting.text(file.config);
    return entry;
}

Result<std::vector<ConfigEntry>> ConfigStore::entries() const {
    const LoadedConfig file = KNS_TRY(load_config(sources_));
    std::vector<ConfigEntry> out;
    for (const auto& setting : settings()) out.push_back(describe(setting, file));
    return out;
}

Result<ConfigEntry> ConfigStore::entry(std::string_view key) const {
    const auto* setting = KNS_TRY(find_setting(key));
    return describe(*setting, KNS_TRY(load_config(sources_)));
}

Result<ConfigStore::Edit> ConfigStore::edit(std::string_view key, std::string_view value) const {
    const auto* setting = KNS_TRY(find_setting(key));
    auto values = setting->divided(value);
    Config wanted = now_.config;
    KNS_TRY(context(setting->set(wanted, values), std::string(key)));
    values = setting->texts(wanted);  // as it is shown: "15m", not "900"
    auto text = read_file(sources_.file);
    if (!text && text.error().code != Errc::not_found) return std::unexpected(std::move(text).error());
    std::string edited = KNS_TRY(edit_setting(text ? *text : std::string(), sources_.file, *setting, values));
    return Edit{setting, real_path(sources_.file), std::move(edited)};
}

Result<ConfigEntry> ConfigStore::edited(const Edit& edit) {
    const LoadedConfig file = KNS_TRY(load_config(sources_, edit.text));
    if (edit.setting->live) KNS_TRY(edit.setting->set(now_.config, edit.setting->texts(file.config)));
    return describe(*edit.setting, file);
}

}  // namespace kns
