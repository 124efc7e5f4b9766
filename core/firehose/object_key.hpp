// The names of delivered objects, as Firehose makes them:
//
//     <evaluated prefix><delivery stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<uuid><extension>
//
// The prefix is literal (no slash is added) but for these expressions:
//     !{timestamp:PATTERN}            arrival of the object's oldest record, UTC, a Java DateTimeFormatter pattern
//     !{firehose:random-string}       11 characters, new at each use
//     !{firehose:error-output-type}   in an error prefix only: the kind of failure, such as processing-failed
//     !{partitionKeyFromQuery:KEY}    a value in each of the object's records; not in an error prefix
//     !{partitionKeyFromLambda:KEY}   one that the transform has given them; likewise
// A prefix without any expression gets `yyyy/MM/dd/HH/` behind it (developer guide, "Custom prefixes"; where the guide's
// own table shows a slash before the year, captured behaviour has none, and neither have we).
//
// The uuid begins with the object's place in its delivery stream (RFC 9562, version 8, leaves the bits to us), so within a
// second too the order of names is the order of records. Everything random comes from a seed, so that a delivery that is
// tried again after a crash makes the same names and overwrites its own objects instead of leaving duplicates.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

// The parts of Java's DateTimeFormatter that date folders need: y u M d D H h a m s S E, with their usual widths, other
// punctuation as it is, and '...' for literal text ('' is one quote).
class DatePattern {
   public:
    static Result<DatePattern> parse(std::string_view pattern);
    std::string format(UnixMs instant) const;

   private:
    struct Letters {
        char letter;
        int width;
    };
    std::vector<std::variant<std::string, Letters>> parts_;
};

enum class PrefixKind { data, error };

// What records are kept apart by: those with the same values share an object.
struct PartitionKeys {
    std::map<std::string, std::string> query, lambda;
    auto operator<=>(const PartitionKeys&) const = default;
};

class ObjectPrefix {
   public:
    // Refuses what could never give a good key: unknown expressions, "..", a leading slash, more than 1024 characters.
    static Result<ObjectPrefix> parse(std::string_view text, PrefixKind kind = PrefixKind::data);
    // `seed` advances with each random string. `error_type` is for error prefixes. A key without a value has none in the text.
    std::string evaluate(UnixMs oldest_arrival, std::uint64_t& seed, std::string_view error_type = {},
                         const PartitionKeys& keys = {}) const;
    // What all keys of this kind of failure begin with: up to the first thing that is not known beforehand.
    std::string beginning(std::string_view error_type) const;
    // The keys that it names, each with some value.
    PartitionKeys keys() const;

   private:
    struct RandomString {};
    struct ErrorType {};
    struct PartitionKey {
        bool from_lambda;
        std::string name;
    };
    std::vector<std::variant<std::string, DatePattern, RandomString, ErrorType, PartitionKey>> parts_;
};

struct ObjectNaming {
    std::string delivery;       // the delivery stream's name
    std::uint64_t version = 1;  // of its configuration
    std::string extension;      // ".gz", or empty
};

struct ObjectIdentity {
    std::uint64_t place = 0;  // rises from object to object; 48 bits are used
    std::uint64_t seed = 0;
};

// The whole key, checked by validate_key. Same arguments, same key.
Result<std::string> object_key(const ObjectPrefix& prefix, const ObjectNaming& naming, UnixMs oldest_arrival,
                               ObjectIdentity identity, std::string_view error_type = {}, const PartitionKeys& keys = {});

// A GUID for what is sent and not stored: same identity, same id.
std::string request_id(ObjectIdentity identity);

// A key that stays below its destination and that every file system takes: relative, no "." or "..", no control characters,
// no name longer than 255 bytes, 1024 in all.
Result<void> validate_key(std::string_view key);

// A number that differs with any part of the text (FNV-1a, finished by splitmix64); stable across versions of kns.
std::uint64_t seed_from(std::string_view text);

}  // namespace kns
