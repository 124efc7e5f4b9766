#include "tests/fault/sim/sim.hpp"

#include <algorithm>
#include <cstdio>

namespace kns::sim {
namespace {

constexpr UnixMs kGone = std::numeric_limits<UnixMs>::min();  // arrived before any horizon

std::string text_of(const Stream& stream) {
    std::string out = fmt::format("id={} retention={} tags={}", stream.row.id, stream.row.retention_ms, stream.row.tags.size());
    for (const auto& s : stream.shards)
        out += fmt::format(" {}:{}-{}{}", s.number, hash_key_text(s.hash_first), hash_key_text(s.hash_last),
                           s.open() ? "" : fmt::format(" ends {}", *s.end_offset));
    return out;
}

std::string position_key(std::int64_t stream_id, const std::string& group, std::uint32_t shard) {
    return fmt::format("position {} {} {}", stream_id, group, shard);
}

}  // namespace

std::string_view name_of(Fault fault) {
    constexpr std::string_view kNames[] = {"io-error", "disk-full", "kill", "power-cut", "torn-sectors", "torn-end"};
    return kNames[static_cast<std::size_t>(fault)];
}

Result<std::map<std::string, std::string>> facts_of(Process& process, UnixMs now) {
    std::map<std::string, std::string> out;
    for (const auto& job : KNS_TRY(JobQueue(*process.db).list(std::nullopt, 1000))) out[job.spec] = name_of_enum(job.state);
    for (const auto& row : KNS_TRY(DeliveryStore(*process.db).all()))
        out["delivery " + row.name] = fmt::format("{} records", row.delivered.records);
    for (const auto& stream : process.streams.list({}, true)) {
        out["stream " + stream->row.name] = text_of(*stream);
        for (const auto& group : process.groups.list(*stream, now, true))
            for (const auto& shard : stream->shards)
                if (const auto position = process.groups.position(stream->row.id, group.name, shard.number))
                    out[position_key(stream->row.id, group.name, shard.number)] = std::to_string(*position);
    }
    return out;
}

Result<ShardRead> read_shard(Process& process, Machine& machine, std::uint32_t shard, UnixMs horizon_ms) {
    ExtentFinder finder(process.index, *process.reader);
    SegmentFiles files(machine.log);
    BatchCursor cursor({{shard, 0}});
    BatchCursor::Chunk chunk;
    ShardRead out;
    do {
        KNS_TRY(cursor.read(finder, files, horizon_ms, 1 << 16, chunk));
        out.damages.insert(out.damages.end(), chunk.damages.begin(), chunk.damages.end());
        for (Bytes run : chunk.batches)
            while (!run.empty()) {
                const auto total = KNS_TRY(parse_batch_header(run)).total_bytes();
                RecordReader reader(run.first(total));
                RecordView record;
                while (KNS_TRY(reader.next(record))) out.records.emplace_back(record.offset, record.value);
                run = run.subspan(total);
            }
    } while (!chunk.at_end);
    return out;
}

// ---- faults

void Sim::arm(Fault fault, std::uint64_t in) {
    auto& faults = machine.faults;
    faults.fail_at = faults.power_cut_at = std::nullopt;
    armed_ = fault;
    armed_at_ = faults.operations + in;
    faults.error = fault == Fault::disk_full ? 28 : 5;
    faults.partial = faults.random.one_in(2);
    faults.count_reads = true;
    if (is_crash(fault)) {
        faults.power_cut_at = armed_at_;
    } else {
        faults.fail_at = armed_at_;
        faults.fail_for = fault == Fault::disk_full ? 3 : 1;
    }
    if (verbose_) std::printf("  armed: %s at operation %llu\n", name_of(fault).data(), static_cast<unsigned long long>(armed_at_));
}

bool Sim::fault_met() const {
    return armed_ && (is_crash(*armed_) ? machine.faults.dead() : machine.faults.operations > armed_at_);
}

void Sim::end_process(Fault fault) {
    machine.faults.power_cut_at = machine.faults.operations;  // what is closed now no longer writes
    process.reset();
    power_was_cut_ = cuts_power(fault);
    if (power_was_cut_)
        machine.lose_power(fault == Fault::torn_sectors ? Survive::some_sectors
                           : fault == Fault::torn_end   ? Survive::first_sectors
                                                        : Survive::nothing);
    else
        machine.lose_process();
    if (verbose_) std::printf("  crashed: %s\n", name_of(fault).data());
}

void Sim::crash(Fault fault) {
    end_process(fault);
    armed_.reset();
    start();
    check(true);
}

void Sim::restart(Fault fault) {
    const auto pending = armed_;
    const auto left = armed_at_ - std::min(armed_at_, machine.faults.operations);
    end_process(fault);
    if (pending) arm(*pending, left);
    start();
    check(true);
}

void Sim::finish(Fault fault) {
    if (process && !machine.faults.dead()) {
        machine.faults.fail_at = machine.faults.power_cut_at = std::nullopt;
        machine.faults.count_reads = false;
        armed_.reset();
        if (process->log) {  // the fault is over: the same process goes on by itself
            for (const auto& stream : stream_names()) put({stream});
            create("after");
            put({"after"});
            save();
            check();
        }
        if (!is_crash(fault)) fault = random.one_in(2) ? Fault::kill : Fault::power_cut;
    }
    crash(is_crash(fault) ? fault : Fault::kill);
    for (const auto& stream : stream_names()) put({stream, stream});
    expire_and_collect();
    check();
    stop();
    start();
    check(true);
}

void Sim::alive() {
    if (machine.faults.dead()) throw Crashed();
}

void Sim::violated(std::string what, bool lost) const { throw Violation{std::move(what), lost}; }

void Sim::trace(const std::string& what, const Result<void>& outcome) {
    if (verbose_)
        std::printf("  %6llu %s%s\n", static_cast<unsigned long long>(machine.faults.operations), what.c_str(),
                    outcome ? "" : (": " + outcome.error().text()).c_str());
    alive();
    // Nothing may fail that no fault explains.
    if (!outcome && !fault_met()) violated(fmt::format("{}: {}", what, outcome.error().text()));
}

void Sim::settle(const std::string& key, const std::string& value, const Result<void>& outcome) {
    auto& fact = facts_[key];
    if (outcome)
        fact = {value, {}, false};
    else
        fact.possible.insert(value);
}

// ---- the process

void Sim::start() {
    process.emplace(machine);
    const auto opened = process->open();
    if (opened) {
        trace("started", opened);
        const auto& report = process->log->recovery();
        if (verbose_)
            std::printf("         unclean=%d power_cut=%d missing=%llu torn=%llu\n", report.unclean, report.power_cut,
                        static_cast<unsigned long long>(report.missing_records),
                        static_cast<unsigned long long>(report.torn_bytes));
        if (all_sync_ && report.missing_records > 0)
            violated(fmt::format("{} acknowledged records are missing", report.missing_records), true);
        return;
    }
    if (verbose_) std::printf("  not started: %s\n", opened.error().text().c_str());
    process.reset();
    if (fault_met()) throw Crashed();
    violated("it does not start: " + opened.error().text());
}

void Sim::stop() {
    const auto outcome = process->stop();
    trace("stop", outcome);
    process.reset();
    alive();
}

// ---- streams

std::vector<std::string> Sim::stream_names() const {
    std::vector<std::string> out;
    if (process)
        for (const auto& stream : process->streams.list({}, true)) out.push_back(stream->row.name);
    return out;
}

void Sim::change_stream(const std::string& step, const std::string& name, const std::function<Result<void>()>& change) {
    ever_.insert(name);
    const auto shown = [&] {
        const auto stream = process->streams.find(name);
        return stream ? text_of(**stream) : std::string();
    };
    const auto before = shown();
    const auto outcome = change();
    auto& fact = facts_["stream " + name];
    if (outcome)
        fact = {shown(), {}, false};
    else
        fact.anything = true;
    trace(fmt::format("{} {}", step, name), outcome);
    if (!outcome && shown() != before) violated(fmt::format("{} {} failed, and the stream changed: {}", step, name, shown()));
}

void Sim::create(const std::string& name, std::uint32_t shards, const std::string& durability, const std::string& retention) {
    if (process->streams.find(name)) return;
    all_sync_ &= durability == "sync";
    change_stream("create", name, [&]() -> Result<void> {
        KNS_TRY(process->service->create({.name = name, .shard_count = shards, .retention = retention, .durability = durability}));
        return {};
    });
}

void Sim::remove(const std::string& name) {
    const auto stream = process->streams.find(name);
    if (!stream) return;
    change_stream("remove", name, [&] { return process->service->remove(name); });
    if (!process->streams.find(name)) {
        process->groups.remove_stream((*stream)->row.id);
        std::erase_if(facts_,
                      [&](const auto& fact) { return fact.first.starts_with(fmt::format("position {} ", (*stream)->row.id)); });
    }
}

void Sim::split(const std::string& name) {
    const auto stream = process->streams.find(name);
    if (!stream) return;
    const auto& open = (*stream)->open;
    const auto& shard = open[random.below(open.size())];
    change_stream("split", name, [&]() -> Result<void> {
        KNS_TRY(process->service->split(name, {.shard_id = shard_id_text(shard.index)}));
        return {};
    });
}

void Sim::merge(const std::string& name) {
    const auto stream = process->streams.find(name);
    if (!stream || (*stream)->open.size() < 2) return;
    const auto& open = (*stream)->open;
    const auto lower = random.below(open.size() - 1);
    change_stream("merge", name, [&]() -> Result<void> {
        KNS_TRY(process->service->merge(name, {{shard_id_text(open[lower].index), shard_id_text(open[lower + 1].index)}}));
        return {};
    });
}

void Sim::retention(const std::string& name, const std::string& text) {
    if (!process->streams.find(name)) return;
    change_stream("retention", name, [&]() -> Result<void> {
        KNS_TRY(process->service->update(name, {.retention = text}));
        return {};
    });
}

void Sim::tag(const std::string& name) {
    if (!process->streams.find(name)) return;
    change_stream("tag", name, [&]() -> Result<void> {
        KNS_TRY(process->service->change_tags(name, {.tags = {{fmt::format("tag-{}", ++values_), "x"}}}));
        return {};
    });
}

// ---- records

void Sim::put(const std::vector<std::string>& names, std::uint32_t count, std::size_t bytes) {
    std::vector<AppendRequest> requests;
    std::vector<std::vector<std::string>> values;
    std::vector<bool> durable;
    for (const auto& name : names) {
        const auto stream = process->streams.find(name);
        if (!stream) continue;
        const auto& shard = (*stream)->open[random.below((*stream)->open.size())];
        auto& mine = values.emplace_back();
        BatchBuilder builder(shard.number);
        for (std::uint32_t i = 0; i < count; ++i) {
            auto value = fmt::format("{}/{}#{}", name, shard.number, ++values_);
            value.resize(std::max(value.size(), bytes), '.');
            builder.append(std::nullopt, value);
            mine.push_back(std::move(value));
        }
        auto text = std::make_shared<std::string>(builder.finish(0, 0));
        const MutableBytes batch = std::as_writable_bytes(std::span(*text));
        auto& request = requests.emplace_back();
        request.batches.push_back({shard.number, batch, prepare_stamp(batch).value(), count});
        request.keep_alive.push_back(text);
        durable.push_back((*stream)->row.durability.policy == Durability::Policy::sync);
    }
    if (requests.empty()) return;
    std::vector<AppendRequest*> pointers;
    for (auto& request : requests) pointers.push_back(&request);
    std::vector<AppendOutcome> outcomes;
    process->committer->commit(pointers, outcomes);
    Result<void> outcome;
    for (std::size_t r = 0; r < requests.size(); ++r) {
        auto& got = outcomes[r];
        if (!got.error && !got.refused.empty()) got.error = got.refused.front().second;
        if (got.error) outcome = std::unexpected(*got.error);
        if (got.base_offsets.empty() || got.base_offsets.front() < 0) continue;
        const auto shard = requests[r].batches.front().shard;
        auto& known = records_[shard];
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto offset = got.base_offsets.front() + i;
            Record record{values[r][i], Record::acknowledged, process->index.content(shard).last_ms, durable[r]};
            if (got.error) record.state = got.error->code == Errc::outcome_unknown ? Record::unknown : Record::refused;
            if (machine.faults.dead() && got.error) record.state = Record::unknown;  // nobody was left to say so
            if (const auto there = known.find(offset); there != known.end() && there->second.state == Record::acknowledged)
                violated(fmt::format("offset {} of shard {} is given twice: to {} and to {}", offset, shard, there->second.value,
                                     record.value));
            if (!got.error && !known.empty() && known.rbegin()->first >= offset &&
                known.rbegin()->second.state == Record::acknowledged)
                violated(fmt::format("offset {} of shard {} comes after {}", offset, shard, known.rbegin()->first));
            known[offset] = std::move(record);
        }
    }
    trace(fmt::format("put {} records to {}", count, fmt::join(names, " ")), outcome);
}

