// A backup from wherever: bytes that are none are refused, and of one that is, no bit may change unnoticed.
#include <algorithm>

#include "core/base/backup_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using kns::fuzz::must;

namespace {

class Archive {
   public:
    void add(std::string_view name, std::string_view contents) {
        const auto header = tar_header({std::string(name), contents.size(), 1'700'000'000});
        must(header.has_value());
        bytes_ += *header;
        bytes_ += contents;
        bytes_.append(tar_padding(contents.size()), '\0');
        manifest_.entries.push_back({std::string(name), contents.size(), crc32c(as_bytes(contents))});
    }
    std::string finish() {
        const std::string manifest = to_json(manifest_) + "\n";
        add(kBackupManifestName, manifest);
        add(kBackupManifestCrcName, fmt::format("{:08x}\n", crc32c(as_bytes(manifest))));
        bytes_.append(kTarEndBytes, '\0');
        return std::move(bytes_);
    }

   private:
    std::string bytes_;
    BackupManifest manifest_;
};

// What the reader makes of it, in two pieces.
bool is_backup(std::string_view archive, std::size_t cut) {
    BackupReader reader({});
    const auto first = archive.substr(0, cut % (archive.size() + 1));
    if (!reader.feed(as_bytes(first)) || !reader.feed(as_bytes(archive.substr(first.size())))) return false;
    return reader.finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto choice = input.choice();
    const std::size_t place = input.number(), cut = input.number();
    const auto text = input.rest();

    std::ignore = is_backup(text, cut);  // a backup by chance, maybe: its checksums are of its own making

    Archive archive;
    archive.add(kBackupHeadName, to_json(BackupHead{kBackupFormat, "0.1.0", "2026-01-01T00:00:00.000Z", text.size(), 3}) + "\n");
    archive.add("kns.db", text.substr(0, text.size() / 2));
    archive.add("log/0000000000000001.0.log", text.substr(text.size() / 2));
    std::string whole = archive.finish();
    must(is_backup(whole, cut));
    whole[place % whole.size()] = static_cast<char>(whole[place % whole.size()] ^ choice);
    must(is_backup(whole, cut) == (choice == 0));
    whole.resize(place % whole.size());
    must(!is_backup(whole, cut));
    return 0;
}
