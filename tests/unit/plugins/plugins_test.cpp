// The plugins as the worker gets them: built in, or loaded from the build's own shared objects.
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/base/posix.hpp"
#include "core/firehose/error_record.hpp"
#include "plugins/built_in_plugins.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kns {
namespace {

namespace fs = std::filesystem;

const PluginInfo& info_of(const std::vector<PluginInfo>& list, std::string_view name) {
    return *std::find_if(list.begin(), list.end(), [&](const PluginInfo& info) { return info.name == name; });
}

std::string gunzip(const std::string& packed) {
    const TemporaryDirectory dir;
    REQUIRE(write_file_atomically(dir.path() + "/x.gz", packed));
    gzFile file = ::gzopen((dir.path() + "/x.gz").c_str(), "rb");
    std::string out, piece(1 << 20, '\0');
    for (int n; (n = ::gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0;)
        out.append(piece, 0, static_cast<std::size_t>(n));
    CHECK(::gzclose(file) == Z_OK);
    return out;
}

std::unique_ptr<Sink> file_sink(const std::string& directory) {
    Registry registry;
    load_plugins(built_in_plugins(), "", registry);
    return registry.make_sink({.destination = parse_destination(directory).value()}).value();
}

void put_object(Sink& sink, std::string_view key, std::string_view text) {
    const auto object = sink.begin(key, {}).value();
    REQUIRE(object->write(as_bytes(text)));
    REQUIRE(object->commit(0));
}

TEST_CASE("a plugin with a heavy library is loaded by those alone who want what it gives") {
    const auto has_arrow = [](std::optional<std::string_view> wanted) {
        Registry registry;
        const auto list = load_plugins({}, KNS_TEST_PLUGIN_DIRECTORY, registry, wanted);
        CHECK(std::ranges::any_of(list, [](const PluginInfo& info) { return info.name == "gzip"; }));
        return std::ranges::any_of(list, [](const PluginInfo& info) { return info.name == "arrow"; });
    };
    CHECK(!has_arrow("format json"));
    CHECK(has_arrow("format parquet") == has_arrow({}));
    CHECK(has_arrow("format orc") == has_arrow({}));
}

TEST_CASE("every plugin of the build loads and says what it gives") {
    Registry registry;
    const auto list = load_plugins(built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry);
    CHECK(info_of(list, "file").kinds == std::vector<std::string>{"sink file"});
    CHECK(info_of(list, "json").kinds == std::vector<std::string>{"format json"});
    CHECK(info_of(list, "gzip").kinds == std::vector<std::string>{"compression gzip"});
    CHECK(info_of(list, "zip").kinds == std::vector<std::string>{"compression zip"});
    CHECK(info_of(list, "zstd").kinds == std::vector<std::string>{"compression zstd"});
    CHECK(info_of(list, "snappy").kinds == std::vector<std::string>{"compression snappy", "compression hadoop-snappy"});
    CHECK(info_of(list, "http").kinds == std::vector<std::string>{"sink http"});
    CHECK(info_of(list, "opensearch").kinds == std::vector<std::string>{"sink opensearch"});
    CHECK(info_of(list, "splunk").kinds == std::vector<std::string>{"sink splunk"});
    CHECK(info_of(list, "s3").kinds == std::vector<std::string>{"sink s3"});
    for (const auto& info : list) {
        CHECK(info.usable);
        CHECK_FALSE(info.description.empty());
    }
    CHECK(registry.make_compressor("lzma").error().code == Errc::unsupported);
}

TEST_CASE("what is not a plugin of this build is not run, and says why") {
    const TemporaryDirectory dir;
    REQUIRE(write_file_atomically(dir.path() + "/text.so", "not an object file"));
    REQUIRE(write_file_atomically(dir.path() + "/empty.so", ""));
    fs::copy_file("/proc/self/exe", dir.path() + "/program.so");
    const std::string gzip = KNS_TEST_PLUGIN_DIRECTORY "/gzip.so";
    if (fs::exists(gzip)) {
        std::string image = read_file(gzip).value();
        const auto at = image.find("build=", image.find("kns-plugin 1\n"));
        REQUIRE(at != std::string::npos);
        image.replace(at + 6, 4, "0000");
        REQUIRE(write_file_atomically(dir.path() + "/old.so", image));
        REQUIRE(write_file_atomically(dir.path() + "/cut.so", image.substr(0, image.size() / 2)));
    }
    Registry registry;
    const auto list = load_plugins({}, dir.path(), registry);
    CHECK(list.size() >= 3);
    for (const auto& info : list) {
        INFO(info.name << ": " << info.status);
        CHECK_FALSE(info.usable);
        CHECK(info.kinds.empty());
        if (info.path == dir.path() + "/old.so")
            CHECK_THAT(info.status, Catch::StartsWith("not loaded: it was built for build 0000"));
        else
            CHECK(info.status == "not loaded: not a plugin of kns");
    }
}

TEST_CASE("gzip gives back what went in, in whatever pieces") {
    Registry registry;
    load_plugins(built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry);
    const auto compressor = registry.make_compressor("gzip").value();
    const std::size_t size = GENERATE(0, 1, 1000, (8 << 20) - 1, 8 << 20, (20 << 20) + 7);
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761u >> 24);
    for (int round = 0; round < 2; ++round) {  // one object after the other
        std::string packed;
        for (std::size_t at = 0; at < size; at += 3'000'001)
            REQUIRE(compressor->append(as_bytes(std::string_view(text).substr(at, 3'000'001)), packed));
        REQUIRE(compressor->finish(packed));
        CHECK(gunzip(packed) == text);
    }
}

TEST_CASE("json puts each record on a line of its own") {
    Registry registry;
    load_plugins(built_in_plugins(), "", registry);
    DeliveryConfig config;
    std::string out;
    auto format = registry.make_format(config).value();
    for (const std::string_view value : {"a", "b\n", ""}) REQUIRE(format->append(value, out));
    CHECK(out == "a\nb\n\n");
    config.delimiter = Delimiter::none;
    format = registry.make_format(config).value();
    out.clear();
    for (const std::string_view value : {"a", "b\n", ""}) REQUIRE(format->append(value, out));
    CHECK(out == "ab\n");
}

TEST_CASE("a query gives a record's value, by jq or past it, the same") {
    Registry registry;
    load_plugins(built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry);
    if (!registry.make_query("jq", ".a")) {
        WARN("the jq plugin is not built");
        return;
    }
    const auto value = [&](const char* query, const char* record) {
        const auto found = registry.make_query("jq", query).value()->value_in(record);
        return found ? *found : "error: " + found.error().message;
    };
    struct Case {
        const char *plain, *by_jq, *record, *value;
    };
    constexpr auto kEmpty = "error: partitionKeys values must not be null or empty";
    constexpr auto kScalar = "error: partitionKeys values must be scalars";
    const Case cases[] = {
        {".a", ".a|.", R"({"a":"x y"})", "x y"}, {".a.b", ".a|.b", R"({"a":{"b":7}})", "7"},
        {".a", ".a|.", R"({"a":true})", "true"}, {".a", ".a|.", R"({"a":1.5})", "1.5"},
        {".a", ".a|.", R"({"a":0.1})", "0.1"},   {".a", ".a|.", R"({"a":1e20})", "1e+20"},
        {".a", ".a|.", R"({"a":1,"a":2})", "2"}, {".\"a b\"", ".[\"a b\"]|.", R"({"a b":"c"})", "c"},
        {".a", ".a|.", R"({"b":1})", kEmpty},    {".a", ".a|.", R"({"a":null})", kEmpty},
        {".a", ".a|.", R"({"a":""})", kEmpty},   {".a", ".a|.", R"({"a":[1]})", kScalar},
        {".a", ".a|.", R"({"a":{}})", kScalar},  {".a", ".a|.", "{", "error: Non JSON record provided"},
    };
    for (const auto& c : cases) {
        INFO(c.plain << " of " << c.record);
        CHECK(value(c.plain, c.record) == c.value);
        CHECK(value(c.by_jq, c.record) == c.value);
    }
    CHECK(value(".a|ascii_downcase", R"({"a":"X"})") == "x");
    CHECK(value("empty", "{}") == kEmpty);
    CHECK(value(".a|error", R"({"a":"broken"})") == "error: broken");
    CHECK(value(".a|tonumber", R"({"a":"x"})").starts_with("error: "));
    CHECK(registry.make_query("jq", ".a | foo").error().message == "\".a | foo\" is no jq: foo/0 is not defined");
    CHECK_FALSE(registry.make_query("jq", "{"));
}

TEST_CASE("whatever folder a sink's error records go to, a replay looks there") {
    Registry registry;
    load_plugins(built_in_plugins(), KNS_TEST_PLUGIN_DIRECTORY, registry);
    for (const auto* to : {"http://h/", "opensearch+http://h/i", "splunk+http://h", "postgres://h/d?table=t"}) {
        SinkTarget target{.destination = parse_destination(to).value(), .endpoint = {}, .region = {}};
        if (target.destination.scheme == "splunk") target.secret = parse_json(R"({"token":"t"})").value();
        const auto sink = registry.make_record_sink(target);
        INFO(to);
        if (!sink) continue;  // a plugin that is not built
        CHECK(std::ranges::count(kFailures, (*sink)->failure_type()) == 1);
    }
}

TEST_CASE("a file appears whole under its name, in folders made for it, and replaces an older one") {
    const TemporaryDirectory dir;
    const auto sink = file_sink(dir.path());
    {
        const auto object = sink->begin("2026/11/a.gz", {}).value();
        REQUIRE(object->write(as_bytes("first ")));
        REQUIRE(object->write(as_bytes("part")));
        CHECK_FALSE(fs::exists(dir.path() + "/2026"));
        REQUIRE(object->commit(0));
    }
    CHECK(read_file(dir.path() + "/2026/11/a.gz").value() == "first part");
    put_object(*sink, "2026/11/a.gz", "second");
    CHECK(read_file(dir.path() + "/2026/11/a.gz").value() == "second");
    put_object(*sink, "plain", "x");
    CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 2);
}

