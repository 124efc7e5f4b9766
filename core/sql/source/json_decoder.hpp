// Rows out of JSON objects, by simdjson: only the members that are asked for are looked at.
// Contract: Flink 1.20, "JSON Format". A member that is missing is NULL; one that is no such value makes the record bad, or NULL
// with 'json.ignore-parse-errors' = 'true'. Times are taken in both of Flink's ways of writing them.
#pragma once

#include "core/sql/source/row_decoder.hpp"

namespace kns::sql {

class JsonDecoder : public RowDecoder {
   public:
    JsonDecoder(const Table& table, const std::vector<FieldPath>& paths);
    ~JsonDecoder() override;
    std::optional<std::string> append(std::string_view record, const RecordMeta& meta) override;
    std::size_t size() const override { return rows_; }

    struct Parser;  // simdjson's own

   private:
    friend struct Parser;
    // A member that is wanted as a whole, in parts, or both.
    struct Member {
        std::string name;
        std::optional<std::size_t> column{};
        std::vector<Member> members{};
    };
    std::vector<Member> members_;
    bool ignore_errors_ = false;
    std::unique_ptr<Parser> parser_;
};

}  // namespace kns::sql
