#include "core/firehose/delivery_place.hpp"

#include <cctype>

#include "core/base/ids.hpp"
#include "core/firehose/redshift_table.hpp"

namespace kns {
namespace {

Result<void> check_word(std::string_view text, std::string_view what) {
    for (const char c : text)
        if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("-_.@ ").find(c) == std::string_view::npos)
            return fail(Errc::invalid_argument, "\"{}\" is no {}", text, what);
    return {};
}

Result<void> check(const DeliveryPlace& place) {
    const bool is_file = place.destination.scheme == "file";
    const bool stages = place.destination.scheme == "redshift";  // in S3, where its secret is not for
    const bool is_s3 = place.destination.scheme == "s3" || stages;
    if (is_file && !(place.endpoint + place.region + place.secret + place.profile).empty())
        return fail(Errc::invalid_argument, "files need no endpoint, region, secret or profile");
    const bool signs = is_s3 || place.destination.scheme == "opensearch";
    if (!is_file && !is_s3 && !place.endpoint.empty()) return fail(Errc::invalid_argument, "an endpoint belongs to s3:// only");
    if (!is_file && !signs && !(place.region + place.profile).empty())
        return fail(Errc::invalid_argument, "this destination needs no region and no profile");
    if (!place.secret.empty() && !place.profile.empty() && !stages)
        return fail(Errc::invalid_argument, "either a secret or a profile says who we are, not both");
    if (!place.secret.empty()) KNS_TRY(StreamName::parse(place.secret, "secret"));
    KNS_TRY(check_word(place.region, "region"));
    KNS_TRY(check_word(place.profile, "profile"));
    return {};
}

}  // namespace

Result<DeliveryPlace> place_of(const DeliverySettings& settings) {
    DeliveryPlace place{.destination = KNS_TRY(parse_destination(settings.to)),
                        .endpoint = settings.endpoint.empty() ? "" : KNS_TRY(parse_endpoint(settings.endpoint)),
                        .region = settings.region,
                        .secret = settings.secret,
                        .profile = settings.profile};
    KNS_TRY(staging_place_of(settings));
    KNS_TRY(check(place));
    return place;
}

Result<std::optional<DeliveryPlace>> staging_place_of(const DeliverySettings& settings) {
    if (!settings.to.starts_with("redshift:")) return std::nullopt;
    const auto table = KNS_TRY(parse_redshift_table(settings.to));
    DeliveryPlace place{.destination = table.staging,
                        .endpoint = settings.endpoint.empty() ? "" : KNS_TRY(parse_endpoint(settings.endpoint)),
                        .region = settings.region,
                        .secret = table.staging_secret,
                        .profile = settings.profile,
                        .role = "staging"};
    KNS_TRY(context(check(place), "staging"));
    return place;
}

Result<std::optional<DeliveryPlace>> error_place_of(const DeliverySettings& settings) {
    DeliveryPlace place = KNS_TRY(place_of(settings));
    const bool objects = place.destination.takes_objects();
    place.destination.table.clear();  // they lie beside its files
    if (!objects || (!settings.backup.empty() && settings.backup_mode != BackupMode::all)) return backup_place_of(settings);
    if (auto staging = KNS_TRY(staging_place_of(settings))) return staging;
    return place;
}

Result<std::optional<DeliveryPlace>> backup_place_of(const DeliverySettings& settings) {
    if (settings.backup.empty()) return std::nullopt;
    std::string_view url = settings.backup, query;
    if (const auto question = url.find('?'); question != std::string_view::npos && url.starts_with("s3:")) {
        query = url.substr(question + 1);
        url = url.substr(0, question);
    }
    DeliveryPlace place{.destination = KNS_TRY(parse_destination(url)), .role = "backup"};
    if (!place.destination.takes_objects() || place.destination.scheme == "redshift" || !place.destination.table.empty())
        return fail(Errc::invalid_argument, "a backup holds objects: {} cannot be one", url)
            .hint("file:///DIRECTORY/ or s3://BUCKET/");
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto name = pair.substr(0, pair.find('='));
        auto* const into = name == "endpoint"  ? &place.endpoint
                           : name == "region"  ? &place.region
                           : name == "secret"  ? &place.secret
                           : name == "profile" ? &place.profile
                                               : nullptr;
        if (!into || name.size() == pair.size())
            return fail(Errc::invalid_argument, "the backup has the unknown part \"{}\"", pair)
                .hint("endpoint=URL, region=, secret= and profile= are known");
        *into = pair.substr(name.size() + 1);
    }
    if (!place.endpoint.empty()) place.endpoint = KNS_TRY(parse_endpoint(place.endpoint));
    KNS_TRY(check(place));
    return place;
}

Result<std::vector<DeliveryPlace>> places_of(const DeliverySettings& settings) {
    std::vector<DeliveryPlace> out{KNS_TRY(place_of(settings))};
    if (auto staging = KNS_TRY(staging_place_of(settings))) out.push_back(std::move(*staging));
    if (auto backup = KNS_TRY(backup_place_of(settings))) out.push_back(std::move(*backup));
    return out;
}

}  // namespace kns
