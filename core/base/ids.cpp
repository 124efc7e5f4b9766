#include "core/base/ids.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED  // the one-shot MD5 needs no provider, which keeps `kns` quick to start
#include <openssl/md5.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kns {
namespace {

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

// 188-bit arithmetic for the sequence number: six 32-bit limbs, least significant first.
using Limbs = std::array<std::uint32_t, 6>;

void shift_in_hex(Limbs& n, std::uint64_t value, int digits) {
    uint128 carry = digits < 16 ? value & ((std::uint64_t{1} << (4 * digits)) - 1) : value;
    for (auto& limb : n) {
        carry += static_cast<uint128>(limb) << (4 * digits);
        limb = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
}

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

std::string SequenceNumber::text() const {
    Limbs n{};
    shift_in_hex(n, 2, 1);
    shift_in_hex(n, static_cast<std::uint64_t>(created_s), 9);
    shift_in_hex(n, shard_index & 15, 1);
    shift_in_hex(n, static_cast<std::uint64_t>(offset), 16);
    shift_in_hex(n, 0, 2);
    shift_in_hex(n, static_cast<std::uint64_t>(arrival_s), 9);
    shift_in_hex(n, shard_index, 8);
    shift_in_hex(n, 2, 1);
    std::array<char, 64> digits{};
    std::size_t at = digits.size();
    while (std::ranges::any_of(n, [](auto limb) { return limb != 0; })) {
        std::uint64_t rest = 0;
        for (auto it = n.rbegin(); it != n.rend(); ++it) {
            rest = (rest << 32) | *it;
            *it = static_cast<std::uint32_t>(rest / 1'000'000'000);
            rest %= 1'000'000'000;
        }
        for (int i = 0; i < 9 && at > 0; ++i, rest /= 10) digits[--at] = static_cast<char>('0' + rest % 10);
    }
    const std::string_view all(digits.data() + at, digits.size() - at);
    return std::string(all.substr(std::min(all.find_first_not_of('0'), all.size() - 1)));
}

Result<SequenceNumber> SequenceNumber::parse(std::string_view text) {
    auto refuse = [&] { return fail(Errc::invalid_argument, "\"{}\" is not a sequence number of this service", text); };
    if (text.size() != 56) return refuse();
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
