#include "cli/consumer_group.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace kns::cli {
namespace {

// Silence after which our shards are given to others. Renewing at a third of it survives a lost answer or two, and is how
// the children of a split shard are noticed.
constexpr Ms kSession = 15 * kSecond;
constexpr Ms kRenewEvery = kSession / 3;

std::string name_of_this_process() {
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return fmt::format("{}:{}", host.data(), ::getpid());
}

}  // namespace

Result<ConsumerGroup> ConsumerGroup::join(Client& daemon, std::string stream, std::string group, std::string from) {
    ConsumerGroup member(daemon, std::move(stream), std::move(group), std::move(from));
    KNS_TRY(member.ask_for_lease());
    return member;
}

std::string ConsumerGroup::path(std::string_view verb) const { return path_of("streams", stream_, "groups", group_, verb); }

Result<void> ConsumerGroup::ask_for_lease() {
    JoinGroup request{.member = name_of_this_process(), .from = from_, .session_ms = kSession};
    if (!lease_.member_id.empty()) request.member_id = lease_.member_id;
    lease_ = KNS_TRY(daemon_->post<GroupLease>(path("join"), request));
    renewal_ = Deadline::in(kRenewEvery);
    return {};
}

Result<bool> ConsumerGroup::renew() {
    renewal_ = Deadline::in(kRenewEvery);  // also if it fails: not to ask without pause
    const auto before = lease_.shards;
    KNS_TRY(ask_for_lease());
    return !std::ranges::equal(before, lease_.shards, {}, &ShardPosition::shard_number, &ShardPosition::shard_number);
}

Result<bool> ConsumerGroup::commit(Positions positions) {
    auto try_once = [&] {
        CommitPositions request{.member_id = lease_.member_id, .positions = {}};
        for (const auto& [shard, offset] : positions) request.positions.push_back({.shard_number = shard, .next_offset = offset});
        return daemon_->call("POST", path("commit"), to_json(request));
    };
    auto committed = try_once();
    if (committed) return false;
    if (committed.error().code != Errc::conflict) return std::unexpected(std::move(committed.error()));
    // A shard has gone to another member; or the daemon was started anew and knows positions, but no members.
    const bool changed = KNS_TRY(renew());
    std::erase_if(positions, [&](const auto& position) {
        return std::ranges::find(lease_.shards, position.first, &ShardPosition::shard_number) == lease_.shards.end();
    });
    if (!positions.empty()) KNS_TRY(try_once());
    return changed;
}

void ConsumerGroup::leave() {
    const CommitPositions request{.member_id = lease_.member_id, .positions = {}};
    static_cast<void>(daemon_->call("POST", path("leave"), to_json(request)));  // our silence will say the same, later
}

}  // namespace kns::cli
