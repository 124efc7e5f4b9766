// Input of `kns stream put`: lines through a window that is smaller than they are, their keys, their encodings.
#include <sys/mman.h>
#include <unistd.h>

#include "cli/input_window.hpp"
#include "cli/key_source.hpp"
#include "cli/text_encoding.hpp"
#include "core/base/posix.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace kns;
using namespace kns::cli;
using kns::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t max_line = 1 + input.choice() % 64, window = 1 + input.choice() % 128;
    const std::uint64_t field = 1 + input.choice() % 4;
    const auto text = input.rest();

    const Fd file(::memfd_create("input", MFD_CLOEXEC));
    must(write_all(file.get(), text).has_value() && ::lseek(file.get(), 0, SEEK_SET) == 0);
    InputWindow lines(file.get(), window, max_line);
    auto key = KeySource::field(field);
    auto json_key = KeySource::json("user.id");
    std::string joined;
    bool skipped = false;
    while (!lines.used_up()) {
        InputWindow::Line line;
        while (lines.next_line(line)) {
            must(line.skipped ? line.bytes > max_line : line.bytes == line.text.size());
            skipped |= line.skipped;
            const std::string_view record(line.text.data(), line.text.size());
            joined.append(record).push_back('\n');
            std::ignore = key->find(record);
            std::ignore = json_key->find(record);
            json_key->forget();
        }
        if (lines.used_up()) break;
        if (!lines.has_room()) lines.slide();
        must(lines.has_room());
        if (!lines.ended()) must(lines.fill().has_value());
    }
    if (!skipped) {
        std::string expected(text);
        if (!expected.empty() && !expected.ends_with('\n')) expected.push_back('\n');
        must(joined == expected);
    }

    for (const auto encoding : {Encoding::base64, Encoding::hex}) {
        std::string bytes(text);
        if (const auto decoded = decode_in_place(encoding, bytes)) must(*decoded <= text.size());
        std::string encoded;
        append_encoded(encoded, encoding, text);
        const auto back = decode_in_place(encoding, encoded);
        must(back && std::string_view(encoded).substr(0, *back) == text);
    }
    if (const auto path = JsonPath::parse(text.substr(0, text.find('\n'))))
        std::ignore = path->find(text.substr(std::min(text.size(), text.find('\n'))));
    return 0;
}
