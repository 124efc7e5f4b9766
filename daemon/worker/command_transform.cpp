#include "daemon/worker/command_transform.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace kns {
namespace {

constexpr std::string_view kContract = "a line for each line; an empty one drops the record";
constexpr std::size_t kMostAnswer = 64 << 20;
// Makes programs that write by C's library write each line at once, as `stdbuf -oL` does.
constexpr const char* kLineBuffering = "/usr/libexec/coreutils/libstdbuf.so";

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<Transform>> CommandTransform::start(const TransformSpec& spec, Ms timeout) {
    const auto& name = spec.argv[0];
    const auto found = name.find('/') == std::string::npos ? find_in_path(name) : std::optional(name);
    if (!found)
        return fail(Errc::not_found, "there is no program {} in {}", name, program_path().substr(5))
            .hint("give its path: ./" + name);
    if (::access(found->c_str(), X_OK) != 0) return fail_errno(errno, *found);
    HostedProgram program{.argv = spec.argv,
                          .environment = {program_path(), "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"},
                          .directory = "/",
                          .readable = {},
                          .connectable = 0};
    if (::access(kLineBuffering, R_OK) == 0) {
        program.environment.push_back(fmt::format("LD_PRELOAD={}", kLineBuffering));
        program.environment.emplace_back("_STDBUF_O=L");
    }
    // Whatever lies beside it, or beside a script or a file of rules that it is told of, is its own.
    for (const auto& word : spec.argv)
        if (word.starts_with('/') && ::access(word.c_str(), F_OK) == 0 && parent_of(word) != "/")
            program.readable.push_back(parent_of(word));
    if (!program.readable.empty()) program.directory = program.readable.front();
    auto host = KNS_TRY(ProgramHost::start(program));
    return std::unique_ptr<Transform>(new CommandTransform(std::move(host), spec.argv[0], timeout));
}

std::expected<std::vector<TransformOutcome>, TransformFailure> CommandTransform::run(std::span<const TransformInput> records) {
    std::vector<TransformOutcome> out(records.size());
    std::string lines;
    std::vector<std::size_t> given;  // which records are lines
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::string_view data = records[i].data;
        if (data.ends_with('\n')) data.remove_suffix(1);
        if (data.find('\n') != std::string_view::npos) {
            out[i] = {.kind = TransformOutcome::Kind::failed,
                      .data = {},
                      .partition_keys = {},
                      .code = "Command.LineBreak",
                      .message = "the record has a line break inside, and a command is given lines"};
            continue;
        }
        given.push_back(i);
        lines += data;
        lines += '\n';
    }
    if (given.empty()) return out;
    auto answers = exchange(lines, given.size());
    if (!answers) {
        ends_ = {};
        return std::unexpected(TransformFailure{.code = "Command.Failed", .error = std::move(answers).error()});
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
        auto& outcome = out[given[i]];
        outcome.data = std::move((*answers)[i]);
        if (outcome.data.empty()) outcome.kind = TransformOutcome::Kind::dropped;
    }
    return out;
}

Result<std::vector<std::string>> CommandTransform::exchange(std::string_view lines, std::size_t count) {
    // It answers what it is asked, and nothing else: a line too many would be taken for the answer to another record.
    if (ends_.input) {
        pollfd wait{.fd = ends_.output.get(), .events = POLLIN, .revents = 0};
        if (::poll(&wait, 1, 0) > 0) {
            char one = 0;
            const bool said = ::read(ends_.output.get(), &one, 1) == 1;
            ends_ = {};
            if (said)
                return fail(Errc::invalid_argument, "{} gave more lines than it was given", name_).hint(std::string(kContract));
        }
    }
    if (!ends_.input) {
        ends_ = KNS_TRY(host_.run());
        for (const auto* end : {&ends_.input, &ends_.output}) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
    }
    const Deadline deadline = Deadline::in(timeout_);
    std::vector<std::string> out;
    std::string text;
    std::size_t begin = 0;
    while (out.size() < count) {
        pollfd waits[] = {{.fd = ends_.output.get(), .events = POLLIN, .revents = 0},
                          {.fd = lines.empty() ? -1 : ends_.input.get(), .events = POLLOUT, .revents = 0}};
        const int ready = ::poll(waits, 2, deadline.poll_timeout());
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return fail_errno(errno, "waiting for " + name_);
        if (ready == 0)
            return fail(Errc::timed_out, "{} gave {} of {} lines within {}", name_, out.size(), count, format_duration(timeout_))
                .hint("it has to answer each line with a line, at once: sed -u, jq --unbuffered, fflush()");
        if (waits[1].revents != 0) {
            const ssize_t put = ::write(ends_.input.get(), lines.data(), lines.size());
            if (put > 0) lines.remove_prefix(static_cast<std::size_t>(put));
            // It reads no more: what it still has to say, or its end, tells why.
            if (put < 0 && errno == EPIPE) lines = {};
        }
        if (waits[0].revents == 0) continue;
        const std::size_t used = text.size();
        text.resize(used + (64 << 10));
        const ssize_t got = ::read(ends_.output.get(), text.data() + used, text.size() - used);
        text.resize(used + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got < 0) return fail_errno(errno, "reading from " + name_);
        if (got == 0)
            return fail(Errc::unavailable, "{} ended, with {} of {} lines given", name_, out.size(), count)
                .hint("it has to go on until its input ends; what it said is in kns job logs");
        if (text.size() > kMostAnswer) return fail(Errc::invalid_argument, "{} gave more than {} bytes", name_, kMostAnswer);
        for (auto end = text.find('\n', begin); end != std::string::npos; end = text.find('\n', begin)) {
            if (out.size() == count) break;
            out.push_back(text.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    if (begin < text.size() || !lines.empty())
        return fail(Errc::invalid_argument, "{} gave more lines than it was given", name_).hint(std::string(kContract));
    return out;
}

}  // namespace kns
