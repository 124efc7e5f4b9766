#include "core/stream/stream_directory.hpp"

#include <algorithm>

#include "core/base/edit_distance.hpp"

namespace kns {

Stream::Stream(StreamRow r, std::vector<ShardRow> all) : row(std::move(r)), shards(std::move(all)) {
    std::ranges::copy_if(shards, std::back_inserter(open), [](const auto& shard) { return shard.open(); });
    std::ranges::sort(open, {}, &ShardRow::hash_first);
}

const ShardRow* Stream::shard_by_index(std::uint32_t index) const {
    const auto found = std::ranges::find(shards, index, &ShardRow::index);
    return found == shards.end() ? nullptr : &*found;
}

const ShardRow* Stream::shard_by_number(std::uint32_t number) const {
    const auto found = std::ranges::find(shards, number, &ShardRow::number);
    return found == shards.end() ? nullptr : &*found;
}

Result<StreamPtr> StreamDirectory::find(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    std::vector<std::string_view> names;
    for (const auto& [other, stream] : by_name_)
        if (!stream->row.hidden) names.push_back(other);
    const auto meant = nearest(name, names);
    return fail(Errc::not_found, "stream \"{}\" not found", name)
        .hint(meant           ? fmt::format("did you mean \"{}\"?", *meant)
              : names.empty() ? "kns stream create makes one"
                              : "kns stream list shows them");
}

StreamPtr StreamDirectory::find_id(std::int64_t id) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

std::vector<StreamPtr> StreamDirectory::list(std::string_view prefix, bool hidden) const {
    const std::lock_guard lock(mutex_);
    std::vector<StreamPtr> out;
    for (auto it = by_name_.lower_bound(prefix); it != by_name_.end() && it->first.starts_with(prefix); ++it)
        if (hidden || !it->second->row.hidden) out.push_back(it->second);
    return out;
}

void StreamDirectory::put(StreamPtr stream) {
    const std::lock_guard lock(mutex_);
    by_id_[stream->row.id] = stream;
    by_name_[stream->row.name] = std::move(stream);
}

void StreamDirectory::remove(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_id_.erase(found->second->row.id);
    by_name_.erase(found);
}

}  // namespace kns