void Sim::commit(const std::string& name, const std::string& group, bool back) {
    const auto stream = process->streams.find(name);
    if (!stream) return;
    AppendRequest request;
    for (const auto& shard : (*stream)->shards) {
        const auto content = process->index.content(shard.number);
        request.positions.push_back({(*stream)->row.id, shard.number, back ? content.first_offset : content.next_offset, group});
    }
    const auto positions = request.positions;
    AppendRequest* pointer = &request;
    std::vector<AppendOutcome> outcomes;
    process->committer->commit(std::span(&pointer, 1), outcomes);
    const Result<void> outcome = outcomes[0].error ? Result<void>(std::unexpected(*outcomes[0].error)) : Result<void>();
    for (const auto& change : positions) {
        settle(position_key(change.stream_id, group, change.shard), std::to_string(change.next_offset), outcome);
        if (outcome) process->groups.set_position(change, machine.clock.now());
    }
    trace(fmt::format("commit {} of {}", group, name), outcome);
}

void Sim::forget_group(const std::string& name, const std::string& group) {
    const auto stream = process->streams.find(name);
    if (!stream || !process->groups.exists((*stream)->row.id, group)) return;
    const auto id = (*stream)->row.id;
    const auto outcome = process->service->delete_group(id, group);
    for (auto& [key, fact] : facts_)
        if (key.starts_with(fmt::format("position {} {} ", id, group))) settle(key, "", outcome);
    if (outcome) process->groups.remove(id, group);
    trace(fmt::format("forget {} of {}", group, name), outcome);
}

