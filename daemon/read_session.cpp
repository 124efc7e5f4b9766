#include "daemon/read_session.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include "core/base/log.hpp"

namespace kns {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;

template <class T>
bool take_number(std::string_view& text, T& value) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

// "5:100-200,6:0": shard numbers with offsets, the end exclusive.
Result<std::vector<BatchCursor::Range>> parse_ranges(const Stream& stream, std::string_view text) {
    std::vector<BatchCursor::Range> out;
    while (!text.empty()) {
        BatchCursor::Range range;
        bool good = take_number(text, range.shard) && text.starts_with(':');
        if (good) text.remove_prefix(1);
        good = good && take_number(text, range.next);
        if (good && text.starts_with('-')) {
            text.remove_prefix(1);
            good = take_number(text, range.end);
        }
        if (!good || (!text.empty() && text.front() != ','))
            return fail(Errc::invalid_argument, "a range is SHARD:FIRST[-END],...");
        if (!text.empty()) text.remove_prefix(1);
        if (!stream.shard_by_number(range.shard))
            return fail(Errc::not_found, "stream \"{}\" has no shard number {}", stream.row.name, range.shard);
        out.push_back(range);
    }
    return out;
}

Result<std::optional<Ms>> parse_for(const HttpHead& head) {
    if (const auto text = head.param("for")) return KNS_TRY(parse_duration(*text));
    return std::nullopt;
}

Result<std::optional<std::uint64_t>> parse_limit(const HttpHead& head) {
    const auto text = head.param("limit");
    if (!text) return std::nullopt;
    std::uint64_t limit = 0;
    std::string_view rest = *text;
    if (!take_number(rest, limit) || !rest.empty()) return fail(Errc::invalid_argument, "\"{}\" is not a number of records", *text);
    return limit;
}

}  // namespace

Task<Result<std::vector<BatchCursor::Range>>> resolve_positions(Services& services, StreamPtr stream, std::string where) {
    std::vector<BatchCursor::Range> out;
    if (where == "start" || where == "latest") {
        for (const auto& shard : stream->shards) {
            const auto content = services.index.content(shard.number);
            out.push_back({shard.number, where == "start" ? content.first_offset : content.next_offset});
        }
        co_return out;
    }
    // A sequence number is exact in its own shard; the others begin at that second.
    std::optional<SequenceNumber> sequence;
    UnixMs instant = 0;
    if (where.size() == 56) {
        auto parsed = SequenceNumber::parse(where);
        if (!parsed) co_return std::unexpected(std::move(parsed).error());
        sequence = *parsed;
        instant = sequence->arrival_s * 1000;
        if (!stream->shard_by_index(sequence->shard_index) ||
            stream->shard_by_index(sequence->shard_index)->created_s != sequence->created_s)
            co_return fail(Errc::invalid_argument, "sequence number {} is not of stream \"{}\"", where, stream->row.name);
    } else {
        auto parsed = parse_time(where, services.clock.now());
        if (!parsed) co_return std::unexpected(std::move(parsed).error());
        instant = *parsed;
    }
    auto find = [&services, stream, instant, sequence]() -> Result<std::vector<BatchCursor::Range>> {
        auto& tools = *KNS_TRY(services.reader_tools());
        std::vector<BatchCursor::Range> ranges;
        for (const auto& shard : stream->shards) {
            if (sequence && shard.index == sequence->shard_index)
                ranges.push_back({shard.number, sequence->offset});
            else
                ranges.push_back({shard.number, KNS_TRY(tools.finder.first_offset_at(shard.number, instant))});
        }
        return ranges;
    };
    co_return co_await run_on(services.readers, std::move(find));
}

Task<Result<Selection>> parse_selection(Services& services, const HttpHead& head, StreamPtr stream) {
    Selection out;
    if (stream->row.encrypted())
        if (auto key = services.keys.current(stream->row.id); !key)
            co_return context(Result<Selection>(std::unexpected(key.error())),
                              fmt::format("stream \"{}\" is encrypted", stream->row.name));
    auto limit = parse_limit(head);
    if (!limit) co_return std::unexpected(std::move(limit).error());
    out.limit = *limit;
    auto for_ms = parse_for(head);
    if (!for_ms) co_return std::unexpected(std::move(for_ms).error());
    out.for_ms = *for_ms;
    out.follow = head.flag("follow") || (out.for_ms && !head.flag("until_end"));

    if (const auto places = head.param("resume")) {
        // Shards that are not named came after whoever resumes last heard.
        auto named = parse_ranges(*stream, *places);
        if (!named) co_return std::unexpected(std::move(named).error());
        for (const auto& shard : stream->shards) {
            const auto at = std::ranges::find(*named, shard.number, &BatchCursor::Range::shard);
            out.ranges.push_back(at == named->end() ? BatchCursor::Range{shard.number, 0} : *at);
        }
        if (const auto since = head.param("not_before")) {
            auto instant = parse_time(*since, services.clock.now());
            if (!instant) co_return std::unexpected(std::move(instant).error());
            out.not_before_ms = *instant;
        }
    } else if (const auto text = head.param("range")) {
        auto ranges = parse_ranges(*stream, *text);
        if (!ranges) co_return std::unexpected(std::move(ranges).error());
        out.ranges = std::move(*ranges);
        out.all_shards = false;
    } else if (const auto group = head.param("group")) {
        for (const auto& shard : stream->shards)
            out.ranges.push_back({shard.number, services.groups.position(stream->row.id, *group, shard.number)
                                                    .value_or(services.index.content(shard.number).first_offset)});
    } else {
        const std::string from = head.param("from").value_or("start");
        auto ranges = co_await resolve_positions(services, stream, from);
        if (!ranges) co_return std::unexpected(std::move(ranges).error());
        out.ranges = std::move(*ranges);
        if (from != "start" && from != "latest" && from.size() != 56)
            out.not_before_ms = parse_time(from, services.clock.now()).value_or(0);
    }
    if (const auto text = head.param("shard")) {
        auto index = parse_shard_id(*text);
        if (!index) co_return std::unexpected(std::move(index).error());
        const auto* shard = stream->shard_by_index(*index);
        if (!shard)
            co_return fail(Errc::not_found, "stream \"{}\" has no {}", stream->row.name, shard_id_text(*index))
                .hint("kns stream shards " + stream->row.name + " lists them");
        std::erase_if(out.ranges, [&](const auto& range) { return range.shard != shard->number; });
        out.all_shards = false;
    }
    if (!out.follow)  // to the end as it is now
        for (auto& range : out.ranges) range.end = std::min(range.end, services.index.content(range.shard).next_offset);
    co_return out;
}

