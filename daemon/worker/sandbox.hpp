// What a worker may no longer do once it begins its job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kns {

struct SandboxRules {
    std::vector<std::string> readable;       // directories and files; missing ones are skipped
    std::vector<std::string> writable;       // directories, with all that is below
    std::vector<std::uint16_t> connectable;  // TCP ports of any host; with none there is no network at all
    bool any_port = false;                   // as if all were connectable: whoever is asked says where to go next
    std::vector<std::string> executable{};   // readable, and their files can be run
    bool processes = false;                  // others may be started, in the same sandbox
    std::uint64_t max_memory = 2ull << 30;
    std::uint64_t max_cpu_seconds = 3600;
    std::uint64_t max_file_bytes = 1ull << 30;
    std::uint64_t max_descriptors = 64;
};

// Guards the calling process for the rest of its life: no new privileges, no network but those ports and names' addresses, no files
// but these, no processes (of its own unless so said, or other's memory and signals), no namespaces, no core dump, bounded memory,
// time, files and descriptors, death together with its parent. Call before the first thread starts. A kernel that lacks a guard is
// no error: the answer names what is missing, for the log.
std::vector<std::string> enter_sandbox(const SandboxRules& rules);

}  // namespace kns
