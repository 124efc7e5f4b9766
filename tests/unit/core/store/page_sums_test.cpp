#include "core/store/page_sums.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/store/database.hpp"
#include "core/store/schema.hpp"

using namespace kns;

namespace {

struct TempDir {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("kns-sums-" + std::to_string(::getpid()));
    TempDir() { std::filesystem::create_directories(path); }
    ~TempDir() { std::filesystem::remove_all(path); }
    std::string file() const { return (path / "kns.db").string(); }
};

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// With a row that fills pages of its own.
void make_catalog(const std::string& path) {
    auto db = Database::open(path, Access::write).value();
    REQUIRE(db.change("INSERT INTO secret VALUES ('key', '', ?, 0, 0)", std::string(20'000, 'x')));
    REQUIRE(db.checkpoint());
}

bool is_sound(const std::string& path) {
    auto db = Database::open(path, Access::write);
    return db && db->problems().value().empty();
}

}  // namespace

TEST_CASE("a bit that flips in any page of a catalog is noticed") {
    TempDir dir;
    make_catalog(dir.file());
    REQUIRE(is_sound(dir.file()));
    const auto whole = bytes_of(dir.file());
    REQUIRE(whole.size() > 15 * 4096);
    for (std::size_t at = 7; at < whole.size(); at += 509) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        std::ofstream(dir.file(), std::ios::binary) << damaged;
        INFO("byte " << at);
        CHECK_FALSE(is_sound(dir.file()));
        for (const auto* suffix : {"-wal", "-shm"}) std::filesystem::remove(dir.file() + suffix);
    }
}

TEST_CASE("a page in the place of another is noticed") {
    TempDir dir;
    make_catalog(dir.file());
    auto whole = bytes_of(dir.file());
    const auto last = whole.size() - 4096;
    whole.replace(last - 4096, 4096, whole.substr(last, 4096));
    std::ofstream(dir.file(), std::ios::binary) << whole;
    CHECK_FALSE(is_sound(dir.file()));
}

TEST_CASE("a catalog that had no checksums gets them, and keeps what it says") {
    TempDir dir;
    sqlite3* old = nullptr;
    REQUIRE(sqlite3_open(dir.file().c_str(), &old) == SQLITE_OK);
    const auto run = [&](std::string_view sql) {
        REQUIRE(sqlite3_exec(old, std::string(sql).c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    };
    for (const auto step : migrations().first(2)) run(step);
    run("INSERT INTO secret VALUES ('key', '', 'wrapped', 0, 0)");
    run(fmt::format("PRAGMA application_id={}; PRAGMA user_version=2; PRAGMA journal_mode=WAL", kApplicationId));
    sqlite3_close(old);
    REQUIRE(bytes_of(dir.file()).at(20) == 0);
    {
        auto db = Database::open(dir.file(), Access::write).value();
        CHECK(db.is_of_this_version().value());
        auto rows = db.query("SELECT wrapped FROM secret").value();
        REQUIRE(rows.step().value());
        CHECK(rows.text(0) == "wrapped");
    }
    CHECK(bytes_of(dir.file()).at(20) == kPageSumBytes);
    CHECK(is_sound(dir.file()));
}
