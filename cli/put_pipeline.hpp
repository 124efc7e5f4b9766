// Records from a descriptor into a stream: read, encode and send while acknowledgements come in.
//
// What is sent and not acknowledged is kept (16 MiB at most), so that batches refused because their shard was split or
// merged meanwhile go to its children, in order. When the input has nothing ready, what has been read is sent at once;
// nothing waits for a timer. One thread.
//
// Streams and delivery streams take records the same way: only the paths differ.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/append_link.hpp"
#include "cli/batch_packer.hpp"
#include "cli/client.hpp"
#include "cli/context.hpp"
#include "cli/input_window.hpp"
#include "cli/interrupt.hpp"
#include "cli/key_source.hpp"
#include "cli/progress.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/api/stream.hpp"

namespace kns::cli {

struct PutTarget {
    std::string stream_path;             // "/v1/streams/clicks": StreamInfo, and /shards
    std::string append_path;             // "/v1/streams/clicks/append"
    std::uint64_t max_record_bytes = 0;  // 0: what the stream says
};

struct PutOptions {
    Encoding encoding = Encoding::raw;  // of each record's text
    KeySource key{};
    std::string explicit_hash_key{};  // of a single record
    Packing packing = Packing::each_alone;
};

struct PutOutcome {
    PutResult result{};
    bool interrupted = false;  // by Ctrl-C: all that had been read is in `result`, the rest was not read
};

class PutPipeline {
   public:
    // Asks for the stream's properties and opens the connection. Nothing is stored before `put_...`, one of which is
    // called once.
    static Result<PutPipeline> open(Context& kns, const PutTarget& target, PutOptions options);

    Result<PutOutcome> put_lines(int input);
    Result<PutOutcome> put_one(std::string record);
    // All of the input as one record.
    Result<PutOutcome> put_whole(int input);

   private:
    PutPipeline(Context& kns, PutTarget target, PutOptions options, StreamInfo stream, std::unique_ptr<ParcelMemory> memory,
                ShardRouter router, Client::Opened opened);

    Result<void> carry_lines(InputWindow& window);
    void take_lines(InputWindow& window);
    void add_record(std::span<char> text);
    Result<void> flush();            // packs all and begins to send it
    Result<void> drain();            // waits until everything sent is answered
    Result<void> handle_refusals();  // of batches: routes them again, counts them as failed, or gives up
    Result<std::vector<AppendLink::Refused>> settle_refusals();
    Result<void> resend(const std::vector<AppendLink::Refused>& refused);
    Result<PutOutcome> finish();
    void fail_record(std::uint64_t number, const Error& error);
    bool has_room() const;
    Result<void> move_parcels();
    void use(Client::Opened opened);
    Result<void> exchange();
    Result<void> change_links();
    bool has_refused() const { return link_ && link_->has_refused(); }
    PutCount stored() const;
    std::unexpected<Error> with_counts(Error error) const;

    Context& kns_;
    PutTarget target_;
    PutOptions options_;
    StreamInfo stream_;
    std::unique_ptr<ParcelMemory> memory_;
    BatchPacker packer_;
    std::unique_ptr<AppendLink> link_;  // null between a daemon that ended and the records that need the next
    PutCount stored_before_;            // over earlier links
    Interrupt* interrupt_ = nullptr;
    std::uint64_t record_ = 0;   // number of the last one read
    std::uint64_t dropped_ = 0;  // refused, and not stored elsewhere
    std::uint64_t unknown_ = 0;  // whose write failed half way
    PutResult result_;
    int resent_in_vain_ = 0;      // the same records, with nothing stored between
    Deadline give_up_resending_;  // then
};

}  // namespace kns::cli