Task<void> feed_reader(Services& services, StreamPtr stream, Selection selection, BatchSink& sink) {
    using std::chrono::steady_clock;
    const auto deadline =
        selection.for_ms ? steady_clock::now() + std::chrono::milliseconds(*selection.for_ms) : steady_clock::time_point::max();
    auto find_key = [&keys = services.keys, id = stream->row.id](std::uint32_t number) { return keys.find(id, number); };
    auto cursor = std::make_shared<BatchCursor>(selection.ranges, find_key);  // shared with the reader thread while it reads
    auto chunk = std::make_shared<BatchCursor::Chunk>();                      // likewise
    if (!co_await sink.shards(*stream, selection.ranges)) co_return;
    std::uint64_t records = 0;
    std::string_view reason;
    // A daemon that ends says so to whoever waits for records; what is being read to its end is.
    const std::function<void()> wake = [&services, id = stream->row.id] { services.feed.changed(id); };
    services.ending.to_call.insert(&wake);
    const auto forget = [&services](const std::function<void()>* call) { services.ending.to_call.erase(call); };
    const std::unique_ptr<const std::function<void()>, decltype(forget)> registered(&wake, forget);
    while (reason.empty()) {
        const auto version = services.feed.version(stream->row.id);
        const auto now_stream = services.directory.find_id(stream->row.id);
        if (!now_stream) {
            reason = "deleted";
            break;
        }
        if (now_stream != stream && selection.follow && selection.all_shards) {
            for (const auto& shard : now_stream->shards)
                if (!cursor->has(shard.number)) {
                    cursor->add({shard.number, 0});
                    selection.ranges.push_back({shard.number, 0});
                }
            if (!co_await sink.shards(*now_stream, selection.ranges)) co_return;
        }
        stream = now_stream;
        const UnixMs horizon = std::max(selection.not_before_ms, services.clock.now() - stream->row.retention_ms);
        auto read = [&services, cursor, chunk, horizon]() -> Result<void> {
            auto& tools = *KNS_TRY(services.reader_tools());
            return cursor->read(tools.finder, tools.files, horizon, kChunkBytes, *chunk);
        };
        auto outcome = co_await run_on(services.readers, std::move(read));
        if (!outcome) {
            log_error("read_failed", "stream={} error=\"{}\"", stream->row.name, outcome.error().text());
            co_return;  // the client sees a body that was cut off
        }
        if (!chunk->damages.empty()) {
            services.report_damage(chunk->damages);
            for (const auto& damage : chunk->damages)
                if (!co_await sink.gap(damage)) co_return;
        }
        if (!chunk->batches.empty()) {
            services.counters.read_records += chunk->records;
            services.counters.read_bytes += chunk->size;
            auto& traffic = services.meters[stream->row.id].traffic;
            traffic.records_out += chunk->records;
            traffic.bytes_out += chunk->size;
            if (stream->row.limits == "aws" && !selection.ranges.empty()) {
                auto& pace = services.paces[selection.ranges.front().shard];
                while (const auto wait =
                           pace.out_bytes.take(static_cast<double>(chunk->size) / static_cast<double>(selection.ranges.size()),
                                               services.clock.monotonic_ns())) {
                    asio::steady_timer timer(services.io, std::chrono::nanoseconds(wait));
                    co_await timer.async_wait(kNoThrow);
                }
            }
            if (!co_await sink.batches(*chunk)) co_return;
            records += chunk->records;
            if (selection.limit && records >= *selection.limit) reason = "limit";
        }
        if (cursor->finished()) reason = "until_end";
        if (chunk->at_end && reason.empty()) {
            if (!selection.follow) {
                reason = "until_end";
            } else if (steady_clock::now() >= deadline) {
                reason = "for";
            } else if (services.ending.now) {
                reason = services.ending.restarts ? "restarting" : "stopping";
            } else {
                if (chunk->bytes.size() > 64 << 10) chunk->bytes = {};  // nothing to hold while waiting
                co_await services.feed.wait(stream->row.id, version, deadline);
                if (!sink.alive()) co_return;
            }
        }
        if (reason.empty() && steady_clock::now() >= deadline) reason = "for";
    }
    co_await sink.end(reason);
}

}  // namespace kns
