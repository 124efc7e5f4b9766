#include "core/stream/consumer_book.hpp"

#include <algorithm>

namespace kns {

Result<void> ConsumerBook::load() {
    for (auto& row : KNS_TRY(catalog_.consumers())) {
        last_created_s_ = std::max(last_created_s_, row.created_s);
        auto& of_stream = by_stream_[row.stream_id];
        of_stream.emplace(row.name, std::move(row));
    }
    return {};
}

std::vector<ConsumerRow> ConsumerBook::of(std::int64_t stream_id) const {
    const std::lock_guard lock(mutex_);
    std::vector<ConsumerRow> out;
    if (const auto found = by_stream_.find(stream_id); found != by_stream_.end())
        for (const auto& [name, row] : found->second) out.push_back(row);
    return out;
}

std::optional<ConsumerRow> ConsumerBook::find(std::int64_t stream_id, std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto stream = by_stream_.find(stream_id);
    if (stream == by_stream_.end()) return std::nullopt;
    const auto found = stream->second.find(name);
    return found == stream->second.end() ? std::nullopt : std::optional(found->second);
}

Result<ConsumerRow> ConsumerBook::add(std::int64_t stream_id, const std::string& name, std::map<std::string, std::string> tags,
                                      UnixMs now) {
    if (find(stream_id, name)) return fail(Errc::already_exists, "consumer \"{}\" exists already", name);
    if (of(stream_id).size() >= kMaxConsumers)
        return fail(Errc::limit_exceeded, "the stream has {} consumers already, the limit", kMaxConsumers);
    ConsumerRow row{.stream_id = stream_id,
                    .name = name,
                    .created_s = std::max(now / kSecond, last_created_s_ + 1),
                    .tags = std::move(tags),
                    .policy = {}};
    KNS_TRY(catalog_.add_consumer(row));
    last_created_s_ = row.created_s;
    const std::lock_guard lock(mutex_);
    by_stream_[stream_id].emplace(name, row);
    return row;
}

Result<void> ConsumerBook::update(const ConsumerRow& consumer) {
    KNS_TRY(catalog_.update_consumer(consumer));
    const std::lock_guard lock(mutex_);
    by_stream_[consumer.stream_id].insert_or_assign(consumer.name, consumer);
    return {};
}

Result<void> ConsumerBook::remove(const ConsumerRow& consumer) {
    KNS_TRY(catalog_.delete_consumer(consumer.id));
    const std::lock_guard lock(mutex_);
    by_stream_[consumer.stream_id].erase(consumer.name);
    return {};
}

void ConsumerBook::forget_stream(std::int64_t stream_id) {
    const std::lock_guard lock(mutex_);
    by_stream_.erase(stream_id);
}

}  // namespace kns
