// A disk in memory that can lose power: every file has what was written and what was synced. The N-th operation can be
// made to fail, or be the last one before the lights go out.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

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

// What the faults are shared by: all directories of one disk.
struct Faults {
    std::uint64_t operations = 0;               // writes, syncs, truncations, renames, removals so far
    std::optional<std::uint64_t> fail_at;       // this one fails, once
    std::optional<std::uint64_t> power_cut_at;  // this one and all behind it fail
    int error = 5;                              // EIO
    bool partial = true;                        // a failing write leaves half of its bytes
    std::uint64_t free = 1ull << 40;

    bool dead() const { return power_cut_at && operations >= *power_cut_at; }
    bool next_fails() {
        const bool fails = (fail_at && operations == *fail_at) || dead();
        ++operations;
        return fails;
    }
};

class MemoryDisk final : public Directory {
   public:
    struct Contents {
        std::vector<std::byte> written, synced;
        bool name_synced = false;
    };

    explicit MemoryDisk(Faults& faults) : faults_(faults) {}

    Result<std::unique_ptr<File>> open(const std::string& name, bool create) override {
        auto found = files_.find(name);
        if (found == files_.end()) {
            if (!create) return fail(Errc::not_found, "opening {}: no such file", name);
            found = files_.emplace(name, std::make_shared<Contents>()).first;
        }
        return std::make_unique<OpenFile>(faults_, found->second, name);
    }
    Result<std::vector<std::string>> list() override {
        std::vector<std::string> names;
        for (const auto& [name, contents] : files_) names.push_back(name);
        return names;
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "renaming " + from);
        files_[to] = files_.at(from);
        files_.erase(from);
        return {};
    }
    Result<void> remove(const std::string& name) override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "removing " + name);
        files_.erase(name);
        return {};
    }
    Result<void> sync() override {
        if (faults_.next_fails()) return fail_errno(faults_.error, "syncing a directory");
        for (auto& [name, contents] : files_) contents->name_synced = true;
        return {};
    }
    Result<std::uint64_t> free_bytes() override { return faults_.free; }

    // What a machine finds after the power came back: synced bytes of files whose names were synced.
    void lose_power() {
        std::erase_if(files_, [](const auto& file) { return !file.second->name_synced; });
        for (auto& [name, contents] : files_) {
            contents = std::make_shared<Contents>(*contents);  // old handles no longer reach it
            contents->written = contents->synced;
        }
    }
    // What a killed process leaves: everything written.
    void lose_process() {
        for (auto& [name, contents] : files_) contents = std::make_shared<Contents>(*contents);
    }

    std::vector<std::byte>& bytes(const std::string& name) { return files_.at(name)->written; }
    bool has(const std::string& name) const { return files_.contains(name); }
    std::size_t count() const { return files_.size(); }

   private:
    class OpenFile final : public File {
       public:
        OpenFile(Faults& faults, std::shared_ptr<Contents> contents, std::string name)
            : faults_(faults), contents_(std::move(contents)), name_(std::move(name)) {}

        Result<std::size_t> read_at(MutableBytes out, std::uint64_t offset) const override {
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
                offset += n;
                left -= n;
            }
            if (fails) return fail_errno(faults_.error, "writing " + name_);
            return {};
        }
        Result<void> sync() override {
            if (faults_.next_fails()) return fail_errno(faults_.error, "syncing " + name_);
            contents_->synced = contents_->written;
            return {};
        }
        void start_writeback(std::uint64_t, std::uint64_t) override {}
        Result<std::uint64_t> size() const override { return contents_->written.size(); }
        Result<void> truncate(std::uint64_t bytes) override {
            if (faults_.next_fails()) return fail_errno(faults_.error, "truncating " + name_);
            contents_->written.resize(bytes);
            return {};
        }

       private:
        Faults& faults_;
        std::shared_ptr<Contents> contents_;  // shared with the directory: a removed file lives on for its readers
        std::string name_;
    };

    Faults& faults_;
    std::map<std::string, std::shared_ptr<Contents>> files_;  // shared with open files
};

}  // namespace kns::testing
