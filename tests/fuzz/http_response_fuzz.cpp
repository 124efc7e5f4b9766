// What answers on the socket may be anything: the client reads it, or says what is wrong. How the reader slices the body
// makes no difference.
#include <sys/socket.h>

#include "core/base/posix.hpp"
#include "core/base/unix_http.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

constexpr std::size_t kSocketTakes = 64 << 10;  // without anybody reading

struct Answer {
    std::optional<int> status;  // none: no head
    std::string body;
    bool whole = false;

    bool operator==(const Answer&) const = default;
};

Answer ask(std::string_view bytes, std::size_t slice) {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    Fd ours(ends[0]), theirs(ends[1]);
    must(bytes.empty() || ::send(theirs.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) == static_cast<ssize_t>(bytes.size()));
    ::shutdown(theirs.get(), SHUT_WR);

    HttpConnection connection(std::move(ours));
    const auto deadline = Deadline::in(5 * kSecond);
    Answer out;
    const auto response = connection.request({.method = "GET", .target = "/"}, deadline);
    if (!response) return out;
    out.status = response->status;
    if (response->status == 101) {
        out.body = connection.take_socket().already_read;
        return out;
    }
    std::string piece(slice, '\0');
    for (;;) {
        const auto got = connection.read_body(piece, deadline);
        if (!got) return out;
        if (*got == 0) break;
        must(*got <= slice);
        out.body.append(piece, 0, *got);
        must(out.body.size() <= bytes.size());
    }
    out.whole = true;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), std::min(size, kSocketTakes));
    const Answer answer = ask(bytes, 4096);
    if (answer.status != 101) must(ask(bytes, 1 + bytes.size() % 7) == answer);
    return 0;
}
