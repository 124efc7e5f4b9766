// What every fuzz target uses. A target tries one reader of bytes from outside: it must not crash, hang or grow, and what it
// says about its input must hold (`must`). Seeds for each are in corpus/NAME/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/record_batch.hpp"

namespace kns::fuzz {

// An oracle's sentence: libFuzzer keeps the input for which it does not hold.
inline void must(bool holds) {
    if (!holds) std::abort();
}

// Takes single choices off the front, so that the rest is the input proper.
class Input {
   public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

    std::uint8_t choice() {
        if (rest_.empty()) return 0;
        const auto out = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return out;
    }
    std::uint32_t number() {
        std::uint32_t out = 0;
        for (int i = 0; i < 4; ++i) out = out << 8 | choice();
        return out;
    }
    bool empty() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }

   private:
    std::string_view rest_;
};

// Gives the bytes of a batch the CRC they ought to have: a fuzzer would not guess it.
inline void mend_crc(MutableBytes batch) {
    constexpr std::size_t kAtCrc = 17, kCovered = 21;
    if (batch.size() > kCovered) store_be(batch.data() + kAtCrc, crc32c(batch.subspan(kCovered)));
}

}  // namespace kns::fuzz
