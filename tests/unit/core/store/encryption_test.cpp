#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "core/base/big_endian.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/posix.hpp"
#include "core/store/batch_seal.hpp"
#include "core/store/secret_store.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_store.hpp"

using namespace kns;
using namespace kns::testing;

namespace {

constexpr std::int64_t kStream = 1;
const std::string kSegment = segment_name(1, 0);

// A disk with a stream 1 whose shards 1 and 2 are encrypted, as one run of a daemon sees it.
struct Encrypted {
    explicit Encrypted(TestDisk& test_disk, const std::string& directory, std::int64_t stream = kStream)
        : disk(test_disk), ring(value(KeyRing::open(directory + "/key", test_disk.db))), store(test_disk) {
        if (!ring->current(stream) && !ring->locked()) ring->take(value(ring->make(stream, 0)));
        for (const std::uint32_t shard : {1u, 2u}) store.committer->set_key(shard, ring->current(stream));
    }
    TestStore::Read read(std::uint32_t shard, std::int64_t stream = kStream) {
        ExtentFinder finder(store.index, disk.db);
        SegmentFiles files(disk.log);
        BatchCursor cursor({{shard, 0}}, [&](std::uint32_t number) { return ring->find(stream, number); });
        return store.read(cursor, finder, files);
    }
    std::string segment() {
        const auto file = value(disk.log.open(kSegment, false));
        std::string bytes(value(file->size()), '\0');
        value(file->read_at(std::as_writable_bytes(std::span(bytes)), 0));
        return bytes;
    }
    void write(std::string_view bytes, std::uint64_t at) {
        const Bytes part = as_bytes(bytes);
        value(value(disk.log.open(kSegment, false))->write_at(std::span(&part, 1), at));
    }
    TestDisk& disk;
    std::unique_ptr<KeyRing> ring;
    TestStore store;
};

std::vector<std::string> values_of(const TestStore::Read& read) {
    std::vector<std::string> out;
    for (const auto& [offset, v] : read.records) out.push_back(v);
    return out;
}

std::uint64_t lost(const TestStore::Read& read) {
    std::uint64_t sum = 0;
    for (const auto& damage : read.damages) sum += damage.records;
    return sum;
}

// The batches of a segment, trailers left out: where, and how long.
std::vector<std::pair<std::size_t, std::size_t>> batches_in(const std::string& segment) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (std::size_t at = 0; at + kBatchHeaderBytes <= segment.size();) {
        const auto header = value(parse_batch_header(as_bytes(std::string_view(segment).substr(at))));
        if (!header.is_control()) out.emplace_back(at, header.total_bytes());
        at += header.total_bytes();
    }
    return out;
}

void repair_crc(std::string& batch) {
    const auto bytes = std::as_writable_bytes(std::span(batch));
    store_be(bytes.data() + 17, crc32c(bytes.subspan(21)));
}

}  // namespace

TEST_CASE("an encrypted batch comes back as it was put, and is not readable where it lies") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    run.store.append(1, {"canary one", "canary two"});
    run.store.append(1, {""});
    CHECK(values_of(run.read(1)) == std::vector<std::string>{"canary one", "canary two", ""});
    CHECK(run.segment().find("canary") == std::string::npos);
    CHECK(run.read(1).damages.empty());
}

TEST_CASE("a restart reads what an earlier run encrypted, and recovery needs no key for it") {
    TestDisk disk;
    const TemporaryDirectory folder;
    {
        Encrypted run(disk, folder.path());
        run.store.append(1, {"before"});
    }
    Encrypted run(disk, folder.path());
    REQUIRE(run.store.recovered.size() == 1);
    run.store.append(1, {"behind"});
    CHECK(values_of(run.read(1)) == std::vector<std::string>{"before", "behind"});
}

TEST_CASE("a rotated data key encrypts what comes, and the old one reads what is there") {
    TestDisk disk;
    const TemporaryDirectory folder;
    {
        Encrypted run(disk, folder.path());
        run.store.append(1, {"under one"});
        run.ring->take(value(run.ring->make(kStream, 0)));
        run.store.committer->set_key(1, run.ring->current(kStream));
        run.store.append(1, {"under two"});
        const auto segment = run.segment();
        const auto batches = batches_in(segment);
        REQUIRE(batches.size() == 2);
        CHECK(value(key_number_of(as_bytes(segment.substr(batches[0].first, batches[0].second)))) == 1);
        CHECK(value(key_number_of(as_bytes(segment.substr(batches[1].first, batches[1].second)))) == 2);
    }
    Encrypted run(disk, folder.path());
    CHECK(values_of(run.read(1)) == std::vector<std::string>{"under one", "under two"});
}

