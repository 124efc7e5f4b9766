// CloudWatch's metrics as text: of a stream, and of its shards. Pure.
#pragma once

#include "cli/output.hpp"
#include "core/base/api/metrics.hpp"

namespace kns::cli {

// Those that have seen anything, by CloudWatch's names: counts grouped, a sum of samples as their mean.
Lines metric_lines(const StreamMetrics& metrics);

// A table of shards, a column for each metric.
std::span<const Column> shard_metric_columns();
Row shard_metric_row(const ShardMetricsOf& shard);

}  // namespace kns::cli
