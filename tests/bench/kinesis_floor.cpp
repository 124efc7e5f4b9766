// The least that a server of Kinesis' API can do: what PutRecords and GetRecords cost when nothing but the unavoidable is
// done, with the libraries that knsd uses.
//
//   kns-kinesis-floor put REQUEST COUNT DIRECTORY    receive, HTTP parse, SHA-256 of the body, base64, batch, append, fdatasync
//   kns-kinesis-floor get REQUEST COUNT DIRECTORY    read, checksum, base64, send
//
// REQUEST is a file with the bytes of one PutRecords request. Its records go to DIRECTORY/floor COUNT times; `get` reads
// what `put` wrote. Prints the CPU seconds of the thread that does it.
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "core/base/base64.hpp"
#include "core/base/posix.hpp"
#include "core/base/record_batch.hpp"
#include "core/base/resize_uninitialized.hpp"

namespace {

using namespace kns;
namespace http = boost::beast::http;

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "kns-kinesis-floor: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T must(Result<T> result) {
    if (!result) die(result.error().text());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double cpu_s() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// The two ends of a connection, and the thread at the other one; CPU that it takes is not ours.
class Peer {
   public:
    template <class Work>
    explicit Peer(Work work) {
        const Fd door(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        auto* named = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        theirs_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::bind(door.get(), named, size) != 0 || ::listen(door.get(), 1) != 0 || ::getsockname(door.get(), named, &size) != 0 ||
            ::connect(theirs_.get(), named, size) != 0)
            die("no connection");
        ours = Fd(::accept4(door.get(), nullptr, nullptr, SOCK_CLOEXEC));
        thread_ = std::jthread([this, work = std::move(work)] { work(theirs_.get()); });
    }
    ~Peer() { ours.reset(); }
    Fd ours;

   private:
    Fd theirs_;
    std::jthread thread_;
};

void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

// The header's bytes; the body's are in `body`.
void receive(int socket, std::string& head, std::string& body) {
    head.resize(16 << 10);
    std::size_t have = 0;
    http::request_parser<http::empty_body> parser;
    parser.body_limit(std::uint64_t{1} << 30);
    boost::beast::error_code failure;
    std::size_t parsed = 0;
    while (!parser.is_header_done()) {
        const auto n = ::recv(socket, head.data() + have, head.size() - have, 0);
        if (n <= 0) die("the request ended early");
        have += static_cast<std::size_t>(n);
        parsed += parser.put(boost::asio::buffer(head.data() + parsed, have - parsed), failure);
        if (failure && failure != http::error::need_more && failure != http::error::unexpected_body) die(failure.message());
    }
    const auto size = parser.content_length().value_or(0);
    const auto head_end = std::string_view(head).substr(0, have).find("\r\n\r\n") + 4;
    resize_uninitialized(body, size);
    std::size_t got = have - head_end;
    std::memcpy(body.data(), head.data() + head_end, got);
    while (got < size) {
        const auto n = ::recv(socket, body.data() + got, size - got, 0);
        if (n <= 0) die("the request ended early");
        got += static_cast<std::size_t>(n);
    }
}

void put(const std::string& request, int count, const std::string& path) {
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) die(path + " cannot be written");
    Peer peer([&](int socket) {
        for (int i = 0; i < count; ++i) {
            send_all(socket, request);
            char answer[64];
            if (::recv(socket, answer, sizeof answer, 0) <= 0) return;
        }
    });
    constexpr std::string_view kData = "\"Data\": \"", kKey = "\"PartitionKey\": \"";
    std::string head, body, data;
    BatchBuilder builder(1);
    for (int i = 0; i < count; ++i) {
        receive(peer.ours.get(), head, body);
        unsigned char digest[32];
        if (!EVP_Digest(body.data(), body.size(), digest, nullptr, EVP_sha256(), nullptr)) die("no SHA-256");
        builder.clear();
        for (std::size_t at = 0; (at = body.find(kData, at)) != std::string::npos;) {
            at += kData.size();
            const auto end = body.find('"', at);
            data.clear();
            if (!base64_decode_append(data, std::string_view(body).substr(at, end - at))) die("no base64");
            const auto key = body.find(kKey, end) + kKey.size();
            const auto key_end = body.find('"', key);
            builder.append(std::string_view(body).substr(key, key_end - key), data);
            at = key_end;
        }
        if (builder.empty()) die("the request has no records");
        must(write_all(file.get(), builder.finish(i, i)));
        if (::fdatasync(file.get()) != 0) die("not on the disk");
        send_all(peer.ours.get(), "HTTP/1.1 200 OK\r\n\r\n");
    }
}

void get(int count, const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) die(path + " cannot be read");
    Peer peer([](int socket) {
        const auto room = std::make_unique<char[]>(1 << 20);
        while (::recv(socket, room.get(), 1 << 20, 0) > 0) continue;
    });
    std::string batch(1 << 20, '\0'), answer;
    std::uint64_t at = 0;
    for (int i = 0; i < count; ++i) {
        auto n = ::pread(file.get(), batch.data(), batch.size(), static_cast<off_t>(at));
        const auto header = must(parse_batch_header(as_bytes(std::string_view(batch).substr(0, static_cast<std::size_t>(n)))));
        const auto bytes = as_bytes(std::string_view(batch).substr(0, header.total_bytes()));
        if (!batch_crc_matches(bytes)) die("damaged");
        at += header.total_bytes();
        answer.clear();
        RecordReader reader(bytes);
        for (RecordView record; must(reader.next(record));) {
            answer += "{\"Data\":\"";
            base64_encode_append(answer, record.value);
            answer += "\"}";
        }
        send_all(peer.ours.get(), answer);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) die("usage: kns-kinesis-floor put|get REQUEST COUNT DIRECTORY");
    const auto request = must(read_file(argv[2]));
    const int count = std::atoi(argv[3]);
    const auto path = std::string(argv[4]) + "/floor";
    if (std::strcmp(argv[1], "put") == 0)
        put(request, count, path);
    else
        get(count, path);
    std::printf("%.6f\n", cpu_s());
}
