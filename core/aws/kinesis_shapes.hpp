// The operations of Kinesis Data Streams and their inputs. Source: botocore 1.44.8's service model of 2013-12-02.
#pragma once

#include "core/aws/shape.hpp"

namespace kns::aws {

// Null: there is none of this name, or it is not here.
const Operation* find_kinesis_operation(std::string_view name);
std::span<const Operation> kinesis_operations();  // by name

// Those of channels and queues, which kns does not have: refused by name.
std::span<const std::string_view> kinesis_operations_not_here();

}  // namespace kns::aws
