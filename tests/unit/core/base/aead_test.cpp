#include "core/base/aead.hpp"

#include <catch2/catch.hpp>

#include "core/base/base64.hpp"

using namespace kns;

namespace {

SecretKey key_of(char byte) { return SecretKey::from(as_bytes(std::string(32, byte))).value(); }

std::string opened(const SecretKey& key, std::string sealed, std::string_view associated) {
    if (!open_in_place(key, std::as_writable_bytes(std::span(sealed)), as_bytes(associated))) return "(refused)";
    return sealed.substr(kNonceBytes, sealed.size() - kSealBytes);
}

}  // namespace

// C2SP, XAES-256-GCM, "Test vectors".
TEST_CASE("the test vectors of XAES-256-GCM open") {
    const std::string nonce = "ABCDEFGHIJKLMNOPQRSTUVWX";
    CHECK(opened(key_of(1), nonce + hex_decode("ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271").value(), "") ==
          "XAES-256-GCM");
    CHECK(opened(key_of(3), nonce + hex_decode("986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d").value(),
                 "c2sp.org/XAES-256-GCM") == "XAES-256-GCM");
}

TEST_CASE("what is sealed opens with the same key and associated text, and with no other") {
    const auto key = SecretKey::random();
    const auto sealed = seal_text(key, "the plan", "for bob");
    CHECK(open_text(key, sealed, "for bob").value().view() == "the plan");
    CHECK(open_text(key, sealed, "for eve").error().code == Errc::corrupt);
    CHECK(open_text(SecretKey::random(), sealed, "for bob").error().code == Errc::corrupt);
    CHECK(open_text(key, seal_text(key, "", ""), "").value().view().empty());
}

TEST_CASE("no two sealings of the same text are alike") {
    const auto key = SecretKey::random();
    CHECK(seal_text(key, "again", "") != seal_text(key, "again", ""));
}

TEST_CASE("every flipped bit of what is sealed is noticed, and nothing readable is left") {
    const auto key = SecretKey::random();
    std::string sealed(4 + kSealBytes, '\0');
    seal(key, as_bytes("abcd"), {}, std::as_writable_bytes(std::span(sealed)));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        CHECK_FALSE(open_in_place(key, std::as_writable_bytes(std::span(flipped)), {}));
        CHECK(flipped.substr(kNonceBytes, 4) == std::string(4, '\0'));
    }
}

TEST_CASE("what is too short to be sealed is refused") {
    CHECK(open_text(SecretKey::random(), base64_encode("short"), "").error().code == Errc::corrupt);
}

TEST_CASE("a moved secret leaves nothing behind") {
    SecretText first(std::string("canary"));
    const SecretText second(std::move(first));
    CHECK(first.view().empty());  // NOLINT: that is the question
    CHECK(second.view() == "canary");
}
