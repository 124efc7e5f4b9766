#include "core/stream/group_book.hpp"

#include <algorithm>

#include "core/base/edit_distance.hpp"

namespace kns {
namespace {

std::uint64_t lag_of(const ShardContent& content, std::int64_t next) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, content.next_offset - next));
}

}  // namespace

void GroupBook::set_position(const PositionChange& change, UnixMs now) {
    auto& group = groups_[{change.stream_id, change.group}];
    group.positions[change.shard] = change.next_offset;
    group.committed_ms = now;
}

std::optional<std::int64_t> GroupBook::position(std::int64_t stream_id, const std::string& name, std::uint32_t shard) const {
    const auto group = groups_.find({stream_id, name});
    if (group == groups_.end()) return std::nullopt;
    const auto found = group->second.positions.find(shard);
    return found == group->second.positions.end() ? std::nullopt : std::optional(found->second);
}

bool GroupBook::exists(std::int64_t stream_id, const std::string& name) const {
    const auto group = groups_.find({stream_id, name});
    return group != groups_.end() && !group->second.positions.empty();
}

void GroupBook::remove(std::int64_t stream_id, const std::string& name) { groups_.erase({stream_id, name}); }

void GroupBook::remove_stream(std::int64_t stream_id) {
    std::erase_if(groups_, [&](const auto& entry) { return entry.first.first == stream_id; });
}

std::uint64_t GroupBook::generation(std::int64_t stream_id, const std::string& name) const {
    const auto group = groups_.find({stream_id, name});
    return group == groups_.end() ? 0 : group->second.generation;
}

std::uint32_t GroupBook::live_members(const Group& group, UnixMs now) {
    return static_cast<std::uint32_t>(
        std::ranges::count_if(group.members, [&](const auto& m) { return m.second.expires_ms > now; }));
}

// What a group reads next: what expired before it was read is behind it.
std::int64_t GroupBook::next_offset(const Group& group, std::uint32_t shard, const ShardContent& content) {
    const auto found = group.positions.find(shard);
    return std::max(found == group.positions.end() ? 0 : found->second, content.first_offset);
}

std::vector<GroupBook::Lag> GroupBook::lags(const Stream& stream, UnixMs now) const {
    std::vector<Lag> out;
    for (auto it = groups_.lower_bound({stream.row.id, ""}); it != groups_.end() && it->first.first == stream.row.id; ++it) {
        const auto& group = it->second;
        if (group.positions.empty()) continue;
        Lag lag{.name = it->first.second, .records = 0, .members = live_members(group, now)};
        for (const auto& shard : stream.shards) {
            const auto content = index_.content(shard.number);
            lag.records += lag_of(content, next_offset(group, shard.number, content));
        }
        out.push_back(lag);
    }
    return out;
}

GroupInfo GroupBook::describe(const Stream& stream, const std::string& name, const Group& group, UnixMs now) const {
    GroupInfo info{.name = name, .stream = stream.row.name, .committed_at = format_time(group.committed_ms)};
    for (const auto& shard : stream.shards) {
        const auto content = index_.content(shard.number);
        const auto next = next_offset(group, shard.number, content);
        GroupShard row{.shard_id = shard_id_text(shard.index), .shard_number = shard.number, .next_offset = next};
        row.lag = lag_of(content, next);
        if (next > 0) row.sequence_number = SequenceNumber{shard.created_s, next - 1, shard.created_s, shard.index}.text();
        for (const auto& [id, member] : group.members)
            if (member.expires_ms > now && member.shards.contains(shard.number)) row.member = member.name;
        info.lag += row.lag;
        info.shards.push_back(std::move(row));
    }
    info.members = live_members(group, now);
    return info;
}

std::vector<GroupInfo> GroupBook::list(const Stream& stream, UnixMs now, bool hidden) const {
    std::vector<GroupInfo> out;
    for (auto it = groups_.lower_bound({stream.row.id, ""}); it != groups_.end() && it->first.first == stream.row.id; ++it)
        if (hidden || !it->second.positions.empty()) out.push_back(describe(stream, it->first.second, it->second, now));
    return out;
}

Result<GroupInfo> GroupBook::show(const Stream& stream, const std::string& name, UnixMs now) const {
    const auto found = groups_.find({stream.row.id, name});
    if (found != groups_.end()) return describe(stream, name, found->second, now);
    std::vector<std::string> names;
    for (const auto& info : list(stream, now)) names.push_back(info.name);
    const auto meant = nearest(name, names);
    return fail(Errc::not_found, "group \"{}\" of stream \"{}\" not found", name, stream.row.name)
        .hint(meant ? fmt::format("did you mean \"{}\"?", *meant) : "kns stream groups " + stream.row.name + " lists them");
}

