// Where a delivery stream delivers to: the URL given as `--to`.
//
//     file:///DIRECTORY/  or a path      objects as files
//     s3://BUCKET/PREFIX                 objects in a bucket of Amazon S3, or of whatever speaks its language at --endpoint
//     https://HOST/PATH?QUERY, http://   requests to an HTTP endpoint, as Firehose makes them
//     opensearch+https://HOST/INDEX?rotation=OneDay&id=none, opensearch+http://
//                                        documents of an index; see search_index.hpp
//     redshift://USER@HOST/DATABASE?table=T&staging=s3://BUCKET/
//                                        objects that it loads; see redshift_table.hpp
//     iceberg+file:///DIRECTORY/, iceberg+s3://BUCKET/PREFIX
//                                        files of an Apache Iceberg table
//     splunk+https://HOST?type=event&ack_timeout=300s, splunk+http://
//                                        events; see splunk_collector.hpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace kns {

struct Destination {
    std::string scheme;  // which sink: "file", "s3", "http", "opensearch", "postgres", "redshift", "splunk"
    std::string host;    // s3: the bucket; of requests: "https://HOST:PORT", "postgres://USER@HOST:PORT"
    std::string path;    // file: the directory, absolute, ending in a slash; s3: what all keys begin with; percent-decoded;
                         // of requests: path and query, to the letter

    // Objects are stored there; or else requests are sent there.
    bool takes_objects() const { return scheme == "file" || scheme == "s3" || scheme == "redshift"; }
    // As stored and shown: "file:///var/data/clicks/".
    std::string url() const;
    // Of one object below it, or where it is staged.
    std::string url_of(std::string_view key) const;

    // Of objects: without encoding, as manifests and tables name them.
    std::string plain_url() const;
    // "iceberg": the objects are files of such a table, which is there; empty: they are just objects.
    std::string table{};

    bool operator==(const Destination&) const = default;
};

// Takes a URL, or an absolute path as short for file://. A scheme without a sink is `unsupported`.
Result<Destination> parse_destination(std::string_view url);

// Where a service is: "https://host:9000" with nothing behind the port; its normal form.
Result<std::string> parse_endpoint(std::string_view url);
// The one it is reached at; of no endpoint, that of a service of AWS.
std::uint16_t endpoint_port(std::string_view endpoint);

// Of a part of a URL; an error where a % does not begin two hex digits.
Result<std::string> percent_decode(std::string_view text);

}  // namespace kns