TEST_CASE("two batches of a shard that changed places are not believed") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    for (const auto* v : {"aaaa", "bbbb", "cccc"}) run.store.append(1, {v});
    const auto segment = run.segment();
    const auto batches = batches_in(segment);
    run.write(segment.substr(batches[1].first, batches[1].second), batches[0].first);
    run.write(segment.substr(batches[0].first, batches[0].second), batches[1].first);
    const auto read = run.read(1);
    CHECK(lost(read) + read.records.size() == 3);
    CHECK(lost(read) >= 1);
    for (const auto& [offset, v] : read.records)
        CHECK(v == std::vector<std::string>{"aaaa", "bbbb", "cccc"}[static_cast<std::size_t>(offset)]);
}

TEST_CASE("a copy of another batch in the place of one is never served as that one, and the loss is counted") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    for (const auto* v : {"aaaa", "bbbb", "cccc", "dddd"}) run.store.append(1, {v});
    run.store.append(2, {"eeee"});
    const auto segment = run.segment();
    const auto batches = batches_in(segment);
    const auto from = GENERATE(0u, 2u, 3u, 4u);
    const auto batch = segment.substr(batches[from].first, batches[from].second);
    SECTION("as it is") { run.write(batch, batches[1].first); }
    SECTION("with the header of the place") {
        auto forged = segment.substr(batches[1].first, kBatchHeaderBytes) + batch.substr(kBatchHeaderBytes);
        repair_crc(forged);
        run.write(forged, batches[1].first);
    }
    SECTION("with the offset and shard of the place") {
        auto forged = batch;
        std::memcpy(forged.data(), segment.data() + batches[1].first, 17);
        run.write(forged, batches[1].first);
    }
    const auto read = run.read(1);
    // A later batch of the shard that comes too early hides what it has overtaken; that is counted, not served.
    CHECK(read.records.size() + lost(read) == 4);
    CHECK(lost(read) <= 2);
    for (const auto& [offset, v] : read.records) {
        CHECK(offset != 1);
        CHECK(v == std::vector<std::string>{"aaaa", "", "cccc", "dddd"}[static_cast<std::size_t>(offset)]);
    }
}

TEST_CASE("a changed byte behind a repaired checksum is noticed, wherever it is") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    for (const auto* v : {"aaaa", "bbbb", "cccc"}) run.store.append(1, {v});
    const auto segment = run.segment();
    const auto [at, size] = batches_in(segment)[1];
    for (std::size_t byte = 25; byte < size; ++byte) {
        auto forged = segment.substr(at, size);
        forged[byte] = static_cast<char>(forged[byte] ^ 0x10);
        repair_crc(forged);
        run.write(forged, at);
        const auto read = run.read(1);
        CHECK(values_of(read) == std::vector<std::string>{"aaaa", "cccc"});
        CHECK(lost(read) >= 1);
    }
}

TEST_CASE("a batch of one stream is not read under another's key") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    run.store.append(1, {"mine"});
    run.ring->take(value(run.ring->make(2, 0)));
    const auto read = run.read(1, 2);
    CHECK(read.records.empty());
    CHECK(lost(read) == 1);
}

TEST_CASE("a batch that leaves no room for its tag is refused before it is given an offset") {
    TestDisk disk;
    const TemporaryDirectory folder;
    Encrypted run(disk, folder.path());
    const auto outcome = run.store.append(1, {std::string(kMaxBatchBytes - kBatchHeaderBytes - 20, 'x')});
    REQUIRE(outcome.refused.size() == 1);
    CHECK(outcome.refused[0].second.code == Errc::limit_exceeded);
    run.store.append(1, {"small"});
    CHECK(run.read(1).records.at(0).first == 0);
}

TEST_CASE("without the key file nothing of an encrypted stream is read or put, and the error names what is lost") {
    TestDisk disk;
    const TemporaryDirectory folder;
    value(
        disk.db.exec("INSERT INTO stream (id, name, mode, retention_ms, durability, limits, max_record_bytes, created_ms) VALUES "
                     "(1, 'clicks', '', 0, '', '', 0, 0)"));
    {
        Encrypted run(disk, folder.path());
        run.store.append(1, {"secret"});
        value(SecretStore(disk.db, *run.ring).set("s3", SecretText(std::string(R"({"key":"v"})")), 0));
    }
    REQUIRE(::rename((folder.path() + "/key").c_str(), (folder.path() + "/away").c_str()) == 0);
    {
        Encrypted run(disk, folder.path());
        REQUIRE(run.ring->locked());
        CHECK_THAT(run.ring->locked()->message,
                   Catch::Contains("is missing") && Catch::Contains("stream \"clicks\", secret \"s3\""));
        CHECK(run.store.append(1, {"no"}).refused.at(0).second.code == Errc::permission_denied);
        CHECK(run.ring->find(kStream, 1).error().code == Errc::permission_denied);
        CHECK(::access((folder.path() + "/key").c_str(), F_OK) != 0);  // none is made in the place of the one that counts
    }
    REQUIRE(::rename((folder.path() + "/away").c_str(), (folder.path() + "/key").c_str()) == 0);
    Encrypted run(disk, folder.path());
    CHECK(values_of(run.read(1)) == std::vector<std::string>{"secret"});
}

