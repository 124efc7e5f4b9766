// Who reads what: positions of consumer groups, and which member holds which shard.
//
// Positions are a cache of what the log has committed (the log's index writes them to SQLite); leases live in memory
// only, since members rejoin after a restart. Lives on the I/O thread.
#pragma once

#include <map>
#include <set>

#include "core/base/api/stream.hpp"
#include "core/store/log_format.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

class GroupBook {
   public:
    explicit GroupBook(const LogIndex& index) : index_(index) {}

    // What is on disk, at start and after each commit.
    void set_position(const PositionChange& change, UnixMs now);
    std::optional<std::int64_t> position(std::int64_t stream_id, const std::string& group, std::uint32_t shard) const;
    bool exists(std::int64_t stream_id, const std::string& group) const;
    // Forgets members too.
    void remove(std::int64_t stream_id, const std::string& group);
    void remove_stream(std::int64_t stream_id);

    std::vector<GroupInfo> list(const Stream& stream, UnixMs now, bool hidden = false) const;
    // The lag alone, for whoever asks for all groups every second. `name` is valid until the book changes.
    struct Lag {
        std::string_view name;
        std::uint64_t records = 0;
        std::uint32_t members = 0;
    };
    std::vector<Lag> lags(const Stream& stream, UnixMs now) const;
    Result<GroupInfo> show(const Stream& stream, const std::string& group, UnixMs now) const;

    // Positions that a new group must commit before it reads (none if it has them). `where` gives a shard's start.
    std::vector<PositionChange> missing_positions(const Stream& stream, const std::string& group,
                                                  const std::function<std::int64_t(const ShardRow&)>& where) const;
    // Joins, or renews. Shards go round among the members; the children of a split come with or after their parents.
    GroupLease join(const Stream& stream, const std::string& group, const JoinGroup& request, UnixMs now, std::string fresh_id);
    void leave(std::int64_t stream_id, const std::string& group, const std::string& member_id);
    // Whether this member may commit these positions now.
    Result<void> check_commit(const Stream& stream, const std::string& group, const CommitPositions& request, UnixMs now) const;
    std::uint64_t generation(std::int64_t stream_id, const std::string& group) const;

   private:
    struct Member {
        std::string name;
        UnixMs expires_ms = 0;
        Ms session_ms = 0;
        std::set<std::uint32_t> shards;
    };
    struct Group {
        std::map<std::uint32_t, std::int64_t> positions;  // by shard number
        UnixMs committed_ms = 0;
        std::map<std::string, Member> members;  // by id
        std::uint64_t generation = 0;
    };
    using Key = std::pair<std::int64_t, std::string>;  // stream, group

    bool finished(const Group& group, const ShardRow& shard) const;
    static std::uint32_t live_members(const Group& group, UnixMs now);
    static std::int64_t next_offset(const Group& group, std::uint32_t shard, const ShardContent& content);
    void share_out(const Stream& stream, Group& group);
    GroupInfo describe(const Stream& stream, const std::string& name, const Group& group, UnixMs now) const;

    const LogIndex& index_;
    std::map<Key, Group> groups_;
};

}  // namespace kns
