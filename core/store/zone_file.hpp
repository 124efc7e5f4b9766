// What is written down about zones: `zone` in each of them, and `zones` in the data directory. Frozen; fields are only added.
//
// Every change of the members gets the next epoch. The highest epoch that any of these files has tells which zones hold
// everything that was acknowledged; a zone that is not among them, or has missed an epoch, is behind.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/describe.hpp"
#include "core/store/env.hpp"

namespace kns {

// DIR/zone
struct ZoneFile {
    std::string store;  // whose zone it is
    std::string zone;   // its own id: a zone may be mounted elsewhere
    std::uint64_t epoch = 0;
    std::vector<std::string> members;  // ids

    static constexpr auto fields() {
        return std::tuple{field("store", &ZoneFile::store), field("zone", &ZoneFile::zone), field("epoch", &ZoneFile::epoch),
                          field("members", &ZoneFile::members)};
    }
};

struct KnownZone {
    std::string id, path;
    std::string mount;  // the mount point it was on when it was made: without it, the path is somebody else's disk

    static constexpr auto fields() {
        return std::tuple{field("id", &KnownZone::id), field("path", &KnownZone::path), field("mount", &KnownZone::mount)};
    }
};

// `zones` in the data directory: there from the day the store first had zones. Without members, the log is in the data
// directory again.
struct ZonesFile {
    std::string store;
    std::uint64_t epoch = 0;
    std::vector<std::string> members;
    std::vector<KnownZone> zones;

    static constexpr auto fields() {
        return std::tuple{field("store", &ZonesFile::store), field("epoch", &ZonesFile::epoch),
                          field("members", &ZonesFile::members), field("zones", &ZonesFile::zones)};
    }
};

// Nothing if there is no such file.
template <class T>
Result<std::optional<T>> read_described(Directory& directory, const std::string& name) {
    const auto file = directory.open(name, false);
    if (!file && file.error().code == Errc::not_found) return std::nullopt;
    if (!file) return std::unexpected(file.error());
    std::vector<std::byte> bytes(KNS_TRY((*file)->size()));
    bytes.resize(KNS_TRY((*file)->read_at(bytes, 0)));
    return KNS_TRY(from_json_text<T>(as_text(Bytes(bytes)), Unknown::ignore));
}

// Synced: the old contents or the new ones, whatever happens.
template <class T>
Result<void> write_described(Directory& directory, const std::string& name, const T& value) {
    const std::string text = to_json(value) + "\n", temporary = name + ".tmp";
    auto file = KNS_TRY(directory.open(temporary, true));
    KNS_TRY(file->truncate(0));
    const Bytes part = as_bytes(text);
    KNS_TRY(file->write_at(std::span(&part, 1), 0));
    KNS_TRY(file->sync());
    file.reset();
    KNS_TRY(directory.rename(temporary, name));
    return directory.sync();
}

}  // namespace kns
