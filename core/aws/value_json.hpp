// Values as they are kept: JSON, with blobs in base64 and timestamps in seconds, as on the wire. Pure.
#pragma once

#include "core/aws/answer_writer.hpp"
#include "core/aws/value.hpp"
#include "core/base/json.hpp"

namespace kns::aws {

JsonValue json_of(const Value& value);
void write(AnswerWriter& out, const JsonValue& value);

}  // namespace kns::aws
