#include "core/store/key_ring.hpp"

#include <unistd.h>

#include "core/base/log.hpp"

namespace kns {
namespace {

std::string place_of_data_key(std::int64_t stream_id, std::uint32_t number) {
    return fmt::format("data key {} {}", stream_id, number);
}

}  // namespace

std::string place_of_secret(std::string_view name) { return fmt::format("secret {}", name); }

Result<std::unique_ptr<KeyRing>> KeyRing::open(std::string key_file, Database& db) {
    std::unique_ptr<KeyRing> ring(new KeyRing(std::move(key_file), db));
    KNS_TRY(ring->load());
    return ring;
}

Result<std::string> KeyRing::what_is_wrapped() {
    std::string out;
    auto streams = KNS_TRY(db_.query("SELECT name FROM stream WHERE id IN (SELECT stream_id FROM data_key) ORDER BY name"));
    while (KNS_TRY(streams.step())) out += fmt::format("{}stream \"{}\"", out.empty() ? "" : ", ", streams.text(0));
    auto secrets = KNS_TRY(db_.query("SELECT name FROM secret ORDER BY name"));
    while (KNS_TRY(secrets.step())) out += fmt::format("{}secret \"{}\"", out.empty() ? "" : ", ", secrets.text(0));
    return out;
}

Result<void> KeyRing::load() {
    std::string in_use;  // by whatever is wrapped; a transaction keeps it one and the same
    {
        auto rows = KNS_TRY(db_.query("SELECT master FROM data_key UNION SELECT master FROM secret"));
        if (KNS_TRY(rows.step())) in_use = rows.text(0);
    }
    KNS_TRY(end_rotation(in_use));
    auto read = read_key_file(key_file_);
    if (!read) locked_ = read.error();
    if (read) master_ = std::move(*read);
    if (in_use.empty()) return {};
    if (read && !master_)
        locked_ = fail(Errc::permission_denied, "the key file {} is missing", key_file_)
                      .hint("put it back from a backup, then kns daemon restart");
    if (master_ && master_->id != in_use)
        locked_ = fail(Errc::permission_denied, "the key file {} holds key {}, not {}", key_file_, master_->id, in_use)
                      .hint("put the right one back, then kns daemon restart");
    if (locked_) {
        locked_->message += "; without it nothing can be read of " + KNS_TRY(what_is_wrapped());
        log_error("keys_locked", "error=\"{}\"", locked_->text());
        return {};
    }
    auto rows = KNS_TRY(db_.query("SELECT stream_id, number, wrapped FROM data_key"));
    while (KNS_TRY(rows.step())) {
        const auto stream = rows.integer(0);
        const auto number = rows.u32(1);
        auto opened = [&]() -> Result<DataKeyPtr> {
            const auto bytes =
                KNS_TRY(context(unwrap(rows.text(2), place_of_data_key(stream, number)), fmt::format("data key {}", number)));
            return std::make_shared<const DataKey>(stream, number, KNS_TRY(SecretKey::from(as_bytes(bytes.view()))));
        }();
        if (!opened) log_error("data_key_unreadable", "stream={} number={} error=\"{}\"", stream, number, opened.error().text());
        data_keys_[stream].insert_or_assign(number, std::move(opened));
    }
    return {};
}

// The catalog says which key counts: with `key.new`, the rotation's transaction happened and the file has yet to follow.
Result<void> KeyRing::end_rotation(const std::string& in_use) {
    const std::string next = key_file_ + ".new";
    const auto read = read_key_file(next);
    if (!read || !*read) return {};
    if ((*read)->id == in_use) {
        if (::rename(next.c_str(), key_file_.c_str()) < 0) return fail_errno(errno, key_file_);
        log_info("rotation_ended", "key={}", in_use);
    } else if (::unlink(next.c_str()) < 0) {
        return fail_errno(errno, next);
    }
    return {};
}

Result<DataKeyPtr> KeyRing::current(std::int64_t stream_id) const {
    const std::lock_guard lock(mutex_);
    if (locked_) return std::unexpected(*locked_);
    const auto found = data_keys_.find(stream_id);
    if (found == data_keys_.end() || found->second.empty())
        return fail(Errc::corrupt, "the stream's data keys are missing in the catalog");
    return found->second.rbegin()->second;
}

Result<DataKeyPtr> KeyRing::find(std::int64_t stream_id, std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    if (locked_) return std::unexpected(*locked_);
    if (const auto stream = data_keys_.find(stream_id); stream != data_keys_.end())
        if (const auto key = stream->second.find(number); key != stream->second.end()) return key->second;
    return fail(Errc::not_found, "there is no data key {}", number);
}

std::optional<Error> KeyRing::locked() const {
    const std::lock_guard lock(mutex_);
    return locked_;
}

Result<const MasterKey*> KeyRing::master() {
    if (auto error = locked()) return std::unexpected(std::move(*error));
    if (!master_) {
        auto made = MasterKey::make();
        KNS_TRY(write_key_file(key_file_, made));
        master_ = std::move(made);
        log_info("key_file_made", "path={} key={}", key_file_, master_->id);
    }
    return &*master_;
}

Result<KeyRing::Wrapped> KeyRing::wrap(std::string_view plain, std::string_view associated) {
    const auto* key = KNS_TRY(master());
    return Wrapped{key->id, seal_text(key->key, plain, associated)};
}

Result<SecretText> KeyRing::unwrap(std::string_view wrapped, std::string_view associated) const {
    if (auto error = locked()) return std::unexpected(std::move(*error));
    if (!master_) return fail(Errc::not_found, "nothing has been wrapped yet");
    return open_text(master_->key, wrapped, associated);
}

Result<DataKeyPtr> KeyRing::make(std::int64_t stream_id, UnixMs now) {
    std::uint32_t number = 1;
    {
        auto rows = KNS_TRY(db_.query("SELECT coalesce(max(number), 0) + 1 FROM data_key WHERE stream_id = ?", stream_id));
        if (KNS_TRY(rows.step())) number = rows.u32(0);
    }
    auto key = std::make_shared<const DataKey>(stream_id, number, SecretKey::random());
    const auto wrapped = KNS_TRY(wrap(as_text(key->key.bytes()), place_of_data_key(stream_id, number)));
    KNS_TRY(db_.exec("INSERT INTO data_key (stream_id, number, master, wrapped, created_ms) VALUES (?,?,?,?,?)", stream_id, number,
                     wrapped.master, wrapped.text, now));
    return key;
}

void KeyRing::take(DataKeyPtr key) {
    const std::lock_guard lock(mutex_);
    auto& keys = data_keys_[key->stream_id];
    keys.insert_or_assign(key->number, std::move(key));
}

void KeyRing::forget(std::int64_t stream_id) {
    const std::lock_guard lock(mutex_);
    data_keys_.erase(stream_id);
}

Result<KeyRing::Rotated> KeyRing::rotate_master() {
    KNS_TRY(master());
    auto next = MasterKey::make();
    Rotated out{.master = next.id};
    // The new key is on the disk before anything depends on it, and in its place only once everything does.
    const std::string path = key_file_ + ".new";
    KNS_TRY(write_key_file(path, next));
    struct Row {
        std::string wrapped, place;
    };
    auto again = [&](const Row& row) -> Result<std::string> {
        const auto plain = KNS_TRY(context(unwrap(row.wrapped, row.place), row.place));
        return seal_text(next.key, plain.view(), row.place);
    };
    auto outcome = db_.transaction(Sync::full, [&]() -> Result<void> {
        std::vector<std::pair<std::int64_t, std::uint32_t>> data_keys;
        std::vector<std::string> secrets, old;
        {
            auto rows = KNS_TRY(db_.query("SELECT stream_id, number, wrapped FROM data_key"));
            while (KNS_TRY(rows.step())) data_keys.emplace_back(rows.integer(0), rows.u32(1)), old.push_back(rows.text(2));
            auto more = KNS_TRY(db_.query("SELECT name, wrapped FROM secret"));
            while (KNS_TRY(more.step())) secrets.push_back(more.text(0)), old.push_back(more.text(1));
        }
        auto wrapped = old.begin();
        for (const auto& [stream, number] : data_keys)
            KNS_TRY(db_.exec("UPDATE data_key SET master = ?, wrapped = ? WHERE stream_id = ? AND number = ?", next.id,
                             KNS_TRY(again({*wrapped++, place_of_data_key(stream, number)})), stream, number));
        for (const auto& name : secrets)
            KNS_TRY(db_.exec("UPDATE secret SET master = ?, wrapped = ? WHERE name = ?", next.id,
                             KNS_TRY(again({*wrapped++, place_of_secret(name)})), name));
        out.data_keys = data_keys.size();
        out.secrets = secrets.size();
        return {};
    });
    if (outcome) {
        if (::rename(path.c_str(), key_file_.c_str()) < 0) outcome = fail_errno(errno, key_file_);
    } else if (outcome.error().code != Errc::outcome_unknown) {
        ::unlink(path.c_str());
        return std::unexpected(std::move(outcome).error());
    }
    if (!outcome) {  // which of the two keys counts, the next start finds out: until then nobody may use either
        auto error = std::move(outcome).error();
        error.hint = "kns daemon restart ends the rotation, one way or the other";
        const std::lock_guard lock(mutex_);
        locked_ = error;
        return std::unexpected(std::move(error));
    }
    master_ = std::move(next);
    log_info("master_key_rotated", "key={} data_keys={} secrets={}", out.master, out.data_keys, out.secrets);
    return out;
}

}  // namespace kns
