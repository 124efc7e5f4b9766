#include "core/base/ids.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED  // the one-shot MD5 needs no provider, which keeps `kns` quick to start
#include <openssl/md5.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace kns {
namespace {

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

constexpr std::uint64_t kNineHex = (std::uint64_t{1} << 36) - 1, kTenTo19 = 10'000'000'000'000'000'000u;

// "00" to "99"
constexpr auto kPairs = [] {
    std::array<std::array<char, 2>, 100> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    return pairs;
}();

// 188-bit arithmetic for the sequence number: six 32-bit limbs, least significant first.
using Limbs = std::array<std::uint32_t, 6>;

std::uint64_t shift_out_hex(Limbs& n, int digits) {
    std::uint64_t value = 0;
    for (int d = 0; d < digits; ++d) {
        value |= static_cast<std::uint64_t>(n[0] & 15) << (4 * d);
        for (std::size_t i = 0; i < n.size(); ++i) n[i] = (n[i] >> 4) | (i + 1 < n.size() ? n[i + 1] << 28 : 0);
    }
    return value;
}

}  // namespace

Result<StreamName> StreamName::parse(std::string_view text, std::string_view noun) {
    std::string_view name = text;
    if (name.starts_with("arn:")) {
        const auto slash = name.find('/');
        if (slash == std::string_view::npos) return fail(Errc::invalid_argument, "\"{}\" is not the ARN of a {}", text, noun);
        name.remove_prefix(slash + 1);
    }
    if (name.empty()) return fail(Errc::invalid_argument, "the {} name is empty", noun);
    if (name.size() > 128)
        return fail(Errc::invalid_argument, "the {} name has {} characters, 128 is the limit", noun, name.size());
    const auto bad = std::find_if_not(name.begin(), name.end(), is_name_char);
    if (bad != name.end() || name == "." || name == "..")
        return fail(Errc::invalid_argument, "\"{}\" is not a {} name", name, noun).hint("use letters, digits, '_', '.' and '-'");
    return StreamName(std::string(name));
}

std::string shard_id_text(std::uint32_t shard_index) { return fmt::format("shardId-{:012}", shard_index); }

Result<std::uint32_t> parse_shard_id(std::string_view text) {
    const auto dash = text.rfind('-');
    const auto digits = dash == std::string_view::npos ? text : text.substr(dash + 1);
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failure != std::errc() || end != digits.data() + digits.size() || value > 0x7fffffff || (dash == 0))
        return fail(Errc::invalid_argument, "\"{}\" is not a shard id", text).hint("write shardId-000000000000, or 0");
    return static_cast<std::uint32_t>(value);
}

std::string hash_key_text(uint128 value) {
    std::string out;
    do out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    while (value /= 10);
    return out;
}

Result<uint128> parse_hash_key(std::string_view text) {
    uint128 value = 0;
    bool good = !text.empty() && text.size() <= 39;
    for (char c : text) {
        if (c < '0' || c > '9') good = false;
        if (!good) break;
        const uint128 next = value * 10 + static_cast<unsigned>(c - '0');
        if (next / 10 != value) good = false;
        value = next;
    }
    if (!good)
        return fail(Errc::invalid_argument, "\"{}\" is not a hash key", text)
            .hint("a hash key is a decimal number from 0 to 2^128-1");
    return value;
}

std::string ArnPlace::arn(std::string_view service, std::string_view kind, std::string_view name) const {
    return fmt::format("arn:aws:{}:{}:{}:{}/{}", service, region, account, kind, name);
}

uint128 hash_of_key(std::string_view partition_key) {
    std::array<unsigned char, MD5_DIGEST_LENGTH> digest{};
    MD5(reinterpret_cast<const unsigned char*>(partition_key.data()), partition_key.size(), digest.data());
    uint128 value = 0;
    for (unsigned char byte : digest) value = (value << 8) | byte;
    return value;
}

std::array<char, SequenceNumber::kDigits> SequenceNumber::digits() const {
    const auto created = static_cast<std::uint64_t>(created_s) & kNineHex,
               arrival = static_cast<std::uint64_t>(arrival_s) & kNineHex;
    const auto counter = static_cast<std::uint64_t>(offset);
    // 188 bits, the least significant limb first.
    std::array<std::uint64_t, 3> n = {
        std::uint64_t{2} | std::uint64_t{shard_index} << 4 | arrival << 36, arrival >> 28 | counter << 16,
        counter >> 48 | std::uint64_t{shard_index & 15} << 16 | created << 20 | std::uint64_t{2} << 56};
    std::array<char, kDigits> out;
    char* end = out.data() + out.size();
    for (const int count : {19, 19, 18}) {
        uint128 rest = 0;
        for (auto limb = n.rbegin(); limb != n.rend(); ++limb) {
            rest = rest << 64 | *limb;
            *limb = static_cast<std::uint64_t>(rest / kTenTo19);
            rest %= kTenTo19;
        }
        auto digits = static_cast<std::uint64_t>(rest);
        for (int i = 1; i < count; i += 2, digits /= 100) std::memcpy(end -= 2, kPairs[digits % 100].data(), 2);
        if (count % 2) *--end = static_cast<char>('0' + digits);
    }
    return out;
}

std::string SequenceNumber::text() const {
    const auto all = digits();
    return {all.data(), all.size()};
}

Result<SequenceNumber> SequenceNumber::parse(std::string_view text) {
    auto refuse = [&] { return fail(Errc::invalid_argument, "\"{}\" is not a sequence number of this service", text); };
    if (text.size() != kDigits) return refuse();
    Limbs n{};
    for (char c : text) {
        if (c < '0' || c > '9') return refuse();
        std::uint64_t carry = static_cast<std::uint64_t>(c - '0');
        for (auto& limb : n) {
            carry += static_cast<std::uint64_t>(limb) * 10;
            limb = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    SequenceNumber out;
    const auto last = shift_out_hex(n, 1);
    out.shard_index = static_cast<std::uint32_t>(shift_out_hex(n, 8));
    out.arrival_s = static_cast<std::int64_t>(shift_out_hex(n, 9));
    const auto zeros = shift_out_hex(n, 2);
    const auto counter = shift_out_hex(n, 16);
    const auto low_digit = shift_out_hex(n, 1);
    out.created_s = static_cast<std::int64_t>(shift_out_hex(n, 9));
    const auto first = shift_out_hex(n, 1);
    if (first != 2 || last != 2 || zeros != 0 || counter > static_cast<std::uint64_t>(kClosingCounter) ||
        low_digit != (out.shard_index & 15))
        return refuse();
    out.offset = static_cast<std::int64_t>(counter);
    return out;
}

}  // namespace kns
