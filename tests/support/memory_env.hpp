// A disk in memory that can lose power: every file has what was written and what was synced, sector by sector, and so have
// the names. The N-th operation can be made to fail, or be the last one before the lights go out.
//
// The kernel it plays is the harsh one: a sync that failed forgets what it should have written, and a second one succeeds.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "core/store/env.hpp"

namespace kns::testing {

class FakeClock final : public Clock {
   public:
    UnixMs now() override { return now_; }
    std::int64_t monotonic_ns() override { return now_ * 1'000'000; }
    void tick(Ms by) { now_ += by; }
    void set(UnixMs now) { now_ = now; }

   private:
    UnixMs now_ = 1'700'000'000'000;
};

class CountingRandom final : public Random {
   public:
    std::uint64_t next() override { return ++value_; }

   private:
    std::uint64_t value_ = 0;
};

// A seeded sequence (splitmix64): the same on every machine.
class SeededRandom final : public Random {
   public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

   private:
    std::uint64_t state_;
};

// What of the unsynced writes a power cut leaves.
enum class Survive { nothing, some_sectors, first_sectors };

// What the faults are shared by: all directories of one disk.
struct Faults {
    std::uint64_t operations = 0;               // writes, syncs, truncations, renames, removals so far
    std::optional<std::uint64_t> fail_at;       // this one fails,
    std::uint64_t fail_for = 1;                 // and so many in all
    std::optional<std::uint64_t> power_cut_at;  // this one and all behind it fail, reads too
    int error = 5;                              // EIO
    bool partial = true;                        // a failing write leaves half of its bytes
    bool count_reads = false;                   // reading and opening are operations too
    bool lying = false;                         // a sync says it is done, and does nothing
    std::uint64_t free = 1ull << 40;
    SeededRandom random{1};  // decides which sectors survive

    bool dead() const { return power_cut_at && operations >= *power_cut_at; }
    bool failed_once() const { return fail_at && operations > *fail_at; }
    bool next_fails() {
        const bool fails = (fail_at && operations >= *fail_at && operations < *fail_at + fail_for) || dead();
        ++operations;
        return fails;
    }
    bool read_fails() { return count_reads ? next_fails() : dead(); }
};

class MemoryDisk final : public Directory {
   public:
    static constexpr std::size_t kSector = 512;
    struct Contents {
        std::vector<std::byte> written, synced;
        std::set<std::uint64_t> dirty;  // sectors that a sync has yet to write

        void touch(std::uint64_t from, std::uint64_t to) {
            for (auto sector = from / kSector; sector * kSector < to; ++sector) dirty.insert(sector);
        }
        // One sector goes from what was written to what is on the disk.
        void flush(std::uint64_t sector) {
            const auto from = sector * kSector;
            if (from >= written.size()) return;
            const auto bytes = std::min<std::uint64_t>(kSector, written.size() - from);
            if (synced.size() < from + bytes) synced.resize(from + bytes);
            std::memcpy(synced.data() + from, written.data() + from, bytes);
        }
    };
    using Names = std::map<std::string, std::shared_ptr<Contents>>;  // shared with open files

    explicit MemoryDisk(Faults& faults) : faults_(faults) {}