// ---- what the daemon does by itself

void Sim::mark() { trace("mark", process->log->mark(false)); }
void Sim::save() { trace("save", process->save()); }
void Sim::checkpoint() { trace("checkpoint", process->db->checkpoint()); }

void Sim::expire_and_collect() {
    std::map<std::string, std::string> before;
    for (const auto& stream : process->streams.list({}, true)) {
        before["stream " + stream->row.name] = text_of(*stream);
        for (const auto& shard : stream->shards)
            for (auto& [offset, record] : records_[shard.number])  // a longer retention does not bring them back
                if (record.arrival_ms < machine.clock.now() - stream->row.retention_ms) record.arrival_ms = kGone;
    }
    const auto outcome = process->expire_and_collect();
    for (const auto& stream : process->streams.list({}, true)) {  // closed shards whose content has expired may go
        const auto key = "stream " + stream->row.name;
        if (text_of(*stream) != before[key])
            settle(key, text_of(*stream), {});
        else if (!outcome && stream->shards.size() > stream->open.size())
            facts_[key].anything = true;
    }
    trace("expire and collect", outcome);
}

void Sim::tick(Ms by) {
    machine.clock.tick(by);
    if (verbose_) std::printf("         %s later\n", format_duration(by).c_str());
}

// ---- jobs and deliveries

