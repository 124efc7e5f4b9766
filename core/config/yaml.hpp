// YAML as people write settings in it: maps, lists and texts, each with its place in the file.
//
// Only that much of YAML is read. Anchors, aliases, tags, further documents, keys that are no text, a key given twice, more
// than kMaxYamlBytes, kMaxYamlDepth or kMaxYamlValues are refused: none is needed to say what a file here has to say, and
// each is a way to make a small file a large program's problem. A value is a text until its reader says otherwise: `no` is
// no boolean where a name is wanted.
//
// Errors are `invalid_argument`, name FILE:LINE:COLUMN and carry {"file","line","column"} as details.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

inline constexpr std::size_t kMaxYamlBytes = 1 << 20, kMaxYamlDepth = 16, kMaxYamlValues = 50'000;

// Counted from 1; the column in bytes.
struct YamlPlace {
    int line = 1, column = 1;
};

struct YamlMember;

struct YamlValue {
    enum class Kind { null, text, list, map };

    Kind kind = Kind::null;
    YamlPlace place;
    std::string text;
    std::vector<YamlValue> items;     // of a list
    std::vector<YamlMember> members;  // of a map, in the file's order

    bool is_null() const { return kind == Kind::null; }
    const YamlMember* find(std::string_view key) const;  // or nullptr
    std::string_view kind_name() const;                  // "a list"
};

struct YamlMember {
    std::string key;
    YamlPlace place;  // of the key
    YamlValue value;
};

// `file` is its name in errors. An empty file is null.
Result<YamlValue> parse_yaml(std::string_view text, std::string_view file);

// The error as one about this place and what is there, unless it has a place already.
Error at_place(Error error, std::string_view file, YamlPlace place, std::string_view what);

// One key that a map may have, and what takes its value.
struct YamlKey {
    std::string_view name;
    std::function<Result<void>(const YamlValue&)> read;
};
// Reads a map whose keys are known; an unknown one is an error with the nearest known one. A key without a value counts as
// absent.
Result<void> read_yaml_map(std::string_view file, const YamlValue& map, std::span<const YamlKey> keys);

// Single values; errors have no place yet.
Result<std::string> yaml_text(const YamlValue& value);
Result<std::uint64_t> yaml_number(const YamlValue& value);
Result<std::vector<std::string>> yaml_texts(const YamlValue& value);  // a list, or one text
Result<std::map<std::string, std::string>> yaml_text_map(const YamlValue& value);

// A text as it is written in YAML: plain where any reader of YAML would take it for this text, quoted elsewhere.
std::string write_yaml_text(std::string_view text);
// [a, b] and {a: b}, on one line.
std::string write_yaml_list(const std::vector<std::string>& texts);
std::string write_yaml_map(const std::map<std::string, std::string>& texts);

}  // namespace kns
