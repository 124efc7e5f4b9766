// Files of an Apache Iceberg table, in a directory or a bucket: each is appended by a snapshot of its own. The table's versions
// are metadata/v1.metadata.json and so on, as tables without a catalog have them; whoever makes one makes it as a new file, so
// of two that append at the same time one begins anew. A snapshot names the object that it brought: after a crash it is not
// brought twice.
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <random>

#include "core/base/log.hpp"
#include "core/base/uuid.hpp"
#include "core/firehose/delivery_config.hpp"
#include "core/plugin/abi.hpp"
#include "plugins/iceberg/manifests.hpp"

namespace kns {
namespace {

constexpr std::string_view kData = "data/", kMetadata = "metadata/", kHint = "metadata/version-hint.text";
constexpr int kMostTries = 20;                         // of a commit, while others commit
constexpr std::size_t kManifestsToMerge = 100;         // commit.manifest.min-count-to-merge
constexpr std::uint64_t kMergedManifest = 8ull << 20;  // commit.manifest.target-size-bytes

std::string version_key(std::uint64_t version) { return fmt::format("{}v{}.metadata.json", kMetadata, version); }

std::int64_t new_snapshot_id() {
    std::random_device random;
    const auto bits = static_cast<std::uint64_t>(random()) << 32 | random();
    return static_cast<std::int64_t>(bits >> 1 | 1);
}

class IcebergSink final : public Sink {
   public:
    static Result<std::unique_ptr<Sink>> open(const SinkTarget& target, const Registry& registry) {
        auto out = std::unique_ptr<IcebergSink>(new IcebergSink());
        SinkTarget files = target;
        files.destination.table.clear();
        out->url_ = files.destination.plain_url();
        out->lock_ = registry.commit_lock();
        out->delivery_ = target.source_arn.substr(target.source_arn.rfind('/') + 1);
        out->files_ = KNS_TRY(registry.make_sink(files));
        out->wanted_ = KNS_TRY(parse_table_schema(target.schema));
        KNS_TRY(out->load());
        return out;
    }

    Result<std::unique_ptr<SinkObject>> begin(std::string_view key, const ObjectTraits& traits) override {
        return std::make_unique<Object>(*this, std::string(key),
                                        KNS_TRY(files_->begin(std::string(kData) + std::string(key), traits)));
    }
    std::optional<TableSchema> schema() const override { return columns_; }
    Result<std::vector<std::string>> list(std::string_view prefix, std::string_view after) override {
        return files_->list(prefix, after);
    }
    Result<std::string> read(std::string_view key) override { return files_->read(key); }
    Result<void> remove(std::string_view key) override { return files_->remove(key); }

   private:
    class Object final : public SinkObject {
       public:
        Object(IcebergSink& sink, std::string key, std::unique_ptr<SinkObject> file)
            : sink_(sink), key_(std::move(key)), file_(std::move(file)) {}
        Result<void> write(Bytes bytes) override {
            bytes_ += bytes.size();
            return file_->write(bytes);
        }
        Result<std::optional<SkippedObject>> commit(std::uint64_t rows) override {
            if (rows == 0 && bytes_ > 0) return fail(Errc::internal, "{} has no rows that could be counted", key_);
            if (rows == 0) return std::nullopt;  // of nothing: it is let go
            KNS_TRY(file_->commit(rows));
            const Turn turn(sink_.lock_);
            KNS_TRY(sink_.append(key_, {.url = sink_.url_ + std::string(kData) + key_, .rows = rows, .bytes = bytes_}));
            return std::nullopt;
        }

       private:
        IcebergSink& sink_;
        std::string key_;
        std::unique_ptr<SinkObject> file_;
        std::uint64_t bytes_ = 0;
    };

    // One after the other of this daemon's workers: stores of others than Amazon's may let two of them make the same new object.
    class Turn {
       public:
        explicit Turn(int lock) : lock_(lock) {
            while (lock_ >= 0 && ::flock(lock_, LOCK_EX) != 0 && errno == EINTR) continue;
        }
        ~Turn() {
            if (lock_ >= 0) ::flock(lock_, LOCK_UN);
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

       private:
        int lock_;
    };

