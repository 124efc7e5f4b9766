#include "core/store/backup.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/base/api/daemon.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/tar.hpp"
#include "core/store/catalog.hpp"

namespace kns {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

void append(std::vector<std::byte>& out, std::string_view text) {
    const auto bytes = as_bytes(text);
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

Result<std::unique_ptr<Backup>> Backup::begin(Database& db, const LogIndex& index, const Env& env, const std::string& copy_path) {
    std::unique_ptr<Backup> out(new Backup(env));
    KNS_TRY(db.copy_to(copy_path));
    const auto slash = copy_path.rfind('/');
    const auto folder = KNS_TRY(open_directory(copy_path.substr(0, slash), false));
    std::shared_ptr<const File> copy = KNS_TRY(folder->open(copy_path.substr(slash + 1), false));
    ::unlink(copy_path.c_str());

    const UnixMs now = env.clock->now();
    const auto state = index.state();  // behind the catalog's copy: what it says is indexed is in the log
    const auto generations = KNS_TRY(Catalog(db).generations());
    std::vector<Part> segments;
    for (const auto& name : KNS_TRY(env.log->list())) {
        const auto parsed = parse_segment_name(name);
        if (!parsed || parsed->id > state.indexed.segment) continue;
        const auto moved = generations.find(parsed->id);
        if (parsed->generation != (moved == generations.end() ? 0 : moved->second)) continue;  // of a rewrite cut short
        Part part{.name = "log/" + name,
                  .bytes = parsed->id == state.indexed.segment ? state.indexed.position
                                                               : KNS_TRY(KNS_TRY(env.log->open(name, false))->size()),
                  .open = [&env, name]() -> Result<std::shared_ptr<const File>> { return KNS_TRY(env.log->open(name, false)); }};
        out->head_.log_bytes += part.bytes;
        segments.push_back(std::move(part));
    }
    std::ranges::sort(segments, {}, &Part::name);

    out->head_ = {kBackupFormat, std::string(kVersion), format_time(now), out->head_.log_bytes, state.records_total};
    out->add_text(kBackupHeadName, to_json(out->head_) + "\n");
    out->parts_.push_back({.name = "kns.db", .bytes = KNS_TRY(copy->size()), .open = [copy] { return copy; }});
    for (auto& part : segments) out->parts_.push_back(std::move(part));
    out->add_text("log/marks", marks_file_of({state.indexed, state.group_number, state.records_total, now, true, env.boot_id}));
    return out;
}

void Backup::add_text(std::string_view name, std::string text) {
    parts_.push_back({.name = std::string(name), .bytes = text.size(), .text = std::move(text)});
}

Result<void> Backup::next_part(std::vector<std::byte>& piece) {
    auto& part = parts_.front();
    append(piece, KNS_TRY(tar_header({part.name, part.bytes, env_.clock->now() / 1000})));
    file_ = part.open ? KNS_TRY(part.open()) : nullptr;
    entry_ = BackupEntry{part.name, part.bytes, 0};
    done_ = 0;
    return {};
}

void Backup::end_part(std::vector<std::byte>& piece) {
    piece.resize(piece.size() + tar_padding(entry_->bytes));
    manifest_.entries.push_back(*std::exchange(entry_, std::nullopt));
    file_.reset();
    parts_.pop_front();
    if (!parts_.empty()) return;
    if (!std::exchange(manifest_added_, true)) {
        std::string text = to_json(manifest_) + "\n";
        const auto crc = crc32c(as_bytes(text));
        add_text(kBackupManifestName, std::move(text));
        add_text(kBackupManifestCrcName, fmt::format("{:08x}\n", crc));
    } else {
        piece.resize(piece.size() + kTarEndBytes);
        ended_ = true;
    }
}

Result<void> Backup::read(std::vector<std::byte>& piece) {
    piece.clear();
    while (!ended_ && piece.size() < kPieceBytes) {
        if (!entry_) KNS_TRY(next_part(piece));
        const auto& part = parts_.front();
        const auto room = kPieceBytes > piece.size() ? kPieceBytes - piece.size() : kTarBlockBytes;
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, part.bytes - done_));
        const auto at = piece.size();
        piece.resize(at + wanted);
        const auto into = MutableBytes(piece).subspan(at);
        if (file_) {
            const auto have = KNS_TRY(file_->read_at(into, done_));
            if (have < wanted) return fail(Errc::corrupt, "{} ends at byte {} of {}", part.name, done_ + have, part.bytes);
            file_->forget_cached(done_, have);
        } else {
            std::ranges::copy(as_bytes(part.text).subspan(static_cast<std::size_t>(done_), wanted), into.begin());
        }
        entry_->crc32c = crc32c(into, entry_->crc32c);
        if ((done_ += wanted) == part.bytes) end_part(piece);
    }
    return {};
}

}  // namespace kns
