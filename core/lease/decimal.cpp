#include "core/lease/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace kns::lease {
namespace {

constexpr std::size_t kMaxDigits = 38, kMaxText = 400;
constexpr int kMaxPoint = 126, kMinPoint = -129;

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    if (text.size() > kMaxText) return std::nullopt;
    Decimal out;
    if (text.starts_with('+') || text.starts_with('-')) {
        out.negative_ = text.front() == '-';
        text.remove_prefix(1);
    }
    bool any = false, behind_point = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !behind_point) {
            behind_point = true;
        } else if (c >= '0' && c <= '9') {
            any = true;
            out.digits_ += c;
            if (!behind_point) ++out.point_;
        } else {
            break;
        }
    }
    if (!any) return std::nullopt;
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
        auto exponent_text = text.substr(at + 1);
        if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
        int exponent = 0;
        const auto* end = exponent_text.data() + exponent_text.size();
        const auto [stop, failure] = std::from_chars(exponent_text.data(), end, exponent);
        if (failure != std::errc() || stop != end || exponent > 1000 || exponent < -1000) return std::nullopt;
        out.point_ += exponent;
    }
    out.trim();
    return out.fits() ? std::optional(out) : std::nullopt;
}

void Decimal::trim() {
    const auto first = digits_.find_first_not_of('0');
    if (first == std::string::npos) {
        *this = {};
        return;
    }
    digits_.erase(0, first);
    point_ -= static_cast<int>(first);
    digits_.resize(digits_.find_last_not_of('0') + 1);
}

bool Decimal::fits() const {
    return digits_.empty() || (digits_.size() <= kMaxDigits && point_ <= kMaxPoint && point_ >= kMinPoint);
}

std::string Decimal::text() const {
    if (digits_.empty()) return "0";
    std::string out = negative_ ? "-" : "";
    if (point_ <= 0) return out + "0." + std::string(static_cast<std::size_t>(-point_), '0') + digits_;
    const auto whole = static_cast<std::size_t>(point_);
    if (digits_.size() <= whole) return out + digits_ + std::string(whole - digits_.size(), '0');
    return out + digits_.substr(0, whole) + "." + digits_.substr(whole);
}

Decimal Decimal::negated() const {
    Decimal out = *this;
    out.negative_ = !digits_.empty() && !negative_;
    return out;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
    const auto sign = [](const Decimal& d) { return d.digits_.empty() ? 0 : d.negative_ ? -1 : 1; };
    if (const auto signs = sign(*this) <=> sign(other); signs != 0 || digits_.empty()) return signs;
    auto size = point_ <=> other.point_;
    if (size == 0) size = digits_ <=> other.digits_;  // 0.15 and 0.2: as texts
    return negative_ ? 0 <=> size : size;
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
    if (digits_.empty()) return other;
    if (other.digits_.empty()) return *this;
    // Both as columns of digits over the same powers of ten, the lowest first.
    const int high = std::max(point_, other.point_);
    const int low = std::min(point_ - static_cast<int>(digits_.size()), other.point_ - static_cast<int>(other.digits_.size()));
    std::string columns(static_cast<std::size_t>(high - low + 1), '\0');
    const auto add = [&](const Decimal& d, int times) {
        for (std::size_t i = 0; i < d.digits_.size(); ++i) {
            auto& column = columns[static_cast<std::size_t>(d.point_ - 1 - static_cast<int>(i) - low)];
            column = static_cast<char>(column + times * (d.digits_[i] - '0'));
        }
    };
    const bool same_sign = negative_ == other.negative_;
    const auto absolute = [](Decimal d) {
        d.negative_ = false;
        return d;
    };
    const bool we_are_larger = absolute(*this) >= absolute(other);
    add(we_are_larger ? *this : other, 1);
    add(we_are_larger ? other : *this, same_sign ? 1 : -1);
    int carry = 0;
    for (auto& column : columns) {
        int value = column + carry;
        carry = value < 0 ? -1 : value / 10;
        value -= carry * 10;
        column = static_cast<char>('0' + value);
    }
    std::ranges::reverse(columns);
    Decimal out;
    out.negative_ = we_are_larger ? negative_ : other.negative_;
    out.digits_ = std::move(columns);
    out.point_ = high + 1;
    out.trim();
    return out.fits() ? std::optional(out) : std::nullopt;
}

}  // namespace kns::lease