void Sim::enqueue_job() {
    const auto spec = fmt::format("job {}", ++jobs_);
    const auto outcome = only_outcome(JobQueue(*process->db).enqueue("deliver", "d", spec, machine.clock.now()));
    settle(spec, "queued", outcome);
    trace("enqueue " + spec, outcome);
}

void Sim::run_job() {
    JobQueue queue(*process->db);
    const auto now = machine.clock.now();
    const auto job = queue.claim(now);
    if (!job) {  // whichever it was going to be may be running
        for (auto& [key, fact] : facts_)
            if (key.starts_with("job ") && fact.known != "done" && fact.known != "failed") fact.anything = true;
        return trace("claim a job", std::unexpected(job.error()));
    }
    if (!*job) return;
    const auto& spec = (*job)->spec;
    settle(spec, "running", {});
    trace("claim " + spec, {});
    const auto id = (*job)->id;
    const auto choice = random.below(3);
    const auto ended = choice == 0   ? queue.complete(id, "{}", now)
                       : choice == 1 ? queue.fail(id, "it failed", now)
                                     : queue.retry_later(id, "not yet", now + kSecond);
    constexpr std::string_view kStates[] = {"done", "failed", "queued"};
    const auto outcome = only_outcome(ended);
    settle(spec, std::string(kStates[choice]), outcome);
    trace(fmt::format("{} is {}", spec, kStates[choice]), outcome);
}

void Sim::create_delivery(const std::string& name) {
    if (!facts_["delivery " + name].known.empty()) return;
    ever_.insert(name);
    DeliveryRow row{.name = name, .created_ms = machine.clock.now()};
    const auto outcome = DeliveryStore(*process->db).create(row);
    // Created already by an attempt whose outcome was unknown: so it is there.
    if (!outcome && outcome.error().code == Errc::already_exists && facts_["delivery " + name].possible.contains("0 records"))
        return;
    settle("delivery " + name, "0 records", outcome);
    trace("create delivery " + name, outcome);
}

void Sim::deliver(const std::string& name) {
    auto& fact = facts_["delivery " + name];
    if (fact.known.empty() || !fact.possible.empty()) return;
    const auto records = std::stoull(fact.known) + 10;
    const auto outcome = only_outcome(
        DeliveryStore(*process->db).add_delivered(name, fmt::format("object-{}", ++values_), {10, 100, 1}, machine.clock.now()));
    settle("delivery " + name, fmt::format("{} records", records), outcome);
    trace("deliver " + name, outcome);
}

