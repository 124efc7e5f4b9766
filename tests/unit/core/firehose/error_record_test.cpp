#include "core/firehose/error_record.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("error records are the service's, a line each") {
    std::string out;
    append_error_record(out, "http-endpoint-failed",
                        {.data = "sample raw data",
                         .arrival = 1594265943615,
                         .sequence_number = "49607357361271740811418664280693044274821622880012337186",
                         .code = "HttpEndpoint.DestinationException",
                         .message = "a \"quoted\" reason",
                         .attempts = 5,
                         .attempt_end = 1594266081318});
    append_error_record(out, "processing-failed", {.data = "", .code = "c", .message = "m"});
    CHECK(out ==
          R"({"attemptsMade":5,"arrivalTimestamp":1594265943615,"errorCode":"HttpEndpoint.DestinationException",)"
          R"("errorMessage":"a \"quoted\" reason","attemptEndingTimestamp":1594266081318,"rawData":"c2FtcGxlIHJhdyBkYXRh",)"
          R"("subsequenceNumber":0,"dataId":"49607357361271740811418664280693044274821622880012337186.0"})"
          "\n"
          R"({"attemptsMade":1,"arrivalTimestamp":0,"errorCode":"c","errorMessage":"m","attemptEndingTimestamp":0,"rawData":""})"
          "\n");
}

}  // namespace
}  // namespace kns
