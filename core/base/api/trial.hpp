// What the native API says about trials: what a delivery stream would make of records, with nothing delivered.
#pragma once

#include "core/base/api/delivery.hpp"
#include "core/base/time.hpp"

namespace kns {

struct TrialRecord {
    std::string data_base64;
    std::string partition_key;
    UnixMs arrival_ms = 0;

    static constexpr auto fields() {
        return std::tuple{field("data_base64", &TrialRecord::data_base64), field("partition_key", &TrialRecord::partition_key),
                          field("arrival_ms", &TrialRecord::arrival_ms)};
    }
};

// An object, or a request, that would be made.
struct TriedObject {
    std::string key;  // below the destination; * stands for what is drawn when it is made. Of a request: empty
    std::string url;
    std::string failure;  // of error records: their kind
    bool backup = false;
    std::uint64_t records = 0;
    std::string made_at;         // RFC 3339: when the buffer is full
    std::string content;         // before compression; of error records: with nothing in it that changes by itself
    std::string content_base64;  // instead, where it is not UTF-8
    // Of a request: what it says of each record, if it says something; of an object: the statement that loads it.
    std::vector<std::string> actions;

    static constexpr auto fields() {
        return std::tuple{field("key", &TriedObject::key),         field("url", &TriedObject::url),
                          field("failure", &TriedObject::failure), field("backup", &TriedObject::backup),
                          field("records", &TriedObject::records), field("made_at", &TriedObject::made_at),
                          field("content", &TriedObject::content), field("content_base64", &TriedObject::content_base64),
                          field("actions", &TriedObject::actions)};
    }
};

struct Trial {
    std::vector<TriedObject> objects;

    static constexpr auto fields() { return std::tuple{field("objects", &Trial::objects)}; }
};

// What one record would become.
struct ExplainRequest {
    std::vector<TrialRecord> records;

    static constexpr auto fields() { return std::tuple{field("records", &ExplainRequest::records)}; }
};

// Error records back through a delivery stream.
struct ReplayRequest {
    std::string prefix;    // of the keys of their objects; empty: where the delivery stream puts them
    bool keep = false;     // their objects stay
    bool dry_run = false;  // nothing is delivered

    static constexpr auto fields() {
        return std::tuple{field("prefix", &ReplayRequest::prefix), field("keep", &ReplayRequest::keep),
                          field("dry_run", &ReplayRequest::dry_run)};
    }
};

struct ReplayedObject {
    std::string key, url;
    std::uint64_t records = 0;
    std::string skipped;  // why it was left alone; empty: its records have been delivered, or have failed anew

    static constexpr auto fields() {
        return std::tuple{field("key", &ReplayedObject::key), field("url", &ReplayedObject::url),
                          field("records", &ReplayedObject::records), field("skipped", &ReplayedObject::skipped)};
    }
};

struct ReplayReport {
    std::vector<ReplayedObject> replayed;
    std::vector<DeliveredObject> made;

    static constexpr auto fields() {
        return std::tuple{field("replayed", &ReplayReport::replayed), field("made", &ReplayReport::made)};
    }
};

// A file of tests of a delivery stream, as `kns firehose test` sends it.
struct DeliveryTestFile {
    std::string name, directory, text;

    static constexpr auto fields() {
        return std::tuple{field("name", &DeliveryTestFile::name), field("directory", &DeliveryTestFile::directory),
                          field("text", &DeliveryTestFile::text)};
    }
};

struct DeliveryTestReport {
    std::string name;
    bool passed = false;
    std::vector<std::string> differences;

    static constexpr auto fields() {
        return std::tuple{field("name", &DeliveryTestReport::name), field("passed", &DeliveryTestReport::passed),
                          field("differences", &DeliveryTestReport::differences)};
    }
};

}  // namespace kns
