#include "core/aws/answer_writer.hpp"

#include <catch2/catch.hpp>

#include "core/aws/event_stream.hpp"
#include "core/base/base64.hpp"

using namespace kns;
using namespace kns::aws;

namespace {

std::string written(Wire wire) {
    AnswerWriter out(wire);
    out.begin_structure().key("Names").begin_list().text("a").text("b\"").end_list();
    out.key("Blob").blob("\x01\x02").key("At").timestamp(1'700'000'000'005).key("N").integer(-3).key("Yes").boolean(true);
    out.key("Empty").begin_structure().end_structure().end_structure();
    return out.take();
}

}  // namespace

TEST_CASE("an answer is JSON with base64 and seconds") {
    CHECK(written(Wire::json) == R"({"Names":["a","b\""],"Blob":"AQI=","At":1700000000.005,"N":-3,"Yes":true,"Empty":{}})");
}

TEST_CASE("the same answer is CBOR with bytes and tagged milliseconds") {
    CHECK(hex_encode(written(Wire::cbor)) ==
          "bf654e616d65739f6161626222ff64426c6f6242010262"
          "4174c11b0000018bcfe56805614e2263596573f565456d707479bfffff");
}

TEST_CASE("an event has lengths, headers, payload and two checksums") {
    const std::pair<std::string_view, std::string_view> headers[] = {{":message-type", "event"}};
    CHECK(hex_encode(encode_event(headers, "{}")) ==
          "00000028"
          "00000016"
          "60470efd"
          "0d3a6d6573736167652d747970650700056576656e74"
          "7b7d"
          "b7184afc");
}
