#include "cli/top_metrics.hpp"

namespace kns::cli {
namespace {

std::string text_of(std::uint64_t count) { return grouped(count); }
std::string text_of(Ms age) { return grouped(static_cast<std::uint64_t>(age)); }
std::string text_of(const Statistic& times) { return fmt::format("{:.2f} ms", times.sum / static_cast<double>(times.count)); }

bool is_seen(std::uint64_t count) { return count > 0; }
bool is_seen(Ms age) { return age > 0; }
bool is_seen(const Statistic& times) { return times.count > 0; }

}  // namespace

Lines metric_lines(const StreamMetrics& metrics) {
    Lines out;
    const auto add = [&](const auto& field) {
        const auto& value = metrics.*field.member;
        if (is_seen(value)) out.emplace_back(field.name, text_of(value));
    };
    std::apply([&](const auto&... fields) { (add(fields), ...); }, StreamMetrics::fields());
    return out;
}

std::span<const Column> shard_metric_columns() {
    static const auto kColumns = std::apply(
        [](const auto&... fields) {
            return std::vector<Column>{{.heading = "SHARD"}, Column{.heading = fields.name, .right = true}...};
        },
        ShardMetrics::fields());
    return kColumns;
}

Row shard_metric_row(const ShardMetricsOf& shard) {
    Row out{shard.shard_id};
    std::apply([&](const auto&... fields) { (out.push_back(text_of(shard.metrics.*fields.member)), ...); }, ShardMetrics::fields());
    return out;
}

}  // namespace kns::cli
