#include "core/base/tar.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "core/base/backup_reader.hpp"
#include "core/base/crc32c.hpp"

using namespace kns;

namespace {

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string out;
    for (const auto& [name, text] : files) {
        out += tar_header({name, text.size(), 1'700'000'000}).value() + text;
        out.append(tar_padding(text.size()), '\0');
    }
    return out.append(kTarEndBytes, '\0');
}

std::string small_backup() {
    std::vector<std::pair<std::string, std::string>> files{
        {"backup.json", R"({"format":1,"version":"0","created_at":"now","log_bytes":3,"records":1})"},
        {"kns.db", std::string(600, 'd')},
        {"log/empty", ""}};
    BackupManifest manifest;
    for (const auto& [name, text] : files) manifest.entries.push_back({name, text.size(), crc32c(as_bytes(text))});
    files.emplace_back("manifest.json", to_json(manifest));
    files.emplace_back("manifest.crc32c", fmt::format("{:08x}\n", crc32c(as_bytes(files.back().second))));
    return archive_of(files);
}

Result<std::map<std::string, std::string>> read_backup(std::string_view bytes, std::size_t step) {
    std::map<std::string, std::string> files;
    std::string name;
    BackupReader reader({.begin = [&](const TarEntry& entry) -> Result<void> {
                             files[name = entry.name];
                             return {};
                         },
                         .contents = [&](Bytes part) -> Result<void> {
                             files[name] += as_text(part);
                             return {};
                         },
                         .end = []() -> Result<void> { return {}; }});
    for (std::size_t at = 0; at < bytes.size(); at += step) KNS_TRY(reader.feed(as_bytes(bytes.substr(at, step))));
    KNS_TRY(reader.finish());
    return files;
}

}  // namespace

TEST_CASE("an archive is read the same whatever the pieces it comes in") {
    const auto bytes = small_backup();
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{512}, std::size_t{513}, bytes.size()}) {
        const auto files = read_backup(bytes, step);
        REQUIRE(files);
        CHECK(*files == std::map<std::string, std::string>{{"kns.db", std::string(600, 'd')}, {"log/empty", ""}});
    }
}

TEST_CASE("no bit of a backup flips unnoticed") {
    const auto bytes = small_backup();
    for (std::size_t at = 0; at < bytes.size(); ++at)
        for (const char bit : {1, 64}) {
            auto flipped = bytes;
            flipped[at] = static_cast<char>(flipped[at] ^ bit);
            CAPTURE(at, bit);
            CHECK_FALSE(read_backup(flipped, 4096));
        }
}

TEST_CASE("a backup that is cut off anywhere is refused") {
    const auto bytes = small_backup();
    for (std::size_t size = 0; size < bytes.size(); size += 31) {
        CAPTURE(size);
        CHECK_FALSE(read_backup(std::string_view(bytes).substr(0, size), 4096));
    }
}

TEST_CASE("an entry that would leave the directory is refused") {
    for (const auto* name : {"../kns.db", "/kns.db", "log/../kns.db", "log/a/b", ".hidden", "a b"}) {
        const auto bytes = archive_of({{"backup.json", R"({"format":1})"}, {name, "x"}});
        const auto files = read_backup(bytes, 4096);
        REQUIRE_FALSE(files);
        CHECK(files.error().message.find("is no name for a file in a backup") != std::string::npos);
    }
}

TEST_CASE("a header that ustar cannot express is an error") {
    CHECK_FALSE(tar_header({"x", std::uint64_t{1} << 33, 0}));
    CHECK_FALSE(tar_header({std::string(101, 'x'), 1, 0}));
    CHECK(tar_header({std::string(100, 'x'), (std::uint64_t{1} << 33) - 1, 0}));
}
