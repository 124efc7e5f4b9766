// The native API's routes, one function per noun.
#pragma once

#include "daemon/router.hpp"
#include "daemon/services.hpp"

namespace kns {

void add_stream_routes(Router& router, Services& services);    // /v1/streams
void add_record_routes(Router& router, Services& services);    // .../append, /records, /batches
void add_consumer_routes(Router& router, Services& services);  // .../consumers, .../policy
void add_group_routes(Router& router, Services& services);     // .../groups
void add_key_routes(Router& router, Services& services);       // /v1/keys, /v1/secrets

// Records of the stream that are lost to corruption.
std::uint64_t damaged_in(const Services& services, const Stream& stream);
// The stream named in a path, which may be an ARN.
Result<StreamPtr> find_stream(const Services& services, const std::string& name);

}  // namespace kns
