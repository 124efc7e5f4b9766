// What lies encrypted on a disk, changed by anybody who likes: it opens as what was sealed, or not at all.
#include "core/store/batch_seal.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

const DataKey& key() {
    static const DataKey one{7, 3, SecretKey::from(as_bytes(std::string(SecretKey::kBytes, 'k'))).value()};
    return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice();
    const std::uint32_t place = input.number();
    const auto text = input.rest();

    // Whatever it is, it was not sealed by this key.
    std::ignore = open_text(key().key, text, "");
    std::string stored(text);
    const auto bytes = std::as_writable_bytes(std::span(stored));
    if (stored.size() >= kBatchHeaderBytes)
        if (const auto header = parse_batch_header(bytes); header && header->total_bytes() == stored.size())
            if (key_number_of(bytes)) must(!open_batch(key(), bytes));

    // Sealed, with one byte changed or none.
    BatchBuilder builder(11);
    builder.append(std::nullopt, text);
    builder.append("key", "value", "1");
    const std::string plain(builder.finish(place, 1'700'000'000'000, kBatchLogAppendTime));
    std::string sealed(plain.size() + kBatchSealBytes, '\0');
    const auto room = std::as_writable_bytes(std::span(sealed));
    seal_batch(key(), as_bytes(plain), room);
    must(parse_batch_header(room).has_value() && batch_crc_matches(room) && is_encrypted(*parse_batch_header(room)));
    must(key_number_of(room) == 3u);
    const auto at = place % sealed.size();
    room[at] ^= std::byte{choice};
    fuzz::mend_crc(room);
    const bool counts = choice != 0 && (at < 17 || (at >= 21 && at < kBatchHeaderBytes) || at >= kBatchHeaderBytes + 4);
    const auto opened = open_batch(key(), room);
    must(opened.has_value() == !counts);
    if (opened) must(as_text(*opened) == plain);
    return 0;
}
