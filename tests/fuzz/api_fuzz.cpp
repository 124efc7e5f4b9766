// Every body that the native API takes: what is accepted is written and read again as the same.
#include "core/base/api/daemon.hpp"
#include "core/base/api/delivery.hpp"
#include "core/base/api/secret.hpp"
#include "core/base/api/stream.hpp"
#include "core/store/durability.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

template <class T>
void try_as(std::string_view text) {
    for (const auto unknown : {Unknown::refuse, Unknown::ignore}) {
        const auto first = from_json_text<T>(text, unknown);
        if (!first) continue;
        const auto written = to_json(*first);
        const auto second = from_json_text<T>(written);
        must(second.has_value() && to_json(*second) == written);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try_as<CreateStream>(text);
    try_as<UpdateStream>(text);
    try_as<SplitShard>(text);
    try_as<MergeShards>(text);
    try_as<JoinGroup>(text);
    try_as<CommitPositions>(text);
    try_as<ResetGroup>(text);
    try_as<ChangeTags>(text);
    try_as<CreateDelivery>(text);
    try_as<UpdateDelivery>(text);
    try_as<DaemonFile>(text);
    if (const auto durability = Durability::parse(text)) must(Durability::parse(durability->text())->text() == durability->text());
    return 0;
}