    IcebergSink() : table_(TableMetadata::make({}, {}, 0)) {}

    Result<std::optional<std::string>> read_if_there(const std::string& key) {
        auto text = files_->read(key);
        if (text) return std::move(*text);
        if (text.error().code == Errc::not_found) return std::nullopt;
        return std::unexpected(std::move(text).error());
    }
    Result<void> put(const std::string& key, std::string_view text, bool only_new) {
        const auto file = KNS_TRY(files_->begin(key, {.content_encoding = {}, .only_new = only_new}));
        KNS_TRY(file->write(as_bytes(text)));
        KNS_TRY(file->commit(0));
        return {};
    }
    // What a URL of the table's means to its files; they may have been written under another name of the same place.
    Result<std::string> key_of(std::string_view url) const {
        for (const auto& base : {url_, table_.location() + "/"})
            if (base.size() > 1 && url.starts_with(base)) return std::string(url.substr(base.size()));
        return fail(Errc::unsupported, "the table has a file that is not below it: {}", url);
    }

    // The newest version, or a table that is yet to be.
    Result<void> load() {
        const auto hint = KNS_TRY(read_if_there(std::string(kHint)));
        version_ = 0;
        if (hint) std::from_chars(hint->data(), hint->data() + hint->size(), version_);
        std::optional<std::string> newest;
        if (version_ > 0) newest = KNS_TRY(read_if_there(version_key(version_)));
        if (!newest) version_ = 0;
        while (auto next = KNS_TRY(read_if_there(version_key(version_ + 1)))) {  // the hint comes after its version
            newest = std::move(next);
            ++version_;
        }
        if (newest) {
            table_ = KNS_TRY(TableMetadata::parse(*newest));
        } else {
            for (const auto& key : KNS_TRY(files_->list(kMetadata, "")))
                if (key.ends_with(".metadata.json"))
                    return fail(Errc::unsupported, "the table at {} belongs to a catalog, and kns appends to tables without one",
                                url_);
            table_ = TableMetadata::make(url_.substr(0, url_.size() - 1), random_uuid(), Clock::real().now());
        }
        auto columns = KNS_TRY(table_.take_columns(wanted_));
        if (columns_ && columns != *columns_)
            return fail(Errc::unavailable, "the table's columns have been changed by somebody else");
        columns_ = std::move(columns);
        return {};
    }

    Result<void> append(const std::string& key, const DataFile& file) {
        std::string list;
        for (int tries = 0; tries < kMostTries; ++tries) {
            if (tries > 0) {
                KNS_TRY(load());
                // Now it is sure that no version has this list: the one that would have had it is another's.
                if (!table_.has_object(key, delivery_)) KNS_TRY(files_->remove(list));
            }
            if (table_.has_object(key, delivery_)) return tell_newest();
            auto done = commit(key, file, list);
            if (!done && done.error().code == Errc::already_exists) continue;  // somebody was there first
            return done;
        }
        return fail(Errc::unavailable, "others append to the table at {} all the time", url_);
    }

    // Readers are told by one file, which another may have written meanwhile.
    Result<void> tell_newest() {
        auto newest = version_;
        do KNS_TRY(put(std::string(kHint), std::to_string(newest), false));
        while (KNS_TRY(read_if_there(version_key(++newest))));
        return {};
    }

