#include "core/store/database.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/store/schema.hpp"

using namespace kns;

namespace {

struct TempDir {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("kns-db-" + std::to_string(::getpid()));
    TempDir() { std::filesystem::create_directories(path); }
    ~TempDir() { std::filesystem::remove_all(path); }
    std::string file() const { return (path / "kns.db").string(); }
};

}  // namespace

TEST_CASE("a catalog of a newer schema is refused and left alone") {
    TempDir dir;
    {
        auto db = Database::open(dir.file(), Access::write);
        REQUIRE(db);
        REQUIRE(db->exec("PRAGMA user_version=99"));
    }
    const auto refused = Database::open(dir.file(), Access::write);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::unsupported);
    CHECK(refused.error().message.find("99") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(dir.file() + ".v99.bak"));
}

TEST_CASE("a file that is no catalog is refused") {
    TempDir dir;
    {
        std::FILE* file = std::fopen(dir.file().c_str(), "w");
        std::fputs("this is not a database, but long enough to be taken for one by a careless program", file);
        std::fclose(file);
    }
    const auto refused = Database::open(dir.file(), Access::write);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::corrupt);
}

TEST_CASE("a catalog whose WAL is damaged in the middle is refused, with how much it has lost") {
    TempDir dir;
    const auto keep = [&](const char* suffix) { std::filesystem::copy_file(dir.file() + suffix, dir.file() + suffix + ".kept"); };
    {
        auto db = Database::open(dir.file(), Access::write).value();
        for (int i = 0; i < 10; ++i) REQUIRE(db.change("INSERT INTO secret VALUES (?, '', '', 0, 0)", i));
        for (const auto* suffix : {"", "-wal", "-count"}) keep(suffix);
    }
    const auto start_with = [&](const auto& change) {
        for (const auto* suffix : {"", "-wal", "-shm", "-count"}) std::filesystem::remove(dir.file() + suffix);
        for (const auto* suffix : {"", "-wal", "-count"})
            std::filesystem::copy_file(dir.file() + suffix + ".kept", dir.file() + suffix);
        change();
        auto db = Database::open(dir.file(), Access::write);
        return db ? std::string("opened") : db.error().message.substr(dir.file().size());
    };
    CHECK(start_with([] {}) == "opened");
    CHECK(start_with([&] {
              const auto size = std::filesystem::file_size(dir.file() + "-wal");
              std::filesystem::resize_file(dir.file() + "-wal", size - 1);
          }) == " has lost its last 1 changes: it or its -wal was damaged, or replaced by an older one");
    CHECK(start_with([&] { std::filesystem::resize_file(dir.file() + "-count", 20); }) == "opened");
    CHECK(start_with([&] { std::filesystem::remove(dir.file() + "-count"); }) == "opened");
}

TEST_CASE("a transaction that fails leaves nothing behind") {
    auto db = Database::open(":memory:", Access::write);
    REQUIRE(db);
    const auto outcome = db->transaction(Sync::full, [&]() -> Result<void> {
        KNS_TRY(db->exec("INSERT INTO log_state VALUES (1, 2, 3, 4, 5)"));
        return fail(Errc::internal, "changed my mind");
    });
    CHECK_FALSE(outcome);
    auto rows = db->query("SELECT count(*) FROM log_state");
    REQUIRE(rows);
    REQUIRE(*rows->step());
    CHECK(rows->integer(0) == 0);
}

TEST_CASE("readers cannot write") {
    TempDir dir;
    REQUIRE(Database::open(dir.file(), Access::write));
    auto reader = Database::open(dir.file(), Access::read);
    REQUIRE(reader);
    CHECK_FALSE(reader->exec("DELETE FROM stream"));
}
