// The marks file with anything in it: an older slot never hides a newer one, and what is written next is what is read.
#include "core/store/marks.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/memory_env.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSlot = 512, kCovered = 93;  // marks.cpp: the CRC is behind what it covers
    std::string file(reinterpret_cast<const char*>(data), size);
    if (!file.empty() && (data[0] & 1))
        for (std::size_t at = 0; at + kCovered + 4 <= file.size() && at <= kSlot; at += kSlot) {
            std::memcpy(file.data() + at, "knsmark1", 8);
            const auto slot = std::as_writable_bytes(std::span(file)).subspan(at);
            store_be(slot.data() + kCovered, crc32c(slot.first(kCovered)));
        }
    kns::testing::Faults faults;
    kns::testing::MemoryDisk disk(faults);
    const auto marks_file = disk.open("marks", true);
    const Bytes all = as_bytes(file);
    must((*marks_file)->write_at(std::span(&all, 1), 0).has_value());
    auto marks = Marks::open(disk);
    must(marks.has_value());
    if (marks->newest()) must(marks->newest()->boot_id.size() <= 36);
    must(marks->write({{4, 5}, 6, 7, 8, true, "boot"}, true).has_value());
    const auto again = Marks::open(disk);
    // A turn that wraps around would bring back the older slot; 2^64 writes do not happen.
    if (again->newest()->group_number != 6) must(file.size() >= 16 && file.find(std::string(7, '\xff')) != std::string::npos);
    return 0;
}
