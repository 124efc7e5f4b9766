#include "cli/text_encoding.hpp"

#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

std::string encoded(Encoding encoding, std::string_view bytes) {
    std::string out;
    append_encoded(out, encoding, bytes);
    return out;
}

std::string decoded(Encoding encoding, std::string text) {
    text.resize(decode_in_place(encoding, text).value());
    return text;
}

TEST_CASE("base64 is that of RFC 4648, section 10") {
    const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : cases) {
        CHECK(encoded(Encoding::base64, bytes) == text);
        CHECK(decoded(Encoding::base64, std::string(text)) == bytes);
    }
}

TEST_CASE("every byte survives every encoding") {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    const auto encoding = GENERATE(Encoding::raw, Encoding::base64, Encoding::hex);
    CHECK(decoded(encoding, encoded(encoding, all)) == all);
}

TEST_CASE("white space at the end and missing padding are forgiven") {
    CHECK(decoded(Encoding::base64, "Zg==\r") == "f");
    CHECK(decoded(Encoding::base64, "Zg") == "f");
    CHECK(decoded(Encoding::hex, "0aFF \r") == "\x0a\xff");
}

TEST_CASE("text that is not of the encoding is refused") {
    for (std::string text : {"Z", "Zg=x", "Zm9v!", "Zh"}) CHECK_FALSE(decode_in_place(Encoding::base64, text));
    for (std::string text : {"0", "0g", "0x00"}) CHECK_FALSE(decode_in_place(Encoding::hex, text));
}

}  // namespace
}  // namespace kns::cli
