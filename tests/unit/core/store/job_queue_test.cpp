#include "core/store/job_queue.hpp"

#include <catch2/catch.hpp>

#include "core/store/job_sql.hpp"
#include "tests/unit/core/store/memory_database.hpp"

namespace kns {
namespace {

TEST_CASE("jobs are claimed in the order in which they are due, each once") {
    Database db = memory_database();
    JobQueue queue(db);
    const auto a = queue.enqueue("deliver", "a", "{}", 100).value(), b = queue.enqueue("deliver", "b", "{}", 100).value();
    CHECK_FALSE(queue.claim(99).value());
    CHECK(queue.next_due().value() == 100);
    const auto first = queue.claim(100).value();
    REQUIRE(first);
    CHECK(first->id == a.id);
    CHECK(first->state == JobState::running);
    CHECK(first->attempts == 1);
    CHECK(first->started_ms == 100);
    CHECK(queue.claim(100).value()->id == b.id);
    CHECK_FALSE(queue.claim(100).value());
    CHECK_FALSE(queue.next_due().value());
}

TEST_CASE("a job that is to be tried again waits its time behind those that are due") {
    Database db = memory_database();
    JobQueue queue(db);
    const auto job = queue.enqueue("deliver", "a", "{}", 0).value();
    REQUIRE(queue.claim(0).value());
    CHECK(queue.retry_later(job.id, "disk full", 500).value());
    CHECK(queue.next_due().value() == 500);
    CHECK_FALSE(queue.claim(499).value());
    const auto again = queue.claim(500).value();
    REQUIRE(again);
    CHECK(again->attempts == 2);
    CHECK(again->error == "disk full");
    CHECK(queue.complete(job.id, R"({"records":3})", 600).value());
    const auto done = queue.find(job.id).value();
    CHECK(done.state == JobState::done);
    CHECK(done.result == R"({"records":3})");
    CHECK_FALSE(done.error);
}

TEST_CASE("a cancelled job stays cancelled, whatever its worker still says") {
    Database db = memory_database();
    JobQueue queue(db);
    const auto job = queue.enqueue("deliver", "a", "{}", 0).value();
    REQUIRE(queue.claim(0).value());
    CHECK(queue.cancel(job.id, 10).value().state == JobState::cancelled);
    CHECK_FALSE(queue.complete(job.id, "{}", 20).value());
    CHECK_FALSE(queue.fail(job.id, "x", 20).value());
    CHECK_FALSE(queue.retry_later(job.id, "x", 20).value());
    CHECK(queue.find(job.id).value().state == JobState::cancelled);
    CHECK(queue.cancel(job.id, 30).error().code == Errc::conflict);
    SECTION("until somebody asks for it again") {
        CHECK(queue.retry(job.id, 40).value().state == JobState::queued);
        CHECK(queue.claim(40).value()->id == job.id);
        CHECK(queue.retry(job.id, 50).error().message == fmt::format("job {} cannot be tried again: it is running", job.id));
    }
}

TEST_CASE("a failed job keeps its reason") {
    Database db = memory_database();
    JobQueue queue(db);
    const auto job = queue.enqueue("deliver", "a", "{}", 0).value();
    REQUIRE(queue.claim(0).value());
    CHECK(queue.fail(job.id, "no such thing", 10).value());
    CHECK(queue.find(job.id).value().error == "no such thing");
    CHECK(queue.find(job.id + 1).error().code == Errc::not_found);
}

TEST_CASE("what a daemon that died was running is queued again") {
    Database db = memory_database();
    JobQueue queue(db);
    const auto job = queue.enqueue("deliver", "a", "{}", 0).value();
    REQUIRE(queue.claim(0).value());
    CHECK(queue.unfinished("deliver", "a").value()->id == job.id);
    CHECK(queue.requeue_running(7).value() == 1);
    CHECK(queue.requeue_running(7).value() == 0);
    CHECK(queue.claim(7).value()->id == job.id);
    CHECK(queue.complete(job.id, "{}", 8).value());
    CHECK_FALSE(queue.unfinished("deliver", "a").value());
}

TEST_CASE("jobs are listed newest first, and old ones forgotten") {
    Database db = memory_database();
    JobQueue queue(db);
    for (int i = 0; i < 5; ++i) REQUIRE(queue.enqueue("deliver", "a", "{}", i));
    const auto first = queue.claim(10).value();
    REQUIRE(queue.complete(first->id, "{}", 10).value());
    const auto all = queue.list(std::nullopt, 3).value();
    REQUIRE(all.size() == 3);
    CHECK(all[0].id > all[1].id);
    CHECK(queue.list(JobState::done, 10).value().size() == 1);
    CHECK(queue.forget(5).value().empty());
    CHECK(queue.forget(2).value() == std::vector<std::int64_t>{first->id});
    CHECK(queue.list(std::nullopt, 10).value().size() == 4);
    CHECK(queue.list(JobState::done, 10).value().empty());
}

TEST_CASE("the queue's statements use its indexes") {
    Database db = memory_database();
    const std::string_view sql =
        GENERATE(kClaimJob, kNextDueJob, kRequeueRunningJobs, kForgetJobs, kFindJob, kListJobsByState, kUnfinishedJob, kCancelJob);
    INFO(sql);
    const std::string plan = db.plan_of(sql).value();
    INFO(plan);
    CHECK(plan.find("SCAN job") == std::string::npos);
    CHECK(plan.find("SEARCH") != std::string::npos);
}

}  // namespace
}  // namespace kns
