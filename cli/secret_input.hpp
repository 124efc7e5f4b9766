// A secret comes from a file or stdin, never from the command line, where every user of the machine could read it.
#pragma once

#include <string>

#include "core/base/result.hpp"
#include "core/base/secret_text.hpp"

namespace kns::cli {

// `file`: a path, "-" for stdin. From a terminal it asks, without showing what is typed, and takes one line.
Result<SecretText> read_secret(const std::string& file, const std::string& name);

}  // namespace kns::cli
