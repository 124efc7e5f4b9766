// A segment file with anything in it: the scanner steps from batch to batch, and never past the end.
#include "core/store/marks.hpp"
#include "core/store/segment_scanner.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/memory_env.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kns::testing::Faults faults;
    kns::testing::MemoryDisk disk(faults);
    for (const auto* name : {"segment", "marks"}) {
        const auto file = disk.open(name, true);
        const Bytes all(reinterpret_cast<const std::byte*>(data), size);
        must((*file)->write_at(std::span(&all, 1), 0).has_value());
    }
    std::ignore = Marks::open(disk);

    const auto file = disk.open("segment", false);
    // The size may be a lie: the file was cut while it was read.
    for (const std::uint64_t limit : {static_cast<std::uint64_t>(size), static_cast<std::uint64_t>(size) + 100}) {
        SegmentScanner scanner(**file, 0, limit);
        for (std::uint64_t before = 0;; before = scanner.position()) {
            const auto batch = scanner.next();
            if (!batch) {
                must(scanner.position() == before);
                if (before + kBatchHeaderBytes >= limit) break;
                scanner.seek(before + 1);  // as recovery does, behind damage
                continue;
            }
            must(batch->position == before && scanner.position() == before + batch->bytes.size());
            must(batch->bytes.size() == batch->header.total_bytes() && scanner.position() <= size);
        }
    }
    return 0;
}
