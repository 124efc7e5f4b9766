#include "daemon/worker/sql/run_query.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/exit_code.hpp"
#include "core/base/posix.hpp"
#include "core/base/time.hpp"
#include "core/sql/engine/query_test.hpp"
#include "core/sql/engine/script.hpp"
#include "core/sql/kda/translate.hpp"
#include "daemon/worker/sql/result_writer.hpp"
#include "daemon/worker/sql/table_input.hpp"
#include "daemon/worker/sql/table_output.hpp"

namespace kns {
namespace {

constexpr std::size_t kMaxJobBytes = 16 << 20;

Result<SqlJob> read_job() {
    std::string text, piece(64 << 10, '\0');
    for (;;) {
        const ssize_t got = ::read(kSqlJobFd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "reading the job");
        if (got == 0) return from_json_text<SqlJob>(text);
        text.append(piece, 0, static_cast<std::size_t>(got));
        if (text.size() > kMaxJobBytes) return fail(Errc::invalid_argument, "the text is too large");
    }
}

void say(const SqlEvent& event) {
    if (!write_all(kSqlJobFd, to_json(event) + "\n")) ::_exit(static_cast<int>(ExitCode::failed));
}

// Ctrl-C as something to poll; what is written so far is whole then.
class Stop {
   public:
    Stop() {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int one : {SIGINT, SIGTERM}) sigaddset(&signals, one);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        fd_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    int fd() const { return fd_.get(); }
    bool requested() {
        signalfd_siginfo info{};
        stopped_ = stopped_ || ::read(fd_.get(), &info, sizeof info) > 0;
        return stopped_;
    }

   private:
    Fd fd_;
    bool stopped_ = false;
};

// Records that are no rows: the first reason is said, all are counted, and they are kept where that is asked for.
class BadRows {
   public:
    static Result<BadRows> open(const std::string& path) {
        BadRows out;
        if (!path.empty()) out.file_ = KNS_TRY(open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0644));
        return out;
    }
    void add(std::string_view reason, std::string_view record) {
        if (first_.empty()) first_ = reason;
        if (!file_) return;
        text_ += R"({"reason":)";
        append_json_string(text_, reason);
        if (!record.empty()) {
            text_ += R"(,"record":)";
            append_json_string(text_, record);
        }
        text_ += "}\n";
        if (text_.size() > (64 << 10)) flush();
    }
    void flush() {
        if (file_ && !write_all(file_.get(), text_)) file_.reset();
        text_.clear();
    }
    const std::string& first() const { return first_; }

   private:
    Fd file_;
    std::string first_, text_;
};

// Whether all that a plan reads has an end by itself.
bool has_end(const sql::Plan& plan, const sql::Catalog& catalog) {
    if (const auto* scan = std::get_if<sql::ScanPlan>(&plan.node)) return is_bounded(catalog.tables().at(scan->table));
    return std::ranges::all_of(plan.inputs, [&](const auto& input) { return has_end(*input, catalog); });
}
bool has_end(const sql::Script& script, const sql::Catalog& catalog) {
    return std::ranges::all_of(script.queries, [&](const auto& query) { return has_end(*query.plan, catalog); });
}

class QueryRun {
   public:
    QueryRun(SqlJob job, sql::Catalog& catalog, sql::Script script)
        : job_(std::move(job)),
          catalog_(catalog),
          script_(std::move(script)),
          pipeline_(catalog, {.bounded = job_.until_end || has_end(script_, catalog)}) {}

    Result<ExitCode> run() {
        bad_ = KNS_TRY(BadRows::open(job_.errors));
        pipeline_.runtime().on_bad_row = [this](std::string_view reason, std::string_view record) { bad_.add(reason, record); };
        pipeline_.runtime().now_us = Clock::real().now() * 1000;
        if (catalog_.setting("table.exec.mini-batch.enabled") == "true") pipeline_.runtime().mini_batch = true;
        for (const auto& query : script_.queries) KNS_TRY(add(query));
        KNS_TRY(pipeline_.start());
        for (auto& feed : pipeline_.feeds()) inputs_.push_back({feed.get(), KNS_TRY(open_input(feed->table(), job_))});
        // What others look things up in is read first.
        for (auto& [feed, input] : inputs_)
            if (feed->is_lookup()) KNS_TRY(read_to_end(*feed, *input));
        const ExitCode exit = KNS_TRY(loop());
        if (result_) KNS_TRY(result_->finish());
        for (auto& output : outputs_) KNS_TRY(output->finish());
        tell_counts();
        return exit;
    }