    Result<std::unique_ptr<File>> open(const std::string& name, bool create) override {
        if (faults_.read_fails()) return fail_errno(faults_.error, "opening " + name);
        auto found = names_.find(name);
        if (found == names_.end()) {
            if (!create) return fail(Errc::not_found, "opening {}: no such file", name);
            found = names_.emplace(name, std::make_shared<Contents>()).first;
            renamed();
        }
        return std::make_unique<OpenFile>(faults_, found->second, name);
    }
    Result<std::vector<std::string>> list() override {
        if (faults_.read_fails()) return fail_errno(faults_.error, "listing a directory");
        std::vector<std::string> names;
        for (const auto& [name, contents] : names_) names.push_back(name);
        return names;
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "renaming " + from);
        if (!has(from)) return fail_errno(ENOENT, "renaming " + from);
        names_[to] = names_.at(from);
        names_.erase(from);
        renamed();
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "removing " + name);
        if (names_.erase(name) == 0) return fail_errno(ENOENT, "removing " + name);
        renamed();
        return {};
    }
    Result<void> sync() override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "syncing a directory");
        if (faults_.lying) return {};
        synced_names_ = names_;
        unsynced_names_.clear();
        return {};
    }
    Result<std::uint64_t> free_bytes() override { return faults_.free; }

    // What a machine finds after the power came back: what was synced, under the names that were, and of the rest a part.
    // Changes of names survive in their order, as in a journal.
    void lose_power(Survive survive = Survive::nothing) {
        if (survive == Survive::nothing || unsynced_names_.empty()) {
            names_ = synced_names_;
        } else if (const auto changes = faults_.random.below(unsynced_names_.size() + 1); changes > 0) {
            names_ = unsynced_names_[changes - 1];
        } else {
            names_ = synced_names_;
        }
        settle([&](Contents& contents) {
            const bool cut_survives = survive != Survive::nothing && faults_.random.one_in(2);
            if (cut_survives && contents.written.size() < contents.synced.size()) contents.synced.resize(contents.written.size());
            const auto first = contents.dirty.empty() ? 0 : faults_.random.below(contents.dirty.size() + 1);
            std::size_t at = 0;
            for (const auto sector : contents.dirty) {
                const bool stays = survive == Survive::some_sectors ? faults_.random.one_in(2) : at++ < first;
                if (survive != Survive::nothing && stays) contents.flush(sector);
            }
            contents.written = contents.synced;
            contents.dirty.clear();
        });
        synced_names_ = names_;
        unsynced_names_.clear();
    }
    // What a killed process leaves: everything written.
    void lose_process() {
        settle([](Contents&) {});
    }

    std::vector<std::byte>& bytes(const std::string& name) { return names_.at(name)->written; }
    bool has(const std::string& name) const { return names_.contains(name); }
    std::size_t count() const { return names_.size(); }
    const Names& names() const { return names_; }

    // The files as they stand, to be put back later: all of it is on the disk then.
    std::map<std::string, std::vector<std::byte>> snapshot() const {
        std::map<std::string, std::vector<std::byte>> out;
        for (const auto& [name, contents] : names_) out[name] = contents->written;
        return out;
    }
    void restore(const std::map<std::string, std::vector<std::byte>>& files) {
        names_.clear();
        for (const auto& [name, bytes] : files) names_[name] = std::make_shared<Contents>(Contents{bytes, bytes, {}});
        synced_names_ = names_;
        unsynced_names_.clear();
    }

   private:
    class OpenFile final : public File {
       public:
        OpenFile(Faults& faults, std::shared_ptr<Contents> contents, std::string name)
            : faults_(faults), contents_(std::move(contents)), name_(std::move(name)) {}

        Result<std::size_t> read_at(MutableBytes out, std::uint64_t offset) const override {
            if (faults_.read_fails()) return fail_errno(faults_.error, "reading " + name_);
            const auto& from = contents_->written;
            if (offset >= from.size()) return 0;
            const auto n = std::min<std::size_t>(out.size(), from.size() - offset);
            std::memcpy(out.data(), from.data() + offset, n);
            return n;
        }
        Result<void> write_at(std::span<const Bytes> parts, std::uint64_t offset) override {
            std::size_t total = 0;
            for (const auto& part : parts) total += part.size();
            const bool fails = faults_.next_fails();
            std::size_t left = fails ? (faults_.partial ? total / 2 : 0) : total;
            auto& to = contents_->written;
            for (const auto& part : parts) {
                const auto n = std::min(left, part.size());
                if (n == 0) break;
                if (to.size() < offset + n) to.resize(offset + n);
                std::memcpy(to.data() + offset, part.data(), n);
                contents_->touch(offset, offset + n);
                offset += n;
                left -= n;
            }
            if (fails) return fail_errno(faults_.error, "writing " + name_);
            return {};
        }
        Result<void> sync() override {
            const bool fails = faults_.next_fails();
            if (fails && faults_.dead()) return fail_errno(faults_.error, "syncing " + name_);
            if (faults_.lying) return {};
            // A failed one may have written some of it, and takes all of it for clean from now on.
            for (const auto sector : contents_->dirty)
                if (!fails || faults_.random.one_in(2)) contents_->flush(sector);
            contents_->dirty.clear();
            if (fails) return fail_errno(faults_.error, "syncing " + name_);
            contents_->synced.resize(contents_->written.size());
            return {};
        }
        void start_writeback(std::uint64_t, std::uint64_t) override {}
        Result<std::uint64_t> size() const override {
            if (faults_.read_fails()) return fail_errno(faults_.error, "measuring " + name_);
            return contents_->written.size();
        }
        Result<void> truncate(std::uint64_t bytes) override {
            if (faults_.next_fails()) return fail_errno(faults_.error, "truncating " + name_);
            contents_->written.resize(bytes);
            contents_->dirty.erase(contents_->dirty.lower_bound((bytes + kSector - 1) / kSector), contents_->dirty.end());
            return {};
        }

       private:
        Faults& faults_;
        std::shared_ptr<Contents> contents_;  // shared with the directory: a removed file lives on for its readers
        std::string name_;
    };

    void renamed() { unsynced_names_.push_back(names_); }
    // Every file becomes a new one, changed by `change`: old handles no longer reach it.
    template <class Change>
    void settle(Change change) {
        std::map<const Contents*, std::shared_ptr<Contents>> fresh;
        auto move = [&](Names& names) {
            for (auto& [name, contents] : names) {
                auto& copy = fresh[contents.get()];
                if (!copy) {
                    copy = std::make_shared<Contents>(*contents);
                    change(*copy);
                }
                contents = copy;
            }
        };
        move(names_);
        move(synced_names_);
        for (auto& names : unsynced_names_) move(names);
    }

    Faults& faults_;
    Names names_, synced_names_;
    std::vector<Names> unsynced_names_;  // after each change since the last sync
};

}  // namespace kns::testing