std::vector<PositionChange> GroupBook::missing_positions(const Stream& stream, const std::string& name,
                                                         const std::function<std::int64_t(const ShardRow&)>& where) const {
    if (exists(stream.row.id, name)) return {};  // shards that it does not know came later: they are read from their start
    std::vector<PositionChange> out;
    for (const auto& shard : stream.shards) out.push_back({stream.row.id, shard.number, where(shard), name});
    return out;
}

bool GroupBook::finished(const Group& group, const ShardRow& shard) const {
    const auto found = group.positions.find(shard.number);
    const auto content = index_.content(shard.number);
    return shard.end_offset && std::max(found == group.positions.end() ? 0 : found->second, content.first_offset) >=
                                   std::min(*shard.end_offset, content.next_offset);
}

// Every member gets its part of the shards that can be read now. A shard whose parents still have records goes to the
// member that holds those: it reads them first, in the log's order.
void GroupBook::share_out(const Stream& stream, Group& group) {
    std::map<std::uint32_t, std::string> owner;
    std::vector<std::string> ids;
    for (const auto& [id, member] : group.members) ids.push_back(id);
    std::size_t turn = 0;
    for (const auto& shard : stream.shards) {
        if (finished(group, shard)) continue;
        std::string chosen;
        for (const auto& parent : {shard.parent, shard.adjacent_parent}) {
            const auto held = parent ? owner.find(*parent) : owner.end();
            if (held == owner.end()) continue;
            if (!chosen.empty() && chosen != held->second) chosen = "-";  // two parents, two members: wait for both to finish
            if (chosen.empty()) chosen = held->second;
        }
        if (chosen == "-") continue;
        if (chosen.empty() && !ids.empty()) chosen = ids[turn++ % ids.size()];
        owner[shard.number] = chosen;
    }
    bool changed = false;
    for (auto& [id, member] : group.members) {
        std::set<std::uint32_t> shards;
        for (const auto& [shard, holder] : owner)
            if (holder == id) shards.insert(shard);
        changed |= shards != member.shards;
        member.shards = std::move(shards);
    }
    group.generation += changed;
}

GroupLease GroupBook::join(const Stream& stream, const std::string& name, const JoinGroup& request, UnixMs now,
                           std::string fresh_id) {
    auto& group = groups_[{stream.row.id, name}];
    std::erase_if(group.members, [&](const auto& m) { return m.second.expires_ms <= now; });
    std::string id = request.member_id.value_or(fresh_id);
    auto& member = group.members[id];
    member.name = request.member;
    member.session_ms = std::clamp<Ms>(request.session_ms, kSecond, kHour);
    member.expires_ms = now + member.session_ms;
    share_out(stream, group);
    GroupLease lease{.member_id = id, .generation = group.generation};
    for (const auto shard : member.shards) {
        const auto found = group.positions.find(shard);
        lease.shards.push_back(
            {shard, std::max(found == group.positions.end() ? 0 : found->second, index_.content(shard).first_offset)});
    }
    return lease;
}

void GroupBook::leave(std::int64_t stream_id, const std::string& name, const std::string& member_id) {
    const auto found = groups_.find({stream_id, name});
    if (found == groups_.end() || found->second.members.erase(member_id) == 0) return;
    ++found->second.generation;
    if (found->second.members.empty() && found->second.positions.empty()) groups_.erase(found);
}

Result<void> GroupBook::check_commit(const Stream& stream, const std::string& name, const CommitPositions& request,
                                     UnixMs now) const {
    const auto found = groups_.find({stream.row.id, name});
    const auto member =
        found == groups_.end() ? decltype(found->second.members.end()){} : found->second.members.find(request.member_id);
    if (found == groups_.end() || member == found->second.members.end() || member->second.expires_ms <= now)
        return fail(Errc::conflict, "this consumer is no longer a member of group \"{}\"", name)
            .hint("join again: its shards may belong to another by now");
    for (const auto& position : request.positions) {
        if (!member->second.shards.contains(position.shard_number))
            return fail(Errc::conflict, "shard {} belongs to another member of group \"{}\"", position.shard_number, name)
                .hint("join again");
        if (position.next_offset < 0 || position.next_offset > index_.content(position.shard_number).next_offset)
            return fail(Errc::invalid_argument, "position {} is behind the end of shard {}", position.next_offset,
                        position.shard_number);
    }
    return {};
}

}  // namespace kns
