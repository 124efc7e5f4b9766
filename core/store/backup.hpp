// A backup of a store while it is being written to: the catalog of one moment and the log up to that moment or later, as
// the archive that core/base/api/backup.hpp describes.
//
// Begun on the catalog thread; read from any one thread at a time. From `begin` to its destruction the collector must not
// touch the log. Everything acknowledged before `begin` is in it.
#pragma once

#include <deque>

#include "core/base/api/backup.hpp"
#include "core/store/log_index.hpp"

namespace kns {

class Backup {
   public:
    // Makes a copy of the catalog at `copy_path`, a temporary file that is unlinked at once. `env` is borrowed.
    static Result<std::unique_ptr<Backup>> begin(Database& db, const LogIndex& index, const Env& env, const std::string& copy_path);

    // The archive's next bytes, about a mebibyte, in `piece`; empty at its end. An error leaves it unfinished, which whoever
    // reads it notices.
    Result<void> read(std::vector<std::byte>& piece);

    const BackupHead& head() const { return head_; }

   private:
    // A file that goes in: its first `bytes`, or a text.
    struct Part {
        std::string name;
        std::uint64_t bytes = 0;
        std::function<Result<std::shared_ptr<const File>>()> open{};
        std::string text{};
    };
    explicit Backup(const Env& env) : env_(env) {}
    void add_text(std::string_view name, std::string text);
    Result<void> next_part(std::vector<std::byte>& piece);
    void end_part(std::vector<std::byte>& piece);

    const Env& env_;
    BackupHead head_;
    std::deque<Part> parts_;  // the front one is being read once entry_ is set
    std::optional<BackupEntry> entry_;
    std::shared_ptr<const File> file_;  // shared with nobody; what `open` gives
    std::uint64_t done_ = 0;            // of the present part
    BackupManifest manifest_;
    bool manifest_added_ = false, ended_ = false;
};

}  // namespace kns
