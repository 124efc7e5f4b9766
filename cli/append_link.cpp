#include "cli/append_link.hpp"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>

#include "core/base/big_endian.hpp"

namespace kns::cli {
namespace {

constexpr int kSendBufferBytes = 1 << 20;  // the kernel allows what it allows

bool has_reason(const Error& error, std::string_view wanted) {
    const auto details = parse_json(error.details);
    const auto* reason = details ? (*details)["reason"].as_string() : nullptr;
    return reason && *reason == wanted;
}

Failure vanished() { return fail(Errc::outcome_unknown, "the daemon went away"); }

}  // namespace

AppendLink::AppendLink(Fd socket, std::string already_read, ParcelMemory& memory)
    : socket_(std::move(socket)), memory_(memory), received_(std::move(already_read)) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
}

void AppendLink::queue(Parcel parcel) {
    assert(!ending_);
    auto shared = std::make_shared<Parcel>(std::move(parcel));
    for (const auto& slip : shared->slips) {
        store_be(reinterpret_cast<std::byte*>(shared->memory.data()) + slip.at, next_number_);  // base offset: not under the CRC
        waiting_.push_back({shared, slip, std::nullopt});
        ++next_number_;
    }
    unacknowledged_bytes_ += shared->bytes;
    unsent_.push_back(std::move(shared));
}

void AppendLink::no_more() { ending_ = true; }

PutCount AppendLink::unanswered() const {
    PutCount count;
    for (const auto& waiting : waiting_) {
        count.records += waiting.slip.records;
        count.bytes += waiting.slip.data_bytes;
    }
    return count;
}

Result<void> AppendLink::exchange() {
    KNS_TRY(receive_some());
    auto sent = send_some();
    // A daemon that hangs up has usually said why.
    if (!sent) KNS_TRY(receive_some());
    return sent;
}

Result<void> AppendLink::send_some() {
    while (!unsent_.empty()) {
        const Parcel& first = *unsent_.front();
        const auto sent =
            ::send(socket_.get(), first.memory.data() + sent_of_first_, first.bytes - sent_of_first_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return {};
        if (sent < 0) return vanished();
        sent_of_first_ += static_cast<std::size_t>(sent);
        if (sent_of_first_ < first.bytes) continue;
        unsent_.pop_front();
        sent_of_first_ = 0;
    }
    if (ending_ && !half_closed_) {
        ::shutdown(socket_.get(), SHUT_WR);
        half_closed_ = true;
    }
    return {};
}

Result<void> AppendLink::receive_some() {
    char piece[16384];
    for (bool open = true; open;) {
        const auto got = ::recv(socket_.get(), piece, sizeof piece, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) break;
        open = got > 0;
        if (open) received_.append(piece, static_cast<std::size_t>(got));
        std::size_t at = 0;
        for (std::size_t end; (end = received_.find('\n', at)) != std::string::npos; at = end + 1)
            KNS_TRY(read_answer(std::string_view(received_).substr(at, end - at)));
        received_.erase(0, at);
        if (!open && !(half_closed_ && waiting_.empty())) return vanished();
        if (open && static_cast<std::size_t>(got) < sizeof piece) break;
    }
    return {};
}

Result<void> AppendLink::read_answer(std::string_view line) {
    const auto answer = KNS_TRY(context(parse_json(line), "the daemon's answer"));
    if (answer.has("acked")) {
        const auto number = KNS_TRY(context(answer["acked"].as_int(), "the daemon's answer"));
        if (number < settled_ || number > next_number_)
            return fail(Errc::internal, "the daemon acknowledged batch {} of {}", number, next_number_);
        settle_below(number);
    } else if (answer.has("batch")) {
        const auto number = KNS_TRY(context(answer["batch"].as_int(), "the daemon's answer"));
        if (number < settled_ || number >= next_number_)
            return fail(Errc::internal, "the daemon refused batch {} of {}", number, next_number_);
        waiting_[static_cast<std::size_t>(number - settled_)].refusal = error_from_json(answer["error"]);
    } else if (answer.has("error")) {
        dismissed_ = true;
        return std::unexpected(error_from_json(answer["error"]));  // about the connection as a whole
    }
    return {};
}

void AppendLink::settle_below(std::int64_t number) {
    for (; settled_ < number; ++settled_) {
        Waiting done = std::move(waiting_.front());
        waiting_.pop_front();
        unacknowledged_bytes_ -= done.slip.bytes;
        if (done.refusal) {
            refused_.push_back({std::move(done.parcel), done.slip, std::move(*done.refusal)});
            continue;
        }
        stored_.records += done.slip.records;
        stored_.bytes += done.slip.data_bytes;
        if (done.parcel.use_count() == 1) memory_.give(std::move(done.parcel->memory));
    }
}

std::vector<AppendLink::Refused> AppendLink::take_unanswered() {
    std::vector<Refused> out;
    for (auto& waiting : std::exchange(waiting_, {})) out.push_back({std::move(waiting.parcel), waiting.slip, {}});
    unsent_.clear();
    unacknowledged_bytes_ = 0;
    return out;
}

bool AppendLink::Refused::by_closed_shard() const { return error.code == Errc::conflict && has_reason(error, "shard_closed"); }

bool says_goodbye(const Error& error) { return error.code == Errc::unavailable && has_reason(error, "ending"); }

Error error_from_json(const JsonValue& in) {
    auto text = [&](std::string_view name) { return in[name].as_string() ? *in[name].as_string() : std::string(); };
    Error error{.code = errc_from_name(text("code")).value_or(Errc::internal), .message = text("message"), .hint = text("hint")};
    if (in["details"].as_object()) {
        JsonWriter out;
        in["details"].write(out);
        error.details = out.take();
    }
    return error;
}

}  // namespace kns::cli
