#include "cli/sql_screen.hpp"

#include <algorithm>

#include "cli/text_width.hpp"

namespace kns::cli {
namespace {

constexpr std::size_t kWidest = 40;  // of a column that is not the last

}  // namespace

SqlScreen::Fields SqlScreen::fields_of(std::string_view line) const {
    Fields out;
    while (out.size() + 1 < head_.columns.size()) {
        const auto tab = std::min(line.find('\t'), line.size());
        out.push_back(line.substr(0, tab));
        line.remove_prefix(std::min(tab + 1, line.size()));
    }
    out.push_back(line);
    return out;
}

void SqlScreen::change(std::string_view line) {
    const bool adds = line.starts_with('+');
    line.remove_prefix(std::min<std::size_t>(3, line.size()));
    changed_ = true;
    if (!head_.updates) {
        fresh_.emplace_back(line);
        return;
    }
    if (adds) {
        Kept& kept = kept_[std::string(line)];
        if (kept.count++ == 0) kept.order = order_++;
    } else if (const auto at = kept_.find(std::string(line)); at != kept_.end() && --at->second.count <= 0) {
        kept_.erase(at);
    }
}

void SqlScreen::make_room(const Fields& fields) {
    for (std::size_t i = 0; i < fields.size() && i < widths_.size(); ++i)
        widths_[i] = std::min(kWidest, std::max(widths_[i], display_width(fields[i])));
}

std::string SqlScreen::line_of(const Fields& fields, std::size_t columns) const {
    std::string out;
    std::size_t used = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out += "  ", used += 2;
        if (used >= columns) break;
        const bool last = i + 1 == fields.size();
        // A text in the last column takes what it needs, and no more.
        const std::size_t wanted = last && !head_.columns[i].right
                                       ? display_width(fields[i])
                                       : std::max(widths_[i], head_.updates ? 0 : display_width(fields[i]));
        const std::size_t width = std::min(wanted, columns - used);
        out += fitted(fields[i], width, head_.columns[i].right);
        used += width;
    }
    while (out.ends_with(' ')) out.pop_back();
    return out + "\n";
}

std::string SqlScreen::heading(std::size_t columns) {
    Fields names;
    for (const auto& column : head_.columns) names.emplace_back(column.name);
    if (widths_.empty()) widths_.assign(names.size(), 0);
    make_room(names);
    return line_of(names, columns);
}

std::string SqlScreen::draw(std::size_t columns, std::size_t rows, bool last) {
    if (head_.columns.empty() || (!changed_ && (headed_ || !last))) return {};
    changed_ = false;
    if (!head_.updates) {
        if (widths_.empty()) widths_.assign(head_.columns.size(), 0);
        std::string out;
        if (!headed_) {
            // The first rows say how wide their columns are.
            for (const auto& row : fresh_) make_room(fields_of(row));
            out = heading(columns);
            headed_ = true;
        }
        for (const auto& row : fresh_) out += line_of(fields_of(row), columns);
        fresh_.clear();
        return out;
    }
    std::vector<std::pair<std::uint64_t, const std::string*>> order;
    std::size_t all = 0;
    for (const auto& [row, kept] : kept_) {
        order.emplace_back(kept.order, &row);
        all += static_cast<std::size_t>(kept.count);
    }
    std::ranges::sort(order);
    const std::size_t shown = last ? SIZE_MAX : std::max<std::size_t>(rows, 4) - 3;
    std::string out;
    if (drawn_ > 0) out = fmt::format("\x1b[{}A\r\x1b[J", drawn_);
    std::string table;
    std::size_t lines = 0;
    if (widths_.empty()) widths_.assign(head_.columns.size(), 0);
    for (std::size_t i = 0; i < std::min(order.size(), shown); ++i) make_room(fields_of(*order[i].second));
    table = heading(columns);
    for (const auto& [_, row] : order)
        for (std::int64_t n = 0; n < kept_.at(*row).count && lines < shown; ++n, ++lines)
            table += line_of(fields_of(*row), columns);
    if (lines < all) table += fmt::format("... and {} more\n", all - lines);
    drawn_ = lines + 1 + (lines < all ? 1 : 0);
    headed_ = true;
    return out + table;
}

}  // namespace kns::cli
