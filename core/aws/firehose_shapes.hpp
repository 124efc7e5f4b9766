// The operations of Amazon Data Firehose and their inputs. Source: botocore 1.44.8's service model of 2015-08-04.
#pragma once

#include "core/aws/shape.hpp"

namespace kns::aws {

// Null: there is none of this name.
const Operation* find_firehose_operation(std::string_view name);
std::span<const Operation> firehose_operations();  // by name

}  // namespace kns::aws
