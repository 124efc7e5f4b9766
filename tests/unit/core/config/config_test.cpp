#include "core/config/config.hpp"

#include <catch2/catch.hpp>

#include "core/config/config_file.hpp"

namespace kns {
namespace {

using Environment = std::map<std::string, std::string>;

ConfigSources sources(Environment environment = {}) {
    auto shared = std::make_shared<Environment>(std::move(environment));
    return {.file = "kns.yaml", .environment = [shared](const char* name) -> const char* {
                const auto found = shared->find(name);
                return found == shared->end() ? nullptr : found->second.c_str();
            }};
}

std::string edited(std::string_view text, std::string_view key, const std::vector<std::string>& values) {
    const auto* setting = find_setting(key).value();
    const auto out = edit_setting(text, "kns.yaml", *setting, values);
    return out ? *out : out.error().message;
}

TEST_CASE("later sources win, and each value knows its own") {
    auto from = sources({{"KNS_DEFAULTS_SHARDS", "3"}, {"KNS_ZONES", "/c,/d"}});
    from.flags["idle_exit"] = "1h";
    const auto loaded =
        load_config(from, "idle_exit: 10m\nscrub: off\ndefaults:\n  shards: 2\n  retention: 7d\nzones: [/a]\n").value();
    CHECK(loaded.config.idle_exit_ms == kHour);
    CHECK_FALSE(loaded.config.scrub);
    CHECK(loaded.config.defaults.shards == 3);
    CHECK(loaded.config.defaults.retention == "7d");
    CHECK(loaded.config.zones == std::vector<std::string>{"/c", "/d"});
    CHECK(loaded.origins.at("idle_exit") == "--idle-exit");
    CHECK(loaded.origins.at("scrub") == "kns.yaml:2");
    CHECK(loaded.origins.at("defaults.shards") == "KNS_DEFAULTS_SHARDS");
    CHECK(loaded.origins.at("defaults.retention") == "kns.yaml:5");
    CHECK_FALSE(loaded.origins.contains("log_level"));
}

TEST_CASE("a setting that is wrong is named with its place") {
    struct Case {
        const char *text, *message, *hint;
    };
    const Case c = GENERATE(values<Case>({
        {"zonse: [/a]\n", "kns.yaml:1:1: unknown key \"zonse\"", "did you mean \"zones\"?"},
        {"defaults:\n  shard: 2\n", "kns.yaml:2:3: unknown key \"shard\"", "did you mean \"shards\"?"},
        {"idle_exit: soon\n", "kns.yaml:1:12: idle_exit: \"soon\" is not a duration", "write 300s, 15m, 24h or 7d"},
        {"zones: [a]\n", "kns.yaml:1:8: zones: \"a\" is not an absolute path", "a zone is a directory: /mnt/disk2/kns"},
        {"zones: [/a, /a]\n", "kns.yaml:1:8: zones: \"/a\" is given twice", ""},
        {"scrub: maybe\n", "kns.yaml:1:8: scrub: \"maybe\" is neither on nor off", ""},
        {"scrub: [on, off]\n", "kns.yaml:1:8: scrub: expected one text, found a list", ""},
        {"log_level: loud\n", "kns.yaml:1:12: log_level: \"loud\" is none of debug, info, warn, error", ""},
        {"defaults:\n  shards: 0\n", "kns.yaml:2:11: shards: a stream cannot have 0 shards", nullptr},
        {"defaults:\n  retention: 1m\n", "kns.yaml:2:14: retention: a retention of 1m is out of range", nullptr},
        {"defaults: 7d\n", "kns.yaml:1:11: expected keys and values, found a text", ""},
        {"streams: {a: {}}\n", "kns.yaml:1:10: streams: this file holds the daemon's settings only",
         "keep it in a file of its own, for kns apply -f FILE"},
    }));
    const auto loaded = load_config(sources(), c.text);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message == c.message);
    if (c.hint) CHECK(loaded.error().hint == c.hint);
}

TEST_CASE("a variable that is wrong is named") {
    CHECK(load_config(sources({{"KNS_IDLE_EXIT", "soon"}}), "").error().text() == "KNS_IDLE_EXIT: \"soon\" is not a duration");
}

TEST_CASE("an edit changes a line and keeps the others") {
    const std::string text =
        "# mine\nidle_exit: 10m   # short\n\ndefaults:   # of new streams\n    # a week\n    retention: 7d\nzones:\n  - /a\n  # "
        "second\n  "
        "- /b\n\n# end\n";
    CHECK(edited(text, "idle_exit", {"1h"}) ==
          "# mine\nidle_exit: 1h   # short\n\ndefaults:   # of new streams\n    # a week\n    retention: 7d\nzones:\n  - /a\n  # "
          "second\n  "
          "- /b\n\n# end\n");
    CHECK(edited(text, "defaults.retention", {"2d"}) ==
          "# mine\nidle_exit: 10m   # short\n\ndefaults:   # of new streams\n    # a week\n    retention: 2d\nzones:\n  - /a\n  # "
          "second\n  "
          "- /b\n\n# end\n");
    CHECK(edited(text, "defaults.shards", {"4"}) ==
          "# mine\nidle_exit: 10m   # short\n\ndefaults:   # of new streams\n    shards: 4\n    # a week\n    retention: "
          "7d\nzones:\n  - /a\n  "
          "# second\n  - /b\n\n# end\n");
    CHECK(edited(text, "zones", {"/c", "/d e"}) ==
          "# mine\nidle_exit: 10m   # short\n\ndefaults:   # of new streams\n    # a week\n    retention: 7d\nzones: [/c, \"/d "
          "e\"]\n\n# end\n");
    CHECK(edited(text, "scrub", {"off"}) == text + "scrub: off\n");
}

TEST_CASE("an edit begins a file and a section that are not there") {
    CHECK(edited("", "idle_exit", {"0"}).starts_with("# The daemon's settings"));
    CHECK(edited("", "idle_exit", {"0"}).ends_with("\nidle_exit: 0\n"));
    CHECK(edited("scrub: on", "defaults.shards", {"2"}) == "scrub: on\ndefaults:\n  shards: 2\n");
    CHECK(edited("defaults:\n", "defaults.shards", {"2"}) == "defaults:\n  shards: 2\n");
    CHECK(edited("idle_exit:\nscrub: on\n", "idle_exit", {"5m"}) == "idle_exit: 5m\nscrub: on\n");
    CHECK(edited("\"idle_exit\" : '5m' # x\n", "idle_exit", {"6m"}) == "\"idle_exit\" : 6m # x\n");
    CHECK(edited("zones: ['/a # b', /c]  # two\n", "zones", {}) == "zones: []  # two\n");
}

TEST_CASE("a layout that cannot be edited line by line is left alone") {
    CHECK(edited("{idle_exit: 5m, scrub: on}\n", "idle_exit", {"6m"}) ==
          "kns.yaml:1: idle_exit is written in a way that kns does not edit");
    CHECK(edited("defaults: {shards: 2, retention: 7d}\n", "defaults.shards", {"3"}) ==
          "kns.yaml:1: defaults.shards is written in a way that kns does not edit");
    CHECK(edited("defaults: {retention: 7d}\n", "defaults.shards", {"3"}).find("does not edit") != std::string::npos);
    CHECK(edited("scrub: on\n...\n", "idle_exit", {"3m"}).find("does not edit") != std::string::npos);
}

TEST_CASE("an unknown setting is not found, with the nearest") {
    CHECK(find_setting("idle_exti").error().code == Errc::not_found);
    CHECK(find_setting("idle_exti").error().hint == "did you mean \"idle_exit\"?");
}

TEST_CASE("every setting's default is one that it accepts") {
    for (const auto& setting : settings()) {
        Config config;
        CHECK(setting.set(config, setting.texts({})));
        CHECK(setting.texts(config) == setting.texts({}));
    }
}

}  // namespace
}  // namespace kns
