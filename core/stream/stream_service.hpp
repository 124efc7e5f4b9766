// The verbs on streams, as every dialect calls them. Lives on the catalog thread; what it has done is on disk when a
// call returns, and visible in the directory.
#pragma once

#include <functional>

#include "core/base/api/stream.hpp"
#include "core/store/committer.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

// Names of the streams that kns makes for itself: the sources of delivery streams with direct put.
inline constexpr std::string_view kOwnStreamPrefix = "kns.";

// Runs work on the log thread and waits for it.
using RunOnLog = std::function<void(const std::function<void(Committer&)>&)>;

class StreamService {
   public:
    // All borrowed for the service's life. Without keys there are no encrypted streams.
    StreamService(Database& db, LogIndex& index, StreamDirectory& directory, Clock& clock, RunOnLog run_on_log,
                  KeyRing* keys = nullptr)
        : db_(db),
          catalog_(db),
          index_(index),
          directory_(directory),
          clock_(clock),
          run_on_log_(std::move(run_on_log)),
          keys_(keys) {}

    // `created` tells whether it was there before (with if_not_exists).
    Result<StreamPtr> create(const CreateStream& request, bool hidden = false, bool* created = nullptr);
    Result<StreamPtr> update(const std::string& name, const UpdateStream& request);
    Result<void> remove(const std::string& name);
    Result<StreamPtr> split(const std::string& name, const SplitShard& request);
    Result<StreamPtr> merge(const std::string& name, const MergeShards& request);
    Result<StreamPtr> change_tags(const std::string& name, const ChangeTags& request);
    // Changes what has no other effect than to be written in the row. An error of `change` changes nothing.
    Result<StreamPtr> edit(const std::string& name, const std::function<Result<void>(StreamRow&)>& change);
    // From now on new records are stored encrypted, under a new data key, or as they come; what is stored stays. `kms_key` is
    // kept for who asks.
    Result<StreamPtr> start_encryption(const std::string& name, const std::string& kms_key);
    Result<StreamPtr> stop_encryption(const std::string& name);
    Result<void> delete_group(std::int64_t stream_id, const std::string& group);

    // Drops what has outlived its stream's retention, or, of a hidden stream, has been delivered. Gives when to look again, or
    // nothing if there is nothing to expire.
    Result<std::optional<UnixMs>> expire();

   private:
    Result<void> rotate_key(const Stream& stream);
    Result<StreamPtr> replace_row(const Stream& stream, StreamRow row);
    Result<StreamPtr> reshard(const Stream& stream, std::uint32_t target);
    // Closes `parents` (numbers) and opens `children`, whose parents are among them.
    Result<StreamPtr> replace_shards(const Stream& stream, const std::vector<std::uint32_t>& parents,
                                     std::vector<ShardRow> children);

    Database& db_;
    Catalog catalog_;
    LogIndex& index_;
    StreamDirectory& directory_;
    Clock& clock_;
    RunOnLog run_on_log_;
    KeyRing* keys_;
};

// The rules for a stream's settings, before anything is made or changed: the row that a request stands for (a count of shards
// is checked only).
Result<StreamRow> make_stream_row(const CreateStream& request, UnixMs now);
Result<StreamRow> update_stream_row(StreamRow row, const UpdateStream& request);
Result<void> check_tags(const std::map<std::string, std::string>& tags);

// How a stream and its shards look in the API. Any thread.
StreamInfo describe_stream(const Stream& stream, const ArnPlace& place, const LogIndex& index, std::uint64_t damaged_records,
                           const KeyRing* keys = nullptr);
ShardInfo describe_shard(const Stream& stream, const ShardRow& shard, const LogIndex& index);

}  // namespace kns
