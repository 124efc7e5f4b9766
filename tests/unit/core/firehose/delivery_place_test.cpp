#include "core/firehose/delivery_place.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

DeliverySettings to(std::string url) {
    DeliverySettings out;
    out.to = std::move(url);
    return out;
}

TEST_CASE("error records go to the backup, or to where the objects go, or nowhere") {
    auto settings = to("s3://lake/a/");
    settings.secret = "mine";
    CHECK(error_place_of(settings).value() == place_of(settings).value());
    CHECK_FALSE(error_place_of(to("https://host/in")).value());
    settings.backup = "/lost";
    const auto place = error_place_of(settings).value().value();
    CHECK(place.destination.url() == "file:///lost/");
    CHECK(place.secret.empty());
}

TEST_CASE("a backup in a bucket says itself where that is and who we are") {
    auto settings = to("https://host/in");
    settings.backup = "s3://lake/lost/?endpoint=http://127.0.0.1:9000/&region=eu-west-1&secret=mine";
    const auto place = error_place_of(settings).value().value();
    CHECK(place.destination.url() == "s3://lake/lost/");
    CHECK(place.endpoint == "http://127.0.0.1:9000");
    CHECK(place.region == "eu-west-1");
    CHECK(place.secret == "mine");
    for (const auto* wrong :
         {"https://host/", "s3://lake/?secrets=x", "s3://lake/?secret", "s3://lake/?secret=a&profile=b", "ftp://x/"}) {
        INFO(wrong);
        settings.backup = wrong;
        CHECK_FALSE(error_place_of(settings));
    }
}

}  // namespace
}  // namespace kns
