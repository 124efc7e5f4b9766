// How an operation changes a stream: on the catalog thread, then in the state that was asked for. Private to daemon/kinesis.
#pragma once

#include "daemon/kinesis/kinesis_api.hpp"

namespace kns::aws {

template <class Work>
Task<Outcome<StreamPtr>> KinesisApi::change(std::string status, Work work) {
    Result<StreamPtr> done = co_await run_on(services_.catalog, std::move(work));
    if (!done) co_return std::unexpected(api_error(done.error()));
    const auto& row = (*done)->row;
    if (const auto lasts = settings_().transition_ms; lasts > 0)
        transitions_.begin("stream/" + row.name, std::move(status), services_.clock.now() + lasts);
    services_.feed.changed(row.id);
    co_return *done;
}

}  // namespace kns::aws
