#include "daemon/aws/access_keys.hpp"

#include "core/base/base64.hpp"
#include "core/base/json.hpp"

namespace kns::aws {
namespace {

Result<AccessKey> parse(const SecretText& text, const std::string& name) {
    const auto json = KNS_TRY(parse_json(text.view()));
    const auto* id = json["access_key_id"].as_string();
    const auto* secret = json["secret_access_key"].as_string();
    if (!id || !secret || id->empty() || secret->empty())
        return fail(Errc::invalid_argument, "secret \"{}\" is no access key: access_key_id or secret_access_key is missing", name);
    return AccessKey{*id, SecretText(std::string(*secret))};
}

Result<void> make_local_key(SecretStore& secrets, UnixMs now) {
    std::array<std::byte, 45> bytes;
    fill_random(bytes);
    // As AWS's own look: twenty capitals and digits, forty characters of base64.
    std::string id = "AKIAKNS";
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (std::size_t i = 0; i < 13; ++i) id += kLetters[static_cast<std::size_t>(bytes[i]) % kLetters.size()];
    JsonWriter json;
    json.begin_object().member("access_key_id", id);
    json.member("secret_access_key", base64_encode(as_text(Bytes(bytes).subspan(15, 30)))).end_object();
    KNS_TRY(secrets.set(std::string(kLocalClient), SecretText(json.take()), now));
    return {};
}

}  // namespace

Result<AccessKey> AccessKeys::read_local(SecretStore& secrets, UnixMs now) {
    auto text = secrets.reveal(std::string(kLocalClient));
    if (!text && text.error().code == Errc::not_found) {
        KNS_TRY(make_local_key(secrets, now));
        text = secrets.reveal(std::string(kLocalClient));
    }
    if (!text) return std::unexpected(std::move(text).error());
    return parse(*text, std::string(kLocalClient));
}

Result<AccessKeys::ById> AccessKeys::read(SecretStore& secrets, bool make_local, UnixMs now) {
    ById out;
    if (make_local) KNS_TRY(read_local(secrets, now));
    for (const auto& row : KNS_TRY(secrets.list())) {
        if (!row.name.starts_with(kClientSecrets)) continue;
        auto key = parse(KNS_TRY(secrets.reveal(row.name)), row.name);
        if (!key) continue;  // a user's, and not in shape: it opens nothing
        std::string id = key->id;
        out.insert_or_assign(std::move(id), std::move(*key));
    }
    return out;
}

std::optional<SecretText> AccessKeys::find(std::string_view id) const {
    const auto found = keys_.find(id);
    if (found == keys_.end()) return std::nullopt;
    return SecretText(std::string(found->second.secret.view()));
}

}  // namespace kns::aws
