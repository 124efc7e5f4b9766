#include "core/store/zone_copy.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/store/log_format.hpp"

namespace kns {
namespace {

constexpr std::size_t kChunkBytes = 1 << 20;

// What is read next comes from the disk.
void drop_cache(const File& file) {
    if (file.descriptor() >= 0) ::posix_fadvise(file.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
}

bool same(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

std::unique_lock<std::mutex> lock_of(std::mutex* mutex) {
    return mutex ? std::unique_lock(*mutex) : std::unique_lock<std::mutex>();
}

}  // namespace

bool is_log_file(const std::string& name) {
    return name == "marks" || parse_segment_name(name.ends_with(".tmp") ? name.substr(0, name.size() - 4) : name);
}

Result<std::vector<std::string>> list_log_files(Directory& directory) {
    auto names = KNS_TRY(directory.list());
    std::erase_if(names, [](const auto& name) { return !is_log_file(name); });
    std::ranges::sort(names);
    return names;
}

Result<void> ZoneCopy::file(const std::string& name) {
    std::vector<std::byte> ours(kChunkBytes), theirs(kChunkBytes);
    auto copy = KNS_TRY(target->open(name, true));
    bool changed = false;
    for (std::uint64_t at = 0;;) {
        auto got = read(name, ours, at);
        if (!got && got.error().code == Errc::not_found) return {};
        auto n = KNS_TRY(std::move(got));
        if (n == 0) break;
        const auto there = copy->read_at(MutableBytes(theirs).first(n), at);
        if (!there || *there != n || !same(Bytes(ours).first(n), Bytes(theirs).first(n))) {
            // What is here may be older than what is being written: look again while nobody writes.
            const auto lock = lock_of(writes);
            n = KNS_TRY(read(name, ours, at));
            const Bytes part = Bytes(ours).first(n);
            if (n > 0) KNS_TRY(copy->write_at(std::span(&part, 1), at));
            written_bytes += n;
            changed = true;
        }
        if (n == 0) break;
        KNS_TRY(passed(n));
        at += n;
    }
    {
        const auto lock = lock_of(writes);
        const auto length = size(name);
        if (!length && length.error().code == Errc::not_found) return {};
        const auto bytes = KNS_TRY(length);
        if (KNS_TRY(copy->size()) > bytes) {
            KNS_TRY(copy->truncate(bytes));
            changed = true;
        }
    }
    if (changed) {
        KNS_TRY(copy->sync());
        drop_cache(*copy);
    }
    return verify(name, *copy);
}

Result<void> ZoneCopy::verify(const std::string& name, File& copy) {
    std::vector<std::byte> ours(kChunkBytes), theirs(kChunkBytes);
    for (std::uint64_t at = 0;;) {
        const auto read_both = [&]() -> Result<std::pair<std::size_t, bool>> {
            const auto n = KNS_TRY(read(name, ours, at));
            const auto there = KNS_TRY(copy.read_at(MutableBytes(theirs).first(n), at));
            return std::pair(n, there == n && same(Bytes(ours).first(n), Bytes(theirs).first(n)));
        };
        auto both = read_both();
        if (both && !both->second) {
            const auto lock = lock_of(writes);
            both = read_both();
        }
        if (!both && both.error().code == Errc::not_found) return {};
        const auto [n, equal] = KNS_TRY(std::move(both));
        if (!equal) return fail(Errc::corrupt, "{} reads back differently from what was written, at byte {}", name, at);
        if (n == 0) return {};
        KNS_TRY(passed(n));
        at += n;
    }
}

Result<void> copy_log(Directory& from, Directory& to) {
    ZoneCopy copy;
    copy.read = [&](const std::string& name, MutableBytes out, std::uint64_t offset) -> Result<std::size_t> {
        return KNS_TRY(from.open(name, false))->read_at(out, offset);
    };
    copy.size = [&](const std::string& name) -> Result<std::uint64_t> { return KNS_TRY(from.open(name, false))->size(); };
    copy.target = &to;
    const auto names = KNS_TRY(list_log_files(from));
    for (const auto& name : KNS_TRY(list_log_files(to)))
        if (!std::ranges::binary_search(names, name)) KNS_TRY(to.remove(name));
    for (const auto& name : names) KNS_TRY(copy.file(name));
    return to.sync();
}

}  // namespace kns
