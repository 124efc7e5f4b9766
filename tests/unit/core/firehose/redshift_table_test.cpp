#include "core/firehose/redshift_table.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

RedshiftTable table(std::string_view more = "") {
    return parse_redshift_table(fmt::format("redshift://me@c/db?table=s.t&staging=s3://lake/in/{}", more)).value();
}

TEST_CASE("a table of Redshift has its place, its bucket and its COPY in a URL, which comes back in its one form") {
    struct Case {
        const char *given, *url;
    };
    const Case c = GENERATE(values<Case>({
        {"redshift://me@cluster/db?table=clicks&staging=s3://lake/",
         "redshift://me@cluster:5439/db?table=clicks&staging=s3://lake/"},
        {"redshift://me@[::1]/db?staging=s3://lake/a%20b/&table=s.t&columns=a,b&sslmode=require",
         "redshift://me@[::1]:5439/db?table=s.t&columns=a,b&sslmode=require&staging=s3://lake/a%20b/"},
        {"redshift://me@c:1/db?table=t&staging=s3://lake/&staging_secret=k&iam_role=arn:aws:iam::1:role/r&copy=CSV%20QUOTE%20'%26'",
         "redshift://me@c:1/db?table=t&staging=s3://lake/&staging_secret=k&iam_role=arn:aws:iam::1:role/"
         "r&copy=CSV%20QUOTE%20%27%26%27"},
        {"redshift://me@c/db?table=t&staging=s3://lake/&copy=", "redshift://me@c:5439/db?table=t&staging=s3://lake/&copy="},
    }));
    const auto destination = parse_destination(c.given);
    REQUIRE(destination);
    CHECK(destination->url() == c.url);
    CHECK(parse_destination(destination->url())->url() == c.url);
    CHECK(destination->takes_objects());
}

TEST_CASE("what Redshift cannot load from is refused with the reason") {
    struct Case {
        const char *url, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"redshift:yyy", "\"redshift:yyy\" is no table: its scheme is not followed by ://"},
        {"redshift:c?table=t://", "\"redshift:c?table=t://\" is no table: its scheme is not followed by ://"},
        {"redshift://me@c/db?table=t", "Redshift loads from a bucket, and none is named"},
        {"redshift://me@c/db?table=t&staging=iceberg+s3://lake/", "Redshift loads from a bucket, and none is named"},
        {"redshift://me@c/db?table=t&staging=s3://lake/&iam_role=it's", "\"it's\" is no role's ARN"},
        {"redshift://me@c/db?table=t&staging=/tmp", "Redshift loads from a bucket, and none is named"},
        {"redshift://me:hush@c/db?table=t&staging=s3://lake/", "a URL is no place for a password"},
        {"redshift://me@c?table=t&staging=s3://lake/",
         "\"redshift://me@c?table=t&staging=s3://lake/\" is no table: it names no database"},
        {"redshift://me@c/db?table=t&staging=s3://lake/&copy=CSV;DROP%20TABLE%20t",
         "COPY's options end no statement and begin no comment: \"CSV;DROP TABLE t\""},
        {"redshift://me@c/db?table=t&staging=s3://lake/&copy=%2D-", "COPY's options end no statement and begin no comment: \"--\""},
        {"redshift://me@c/db?table=t&staging=s3://lake/&copy=%2", "a % in a URL begins two hex digits"},
        {"redshift://me@c/db?table=t&format=raw&staging=s3://lake/", "how a record becomes a row is for COPY to say: copy=OPTIONS"},
    }));
    const auto refused = parse_redshift_table(c.url);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == c.message);
}

TEST_CASE("COPY names the columns, the manifest, who may read, and how") {
    CHECK(copy_statement(table(), "s3://lake/it's/manifests/k", "json", Compression::none) ==
          R"(COPY "s"."t" FROM 's3://lake/it''s/manifests/k' IAM_ROLE default MANIFEST FORMAT AS JSON 'auto')");
    CHECK(copy_statement(table("&columns=a,b&iam_role=arn:aws:iam::1:role/r"), "s3://lake/m", "json", Compression::gzip) ==
          R"(COPY "s"."t" ("a", "b") FROM 's3://lake/m' IAM_ROLE 'arn:aws:iam::1:role/r' MANIFEST FORMAT AS JSON 'auto' GZIP)");
    CHECK(copy_statement(table(), "s3://lake/m", "parquet", Compression::snappy).ends_with(" MANIFEST FORMAT AS PARQUET"));
    CHECK(copy_statement(table("&copy=CSV%20GZIP"), "s3://lake/m", "json", Compression::gzip).ends_with(" MANIFEST CSV GZIP"));
    CHECK(copy_statement(table("&copy="), "s3://lake/m", "json", Compression::none).ends_with(" MANIFEST"));
}

TEST_CASE("a manifest names the one object with its size") {
    CHECK(manifest_key("2026/k.gz", false) == "manifests/2026/k.gz");
    CHECK(manifest_key("2026/k.gz", true) == "errors/manifests/2026/k.gz");
    CHECK(manifest_text("s3://lake/in/k", 7) ==
          R"({"entries":[{"url":"s3://lake/in/k","mandatory":true,"meta":{"content_length":7}}]})");
}

TEST_CASE("what a cluster says has Firehose's name for it") {
    CHECK(redshift_code("42P01", "relation \"t\" does not exist") == "Redshift.TableNotFound");
    CHECK(redshift_code("28000", "") == "Redshift.AuthenticationFailed");
    CHECK(redshift_code("XX000", "S3ServiceException:Access Denied,Status 403") == "Redshift.S3BucketAccessDenied");
    CHECK(redshift_code("XX000", "Load into table 't' failed.") == "Redshift.DataLoadFailed");
}

}  // namespace
}  // namespace kns
