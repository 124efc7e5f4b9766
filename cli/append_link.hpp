// The upgraded connection that record batches go up on: sends what is queued, keeps it until the daemon has answered for
// it, and says what became of it. Never waits; lives on one thread.
//
// Protocol (frozen): up, RecordBatch v2 back to back, base offset = running number from 0, epoch = shard number; down,
// one JSON object a line: {"acked":N,...}, every batch below N has its outcome; {"batch":K,"error":{...}}, K was refused.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/posix.hpp"
#include "core/base/result.hpp"

namespace kns::cli {

// Some whole batches in one piece of memory, as they travel.
struct Parcel {
    struct Slip {
        std::size_t at = 0, bytes = 0;  // in `memory`
        std::uint64_t records = 0;
        std::uint64_t data_bytes = 0;    // of their values
        std::uint64_t first_record = 0;  // its number in the input
    };
    std::string memory{};
    std::size_t bytes = 0;
    std::vector<Slip> slips{};
};

// Memory of parcels that are done with. What is used again need not be mapped, cleared and grown again.
class ParcelMemory {
   public:
    std::string take() {
        if (spare_.empty()) return {};
        std::string memory = std::move(spare_.back());
        spare_.pop_back();
        return memory;
    }
    void give(std::string memory) {
        if (spare_.size() < kMaxSpares && memory.size() <= kMaxSpareBytes) spare_.push_back(std::move(memory));
    }

   private:
    static constexpr std::size_t kMaxSpares = 16;
    static constexpr std::size_t kMaxSpareBytes = 1 << 20;  // the rare giant goes back to the system
    std::vector<std::string> spare_;
};

struct PutCount {
    std::uint64_t records = 0, bytes = 0;
    PutCount& operator+=(const PutCount& more) {
        records += more.records;
        bytes += more.bytes;
        return *this;
    }
};

class AppendLink {
   public:
    // `already_read` is what the daemon had said behind its 101. `memory` takes back parcels, and must outlive the link.
    AppendLink(Fd socket, std::string already_read, ParcelMemory& memory);

    void queue(Parcel parcel);  // gives its batches their numbers

    // Sends and reads what is possible now. An error means that the connection is of no use any more.
    Result<void> exchange();
    void no_more();  // half-closes once everything is sent

    int fd() const { return socket_.get(); }
    bool wants_to_send() const { return !unsent_.empty() || (ending_ && !half_closed_); }
    std::size_t unacknowledged_bytes() const { return unacknowledged_bytes_; }
    bool all_answered() const { return waiting_.empty(); }
    const PutCount& stored() const { return stored_; }
    PutCount unanswered() const;
    // The daemon has said why it takes no more, which it does behind the outcomes of all that it took.
    bool dismissed() const { return dismissed_; }

    struct Refused {
        std::shared_ptr<const Parcel> parcel;
        Parcel::Slip slip;
        Error error;
        bool by_closed_shard() const;
        std::string_view batch() const { return {parcel->memory.data() + slip.at, slip.bytes}; }
    };
    bool has_refused() const { return !refused_.empty(); }
    std::vector<Refused> take_refused() { return std::exchange(refused_, {}); }
    // Once the daemon has said that it ends: what it has not taken, in order.
    std::vector<Refused> take_unanswered();

   private:
    struct Waiting {
        std::shared_ptr<Parcel> parcel;  // shared by the slips of its batches, and by unsent_
        Parcel::Slip slip;
        std::optional<Error> refusal;
    };

    Result<void> send_some();
    Result<void> receive_some();
    Result<void> read_answer(std::string_view line);
    void settle_below(std::int64_t number);

    Fd socket_;
    ParcelMemory& memory_;
    std::string received_;
    std::deque<std::shared_ptr<Parcel>> unsent_;
    std::size_t sent_of_first_ = 0;
    std::deque<Waiting> waiting_;  // number settled_ first
    std::int64_t next_number_ = 0, settled_ = 0;
    std::size_t unacknowledged_bytes_ = 0;
    PutCount stored_;
    std::vector<Refused> refused_;
    bool ending_ = false, half_closed_ = false, dismissed_ = false;
};

// Of an error of the connection: the daemon ends. What has no outcome is not stored.
bool says_goodbye(const Error& error);

// The error that {"code","message","hint","details"} describes.
Error error_from_json(const JsonValue& in);

}  // namespace kns::cli
