#include "core/firehose/search_index.hpp"

namespace kns {
namespace {

// Elasticsearch's own rules for names, and Firehose's length.
Result<void> check_name(std::string_view name) {
    const auto wrong = [&](std::string_view why) { return fail(Errc::invalid_argument, "\"{}\" is no index: {}", name, why); };
    if (name.empty() || name.size() > 80) return wrong("a name has 1 to 80 bytes");
    if (name == "." || name == ".." || std::string_view("-_+").find(name.front()) != std::string_view::npos)
        return wrong("it cannot begin like this");
    for (const char c : name)
        if (static_cast<unsigned char>(c) <= 0x20 || (c >= 'A' && c <= 'Z') ||
            std::string_view("\\/*?\"<>|,#:%&=").find(c) != std::string_view::npos)
            return wrong("it has capitals, blanks or one of \\/*?\"<>|,#:%");
    return {};
}

}  // namespace

Result<SearchIndex> parse_search_index(std::string_view path) {
    SearchIndex out;
    if (!path.starts_with('/'))
        return fail(Errc::invalid_argument, "which index?").hint("opensearch+https://HOST:9200/INDEX?rotation=OneDay");
    path.remove_prefix(1);
    const auto question = path.find('?');
    out.name = path.substr(0, question);
    KNS_TRY(check_name(out.name));
    for (auto query = question == std::string_view::npos ? std::string_view() : path.substr(question + 1); !query.empty();) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.starts_with("rotation="))
            out.rotation = KNS_TRY(context(enum_from_name<IndexRotation>(pair.substr(9)), "rotation"));
        else if (pair == "id=none")
            out.ids = false;
        else
            return fail(Errc::invalid_argument, "the index has the unknown part \"{}\"", pair)
                .hint("rotation=OneDay and id=none are known");
    }
    return out;
}

std::string index_name(const SearchIndex& index, UnixMs arrival) {
    const CivilTime t = civil_utc(arrival);
    switch (index.rotation) {
        case IndexRotation::none: return index.name;
        case IndexRotation::hour: return fmt::format("{}-{:04}-{:02}-{:02}-{:02}", index.name, t.year, t.month, t.day, t.hour);
        case IndexRotation::day: return fmt::format("{}-{:04}-{:02}-{:02}", index.name, t.year, t.month, t.day);
        case IndexRotation::month: return fmt::format("{}-{:04}-{:02}", index.name, t.year, t.month);
        case IndexRotation::week: break;
    }
    // A week belongs to the year that its Thursday is in.
    const Ms since_monday = static_cast<Ms>((t.weekday + 6) % 7) * kDay;
    const CivilTime thursday = civil_utc(arrival - since_monday + 3 * kDay);
    return fmt::format("{}-{:04}-w{:02}", index.name, thursday.year, (thursday.day_of_year - 1) / 7 + 1);
}

}  // namespace kns
