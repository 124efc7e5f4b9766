#include "tests/fault/sim/corruption.hpp"

#include "core/store/log_format.hpp"

namespace kns::sim {
namespace {

using Files = std::map<std::string, std::vector<std::byte>>;

// What is on the disk, and what a sound process says of it.
struct Content {
    Files root, log, older_root, older_log;
    std::map<std::uint32_t, std::map<std::int64_t, std::string>> records;  // by shard
    std::map<std::string, std::string> facts;
    std::uint64_t marked_records = 0;
};

// Killed: part of it in the WAL, part not indexed. Stopped: all of it indexed and checkpointed.
Content make_content(std::uint64_t seed, bool stopped) {
    Sim sim(seed);
    Content out;
    sim.start();
    sim.create("a", 2);
    sim.create("b");
    for (int i = 0; i < 4; ++i) sim.put({"a", "b"}, 3, 200);
    sim.commit("a", "g");
    sim.save();
    sim.mark();
    out.older_root = sim.machine.root.snapshot();
    out.older_log = sim.machine.log.snapshot();
    if (!stopped) sim.checkpoint();
    sim.create("c");
    sim.create_delivery("d");
    sim.enqueue_job();
    for (int i = 0; i < 6; ++i) sim.put({"a", "c", "b"}, 2, 300);
    sim.commit("b", "g");
    sim.save();
    sim.retention("a", "48h");
    for (int i = 0; i < 3; ++i) sim.put({"c", "a"}, 2, 100);
    sim.mark();
    if (stopped) {
        sim.stop();
    } else {
        sim.machine.faults.power_cut_at = sim.machine.faults.operations;
        sim.process.reset();
    }
    sim.machine.lose_process();
    out.root = sim.machine.root.snapshot();
    out.log = sim.machine.log.snapshot();

    sim.start();
    out.facts = facts_of(*sim.process, sim.machine.clock.now()).value();
    for (const auto& stream : sim.process->streams.list({}, true))
        for (const auto& shard : stream->shards) {
            const auto read = read_shard(*sim.process, sim.machine, shard.number, 0).value();
            for (const auto& [offset, value] : read.records) out.records[shard.number][offset] = value;
        }
    return out;
}

// Opens what is left and compares.
void judge(const Content& content, const Files& root, const Files& log, const std::string& what, Tally& tally) {
    ++tally.tried;
    Machine machine(1);
    machine.root.restore(root);
    machine.log.restore(log);
    Process process(machine);
    if (const auto opened = process.open(); !opened) {
        const auto text = opened.error().text();
        if (text.find("kns.db") == text.npos && text.find("catalog") == text.npos && text.find(".log") == text.npos)
            throw Violation{fmt::format("{}: refused without naming the file: {}", what, text)};
        ++tally.refused;
        return;
    }
    bool noticed = !process.damages.empty() || process.log->recovery().missing_records > 0;
    std::uint64_t lost = 0;
    std::string difference;
    for (const auto& [shard, records] : content.records) {
        const auto read = read_shard(process, machine, shard, 0);
        if (!read) {  // an error is an answer, if it names the file
            noticed = true;
            lost += records.size();
            continue;
        }
        noticed |= !read->damages.empty();
        for (const auto& [offset, value] : read->records) {
            const auto known = records.find(offset);
            if (known == records.end() || known->second != value)
                throw Violation{fmt::format("{}: shard {} serves {} at offset {}", what, shard, value, offset)};
        }
        lost += records.size() - read->records.size();
    }
    const auto facts = facts_of(process, machine.clock.now());
    if (!facts)
        noticed = true;
    else if (*facts != content.facts)
        for (const auto& [key, value] : content.facts)
            if (const auto there = facts->find(key); there == facts->end() || there->second != value)
                difference = fmt::format("{} was \"{}\", and is \"{}\"", key, value, there == facts->end() ? "" : there->second);
    if (lost == 0 && difference.empty()) {
        ++tally.harmless;
    } else if (noticed) {
        ++tally.noticed;
    } else {
        throw Violation{fmt::format("{}: {} records are gone, and nothing tells of it {}", what, lost, difference), lost > 0};
    }
}

std::string kind_of(const std::string& name) { return name.ends_with(".log") ? "segment" : name; }

std::vector<std::pair<bool, std::string>> all_files(const Content& content) {
    std::vector<std::pair<bool, std::string>> out;  // whether in the log's directory; name
    for (const auto& [name, bytes] : content.root)
        if (!bytes.empty()) out.emplace_back(false, name);
    for (const auto& [name, bytes] : content.log)
        if (!bytes.empty()) out.emplace_back(true, name);
    return out;
}

}  // namespace

std::map<std::string, Tally> flip_bits(std::uint64_t seed, std::uint64_t count) {
    const Content contents[] = {make_content(seed, false), make_content(seed, true)};
    SeededRandom random(seed);
    std::map<std::string, Tally> out;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto& content = contents[random.below(2)];
        const auto files = all_files(content);
        const auto& [in_log, name] = files[random.below(files.size())];
        auto root = content.root, log = content.log;
        auto& bytes = (in_log ? log : root)[name];
        const auto bit = random.below(bytes.size() * 8);
        bytes[bit / 8] ^= std::byte(1 << (bit % 8));
        judge(content, root, log, fmt::format("bit {} of {} flipped", bit, name), out[kind_of(name)]);
    }
    return out;
}

std::map<std::string, Tally> damage_files(std::uint64_t seed) {
    SeededRandom random(seed);
    std::map<std::string, Tally> out;
    for (const bool stopped : {false, true}) {
        const auto content = make_content(seed, stopped);
        for (const auto& [in_log, name] : all_files(content)) {
            const auto damaged = [&](const std::string& how, const auto& change) {
                auto root = content.root, log = content.log;
                change(in_log ? log : root);
                judge(content, root, log, name + " " + how, out[kind_of(name) + " " + how]);
            };
            damaged("deleted", [&](Files& files) { files.erase(name); });
            for (int i = 0; i < 8; ++i)
                damaged("cut short", [&](Files& files) { files[name].resize(random.below(files[name].size())); });
            const auto& older = in_log ? content.older_log : content.older_root;
            if (const auto there = older.find(name); there != older.end())
                damaged("older", [&](Files& files) { files[name] = there->second; });
        }
    }
    return out;
}

}  // namespace kns::sim
