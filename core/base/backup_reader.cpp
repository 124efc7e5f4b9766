#include "core/base/backup_reader.hpp"

#include <algorithm>

#include "core/base/crc32c.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxTextBytes = 64 << 20;  // a manifest of half a million segments

bool is_sound_name(std::string_view name) {
    const bool characters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
               c == '/';
    });
    return characters && !name.empty() && name.front() != '/' && name.back() != '/' && std::ranges::count(name, '/') <= 1 &&
           !name.starts_with('.') && name.find("/.") == name.npos;
}

}  // namespace

BackupReader::BackupReader(TarReader::Visitor files)
    : files_(std::move(files)),
      tar_({.begin = [this](const TarEntry& entry) { return begin(entry); },
            .contents = [this](Bytes bytes) { return contents(bytes); },
            .end = [this] { return end(); }}) {}

bool BackupReader::is_file() const {
    return entry_.name != kBackupHeadName && entry_.name != kBackupManifestName && entry_.name != kBackupManifestCrcName;
}

Result<void> BackupReader::begin(const TarEntry& entry) {
    if (!head_ && entry.name != kBackupHeadName)
        return fail(Errc::invalid_argument, "this is an archive, but no backup of kns: it begins with \"{}\"", entry.name);
    if (manifest_ && entry.name != kBackupManifestCrcName) return fail(Errc::corrupt, "{} stands behind the manifest", entry.name);
    if (!is_sound_name(entry.name)) return fail(Errc::corrupt, "\"{}\" is no name for a file in a backup", entry.name);
    if (seen_.contains(entry.name)) return fail(Errc::corrupt, "{} is in the backup twice", entry.name);
    entry_ = {entry.name, entry.bytes, 0};
    text_.clear();
    if (!is_file() && entry.bytes > kMaxTextBytes) return fail(Errc::corrupt, "{} is too large to be true", entry.name);
    return is_file() && files_.begin ? files_.begin(entry) : Result<void>();
}

Result<void> BackupReader::contents(Bytes bytes) {
    entry_.crc32c = crc32c(bytes, entry_.crc32c);
    if (!is_file()) text_ += as_text(bytes);
    return is_file() && files_.contents ? files_.contents(bytes) : Result<void>();
}

Result<void> BackupReader::end() {
    if (entry_.name == kBackupManifestCrcName) {
        if (text_ != fmt::format("{:08x}\n", crc32c(as_bytes(*manifest_))))
            return fail(Errc::corrupt, "{} is damaged", kBackupManifestName);
        KNS_TRY(check_manifest());
        proved_ = true;
        return {};
    }
    if (entry_.name == kBackupManifestName) {
        manifest_ = text_;
        return {};
    }
    if (entry_.name == kBackupHeadName) {
        auto head = from_json_text<BackupHead>(text_, Unknown::ignore);
        if (!head) return fail(Errc::corrupt, "{} is damaged", entry_.name);
        if (head->format != kBackupFormat)
            return fail(Errc::unsupported, "the backup has format {}, this kns knows {}", head->format, kBackupFormat)
                .hint(fmt::format("it was written by kns {}: use that version", head->version));
        head_ = std::move(*head);
    }
    seen_[entry_.name] = entry_;
    return is_file() && files_.end ? files_.end() : Result<void>();
}

Result<void> BackupReader::check_manifest() const {
    const auto manifest = from_json_text<BackupManifest>(*manifest_, Unknown::ignore);
    if (!manifest) return fail(Errc::corrupt, "{} is damaged", kBackupManifestName);
    for (const auto& wanted : manifest->entries) {
        const auto found = seen_.find(wanted.name);
        if (found == seen_.end()) return fail(Errc::corrupt, "{} is missing from the backup", wanted.name);
        if (found->second.bytes != wanted.bytes || found->second.crc32c != wanted.crc32c)
            return fail(Errc::corrupt, "{} is damaged: its checksum does not match", wanted.name);
    }
    if (seen_.size() != manifest->entries.size())
        return fail(Errc::corrupt, "the backup holds files that its manifest does not name");
    return {};
}

Result<void> BackupReader::feed(Bytes bytes) {
    bytes_ += bytes.size();
    auto taken = tar_.feed(bytes);
    if (!taken && entry_.name.empty() && taken.error().code == Errc::corrupt)
        return fail(Errc::invalid_argument, "this is no backup of kns");
    return taken;
}

Result<BackupHead> BackupReader::finish() const {
    if (bytes_ == 0) return fail(Errc::invalid_argument, "this is no backup of kns: it is empty");
    KNS_TRY(tar_.finish());
    if (!proved_) return fail(Errc::corrupt, "the backup ends without its manifest");
    return *head_;
}

}  // namespace kns
