// A load for the fast path: many append connections in one thread, and a follower that sees what comes out.
//
//   kns-load SOCKET rate STREAMS RECORDS_PER_SECOND SECONDS [tail]     open loop: latency put -> ack, and put -> tail
//   kns-load SOCKET full STREAMS IN_FLIGHT BATCHES RECORDS             closed loop: records per second
//
// Streams are load-0, load-1, ...; each has a connection of its own. Prints one JSON object.
#include <fcntl.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "core/base/json.hpp"
#include "core/base/record_batch.hpp"
#include "core/base/unix_http.hpp"

namespace {

using namespace kns;

std::int64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "kns-load: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) die(result.error().text());
    return std::move(*result);
}

HttpConnection connect(const std::string& socket) {
    auto fd = connect_unix(socket, Deadline::in(5 * kSecond));
    if (!fd) die(std::strerror(fd.error()));
    return HttpConnection(std::move(*fd));
}

struct Writer {
    Fd fd;
    std::uint32_t shard = 0;
    std::uint64_t sent = 0, acked = 0;  // batches
    std::deque<std::int64_t> waiting;   // when each un-acknowledged batch was sent
    std::string lines;                  // of acknowledgements, the last one perhaps incomplete
};

Writer open_writer(const std::string& socket, const std::string& stream) {
    auto http = connect(socket);
    const auto answer = must(http.request({.target = "/v1/streams/" + stream + "/shards"}, Deadline::in(5 * kSecond)));
    if (answer.status != 200) die("no stream " + stream);
    const auto shards = must(parse_json(must(http.read_body_to_end(Deadline::in(5 * kSecond)))));
    Writer writer;
    writer.shard = static_cast<std::uint32_t>(must((*shards["items"].as_array())[0]["shard_number"].as_int()));
    must(http.request({.method = "POST",
                       .target = "/v1/streams/" + stream + "/append",
                       .headers = {{"Connection", "Upgrade"}, {"Upgrade", "kns-append"}}},
                      Deadline::in(5 * kSecond)));
    writer.fd = http.take_socket().socket;
    ::fcntl(writer.fd.get(), F_SETFL, O_NONBLOCK);
    return writer;
}