TEST_CASE("a key file that others could read or change is refused") {
    const TemporaryDirectory folder;
    const auto path = folder.path() + "/key";
    value(write_key_file(path, MasterKey::make()));
    REQUIRE(value(read_key_file(path)));
    SECTION("readable by others") { REQUIRE(::chmod(path.c_str(), 0640) == 0); }
    SECTION("a symbolic link") {
        REQUIRE(::rename(path.c_str(), (path + ".real").c_str()) == 0);
        REQUIRE(::symlink((path + ".real").c_str(), path.c_str()) == 0);
    }
    SECTION("a second name") { REQUIRE(::link(path.c_str(), (path + ".twin").c_str()) == 0); }
    SECTION("a directory") {
        REQUIRE(::unlink(path.c_str()) == 0);
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    }
    SECTION("another user's") {
        if (::geteuid() != 0) return;
        REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    }
    CHECK(read_key_file(path).error().code == Errc::permission_denied);
}

TEST_CASE("a damaged key file is told from a wrong one") {
    const TemporaryDirectory folder;
    const auto path = folder.path() + "/key";
    value(write_key_file(path, MasterKey::make()));
    auto line = value(read_file(path));
    line[40] = line[40] == 'a' ? 'b' : 'a';
    value(write_file_atomically(path, line));
    CHECK(read_key_file(path).error().code == Errc::corrupt);
}

TEST_CASE("a new master key wraps everything, and nothing is lost wherever the rotation ends") {
    TestDisk disk;
    const TemporaryDirectory folder;
    const auto key = folder.path() + "/key";
    {
        Encrypted run(disk, folder.path());
        run.store.append(1, {"kept"});
        value(SecretStore(disk.db, *run.ring).set("s3", SecretText(std::string(R"({"key":"v"})")), 0));
        const auto old = value(read_file(key));
        SECTION("it comes to its end") { CHECK(value(run.ring->rotate_master()).data_keys == 1); }
        SECTION("the file has yet to follow the catalog") {
            CHECK(value(run.ring->rotate_master()).secrets == 1);
            REQUIRE(::rename(key.c_str(), (key + ".new").c_str()) == 0);
            value(write_file_atomically(key, old));
        }
        SECTION("the catalog has not been touched") { value(write_key_file(key + ".new", MasterKey::make())); }
    }
    Encrypted run(disk, folder.path());
    CHECK(values_of(run.read(1)) == std::vector<std::string>{"kept"});
    CHECK(value(SecretStore(disk.db, *run.ring).reveal("s3")).view() == R"({"key":"v"})");
    CHECK(::access((key + ".new").c_str(), F_OK) != 0);
}

TEST_CASE("a secret is a flat object of strings, and no refusal repeats it") {
    TestDisk disk;
    const TemporaryDirectory folder;
    const auto ring = value(KeyRing::open(folder.path() + "/key", disk.db));
    SecretStore secrets(disk.db, *ring);
    const std::string bad = GENERATE(R"({"a":"canary")", R"(canary)", R"(["canary"])", R"({"canary value":"x"})",
                                     R"({"a":{"b":"canary"}})", "{}", R"({"a":1})");
    const auto refused = secrets.set("s3", SecretText(std::string(bad)), 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_argument);
    CHECK((refused.error().text() + refused.error().hint).find("canary") == std::string::npos);
}

TEST_CASE("a secret that was moved to another name does not open") {
    TestDisk disk;
    const TemporaryDirectory folder;
    const auto ring = value(KeyRing::open(folder.path() + "/key", disk.db));
    SecretStore secrets(disk.db, *ring);
    CHECK(value(secrets.set("a", SecretText(std::string(R"({"k":"1"})")), 0)));
    CHECK_FALSE(value(secrets.set("a", SecretText(std::string(R"({"k":"2","l":"3"})")), 5)));
    CHECK(value(secrets.list()).at(0).fields == std::vector<std::string>{"k", "l"});
    CHECK(value(secrets.list()).at(0).changed_ms == 5);
    value(disk.db.exec("UPDATE secret SET name = 'b'"));
    CHECK(secrets.reveal("b").error().code == Errc::corrupt);
    value(secrets.remove("b"));
    CHECK(secrets.remove("b").error().code == Errc::not_found);
}
