#include "cli/progress.hpp"

#include <catch2/catch.hpp>

namespace kns::cli {
namespace {

TEST_CASE("progress shows part, rate and remaining time when the total is known") {
    CHECK(progress_line("put", 50 << 20, 100 << 20, 5, "", 100) ==
          "put  [############------------]  50%  50.0 MiB  10.0 MiB/s  0:05 left");
}

TEST_CASE("progress without a total shows what is done") {
    CHECK(progress_line("put", 1024, {}, 1, "12 records", 80) == "put  1.0 KiB  1.0 KiB/s  12 records");
}

TEST_CASE("a narrow terminal loses the bar first, then the end of the line") {
    CHECK(progress_line("put", 50 << 20, 100 << 20, 5, "", 60) == "put  50%  50.0 MiB  10.0 MiB/s  0:05 left");
    CHECK(progress_line("put", 50 << 20, 100 << 20, 5, "", 20).size() == 19);
}

TEST_CASE("numbers are grouped by thousands") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1234567) == "1,234,567");
}

}  // namespace
}  // namespace kns::cli
