// Values as JSON: of rows that go out, and of the functions that make it.
#pragma once

#include "core/base/json.hpp"
#include "core/sql/data/column.hpp"

namespace kns::sql {

struct JsonForm {
    bool iso_times = false;  // 2024-05-01T12:00:00.123Z instead of 2024-05-01 12:00:00.123
};

// Flink's JSON format: texts, numbers, true and false as themselves; times as text; binary in base64; rows and maps as objects.
void append_json(std::string& out, const Column& column, std::size_t row, const Type& type, const JsonForm& form = {});

}  // namespace kns::sql
