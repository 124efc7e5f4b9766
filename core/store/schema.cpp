#include "core/store/schema.hpp"

namespace kns {
namespace {

constexpr std::string_view kMigrations[] = {
    // 1: streams, the log's index, groups, jobs, deliveries
    R"sql(
CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    hidden INTEGER NOT NULL DEFAULT 0,        -- the source of a delivery stream with direct put
    mode TEXT NOT NULL,
    retention_ms INTEGER NOT NULL,
    durability TEXT NOT NULL,
    limits TEXT NOT NULL,
    max_record_bytes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    tags TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE shard (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- in every batch header; never reused
    stream_id INTEGER NOT NULL REFERENCES stream(id),
    shard_index INTEGER NOT NULL,             -- shardId-%012d
    parent INTEGER,                           -- shard numbers
    adjacent_parent INTEGER,
    hash_first TEXT NOT NULL,                 -- 39 decimal digits, so that text order is number order
    hash_last TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    end_offset INTEGER,                       -- closed: the first offset that will never be
    closed_ms INTEGER,
    UNIQUE (stream_id, shard_index)
);
CREATE TABLE segment (                        -- those that the collector has rewritten
    id INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL,              -- the file that counts
    bytes INTEGER NOT NULL
);
-- A stretch of a segment in which batches of one shard lie (batches of others may lie between them).
CREATE TABLE extent (
    shard INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    bytes INTEGER NOT NULL,                   -- of the stretch
    live_bytes INTEGER NOT NULL,              -- of this shard's batches in it
    records INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,                -- arrival
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (shard, first_offset)
) WITHOUT ROWID;
CREATE INDEX extent_by_place ON extent (segment, position);
CREATE TABLE log_state (                      -- one row
    id INTEGER PRIMARY KEY CHECK (id = 1),
    segment INTEGER NOT NULL,                 -- indexed up to here
    position INTEGER NOT NULL,
    group_number INTEGER NOT NULL,
    records INTEGER NOT NULL
);
CREATE TABLE shard_content (                  -- as of the indexed place
    shard INTEGER PRIMARY KEY,
    first_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL
);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    shard INTEGER,
    first_offset INTEGER,
    records INTEGER NOT NULL,
    reason TEXT NOT NULL,
    found_ms INTEGER NOT NULL,
    UNIQUE (segment, position)
);
CREATE TABLE group_position (
    stream_id INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    shard INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    committed_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, group_name, shard)
) WITHOUT ROWID;
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                       -- deliver
    subject TEXT NOT NULL,                    -- the delivery stream
    state TEXT NOT NULL,                      -- queued running done failed cancelled
    spec TEXT NOT NULL,                       -- JSON for the worker
    result TEXT NOT NULL DEFAULT '{}',
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    ended_ms INTEGER
);
CREATE INDEX job_by_state ON job (state, not_before_ms, id);
CREATE INDEX job_by_subject ON job (kind, subject, id);
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    config TEXT NOT NULL,                     -- JSON
    version INTEGER NOT NULL DEFAULT 1,
    created_ms INTEGER NOT NULL,
    delivered_records INTEGER NOT NULL DEFAULT 0,
    delivered_bytes INTEGER NOT NULL DEFAULT 0,
    delivered_objects INTEGER NOT NULL DEFAULT 0,
    last_object TEXT,                         -- counted last
    last_delivery_ms INTEGER,
    last_error TEXT
);
)sql",
    // 2: encryption at rest, secrets, a count of commits
    R"sql(
CREATE TABLE commit_count (n INTEGER NOT NULL);
INSERT INTO commit_count VALUES (0);
ALTER TABLE stream ADD COLUMN encryption TEXT NOT NULL DEFAULT 'none'; -- or aes-256-gcm
CREATE TABLE data_key (                       -- of encrypted streams
    stream_id INTEGER NOT NULL,
    number INTEGER NOT NULL,                  -- in every batch that it encrypted
    master TEXT NOT NULL,                     -- the id of the key that wraps it: the same in every row
    wrapped TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_id, number)
) WITHOUT ROWID;
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    master TEXT NOT NULL,
    wrapped TEXT NOT NULL,                    -- JSON
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) WITHOUT ROWID;
)sql",
    // 3: a checksum in every page (page_sums.hpp), which a program of version 2 would not write
    "",
    // 4: what the AWS API knows of streams, consumers with fan-out, the account
    R"sql(
ALTER TABLE stream ADD COLUMN kms_key TEXT NOT NULL DEFAULT '';       -- as who started the encryption named it
ALTER TABLE stream ADD COLUMN shard_metrics TEXT NOT NULL DEFAULT ''; -- comma between names
ALTER TABLE stream ADD COLUMN warm_mibps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN distribution TEXT NOT NULL DEFAULT 'USER_PARTITION_KEY';
ALTER TABLE stream ADD COLUMN policy TEXT NOT NULL DEFAULT '';        -- JSON
CREATE TABLE consumer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_s INTEGER NOT NULL,               -- in its ARN
    tags TEXT NOT NULL DEFAULT '{}',
    policy TEXT NOT NULL DEFAULT '',
    UNIQUE (stream_id, name)
);
CREATE TABLE lease_table (                    -- of the Kinesis Client Library
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    description TEXT NOT NULL                 -- JSON
);
CREATE TABLE lease_item (
    table_id INTEGER NOT NULL,
    item_key TEXT NOT NULL,
    item TEXT NOT NULL,                       -- JSON
    PRIMARY KEY (table_id, item_key)
) WITHOUT ROWID;
CREATE TABLE account (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
)sql",
    // 5: what scaling remembers
    R"sql(
ALTER TABLE stream ADD COLUMN scalings TEXT NOT NULL DEFAULT '';      -- times of UpdateShardCount, comma between them
ALTER TABLE stream ADD COLUMN load_peaks TEXT NOT NULL DEFAULT '';    -- on-demand mode: "DAY:LOAD DAY:LOAD"
)sql",
    // 6: what was delivered as an error
    R"sql(
ALTER TABLE delivery ADD COLUMN failed_records INTEGER NOT NULL DEFAULT 0;
)sql",
};

}  // namespace

std::span<const std::string_view> migrations() { return kMigrations; }

}  // namespace kns
