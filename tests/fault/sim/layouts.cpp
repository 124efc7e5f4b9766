#include "tests/fault/sim/layouts.hpp"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/store/schema.hpp"

namespace kns::sim {
namespace {

namespace fs = std::filesystem;

struct Layout {
    std::int64_t version = 0;
    std::map<std::string, std::vector<std::byte>> root, log;
    std::multiset<std::string> records;
};

std::vector<std::byte> unzipped(const fs::path& path) {
    std::vector<std::byte> out;
    const auto file = ::gzopen(path.c_str(), "rb");
    if (!file) throw Violation{path.string() + " cannot be opened"};
    char window[1 << 16];
    for (int n; (n = ::gzread(file, window, sizeof window)) > 0;) {
        const auto part = std::as_bytes(std::span(window).first(static_cast<std::size_t>(n)));
        out.insert(out.end(), part.begin(), part.end());
    }
    if (::gzclose(file) != Z_OK) throw Violation{path.string() + " is cut short"};
    return out;
}

Layout read_layout(const fs::path& folder) {
    Layout out;
    out.version = std::stoll(folder.filename().string());
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().stem().string();  // without .gz
        if (entry.path().extension() == ".gz") (name == "kns.db" ? out.root : out.log)[name] = unzipped(entry.path());
    }
    std::ifstream lines(folder / "records");
    for (std::string line; std::getline(lines, line);) out.records.insert(line);
    if (out.root.empty() || out.log.empty() || out.records.empty()) throw Violation{folder.string() + " is no layout"};
    return out;
}

std::int64_t schema_version(Machine& machine, const std::string& file) {
    auto db = Database::open(file, Access::read, machine.env.vfs);
    if (!db) throw Violation{fmt::format("{} cannot be opened: {}", file, db.error().text())};
    auto rows = db->query("PRAGMA user_version");
    if (!rows || !rows->step()) throw Violation{file + " cannot be read"};
    return rows->integer(0);
}

// Opened once more, without faults.
void examine(const Layout& layout, Machine& machine, const std::string& where) {
    const auto newest = static_cast<std::int64_t>(migrations().size());
    Process process(machine);
    if (const auto opened = process.open(); !opened)
        throw Violation{fmt::format("{}: not opened: {}", where, opened.error().text())};
    std::multiset<std::string> found;
    for (const auto& stream : process.streams.list({}, true))
        for (const auto& shard : stream->shards) {
            const auto read = read_shard(process, machine, shard.number, 0);
            if (!read) throw Violation{fmt::format("{}: {}", where, read.error().text())};
            for (const auto& [offset, value] : read->records) found.insert(stream->row.name + " " + value);
        }
    if (found != layout.records)
        throw Violation{fmt::format("{}: {} of {} records are there", where, found.size(), layout.records.size()), true};
    if (schema_version(machine, "kns.db") != newest) throw Violation{where + ": not in the newest layout"};
    if (layout.version < newest && schema_version(machine, fmt::format("kns.db.v{}.bak", layout.version)) != layout.version)
        throw Violation{where + ": the backup is not of the old layout"};
}

std::uint64_t open_with_faults(const Layout& layout) {
    std::uint64_t runs = 0;
    for (const auto fault : kFaults)
        for (std::uint64_t point = 0;; ++point, ++runs) {
            Sim sim(point + 1);
            auto& machine = sim.machine;
            machine.root.restore(layout.root);
            machine.log.restore(layout.log);
            sim.arm(fault, point);
            bool met = false;
            {
                Process process(machine);
                std::ignore = process.open();
                met = sim.fault_met();
                machine.faults.power_cut_at = machine.faults.operations;  // what is closed now no longer writes
            }
            if (cuts_power(fault))
                machine.lose_power(fault == Fault::torn_sectors ? Survive::some_sectors
                                   : fault == Fault::torn_end   ? Survive::first_sectors
                                                                : Survive::nothing);
            else
                machine.lose_process();
            examine(layout, machine, fmt::format("layout {}, {} at operation {}", layout.version, name_of(fault), point));
            if (!met) break;
        }
    return runs;
}

}  // namespace

std::uint64_t open_old_layouts(const std::string& directory) {
    std::uint64_t runs = 0;
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.is_directory()) runs += open_with_faults(read_layout(entry.path()));
    if (runs == 0) throw Violation{directory + " holds no layouts"};
    return runs;
}

}  // namespace kns::sim
