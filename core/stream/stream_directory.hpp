// The streams there are, as everybody may see them: immutable snapshots, replaced on change.
//
// Written by the catalog thread, read by any. A snapshot stays valid for whoever holds it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/stream/shard_map.hpp"

namespace kns {

struct Stream {
    StreamRow row;
    std::vector<ShardRow> shards;  // all of them, by index
    std::vector<ShardRow> open;    // by hash range

    Stream(StreamRow r, std::vector<ShardRow> all);
    const ShardRow* shard_by_index(std::uint32_t index) const;
    const ShardRow* shard_by_number(std::uint32_t number) const;
};

// Shared by the directory, requests under way and readers.
using StreamPtr = std::shared_ptr<const Stream>;

class StreamDirectory {
   public:
    Result<StreamPtr> find(const std::string& name) const;  // not found: with a suggestion
    StreamPtr find_id(std::int64_t id) const;               // or null
    std::vector<StreamPtr> list(std::string_view prefix = {}, bool hidden = false) const;

    void put(StreamPtr stream);
    void remove(const std::string& name);

   private:
    mutable std::mutex mutex_;
    std::map<std::string, StreamPtr, std::less<>> by_name_;
    std::map<std::int64_t, StreamPtr> by_id_;
};

}  // namespace kns
