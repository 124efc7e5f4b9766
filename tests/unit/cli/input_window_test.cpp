#include "cli/input_window.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/base/posix.hpp"

namespace kns::cli {
namespace {

// All lines of a text that comes in pieces; a skipped one as "<length>".
std::vector<std::string> lines_of(std::string_view text, std::size_t window, std::size_t max_line, std::size_t piece) {
    auto pipe = make_pipe().value();
    InputWindow input(pipe.read.get(), window, max_line);
    std::vector<std::string> out;
    for (std::size_t at = 0; !input.used_up();) {
        if (at < text.size()) {
            REQUIRE(write_all(pipe.write.get(), text.substr(at, piece)));
            at += piece;
        }
        if (at >= text.size()) pipe.write.reset();
        if (!input.has_room()) input.slide();
        REQUIRE(input.fill());
        InputWindow::Line line;
        while (input.next_line(line))
            out.push_back(line.skipped ? "<" + std::to_string(line.bytes) + ">" : std::string(line.text.data(), line.text.size()));
    }
    return out;
}

TEST_CASE("lines are what stands between newlines, whatever the pieces they come in") {
    const std::string text("one\n\ntwo\r\n\0nul\0\nlast", 20);
    const std::vector<std::string> wanted{"one", "", "two\r", std::string("\0nul\0", 5), "last"};
    const auto piece = GENERATE(1, 2, 3, 5, 7, 100);
    const auto window = GENERATE(1, 4, 9, 64);
    CHECK(lines_of(text, static_cast<std::size_t>(window), 16, static_cast<std::size_t>(piece)) == wanted);
}

TEST_CASE("a newline at the end begins no further line") {
    CHECK(lines_of("a\nb\n", 8, 8, 8) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("no input has no lines") { CHECK(lines_of("", 8, 8, 8).empty()); }

TEST_CASE("a line too long is skipped, and the next one is whole") {
    const auto piece = static_cast<std::size_t>(GENERATE(1, 3, 8));
    const std::string text = "ok\n" + std::string(50, 'x') + "\nnext\n" + std::string(60, 'y');
    CHECK(lines_of(text, 8, 8, piece) == std::vector<std::string>{"ok", "<50>", "next", "<60>"});
}

TEST_CASE("a line of just the longest length is kept") {
    CHECK(lines_of(std::string(8, 'x') + "\nab", 4, 8, 1) == std::vector<std::string>{"xxxxxxxx", "ab"});
}

}  // namespace
}  // namespace kns::cli