// Records that carry the moment they were made, padded to 100 bytes.
void send_batch(Writer& writer, BatchBuilder& builder, int records) {
    builder.clear(writer.shard);
    const auto now = now_ns();
    char value[100];
    std::memset(value, 'x', sizeof value);
    std::memcpy(value, &now, sizeof now);
    for (int i = 0; i < records; ++i) builder.append(std::nullopt, std::string_view(value, sizeof value));
    std::string_view bytes = builder.finish(static_cast<std::int64_t>(writer.sent++), 0);
    while (!bytes.empty()) {
        const auto n = ::write(writer.fd.get(), bytes.data(), bytes.size());
        if (n < 0 && errno != EAGAIN) die("write: " + std::string(std::strerror(errno)));
        if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    writer.waiting.push_back(now);
}

// Reads what has been acknowledged; the latencies go to `out`.
void read_acks(Writer& writer, std::vector<std::int64_t>& out) {
    char buffer[65536];
    const auto n = ::read(writer.fd.get(), buffer, sizeof buffer);
    if (n <= 0) die("the daemon closed an append connection");
    writer.lines.append(buffer, static_cast<std::size_t>(n));
    const auto end = writer.lines.rfind('\n');
    if (end == std::string::npos) return;
    if (writer.lines.find("\"error\"") != std::string::npos) die(writer.lines);
    const auto last = writer.lines.rfind("{\"acked\":", end);
    std::uint64_t acked = 0;
    std::from_chars(writer.lines.data() + last + 9, writer.lines.data() + end, acked);
    writer.lines.erase(0, end + 1);
    const auto now = now_ns();
    for (; writer.acked < acked; ++writer.acked) {
        out.push_back(now - writer.waiting.front());
        writer.waiting.pop_front();
    }
}

std::string percentiles(std::string_view name, std::vector<std::int64_t>& ns) {
    std::ranges::sort(ns);
    auto at = [&](double p) {
        return ns.empty() ? 0.0 : static_cast<double>(ns[static_cast<std::size_t>(p * static_cast<double>(ns.size() - 1))]) / 1e6;
    };
    return fmt::format("\"{0}_p50_ms\":{1:.3f},\"{0}_p99_ms\":{2:.3f},\"{0}_max_ms\":{3:.3f},\"{0}_count\":{4}", name, at(0.5),
                       at(0.99), at(1), ns.size());
}

// A child that follows the stream and prints its own percentiles when it has seen `expected` records.
pid_t follow(const std::string& socket, std::uint64_t expected, int out) {
    auto http = connect(socket);
    must(http.request({.target = "/v1/streams/load-0/batches?from=latest&follow=1"}, Deadline::in(5 * kSecond)));
    std::string buffer(1 << 20, '\0');
    std::size_t used = must(http.read_body(std::span(buffer), Deadline::in(5 * kSecond)));  // the shards: now it follows
    const pid_t child = ::fork();
    if (child != 0) return child;
    std::vector<std::int64_t> latencies;
    for (;;) {
        std::size_t at = 0;
        while (used - at >= kBatchHeaderBytes) {
            const auto header = must(parse_batch_header(as_bytes(std::string_view(buffer).substr(at, used - at))));
            if (header.total_bytes() > used - at) break;
            if (!header.is_control()) {
                RecordReader reader(as_bytes(std::string_view(buffer).substr(at, header.total_bytes())));
                RecordView record;
                const auto now = now_ns();
                while (must(reader.next(record))) {
                    std::int64_t made = 0;
                    std::memcpy(&made, record.value.data(), sizeof made);
                    latencies.push_back(now - made);
                }
            }
            at += header.total_bytes();
        }
        if (latencies.size() >= expected) break;
        buffer.erase(0, at);
        buffer.resize(1 << 20);
        used -= at;
        used += must(http.read_body(std::span(buffer).subspan(used), Deadline::in(20 * kSecond)));
    }
    std::ignore = write_all(out, percentiles("tail", latencies));
    ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) die("usage: see the top of load.cpp");
    const std::string socket = argv[1], mode = argv[2];
    const int streams = std::atoi(argv[3]), a = std::atoi(argv[4]), b = std::atoi(argv[5]);
    const int records = argc > 6 ? std::atoi(argv[6]) : 1;
    std::vector<Writer> writers;
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < streams; ++i) {
        writers.push_back(open_writer(socket, "load-" + std::to_string(i)));
        epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(i)}};
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, writers.back().fd.get(), &event);
    }
    std::vector<std::int64_t> latencies;
    BatchBuilder builder;
    epoll_event events[256];
    const auto wait = [&](int timeout_ms) {
        const int n = ::epoll_wait(epoll, events, 256, timeout_ms);
        for (int i = 0; i < n; ++i) read_acks(writers[events[i].data.u32], latencies);
        return n;
    };
    const auto start = now_ns();
    if (mode == "rate") {
        const bool tail = argc > 6 && std::string_view(argv[6]) == "tail";
        const auto total = static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b);
        auto pipe = must(make_pipe());
        const pid_t follower = tail ? follow(socket, total, pipe.write.get()) : 0;
        std::uint64_t sent = 0;
        std::size_t turn = 0;
        const auto begin = now_ns();
        while (sent < total) {  // what is due by now goes out, spread over the streams
            const auto due = std::min(total, static_cast<std::uint64_t>(static_cast<double>(now_ns() - begin) * a / 1e9));
            while (sent < due) {
                const auto n = streams == 1 ? due - sent : 1;
                send_batch(writers[turn++ % writers.size()], builder, static_cast<int>(n));
                sent += n;
            }
            wait(1);
        }
        while (std::ranges::any_of(writers, [](const auto& w) { return w.acked < w.sent; }))
            if (wait(10'000) == 0) die("no acknowledgement for 10 s");
        std::string of_tail;
        if (tail) {
            char text[256];
            const auto n = ::read(pipe.read.get(), text, sizeof text);
            if (n > 0) of_tail.assign(",").append(text, static_cast<std::size_t>(n));
            std::ignore = wait_program(follower);
        }
        std::printf("{\"records\":%lu,%s%s}\n", total, percentiles("ack", latencies).c_str(), of_tail.c_str());
    } else {
        // `a` batches are on their way at any time, over all connections; `b` in all.
        int sent = 0;
        for (; sent < std::min(a, b); ++sent)
            send_batch(writers[static_cast<std::size_t>(sent) % writers.size()], builder, records);
        while (latencies.size() < static_cast<std::size_t>(b)) {
            const int n = ::epoll_wait(epoll, events, 256, 10'000);
            if (n <= 0) die("no acknowledgement for 10 s");
            for (int i = 0; i < n; ++i) {
                auto& writer = writers[events[i].data.u32];
                const auto before = writer.acked;
                read_acks(writer, latencies);
                for (auto k = before; k < writer.acked && sent < b; ++k, ++sent) send_batch(writer, builder, records);
            }
        }
        const double seconds = static_cast<double>(now_ns() - start) / 1e9;
        std::printf("{\"records\":%d,\"records_per_second\":%.0f,%s}\n", b * records, b * records / seconds,
                    percentiles("ack", latencies).c_str());
    }
}
