// The thread of the log: whatever arrives while one commit group is being written becomes the next one.
//
// There is no timer in the way of an acknowledgement: a group is as large as the last sync was slow.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/store/committer.hpp"

namespace kns {

class LogThread {
   public:
    struct Finished {
        std::unique_ptr<AppendRequest> request;
        AppendOutcome outcome;
    };
    // Called on the log thread after each group: outcomes in order of submission, streams that grew, and by how much.
    using OnGroup = std::function<void(std::vector<Finished>&&, std::vector<StreamGrowth>&& grown)>;

    // Borrows all. Starts at once; the destructor writes what is queued, syncs and marks the log clean.
    LogThread(Log& log, Committer& committer, Clock& clock, OnGroup on_group);
    ~LogThread();
    LogThread(const LogThread&) = delete;

    // Any thread.
    void submit(std::unique_ptr<AppendRequest> request);
    // Runs between two groups and waits for it. Any thread but the log's.
    void run(const std::function<void(Committer&)>& work);

    struct Status {
        Committer::Counters counters;
        Place end;
        bool failing = false;  // the last group could not be written
    };
    Status status() const;  // any thread

   private:
    void loop();
    void commit_group(std::vector<std::unique_ptr<AppendRequest>> group);
    void tend_marks(std::unique_lock<std::mutex>& lock);

    Log& log_;
    Committer& committer_;
    Clock& clock_;
    OnGroup on_group_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<AppendRequest>> queue_;
    std::deque<std::move_only_function<void()>> work_;
    Status status_;
    bool stopping_ = false;

    // Only the log thread:
    std::int64_t marked_ns_ = 0;  // when the marks were last written
    std::int64_t sync_due_ns_ = 0;
    bool mark_failing_ = false;  // said once, not ten times a second

    std::thread thread_;  // last: starts when all else is there
};

}  // namespace kns
