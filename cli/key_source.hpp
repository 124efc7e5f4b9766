// Where the partition key of a record comes from: nowhere, the command line, a column, or a place in its JSON.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns::cli {

// A place in a JSON text, `user.id`, `$.items[0].sku`, found without reading the text into a tree: what is on the way is
// skipped over, what is behind is not looked at. That is ten times as fast, and as strict as a key needs it.
class JsonPath {
   public:
    static Result<JsonPath> parse(std::string_view text);

    // The value's own text, quotes and all; empty if there is none.
    std::string_view find(std::string_view json) const;

   private:
    struct Step {
        std::string name;       // of a member, or
        std::size_t index = 0;  // a place in an array
        bool is_index = false;
    };
    std::vector<Step> steps_;
};

class KeySource {
   public:
    enum class Kind { none, fixed, field, json };

    KeySource() = default;
    static Result<KeySource> fixed(std::string key);
    // The n-th word of a line, from 1; words are separated by spaces and tabs.
    static Result<KeySource> field(std::uint64_t n);
    static Result<KeySource> json(std::string_view path);

    Kind kind() const { return kind_; }
    const std::string& fixed_key() const { return fixed_; }

    // The key in a record, for `field` and `json`. Points into the record, or into memory kept until `forget`.
    Result<std::string_view> find(std::string_view record);
    void forget() { unescaped_.clear(); }

   private:
    Kind kind_ = Kind::none;
    std::string fixed_;
    std::uint64_t field_ = 0;
    JsonPath path_;
    std::string path_text_;
    std::deque<std::string> unescaped_;  // keys that stand in JSON with escapes
};

// 1 to 256 characters, as in Kinesis.
Result<void> check_key(std::string_view key);

}  // namespace kns::cli