   private:
    struct Input {
        sql::TableFeed* feed;
        std::unique_ptr<TableInput> input;  // null once it has ended
    };

    Result<void> add(const sql::Planned& query) {
        if (query.sink.empty()) {
            result_.emplace(query.plan->schema, query.plan->append_only, job_.output);
            if (job_.output == "screen") {
                SqlHead head{.columns = {}, .updates = !query.plan->append_only};
                for (const auto& field : query.plan->schema)
                    head.columns.push_back({.name = field.name, .right = field.type.is_number()});
                say({.error = {}, .head = std::move(head)});
            }
            return pipeline_.add(*query.plan, [this](const sql::Batch& batch) { result_->write(batch); });
        }
        outputs_.push_back(KNS_TRY(open_output(query, catalog_.tables().at(query.sink), job_)));
        TableOutput* output = outputs_.back().get();
        return pipeline_.add(*query.plan, [this, output](const sql::Batch& batch) {
            if (!failure_)
                if (auto written = output->write(batch); !written) failure_ = std::move(written.error());
        });
    }

    Result<void> read_to_end(sql::TableFeed& feed, TableInput& input) {
        for (;;) {
            const auto state = KNS_TRY(input.read(feed));
            if (state == TableInput::State::ended) feed.end();
            if (state != TableInput::State::more) break;
        }
        feed.flush();
        return {};
    }

    Result<ExitCode> loop() {
        const Deadline deadline = job_.for_ms > 0 ? Deadline::in(job_.for_ms) : Deadline();
        while (!pipeline_.runtime().done) {
            bool any_more = false, all_ended = true;
            for (auto& [feed, input] : inputs_) {
                if (!input) continue;
                const auto state = KNS_TRY(input->read(*feed));
                if (const auto warning = input->warning()) say({.error = {}, .head = {}, .warning = *warning});
                if (state == TableInput::State::ended) {
                    feed->end();
                    input.reset();
                    continue;
                }
                all_ended = false;
                any_more = any_more || state == TableInput::State::more;
                if (state == TableInput::State::waiting) feed->flush();
            }
            if (failure_) return std::unexpected(std::move(*failure_));
            pipeline_.tick(Clock::real().now() * 1000);
            if (all_ended) {
                // Windows by the clock that are open still end with the rows.
                pipeline_.tick(INT64_MAX);
                return ExitCode::done;
            }
            if (result_ && (!any_more || result_->is_large())) KNS_TRY(result_->flush());
            if (stop_.requested()) return ExitCode::interrupted;
            if (deadline.passed()) return ExitCode::done;
            if (any_more || pipeline_.runtime().done) continue;
            for (auto& output : outputs_) KNS_TRY(output->flush());
            KNS_TRY(wait(deadline));
        }
        return ExitCode::done;
    }

