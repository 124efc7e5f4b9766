// What every command is handed: how it was asked, where it prints, whom it asks.
#pragma once

#include <string>

#include "core/base/time.hpp"

namespace kns::cli {

class Client;
class Printer;

enum class Format { text, json, ndjson, tsv };

// The options every command has.
struct Settings {
    Format output = Format::text;
    bool quiet = false;
    bool verbose = false;
    bool debug = false;
    bool no_color = false;
    bool no_spawn = false;
    std::string data_dir;  // empty: the usual place
    Ms timeout = 30 * kSecond;
};

struct Context {
    const Settings& settings;
    Printer& out;
    Client& daemon;
};

}  // namespace kns::cli
