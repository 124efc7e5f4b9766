// A table of Amazon Redshift as a destination, loaded by COPY from objects that are staged in a bucket:
//
//     redshift://USER@HOST:PORT/DATABASE?table=SCHEMA.TABLE&columns=a,b&staging=s3://BUCKET/PREFIX&staging_secret=NAME
//         &iam_role=ARN&copy=OPTIONS&sslmode=MODE
//
// Contract: the Firehose developer guide, "Amazon Redshift destination"; the Redshift guide, COPY and "Using a manifest". Pure.
#pragma once

#include <optional>

#include "core/base/api/delivery.hpp"
#include "core/firehose/destination.hpp"
#include "core/firehose/postgres_table.hpp"

namespace kns {

struct RedshiftTable {
    PostgresTable table;                      // its port is 5439 unless it is said
    Destination staging;                      // in S3
    std::string staging_secret;               // what lets us in there; empty: what the machine has of AWS's keys
    std::string iam_role;                     // what lets the cluster in there; empty: its default role
    std::optional<std::string> copy_options;  // instead of those that the format asks for; percent-encoded in the URL

    std::string origin() const;  // "redshift://user@host:5439"
    std::string path() const;    // "/database?table=..."
};

Result<RedshiftTable> parse_redshift_table(std::string_view url);

// The key of the manifest of the object with this key; of one that could not be loaded, below errors/.
std::string manifest_key(std::string_view object_key, bool failed);
// What a manifest says: the one object, which must be there.
std::string manifest_text(std::string_view object_url, std::uint64_t bytes);
// The statement that loads what a manifest names.
std::string copy_statement(const RedshiftTable& table, std::string_view manifest_url, std::string_view format,
                           Compression compress);

// What Firehose calls the cluster's error with this SQLSTATE: "Redshift.DataLoadFailed".
std::string redshift_code(std::string_view sqlstate, std::string_view message);

}  // namespace kns
