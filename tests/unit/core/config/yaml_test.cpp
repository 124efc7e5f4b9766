#include "core/config/yaml.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

std::string error_of(std::string_view text) {
    const auto parsed = parse_yaml(text, "f.yaml");
    return parsed ? "none" : parsed.error().message;
}

TEST_CASE("maps, lists and texts are read with their places") {
    const auto root = parse_yaml("a: 1\nb:\n  - x\n  - 'y z'\nc: {d: }\n", "f.yaml").value();
    REQUIRE(root.members.size() == 3);
    CHECK(root.members[0].value.text == "1");
    CHECK(root.members[0].value.place.column == 4);
    REQUIRE(root.members[1].value.items.size() == 2);
    CHECK(root.members[1].value.items[1].text == "y z");
    CHECK(root.members[1].value.items[1].place.line == 4);
    CHECK(root.find("c")->value.find("d")->value.is_null());
    CHECK(root.find("c")->place.line == 5);
}

TEST_CASE("an empty file is nothing, and so are ~ and null; quoted they are texts") {
    CHECK(parse_yaml("", "f")->is_null());
    CHECK(parse_yaml("# only words\n", "f")->is_null());
    const auto root = parse_yaml("[~, null, '~', \"null\", '']", "f").value();
    CHECK(root.items[0].is_null());
    CHECK(root.items[1].is_null());
    for (std::size_t i = 2; i < 5; ++i) CHECK(root.items[i].kind == YamlValue::Kind::text);
}

TEST_CASE("what a small file must not do to a large program is refused, with its place") {
    struct Case {
        std::string text, message;
    };
    const std::string bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n";
    const auto c = GENERATE_COPY(values<Case>({
        {bomb, "f.yaml:1:4: anchors are not read: &a"},
        {"a: *b\n", "f.yaml:1:4: this is not YAML: the referenced anchor is not defined"},
        {"a: !!python/object:os.system x\n", "f.yaml:1:4: tags are not read: tag:yaml.org,2002:python/object:os.system"},
        {"a: !mine [x]\n", "f.yaml:1:4: tags are not read: !mine"},
        {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: \"a\" is given twice"},
        {"? [a, b]\n: c\n", "f.yaml:1:3: a key has to be a text"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins"},
        {std::string(20, '[') + std::string(20, ']'), "f.yaml:1:17: values are nested more than 16 deep"},
        {"a: [1\n", "f.yaml:2:1: this is not YAML: end of sequence flow not found"},
        {"a: b: c\n", "f.yaml:1:5: this is not YAML: illegal map value"},
        {"a: \"x\\N\"\n", "f.yaml:1:4: an escape in this text gives no character"},
        {"a: \"x\\0\"\n", "f.yaml:1:4: an escape in this text gives no character"},
        {"a: \xff\n", "f.yaml is not UTF-8 text"},
        {std::string("a: \0b", 5), "f.yaml is not UTF-8 text"},
    }));
    CHECK(error_of(c.text) == c.message);
}

TEST_CASE("a file of more than 1 MiB, or of too many values, is refused") {
    const std::string large = "a: '" + std::string(kMaxYamlBytes, 'x') + "'\n";
    CHECK(error_of(large) == "f.yaml has 1048582 bytes, 1048576 are read at most");
    std::string many = "[";
    for (std::size_t i = 0; i <= kMaxYamlValues; ++i) many += "x,";
    CHECK(error_of(many + "]").find("there are more than 50000 values") != std::string::npos);
}

TEST_CASE("an error of a place keeps the first place that it was given") {
    const Error inner = at_place(fail(Errc::invalid_argument, "wrong"), "f.yaml", {3, 5}, "shards");
    CHECK(inner.message == "f.yaml:3:5: shards: wrong");
    CHECK(inner.details == R"({"file":"f.yaml","line":3,"column":5})");
    CHECK(at_place(inner, "f.yaml", {1, 1}, "streams").message == inner.message);
}

TEST_CASE("a map's unknown key is an error with the nearest known one") {
    std::string shards;
    const YamlKey keys[] = {{"shards",
                             [&](const YamlValue& value) -> Result<void> {
                                 shards = KNS_TRY(yaml_text(value));
                                 return {};
                             }},
                            {"retention", [](const YamlValue&) { return Result<void>(); }}};
    const auto read = [&](std::string_view text) { return read_yaml_map("f.yaml", parse_yaml(text, "f.yaml").value(), keys); };
    CHECK(read("shards: 3\nretention:\n"));
    CHECK(shards == "3");
    CHECK(read(""));
    CHECK(read("shrads: 3\n").error().message == "f.yaml:1:1: unknown key \"shrads\"");
    CHECK(read("shrads: 3\n").error().hint == "did you mean \"shards\"?");
    CHECK(read("zzz: 3\n").error().hint == "known here: shards, retention");
    CHECK(read("shards: [1]\n").error().message == "f.yaml:1:9: shards: expected a text, found a list");
    CHECK(read("[1]\n").error().message == "f.yaml:1:1: expected keys and values, found a list");
}

TEST_CASE("a text that was written is read as the same") {
    const std::string text =
        GENERATE("plain", "file:///srv/a/", "", " lead", "12", "no", "On", "null", "~", "a: b", "a #b", "#", "- x", "[x]", "{x}",
                 "x,y", "it's", "say \"x\"", "back\\slash", "tab\there", "two\nlines", "!{timestamp:yyyy}/", "&a", "*a", "%x", "@x",
                 "`x", "a:", "caf\xc3\xa9", "\xe2\x80\xa8", "\x7f", "?", "-", "=", "2026-01-01", "year='!{timestamp:yyyy}'/");
    CHECK(parse_yaml(write_yaml_text(text), "f")->text == text);
    CHECK(parse_yaml("k: " + write_yaml_text(text), "f")->find("k")->value.text == text);
    CHECK(yaml_texts(parse_yaml(write_yaml_list({text, "x"}), "f").value()).value() == std::vector<std::string>{text, "x"});
    const std::map<std::string, std::string> map{{text, text}, {"other", "x"}};
    CHECK(yaml_text_map(parse_yaml(write_yaml_map(map), "f").value()).value() == map);
}

}  // namespace
}  // namespace kns
