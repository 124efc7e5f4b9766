// Requests that claim to be signed: never taken, for nobody here has the key; tokens of nobody's making likewise.
#include "core/aws/signature.hpp"
#include "core/aws/token.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto key = SecretKey::random();
    std::string_view left(reinterpret_cast<const char*>(data), size);
    const auto line = [&] {
        const auto out = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(left.size(), out.size() + 1));
        return out;
    };
    aws::SignedRequest request{.method = "POST", .target = line(), .headers = {}, .body = {}};
    request.headers = {{"host", line()}, {"x-amz-date", line()}, {"authorization", line()}, {"x-amz-content-sha256", line()}};
    request.body = left;
    const auto find = [](std::string_view) { return std::optional(SecretText(std::string("a secret that no input knows"))); };
    must(!aws::check_signature(request, find, 1'440'938'160'000));
    must(!aws::open_token(key, "ShardIterator", request.target, 0));
    return 0;
}
