#include "core/aws/credentials_file.hpp"

namespace kns::aws {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const auto begin = text.find_first_not_of(kBlanks);
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::optional<Credentials> find_profile(std::string_view text, std::string_view profile) {
    Credentials found;
    for (bool inside = false; !text.empty();) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.starts_with('[')) {
            auto name = trimmed(line.substr(1, line.find(']') == std::string_view::npos ? 0 : line.find(']') - 1));
            if (name.starts_with("profile ")) name = trimmed(name.substr(8));
            inside = name == profile;
        }
        const auto equals = line.find('=');
        if (!inside || equals == std::string_view::npos || line.starts_with('#') || line.starts_with(';')) continue;
        const auto name = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
        if (name == "aws_access_key_id") found.access_key_id = value;
        if (name == "aws_secret_access_key") found.secret_access_key = SecretText(std::string(value));
        if (name == "aws_session_token") found.session_token = value;
    }
    if (found.access_key_id.empty() || found.secret_access_key.view().empty()) return std::nullopt;
    return found;
}

}  // namespace kns::aws
