#include "core/base/record_batch.hpp"

#include <catch2/catch.hpp>

#include "core/base/crc32c.hpp"

using namespace kns;

TEST_CASE("CRC32C has the check value of its definition") { CHECK(crc32c(as_bytes("123456789")) == 0xe3069283); }

TEST_CASE("CRCs of two parts combine into the CRC of the whole, at any cut") {
    std::string text(40'000, ' ');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7919 >> 3);
    const auto whole = crc32c(as_bytes(text));
    for (std::size_t cut : {0u, 1u, 61u, 12'288u, 39'999u, 40'000u}) {
        const auto a = std::string_view(text).substr(0, cut), b = std::string_view(text).substr(cut);
        CHECK(crc32c_combine(crc32c(as_bytes(a)), crc32c(as_bytes(b)), b.size()) == whole);
        CHECK(crc32c(as_bytes(b), crc32c(as_bytes(a))) == whole);
    }
}

TEST_CASE("records come out of a batch as they went in") {
    BatchBuilder builder(7);
    const std::string large(70'000, 'x'), binary("\0\n\xff", 3);
    builder.append(std::nullopt, "");
    builder.append("key", large);
    builder.append("", binary, "340282366920938463463374607431768211455");
    const std::string bytes(builder.finish(100, 5));
    REQUIRE(batch_crc_matches(as_bytes(bytes)));
    RecordReader reader(as_bytes(bytes));
    RecordView record;
    REQUIRE(*reader.next(record));
    CHECK(record.offset == 100);
    CHECK_FALSE(record.key);
    CHECK(record.value.empty());
    REQUIRE(*reader.next(record));
    CHECK(record.key == "key");
    CHECK(record.value == large);
    REQUIRE(*reader.next(record));
    CHECK(record.key == "");
    CHECK(record.value == binary);
    CHECK(record.explicit_hash_key == "340282366920938463463374607431768211455");
    CHECK(record.timestamp == 5);
    CHECK_FALSE(*reader.next(record));
}

TEST_CASE("a stamp moves offset, shard and arrival, and the checksum with them") {
    BatchBuilder builder(1);
    builder.append("k", "v");
    std::string bytes(builder.finish(0, 1));
    const auto ticket = prepare_stamp(as_bytes(bytes));
    REQUIRE(ticket);
    stamp_batch(std::as_writable_bytes(std::span(bytes)), *ticket, 42, 9, 1'700'000'000'000);
    CHECK(batch_crc_matches(as_bytes(bytes)));
    const auto header = parse_batch_header(as_bytes(bytes));
    REQUIRE(header);
    CHECK(header->base_offset == 42);
    CHECK(header->shard_number == 9);
    RecordReader reader(as_bytes(bytes));
    RecordView record;
    REQUIRE(*reader.next(record));
    CHECK(record.timestamp == 1'700'000'000'000);
}

TEST_CASE("a damaged batch is not stamped") {
    BatchBuilder builder(1);
    builder.append("k", "value");
    std::string bytes(builder.finish(0, 1));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    CHECK(prepare_stamp(as_bytes(bytes)).error().code == Errc::corrupt);
}

TEST_CASE("headers that promise the impossible are refused") {
    BatchBuilder builder(1);
    builder.append("k", "v");
    const std::string good(builder.finish(0, 1));
    struct Case {
        std::size_t at;
        std::string bytes;
    };
    const auto c = GENERATE(Case{8, std::string("\x7f\xff\xff\xff", 4)},  // two gigabytes
                            Case{8, std::string("\0\0\0\x10", 4)},        // shorter than its header
                            Case{16, std::string("\1", 1)},               // an older format
                            Case{57, std::string("\0\0\0\0", 4)},         // no records
                            Case{57, std::string("\0\0\0\5", 4)});        // more than last_offset_delta says
    std::string bad = good;
    bad.replace(c.at, c.bytes.size(), c.bytes);
    CHECK(parse_batch_header(as_bytes(bad)).error().code == Errc::corrupt);
}

TEST_CASE("records that run past their batch are an error") {
    BatchBuilder builder(1);
    builder.append("k", "value");
    std::string bytes(builder.finish(0, 1));
    bytes[kBatchHeaderBytes] = 0x7e;  // the record's length
    RecordReader reader(as_bytes(bytes));
    RecordView record;
    CHECK(reader.next(record).error().code == Errc::corrupt);
}

TEST_CASE("a batch from outside is accepted only if its records can be read") {
    BatchBuilder builder(1);
    builder.append("key", "value");
    builder.append(std::nullopt, "more");
    std::string bytes(builder.finish(0, 1));
    CHECK(check_records(as_bytes(bytes), 8).has_value());
    CHECK(check_records(as_bytes(bytes), 7).error().code == Errc::limit_exceeded);
    SECTION("compressed") {
        bytes[22] |= 1;
        CHECK(check_records(as_bytes(bytes), 8).error().code == Errc::unsupported);
    }
    SECTION("a record that runs past its batch") {
        bytes[kBatchHeaderBytes] = 0x7e;
        CHECK(check_records(as_bytes(bytes), 8).error().code == Errc::corrupt);
    }
    SECTION("the same offset twice") {
        const auto second = kBatchHeaderBytes + 1 + static_cast<std::size_t>(bytes[kBatchHeaderBytes] / 2);
        bytes[second + 3] = 0;
        CHECK(check_records(as_bytes(bytes), 8).error().code == Errc::corrupt);
    }
}