    Result<void> wait(const Deadline& deadline) {
        std::vector<pollfd> watched{{.fd = stop_.fd(), .events = POLLIN, .revents = 0},
                                    {.fd = STDOUT_FILENO, .events = 0, .revents = 0}};
        for (const auto& [feed, input] : inputs_)
            if (input) watched.push_back({.fd = input->fd(), .events = POLLIN, .revents = 0});
        int timeout = deadline.poll_timeout();
        if (const auto next = pipeline_.next_tick()) {
            const auto left = static_cast<int>(std::clamp<std::int64_t>(*next / 1000 + 1 - Clock::real().now(), 0, 60'000));
            timeout = timeout < 0 ? left : std::min(timeout, left);
        }
        if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR) return fail_errno(errno, "waiting");
        // Nobody reads what would come: the end that a write would have met.
        if ((watched[1].revents & (POLLERR | POLLNVAL)) != 0) ::raise(SIGPIPE);
        return {};
    }

    void tell_counts() {
        bad_.flush();
        const auto& runtime = pipeline_.runtime();
        if (runtime.bad_rows > 0)
            say({.error = {},
                 .head = {},
                 .warning =
                     fmt::format("{} records were no rows and were left out; the first: {}", runtime.bad_rows, bad_.first())});
        if (runtime.late_rows > 0)
            say({.error = {},
                 .head = {},
                 .warning = fmt::format("{} rows came too late for their window and were left out", runtime.late_rows)});
    }

    SqlJob job_;
    sql::Catalog& catalog_;
    sql::Script script_;
    sql::Pipeline pipeline_;
    Stop stop_;
    BadRows bad_;
    std::optional<ResultWriter> result_;
    std::vector<std::unique_ptr<TableOutput>> outputs_;
    std::vector<Input> inputs_;
    std::optional<Error> failure_;
};

// A test as programs read it.
struct TestReport {
    std::string name;
    bool passed = false;
    std::vector<std::string> expected, got, left_out;

    static constexpr auto fields() {
        return std::tuple{field("name", &TestReport::name), field("passed", &TestReport::passed),
                          field("expected", &TestReport::expected), field("got", &TestReport::got),
                          field("left_out", &TestReport::left_out)};
    }
};

Result<ExitCode> run_tests(const SqlJob& job) {
    const auto results = KNS_TRY(sql::run_query_tests(job.text));
    std::string text;
    std::size_t passed = 0;
    const bool plain = job.output == "text" || job.output == "tsv";
    std::vector<TestReport> reports;
    for (const auto& result : results) {
        passed += result.passed ? 1 : 0;
        reports.push_back({result.name, result.passed, result.expected, result.got, result.left_out});
        if (!plain) continue;
        text += fmt::format("{} {}\n", result.passed ? "ok" : "FAILED", result.name);
        if (result.passed) continue;
        for (const auto& why : result.left_out) text += fmt::format("  left out: {}\n", why);
        for (const auto& line : result.expected) text += fmt::format("  expected {}\n", line);
        for (const auto& line : result.got) text += fmt::format("  got      {}\n", line);
    }
    if (plain)
        text += fmt::format("{} passed, {} failed\n", passed, results.size() - passed);
    else if (job.output == "json")
        text = to_json(reports) + "\n";
    else
        for (const auto& report : reports) text += to_json(report) + "\n";
    KNS_TRY(write_all(STDOUT_FILENO, text));
    return passed == results.size() ? ExitCode::done : ExitCode::failed;
}

Result<ExitCode> run_job(SqlJob job) {
    sql::Catalog catalog([&job](const std::string& name) { return find_table(name, job); });
    if (job.action == "test") return run_tests(job);
    if (job.action == "translate") {
        KNS_TRY(write_all(STDOUT_FILENO, KNS_TRY(sql::translate_kda(job.text))));
        return ExitCode::done;
    }
    sql::Script script = KNS_TRY(sql::plan_script(job.text, catalog));
    if (job.action == "explain" || script.explain) {
        std::string text;
        for (const auto& query : script.queries) {
            if (!query.sink.empty()) text += fmt::format("Insert into {}\n", query.sink);
            text += sql::text_of(*query.plan);
        }
        KNS_TRY(write_all(STDOUT_FILENO, text));
        return ExitCode::done;
    }
    if (script.queries.empty())
        return fail(Errc::invalid_argument, "the text has nothing to run").hint("a SELECT, or an INSERT INTO");
    return QueryRun(std::move(job), catalog, std::move(script)).run();
}

}  // namespace

int run_sql() {
    ::fcntl(kSqlJobFd, F_SETFD, FD_CLOEXEC);
    const auto exit = [&]() -> Result<ExitCode> { return run_job(KNS_TRY(read_job())); }();
    if (exit) return static_cast<int>(*exit);
    const Error& error = exit.error();
    say({.error = SqlFailure{.code = std::string(name_of(error.code)), .message = error.text(), .hint = error.hint}});
    return static_cast<int>(row_of(error.code).exit);
}

}  // namespace kns
