// Membership in a consumer group: the shards that are ours to read, the sign of life that keeps them, and the positions
// that are committed for all members. Lives on the main thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cli/client.hpp"
#include "core/base/api/stream.hpp"
#include "core/base/posix.hpp"

namespace kns::cli {

// Offsets of the next record, by shard number.
using Positions = std::map<std::uint32_t, std::int64_t>;

class ConsumerGroup {
   public:
    // `from` is where a group that is new begins.
    static Result<ConsumerGroup> join(Client& daemon, std::string stream, std::string group, std::string from);

    // The sign of life, due when `until_renewal` is over. Says whether our shards are others than before.
    Result<bool> renew();
    Ms until_renewal() const { return renewal_.left(); }

    // Commits for the shards that are still ours; the others have a new reader, who has begun at the old position. Says
    // whether our shards are others than before.
    Result<bool> commit(Positions positions);
    void leave();

    // With the position that is committed for each.
    const std::vector<ShardPosition>& shards() const { return lease_.shards; }

   private:
    ConsumerGroup(Client& daemon, std::string stream, std::string group, std::string from)
        : daemon_(&daemon), stream_(std::move(stream)), group_(std::move(group)), from_(std::move(from)) {}

    std::string path(std::string_view verb) const;
    Result<void> ask_for_lease();

    Client* daemon_;
    std::string stream_, group_, from_;
    GroupLease lease_;
    Deadline renewal_;
};

}  // namespace kns::cli
