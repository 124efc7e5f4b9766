// What a delivery stream's `transform` says.
//
//     ./clean.sh --strict               a command: a line for each record on its stdin, a line for each on its stdout
//     lambda:http://HOST:PORT/PATH      a function, invoked there by POST, as AWS invokes it
//     lambda:/DIRECTORY?handler=a.b     a function on this machine: its `bootstrap` (or this file itself) asks the Lambda
//                                       Runtime API, which kns serves to it
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace kns {

struct TransformSpec {
    enum class Kind { none, command, function, invoke_url };
    Kind kind = Kind::none;
    std::vector<std::string> argv;  // of a command
    std::string path;               // of a function: the directory or program, absolute
    std::string handler;            // of a function; may be empty
    std::string url;                // of an invocation
};

Result<TransformSpec> parse_transform(std::string_view text);

}  // namespace kns