    // `list_key`: of the list of manifests that it has made, whether it was of use or not.
    Result<void> commit(const std::string& key, const DataFile& file, std::string& list_key) {
        const auto snapshot = new_snapshot_id();
        const std::string file_name = key.substr(key.rfind('/') + 1), name = file_name.substr(0, file_name.rfind('.'));
        const std::string manifest_key = fmt::format("{}{}-m0.avro", kMetadata, name);
        list_key = fmt::format("{}snap-{}-{}.avro", kMetadata, snapshot, name);
        const auto manifest = KNS_TRY(make_manifest(table_, snapshot, file));
        KNS_TRY(put(manifest_key, manifest, false));
        std::vector<Manifest> manifests;
        if (const auto list = table_.manifest_list(); !list.empty())
            manifests = KNS_TRY(read_manifest_list(KNS_TRY(files_->read(KNS_TRY(key_of(list))))));
        KNS_TRY(merge(manifests, snapshot, fmt::format("{}{}-m1.avro", kMetadata, name)));
        manifests.push_back(manifest_of(table_, snapshot, file, url_ + manifest_key, manifest.size()));
        KNS_TRY(put(list_key, KNS_TRY(make_manifest_list(table_, snapshot, manifests)), false));

        TableMetadata next = table_;
        next.append({.snapshot_id = snapshot,
                     .at = Clock::real().now(),
                     .manifest_list = url_ + list_key,
                     .object_key = key,
                     .delivery = delivery_,
                     .rows = file.rows,
                     .bytes = file.bytes},
                    version_ ? url_ + version_key(version_) : std::string());
        const auto forgotten = next.forget();
        KNS_TRY(put(version_key(version_ + 1), next.text(), true));  // an error leaves open whether it is there
        table_ = std::move(next);
        ++version_;
        KNS_TRY(tell_newest());
        if (const auto cleared = clear_away(forgotten); !cleared) log_warn("files_left", "error=\"{}\"", cleared.error().text());
        return {};
    }

    // Many small manifests become one. The small ones stay as long as there are snapshots that have them.
    Result<void> merge(std::vector<Manifest>& manifests, std::int64_t snapshot, const std::string& key) {
        std::vector<std::pair<Manifest, std::string>> small;
        for (const auto& manifest : manifests)
            if (manifest.bytes() < kMergedManifest && manifest.entry["content"].as_int().value_or(1) == 0)
                small.emplace_back(manifest, "");
        if (small.size() < kManifestsToMerge) return {};
        for (auto& [manifest, text] : small) text = KNS_TRY(files_->read(KNS_TRY(key_of(manifest.url()))));
        const auto merged = KNS_TRY(merge_manifests(table_, snapshot, url_ + key, small));
        if (!merged) return {};
        KNS_TRY(put(key, merged->avro, false));
        std::erase_if(manifests, [&](const Manifest& each) {
            return std::ranges::any_of(small, [&](const auto& one) { return one.first.url() == each.url(); });
        });
        manifests.insert(manifests.begin(), merged->manifest);
        return {};
    }

    // What nothing names any more is deleted; what stays does no harm.
    Result<void> clear_away(const TableMetadata::Forgotten& forgotten) {
        for (const auto& url : forgotten.metadata_files) KNS_TRY(files_->remove(KNS_TRY(key_of(url))));
        if (forgotten.manifest_lists.empty()) return {};
        const auto kept = KNS_TRY(read_manifest_list(KNS_TRY(files_->read(KNS_TRY(key_of(forgotten.next_list))))));
        for (const auto& url : forgotten.manifest_lists) {
            const std::string key = KNS_TRY(key_of(url));
            for (const auto& manifest : KNS_TRY(read_manifest_list(KNS_TRY(files_->read(key)))))
                if (std::ranges::none_of(kept, [&](const Manifest& each) { return each.url() == manifest.url(); }))
                    KNS_TRY(files_->remove(KNS_TRY(key_of(manifest.url()))));
            KNS_TRY(files_->remove(key));
        }
        return {};
    }

    int lock_ = -1;               // the registry's
    std::string url_, delivery_;  // the URL with its final slash
    TableSchema wanted_;
    std::unique_ptr<Sink> files_;
    TableMetadata table_;
    std::uint64_t version_ = 0;  // of table_; 0: it is yet to be
    std::optional<TableSchema> columns_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(iceberg, "files of an Apache Iceberg table") { registry.add_sink("iceberg", kns::IcebergSink::open); }
