// The settings of delivery streams as options: those of `firehose create` and `firehose update`.
#pragma once

#include <algorithm>
#include <array>

#include "cli/command.hpp"
#include "core/base/api/delivery.hpp"

namespace kns::cli {

inline constexpr std::array kDeliveryOptions = std::to_array<OptionSpec>({
    {.name = "endpoint", .kind = ValueKind::text, .value = "URL", .help = "where the service is, if it is not Amazon's own"},
    {.name = "region", .kind = ValueKind::text, .value = "REGION", .help = "of the service", .default_text = "us-east-1"},
    {.name = "secret",
     .kind = ValueKind::text,
     .value = "NAME",
     .help = "the secret that lets us in: see kns secret set",
     .default_text = "what the daemon's environment or ~/.aws/credentials has",
     .completer = Completer::secret},
    {.name = "profile", .kind = ValueKind::text, .value = "NAME", .help = "a profile of ~/.aws/credentials"},
    {.name = "buffer",
     .kind = ValueKind::text,
     .value = "SIZE,TIME",
     .help = "deliver when this much or this old",
     .default_text = "5MiB,300s"},
    {.name = "spool",
     .kind = ValueKind::text,
     .value = "SIZE,TIME",
     .help = "of direct puts and topics: take no more while this much waits, and give up what waited for longer",
     .default_text = "no limit,24h"},
    {.name = "format",
     .kind = ValueKind::text,
     .value = "json|parquet|orc",
     .help = "how records are written",
     .default_text = "json"},
    {.name = "schema",
     .kind = ValueKind::text,
     .value = "FILE|infer",
     .help = "columns for parquet and orc: CREATE TABLE or a JSON schema; infer: as the records have them",
     .completer = Completer::file},
    {.name = "column",
     .kind = ValueKind::text,
     .value = "COLUMN=KEY",
     .help = "a column whose key in the records has another name",
     .repeatable = true},
    {.name = "format-option",
     .kind = ValueKind::text,
     .value = "NAME=VALUE",
     .help = "of parquet and orc: see kns-firehose(7)",
     .repeatable = true},
    {.name = "compress",
     .kind = ValueKind::choice,
     .value = "none|gzip|zip|snappy|hadoop-snappy|zstd",
     .help = "compress each object; parquet and orc inside",
     .default_text = "none; snappy in parquet and orc"},
    {.name = "delimiter",
     .kind = ValueKind::choice,
     .value = "newline|none",
     .help = "what stands behind each record",
     .default_text = "newline"},
    {.name = "prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of object names, with !{timestamp:...} expressions",
     .default_text = "yyyy/MM/dd/HH/"},
    {.name = "error-prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of objects that hold what could not be delivered"},
    {.name = "retry",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long a failing destination is tried before its records go to the backup",
     .default_text = "300s"},
    {.name = "backup",
     .kind = ValueKind::text,
     .value = "URL",
     .help = "where error records go: a directory, or s3://BUCKET/PREFIX",
     .default_text = "with the objects; a destination without objects is tried for ever",
     .completer = Completer::directory},
    {.name = "attribute",
     .kind = ValueKind::text,
     .value = "KEY=VALUE",
     .help = "sent along with each request to an HTTP endpoint",
     .repeatable = true},
    {.name = "logs",
     .kind = ValueKind::choice,
     .value = "none|decompress|messages",
     .help = "records are data of CloudWatch Logs: decompress them, or take out each message",
     .default_text = "none"},
    {.name = "deaggregate",
     .kind = ValueKind::text,
     .value = "json|delimited:TEXT",
     .help = "a record may hold many: JSON objects, or parts with TEXT between them"},
    {.name = "transform",
     .kind = ValueKind::text,
     .value = "COMMAND",
     .help = "changes each record: a line in, a line out; or lambda:URL, lambda:DIRECTORY"},
    {.name = "transform-buffer",
     .kind = ValueKind::size,
     .value = "SIZE",
     .help = "about so much is given to the transform at a time",
     .default_text = "1MiB"},
    {.name = "transform-retries",
     .kind = ValueKind::number,
     .value = "N",
     .help = "how often the transform is tried again before its records fail",
     .default_text = "3"},
    {.name = "transform-timeout",
     .kind = ValueKind::duration,
     .value = "TIME",
     .help = "how long it may take",
     .default_text = "1m"},
    {.name = "partition",
     .kind = ValueKind::text,
     .value = "KEY=JQ",
     .help = "objects by a value in each record, for !{partitionKeyFromQuery:KEY} in the prefix",
     .repeatable = true},
    {.name = "extension", .kind = ValueKind::text, .value = ".EXT", .help = "of object names, instead of the usual one"},
    {.name = "time-zone",
     .kind = ValueKind::text,
     .value = "ZONE",
     .help = "of the times in object names, such as Europe/Berlin",
     .default_text = "UTC"},
    {.name = "backup-mode",
     .kind = ValueKind::choice,
     .value = "failed|all",
     .help = "what the backup is given: what failed, or also every record as it was put",
     .default_text = "failed"},
    {.name = "backup-prefix",
     .kind = ValueKind::text,
     .value = "PREFIX",
     .help = "of the objects there with every record",
     .default_text = "yyyy/MM/dd/HH/"},
});

enum class IfAbsent { has_default, stays };

// Those options, and a command's own before them.
template <std::size_t N>
constexpr auto with_delivery_options(const std::array<OptionSpec, N>& own, IfAbsent if_absent) {
    std::array<OptionSpec, N + kDeliveryOptions.size()> out;
    auto at = std::copy(own.begin(), own.end(), out.begin());
    for (auto option : kDeliveryOptions) {
        if (if_absent == IfAbsent::stays) option.default_text = {};
        *at++ = option;
    }
    return out;
}

// What was given of them, and of --to.
Result<UpdateDelivery> delivery_settings(const Args& args);

}  // namespace kns::cli