TEST_CASE("an object that is given up leaves nothing") {
    const TemporaryDirectory dir;
    const auto sink = file_sink(dir.path());
    {
        REQUIRE(sink->begin("a", {}).value()->write(as_bytes("x")));
    }
    CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("what a crashed worker left is swept, what a living one writes is not") {
    const TemporaryDirectory dir;
    REQUIRE(write_file_atomically(dir.path() + "/.kns-1-1.tmp", "dead"));
    REQUIRE(write_file_atomically(dir.path() + "/.kns-2-1.tmp", "alive"));
    REQUIRE(write_file_atomically(dir.path() + "/.kns-notes", "somebody's"));
    const Fd alive = open_file(dir.path() + "/.kns-2-1.tmp", O_RDWR).value();
    REQUIRE(::flock(alive.get(), LOCK_EX) == 0);
    file_sink(dir.path());
    CHECK_FALSE(fs::exists(dir.path() + "/.kns-1-1.tmp"));
    CHECK(fs::exists(dir.path() + "/.kns-2-1.tmp"));
    CHECK(fs::exists(dir.path() + "/.kns-notes"));
}

TEST_CASE("a link that somebody planted leads nowhere") {
    const TemporaryDirectory dir, outside;
    fs::create_directory_symlink(outside.path(), dir.path() + "/2026");
    const auto sink = file_sink(dir.path());
    const auto object = sink->begin("2026/a", {}).value();
    REQUIRE(object->write(as_bytes("x")));
    CHECK_FALSE(object->commit(0));
    CHECK(fs::is_empty(outside.path()));
}

TEST_CASE("a destination that is gone is an error with its remedy") {
    Registry registry;
    load_plugins(built_in_plugins(), "", registry);
    const auto sink = registry.make_sink({.destination = parse_destination("/nowhere/at/all").value()});
    REQUIRE_FALSE(sink);
    CHECK(sink.error().message == "the directory /nowhere/at/all/ does not exist");
}

}  // namespace
}  // namespace kns
