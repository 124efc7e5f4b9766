// Records of a group's shards, batch by batch, into a command; positions move when the command has succeeded.
//
// At least once: a position never passes a record whose command did not end with 0. Whoever crashes, is cut off or loses
// a shard leaves its records to be delivered again. Lives on the main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "cli/batch_command.hpp"
#include "cli/consumer_group.hpp"
#include "cli/context.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/record_format.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/record_feed.hpp"

namespace kns::cli {

struct ConsumeOptions {
    std::string stream, group;
    std::string from = "start";  // of a group that is new
    std::size_t batch = 500;     // records for one run of the command
    Ms max_wait = 0;             // for a batch to fill
    bool until_end = false;
    std::optional<std::uint64_t> retries{};  // of a batch; absent: for ever
};

class Consumer {
   public:
    Consumer(Context& kns, ConsumeOptions options, RecordFormat format, BatchCommand command);

    // Until the end, if that was asked for, or Ctrl-C. `partial` if records were lost to corruption.
    Result<ExitCode> run();

   private:
    enum class Next { read, reopen, finish };

    // Records that wait for the command.
    struct Pending {
        std::string lines{};
        std::size_t records = 0;
        Positions positions{};  // behind them
        Deadline deadline{};    // when they have waited long enough for others
    };

    Result<ExitCode> work(ConsumerGroup& group);
    Result<Next> read(ConsumerGroup& group);
    Result<Next> read_feed(ConsumerGroup& group, RecordFeed& feed);
    Result<Next> take_batch(ConsumerGroup& group, const RecordFeed& feed);
    Result<Next> wait_for_records(ConsumerGroup& group, RecordFeed& feed);
    Result<Next> deliver(ConsumerGroup& group);
    Result<Next> renew(ConsumerGroup& group);
    void wait(ConsumerGroup& group, Ms duration);
    void report(const RecordFeed& feed);
    Result<RecordFeed> open_feed(const ConsumerGroup& group);

    Context& kns_;
    ConsumeOptions options_;
    RecordFormat format_;
    BatchCommand command_;
    Interrupt interrupt_;
    Pending pending_;
    bool shards_changed_ = false;    // noticed while the command was at work
    std::set<std::uint32_t> ended_;  // shards read to their end, with until_end
    std::uint64_t records_ = 0, batches_ = 0;
    bool lost_records_ = false;
};

}  // namespace kns::cli
