#include "daemon/delivery/destination_secrets.hpp"

#include <cstdlib>

#include "core/aws/credentials_file.hpp"
#include "core/base/json.hpp"
#include "core/base/paths.hpp"
#include "core/base/posix.hpp"
#include "core/firehose/delivery_place.hpp"

namespace kns {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

SecretText as_json(const aws::Credentials& who) {
    JsonWriter out;
    out.begin_object().member("access_key_id", who.access_key_id).member("secret_access_key", who.secret_access_key.view());
    if (!who.session_token.empty()) out.member("session_token", who.session_token);
    return SecretText(out.end_object().take());
}

Result<std::string> credentials_path() {
    if (auto path = environment("AWS_SHARED_CREDENTIALS_FILE"); !path.empty()) return path;
    return KNS_TRY(home_directory()) + "/.aws/credentials";
}

Result<SecretText> secret_for(const DeliveryPlace& place, SecretStore& secrets) {
    if (!place.secret.empty()) return secrets.reveal(place.secret);
    const bool only_if_asked = place.destination.scheme != "s3";
    if (only_if_asked && place.profile.empty()) return SecretText("null");
    if (place.profile.empty()) {
        aws::Credentials who{.access_key_id = environment("AWS_ACCESS_KEY_ID"),
                             .secret_access_key = SecretText(environment("AWS_SECRET_ACCESS_KEY")),
                             .session_token = environment("AWS_SESSION_TOKEN")};
        if (!who.access_key_id.empty() && !who.secret_access_key.view().empty()) return as_json(who);
    }
    const std::string path = KNS_TRY(credentials_path());
    auto text = read_file(path);
    const bool asked = !place.profile.empty();
    if (!text && !asked) return SecretText("null");
    if (!text) return std::unexpected(std::move(text).error());
    const SecretText held(std::move(*text));
    const auto by_default = environment("AWS_PROFILE");
    const std::string profile = asked ? place.profile : by_default.empty() ? "default" : by_default;
    const auto who = aws::find_profile(held.view(), profile);
    if (!who && asked) return fail(Errc::not_found, "{} has no keys for the profile \"{}\"", path, profile);
    return who ? as_json(*who) : SecretText("null");
}

}  // namespace

Result<SecretText> secrets_for(const DeliveryConfig& config, SecretStore& secrets) {
    const auto places = KNS_TRY(places_of(config));
    SecretText out;
    for (const auto& place : places)
        out.text()
            .append(out.view().empty() ? "{\"" : ",\"")
            .append(place.role)
            .append("\":")
            .append(KNS_TRY(secret_for(place, secrets)).view());
    out.text().append("}");
    return out;
}

}  // namespace kns
