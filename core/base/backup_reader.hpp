// Reads a backup, in pieces of any size, and believes nothing that its checksums do not prove. One thread.
//
//     BackupReader reader({});                       // only to check it
//     while (auto piece = ...) KNS_TRY(reader.feed(piece));
//     const BackupHead head = KNS_TRY(reader.finish());
#pragma once

#include <map>
#include <optional>

#include "core/base/api/backup.hpp"
#include "core/base/tar.hpp"

namespace kns {

class BackupReader {
   public:
    // Sees the files of the data directory, not what the backup says of itself; all three or none. What it is given is
    // proved only once `finish` has succeeded. Names are relative, of sound characters, at most one folder deep.
    explicit BackupReader(TarReader::Visitor files);
    BackupReader(const BackupReader&) = delete;  // the archive's visitor points here

    // Errors name the entry. Without one, things may still prove wrong at the end.
    Result<void> feed(Bytes bytes);
    // Everything was there, and is what was written.
    Result<BackupHead> finish() const;

    const std::optional<BackupHead>& head() const { return head_; }
    std::uint64_t bytes() const { return bytes_; }  // fed

   private:
    Result<void> begin(const TarEntry& entry);
    Result<void> contents(Bytes bytes);
    Result<void> end();
    Result<void> check_manifest() const;
    bool is_file() const;  // the present entry is one of the data directory

    TarReader::Visitor files_;
    TarReader tar_;
    std::optional<BackupHead> head_;
    BackupEntry entry_;
    std::string text_;  // of an entry about the backup itself
    std::map<std::string, BackupEntry> seen_;
    std::optional<std::string> manifest_;
    std::uint64_t bytes_ = 0;
    bool proved_ = false;
};

}  // namespace kns
