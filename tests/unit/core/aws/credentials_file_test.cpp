#include "core/aws/credentials_file.hpp"

#include <catch2/catch.hpp>

namespace kns::aws {
namespace {

constexpr std::string_view kFile =
    "# keys\r\n[default]\naws_access_key_id = AKIA1\r\naws_secret_access_key = one=1 \n\n[profile  two ]\naws_access_key_id=AKIA2\n"
    "#aws_secret_access_key=old\naws_secret_access_key=two\naws_session_token = t\nregion = "
    "eu-west-1\n[half]\naws_access_key_id=AKIA3\n";

TEST_CASE("a profile's keys are found among others' in AWS's own file") {
    const auto first = find_profile(kFile, "default");
    REQUIRE(first);
    CHECK(first->access_key_id == "AKIA1");
    CHECK(first->secret_access_key.view() == "one=1");
    CHECK(first->session_token.empty());
    const auto second = find_profile(kFile, "two");
    REQUIRE(second);
    CHECK(second->secret_access_key.view() == "two");
    CHECK(second->session_token == "t");
}

TEST_CASE("half a pair of keys, or none, is no profile") {
    CHECK_FALSE(find_profile(kFile, "half"));
    CHECK_FALSE(find_profile(kFile, "absent"));
    CHECK_FALSE(find_profile("", "default"));
    CHECK_FALSE(find_profile("[default", "default"));
}

}  // namespace
}  // namespace kns::aws
