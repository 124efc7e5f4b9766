// Where records are sent, a request at a time, and answered for. Implemented by plugins, used by kns-worker; one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace kns {

struct OutgoingRecord {
    std::string_view data;
    UnixMs arrival = 0;
    std::string_view id;  // its sequence number: the same whenever it is sent
};

// A record that the destination will never take.
struct RefusedRecord {
    std::size_t index = 0;      // in the request
    std::string code, message;  // as the service's error records have them: "HttpEndpoint.DestinationException"
};

// Why a request as a whole did not succeed.
struct SendFailure {
    std::string code;  // as in error records
    Error error;
    std::vector<std::size_t> taken{};  // those of the request that are at the destination all the same
};

class RecordSink {
   public:
    virtual ~RecordSink() = default;
    // The most that a request may hold; of records also each by itself.
    virtual std::size_t most_records() const = 0;
    virtual std::size_t most_bytes() const = 0;
    virtual std::size_t most_record_bytes() const = 0;
    // Without a failure everything is taken, but for the records named. After one the same records are sent again under the same
    // id, which is a GUID: some of them may be there twice then.
    virtual std::expected<std::vector<RefusedRecord>, SendFailure> send(std::span<const OutgoingRecord> records,
                                                                        const std::string& request_id) = 0;
    // The folder of its error records: "http-endpoint-failed".
    virtual std::string_view failure_type() const = 0;
    // Their code for a record that has too many bytes.
    virtual std::string_view too_large_code() const = 0;
    // What a request says of this record beside its data, for people to read; empty: nothing.
    virtual std::string action_of(const OutgoingRecord&) const { return {}; }
    // What else its error records say of one.
    virtual std::vector<std::pair<std::string, std::string>> traits_of(const OutgoingRecord&) const { return {}; }
};

}  // namespace kns
