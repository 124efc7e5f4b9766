#include "daemon/delivery/delivery_table.hpp"

#include "core/base/edit_distance.hpp"
#include "core/base/log.hpp"
#include "core/firehose/delivery_config.hpp"

namespace kns {

std::string source_name(const DeliveryRow& row) {
    return row.config.reads_stream() ? *row.config.source : direct_put_stream(row.name);
}

Result<DeliveryPtr> DeliveryTable::find(std::string_view text) const {
    const std::string name = KNS_TRY(parse_delivery_name(text));
    if (const auto found = deliveries.find(name); found != deliveries.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [known, delivery] : deliveries) names.push_back(known);
    const auto meant = nearest(name, names);
    return fail(Errc::not_found, "delivery stream \"{}\" not found", name)
        .hint(meant ? fmt::format("did you mean \"{}\"?", *meant) : "kns firehose list shows them");
}

Result<StreamPtr> DeliveryTable::source_of(const DeliveryRow& row) const { return services.directory.find(source_name(row)); }

std::int64_t DeliveryTable::position(const Stream& source, std::string_view delivery, std::uint32_t shard) const {
    return services.groups.position(source.row.id, position_group(delivery), shard).value_or(0);
}

BufferState DeliveryTable::pending(const Stream& source, const Delivery& delivery) const {
    BufferState state;
    for (const auto& shard : source.shards) {
        const ShardContent content = services.index.content(shard.number);
        const auto first = std::max(position(source, delivery.row.name, shard.number), content.first_offset);
        if (first >= content.next_offset) continue;
        const auto records = static_cast<std::uint64_t>(content.next_offset - first);
        state.records += records;
        if (content.records > 0)
            state.bytes += static_cast<std::uint64_t>(static_cast<double>(content.bytes) * static_cast<double>(records) /
                                                      static_cast<double>(content.records));
    }
    return state;
}

Result<void> DeliveryTable::room_in(const Delivery& delivery) const {
    const std::uint64_t limit = delivery.row.config.spool_bytes;
    if (limit == 0) return {};
    const auto waiting = pending(*KNS_TRY(source_of(delivery.row)), delivery).bytes;
    if (waiting < limit) return {};
    return fail(Errc::limit_exceeded, "the spool of delivery stream \"{}\" is full: {} bytes wait to be delivered, {} may",
                delivery.row.name, waiting, limit)
        .hint(fmt::format("kns firehose show {} tells why they wait; --spool sets the limit", delivery.row.name));
}

std::string DeliveryTable::arn_of(std::string_view name) const {
    return services.config.config().aws.place.arn("firehose", "deliverystream", name);
}

std::string DeliveryTable::source_arn_of(const DeliveryConfig& config) const {
    if (config.reads_stream()) return services.config.config().aws.place.arn("kinesis", "stream", *config.source);
    return config.source.value_or("");
}

DeliveryInfo DeliveryTable::describe(const Delivery& delivery) const {
    const DeliveryRow& row = delivery.row;
    DeliveryInfo info{static_cast<const DeliverySettings&>(row.config)};
    info.name = row.name;
    info.arn = arn_of(row.name);
    info.source = row.config.source;
    info.version = row.version;
    info.created_at = format_time(row.created_ms);
    info.delivered_records = row.delivered.records;
    info.delivered_bytes = row.delivered.bytes;
    info.delivered_objects = row.delivered.objects;
    info.failed_records = row.delivered.failed_records;
    info.last_error = row.last_error;
    if (row.config.reads_topic()) info.unread_records = delivery.unread;
    if (delivery.paused_since) info.paused_since = format_time(*delivery.paused_since);
    if (row.last_delivery_ms) info.last_delivery_at = format_time(*row.last_delivery_ms);
    if (const auto source = source_of(row)) {
        const BufferState state = pending(**source, delivery);
        info.pending_records = state.records;
        info.pending_bytes = state.bytes;
    }
    return info;
}

Task<Result<void>> DeliveryTable::commit(StreamPtr source, std::string group, std::vector<ShardPosition> positions) {
    auto request = std::make_unique<AppendRequest>();
    for (const auto& p : positions)
        if (services.groups.position(source->row.id, group, p.shard_number).value_or(-1) < p.next_offset)
            request->positions.push_back({source->row.id, p.shard_number, p.next_offset, group});
    if (request->positions.empty()) co_return Result<void>();
    const std::vector<PositionChange> changes = request->positions;
    auto outcome = co_await append_and_wait(services, std::move(request));
    if (outcome.error) co_return std::unexpected(std::move(*outcome.error));
    for (const auto& change : changes) services.groups.set_position(change, services.clock.now());
    co_return Result<void>();
}

Task<void> DeliveryTable::set_error(DeliveryPtr delivery, std::optional<std::string> error) {
    delivery->row.last_error = error;
    auto keep = [this, name = delivery->row.name, error] { return store.set_error(name, error); };
    const auto stored = co_await run_on(services.catalog, std::move(keep));
    if (!stored) log_error("delivery", "name={} error=\"{}\"", delivery->row.name, stored.error().text());
}

}  // namespace kns
