#include "daemon/log_thread.hpp"

#include <pthread.h>

#include <latch>

#include "core/base/log.hpp"

namespace kns {
namespace {

constexpr std::int64_t kMarkEveryNs = 100'000'000;     // how far the marks may be behind
constexpr auto kMemoryKept = std::chrono::seconds(3);  // of quiet

}  // namespace

LogThread::LogThread(Log& log, Committer& committer, Clock& clock, OnGroup on_group)
    : log_(log), committer_(committer), clock_(clock), on_group_(std::move(on_group)), thread_([this] { loop(); }) {}

LogThread::~LogThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void LogThread::submit(std::unique_ptr<AppendRequest> request) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(request));
    }
    wake_.notify_one();
}

void LogThread::run(const std::function<void(Committer&)>& work) {
    std::latch done(1);
    {
        const std::lock_guard lock(mutex_);
        work_.push_back([&] {
            work(committer_);
            done.count_down();
        });
    }
    wake_.notify_one();
    done.wait();
}

LogThread::Status LogThread::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

void LogThread::loop() {
    pthread_setname_np(pthread_self(), "kns-log");
    std::unique_lock lock(mutex_);
    for (;;) {
        if (!work_.empty()) {
            auto work = std::move(work_.front());
            work_.pop_front();
            lock.unlock();
            work();
            lock.lock();
            continue;
        }
        if (!queue_.empty()) {
            std::vector<std::unique_ptr<AppendRequest>> group;
            for (std::size_t bytes = 0; !queue_.empty() && (group.empty() || bytes + queue_.front()->bytes() <= kMaxGroupBytes);) {
                bytes += queue_.front()->bytes();
                group.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
            lock.unlock();
            commit_group(std::move(group));
            lock.lock();
        }
        tend_marks(lock);
        if (!queue_.empty() || !work_.empty()) continue;
        if (stopping_) break;
        // Sleep until there is work, or the marks or an interval's sync fall due. With neither: for ever.
        std::int64_t due = sync_due_ns_;
        if (log_.mark_is_behind()) due = due ? std::min(due, marked_ns_ + kMarkEveryNs) : marked_ns_ + kMarkEveryNs;
        const auto woken = [&] { return stopping_ || !queue_.empty() || !work_.empty(); };
        if (due == 0 && committer_.holds_memory()) {
            if (!wake_.wait_for(lock, kMemoryKept, woken)) committer_.release_memory();
        } else if (due == 0)
            wake_.wait(lock, woken);
        else
            wake_.wait_for(lock, std::chrono::nanoseconds(std::max<std::int64_t>(0, due - clock_.monotonic_ns())), woken);
    }
    std::ignore = committer_.sync();
    if (auto marked = log_.mark(true); !marked) log_error("mark_failed", "error=\"{}\"", marked.error().text());
}

void LogThread::commit_group(std::vector<std::unique_ptr<AppendRequest>> group) {
    std::vector<AppendRequest*> requests;
    for (auto& request : group) requests.push_back(request.get());
    std::vector<AppendOutcome> outcomes;
    const auto failures = committer_.counters().failures;
    auto grown = committer_.commit(requests, outcomes);
    if (const Ms within = committer_.sync_within(); within == 0)
        sync_due_ns_ = 0;
    else if (sync_due_ns_ == 0)
        sync_due_ns_ = clock_.monotonic_ns() + within * 1'000'000;
    {
        const std::lock_guard lock(mutex_);
        const bool failing = committer_.counters().failures != failures;
        if (failing && !status_.failing) {
            for (const auto& outcome : outcomes)
                if (outcome.error) {
                    log_error("append_failed", "error=\"{}\"", outcome.error->text());
                    break;
                }
        }
        if (!failing && status_.failing) log_info("append_recovered", "groups={}", committer_.counters().groups);
        status_ = {committer_.counters(), log_.end(), failing};
    }
    std::vector<Finished> finished;
    for (std::size_t i = 0; i < group.size(); ++i) finished.push_back({std::move(group[i]), std::move(outcomes[i])});
    on_group_(std::move(finished), std::move(grown));
}

void LogThread::tend_marks(std::unique_lock<std::mutex>& lock) {
    const auto now = clock_.monotonic_ns();
    const bool sync_due = sync_due_ns_ && now >= sync_due_ns_;
    const bool mark_due = log_.mark_is_behind() && now >= marked_ns_ + kMarkEveryNs;
    if (!sync_due && !mark_due) return;
    lock.unlock();
    if (sync_due) {
        sync_due_ns_ = 0;
        if (auto synced = committer_.sync(); !synced) log_error("sync_failed", "error=\"{}\"", synced.error().text());
    }
    if (mark_due) {
        marked_ns_ = now;
        const auto marked = log_.mark(false);
        if (!std::exchange(mark_failing_, !marked) && !marked) log_error("mark_failed", "error=\"{}\"", marked.error().text());
    }
    lock.lock();
}

}  // namespace kns
