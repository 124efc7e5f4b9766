// YAML from people: within its bounds or refused with a place, and never two things at once. What a project says, once
// written as kns writes it, is read as the same; and a setting that is edited is the only one that changes.
#include "core/config/config_file.hpp"
#include "core/config/project_plan.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

std::size_t check_tree(const YamlValue& value, std::size_t depth = 0) {
    must(depth <= kMaxYamlDepth);
    must(value.place.line >= 1 && value.place.column >= 1);
    must(value.kind == YamlValue::Kind::text || value.text.empty());
    std::size_t count = 1;
    for (const auto& item : value.items) count += check_tree(item, depth + 1);
    for (const auto& member : value.members) {
        must(value.find(member.key) == &member);  // given once
        count += check_tree(member.value, depth + 1);
    }
    return count;
}

void check_scalar(const std::string& text) {
    const auto again = parse_yaml("k: " + write_yaml_text(text), "f");
    must(again && again->find("k")->value.text == text);
    const auto list = parse_yaml(write_yaml_list({text, text}), "f");
    must(list && yaml_texts(*list).value() == std::vector{text, text});
}

void check_texts(const YamlValue& value) {
    if (value.kind == YamlValue::Kind::text) check_scalar(value.text);
    for (const auto& item : value.items) check_texts(item);
    for (const auto& member : value.members) check_scalar(member.key), check_texts(member.value);
}

const char* nothing(const char*) { return nullptr; }

void check_edit(std::string_view text) {
    for (const auto& setting : settings()) {
        const auto edited = edit_setting(text, "f", setting, setting.texts({}));
        if (!edited) continue;
        const auto after = load_config({.file = "f", .environment = nothing}, *edited);
        must(after && setting.texts(after->config) == setting.texts({}));
    }
}

void check_project(std::string_view text) {
    const ProjectFile file{.name = "f", .directory = "/d", .text = std::string(text)};
    const auto project = read_project({&file, 1});
    if (!project) return must(!project.error().message.empty());
    std::ignore = plan_project(*project, {}, {}, true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto root = parse_yaml(text, "f");
    if (!root) {
        must(root.error().code == Errc::invalid_argument && root.error().message.starts_with("f"));
        return 0;
    }
    must(check_tree(*root) <= kMaxYamlValues + 1);
    check_texts(*root);
    if (load_config({.file = "f", .environment = nothing}, text)) check_edit(text);
    check_project(text);
    return 0;
}
