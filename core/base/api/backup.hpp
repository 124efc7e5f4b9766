// What a backup says of itself. Its form, frozen: a ustar archive (`tar tvf`) of
//   backup.json       BackupHead
//   kns.db            the catalog
//   log/...           the log's segments, and marks that fit their end
//   manifest.json     BackupManifest: every entry before it
//   manifest.crc32c   the CRC32C of manifest.json, eight hex digits
#pragma once

#include "core/base/describe.hpp"

namespace kns {

inline constexpr std::uint32_t kBackupFormat = 1;
inline constexpr std::string_view kBackupHeadName = "backup.json", kBackupManifestName = "manifest.json",
                                  kBackupManifestCrcName = "manifest.crc32c";

struct BackupHead {
    std::uint32_t format = 0;
    std::string version;          // of the kns that wrote it
    std::string created_at;       // everything acknowledged before is in it
    std::uint64_t log_bytes = 0;  // so much log will follow
    std::uint64_t records = 0;    // ever written to this log

    static constexpr auto fields() {
        return std::tuple{field("format", &BackupHead::format), field("version", &BackupHead::version),
                          field("created_at", &BackupHead::created_at), field("log_bytes", &BackupHead::log_bytes),
                          field("records", &BackupHead::records)};
    }
};

struct BackupEntry {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint32_t crc32c = 0;

    static constexpr auto fields() {
        return std::tuple{field("name", &BackupEntry::name), field("bytes", &BackupEntry::bytes),
                          field("crc32c", &BackupEntry::crc32c)};
    }
};

struct BackupManifest {
    std::vector<BackupEntry> entries;

    static constexpr auto fields() { return std::tuple{field("entries", &BackupManifest::entries)}; }
};

}  // namespace kns