void Sim::remove_delivery(const std::string& name) {
    if (facts_["delivery " + name].known.empty()) return;
    const auto outcome = DeliveryStore(*process->db).remove(name);
    settle("delivery " + name, "", outcome);
    trace("remove delivery " + name, outcome);
}

// ---- the oracle

void Sim::check_facts(bool just_started) {
    const auto facts = facts_of(*process, machine.clock.now());
    if (!facts) violated("the catalog cannot be read: " + facts.error().text());
    const auto& found = *facts;
    for (const auto& [key, value] : found)
        if (!facts_.contains(key)) violated(fmt::format("{} is there, and nobody made it: {}", key, value));
    for (auto& [key, fact] : facts_) {
        const auto there = found.find(key);
        const auto value = there == found.end() ? "" : there->second;
        if (value == fact.known) continue;
        if (key.starts_with("position ") && value.empty()) {  // gone with its shard or its stream
            std::int64_t stream_id = 0;
            std::uint32_t shard = 0;
            if (std::sscanf(key.c_str(), "position %ld %*s %u", &stream_id, &shard) != 2) violated("unreadable: " + key);
            const auto stream = process->streams.find_id(stream_id);
            if (!stream || !stream->shard_by_number(shard)) continue;
        }
        const bool was_running = fact.known == "running" || fact.possible.contains("running");
        if (just_started && value == "queued" && was_running) {
            fact = {value, {}, false};
            continue;
        }
        if (!fact.anything && !fact.possible.contains(value))
            violated(fmt::format("{} was \"{}\", and is \"{}\"", key, fact.known, value));
        // Seen once is not yet durable: another crash may show the other side again.
        if (just_started) fact.possible.insert(std::exchange(fact.known, value));
    }
}

void Sim::check_shape(const Stream& stream) {
    uint128 next = 0;
    for (const auto& shard : stream.open) {
        if (shard.hash_first != next) violated(fmt::format("{}: the open shards leave a gap", stream.row.name));
        next = shard.hash_last + 1;
    }
    if (stream.open.empty() || next != 0) violated(fmt::format("{}: the open shards do not reach the end", stream.row.name));
}

void Sim::check_records(const Stream& stream, const ShardRow& shard) {
    const auto horizon = machine.clock.now() - stream.row.retention_ms;
    auto& known = records_[shard.number];
    const auto where = fmt::format("{}, shard {}", stream.row.name, shard.number);
    const auto read = read_shard(*process, machine, shard.number, horizon);
    if (!read) violated(fmt::format("{}: cannot be read: {}", where, read.error().text()));
    for (const auto& damage : read->damages)
        if (all_sync_)
            violated(fmt::format("{}: damage at {}/{}: {}", where, damage.place.segment, damage.place.position, damage.reason),
                     true);
    std::set<std::int64_t> found;
    std::int64_t last = -1;
    for (const auto& [offset, value] : read->records) {
        if (offset <= last) violated(fmt::format("{}: offset {} follows {}", where, offset, last));
        last = offset;
        const auto entry = known.find(offset);
        if (entry == known.end() || entry->second.value != value)
            violated(fmt::format("{}: offset {} is {}, and was {}", where, offset, value,
                                 entry == known.end() ? "never given" : entry->second.value));
        if (entry->second.state == Record::refused) violated(fmt::format("{}: {} was refused, and is there", where, value));
        entry->second.state = Record::acknowledged;  // seen: it must stay
        found.insert(offset);
    }
    for (auto& [offset, record] : known) {
        if (record.state != Record::acknowledged || found.contains(offset) || record.arrival_ms < horizon) continue;
        if (!record.durable && power_was_cut_) {
            record.arrival_ms = kGone;  // lost, as its policy allows; its number stays taken
            continue;
        }
        violated(fmt::format("{}: {} was acknowledged with offset {}, and is gone", where, record.value, offset), true);
    }
    const auto content = process->index.content(shard.number);
    if (last >= content.next_offset) violated(fmt::format("{}: offset {} is behind the end {}", where, last, content.next_offset));
}

void Sim::check(bool just_started) {
    alive();
    const bool reads = std::exchange(machine.faults.count_reads, false);  // looking is not part of the run
    check_facts(just_started);
    for (const auto& stream : process->streams.list({}, true)) {
        check_shape(*stream);
        for (const auto& shard : stream->shards) check_records(*stream, shard);
    }
    machine.faults.count_reads = reads;
}

}  // namespace kns::sim
