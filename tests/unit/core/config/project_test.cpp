#include "core/config/project_plan.hpp"

#include <catch2/catch.hpp>

#include "core/base/posix.hpp"

namespace kns {
namespace {

Result<Project> project_of(std::string text, std::string name = "kns.yaml") {
    const ProjectFile file{.name = std::move(name), .directory = "/srv/p", .text = std::move(text)};
    return read_project({&file, 1});
}

StreamPtr stream_named(std::string name, std::size_t shards = 1) {
    StreamRow row{.name = std::move(name)};
    return std::make_shared<const Stream>(std::move(row), std::vector<ShardRow>(shards));
}

DeliveryRow delivery_named(std::string name, std::optional<std::string> source) {
    return {.name = name, .config = make_delivery_config({{.to = "/out"}, name, std::move(source)}).value()};
}

std::string planned(const Result<std::vector<PlanStep>>& plan) {
    if (!plan) return plan.error().message;
    std::string out;
    for (const auto& step : *plan) {
        out += fmt::format("{}{} {}", out.empty() ? "" : "; ", name_of_enum(step.report.result), step.report.name);
        if (step.report.result == ProjectResult::updated)
            for (const auto& change : step.report.changes)
                out += fmt::format(" {}={}>{}", change.key, change.from.value_or("-"), change.to.value_or("-"));
    }
    return out;
}

std::string plan_of(std::string text, const Existing& existing, bool prune = false) {
    const auto project = project_of(std::move(text));
    return project ? planned(plan_project(*project, existing, {}, prune)) : project.error().message;
}

const Existing kTwo{.streams = {stream_named("clicks", 2), stream_named("views")},
                    .deliveries = {delivery_named("archive", "clicks")}};

TEST_CASE("what is missing is created, with the daemon's defaults for what is not said") {
    const auto plan =
        plan_project(project_of("streams:\n  a: {}\n  b: {shards: 4}\n").value(), {}, {.retention = "7d", .shards = 3}, false);
    REQUIRE(plan);
    CHECK(planned(plan) == "created a; created b");
    CHECK((*plan)[0].create_stream->shard_count == 3);
    CHECK((*plan)[0].create_stream->retention == "7d");
    CHECK((*plan)[1].create_stream->shard_count == 4);
}

TEST_CASE("what is said differs, or nothing is done; what is not said stays") {
    CHECK(plan_of("streams: {clicks: {}}", kTwo) == "unchanged clicks");
    CHECK(plan_of("streams: {clicks: {shards: 2, retention: 1d, durability: sync}}", kTwo) == "unchanged clicks");
    CHECK(plan_of("streams: {clicks: {shards: 3, retention: 7d}}", kTwo) == "updated clicks shards=2>3 retention=24h>7d");
    CHECK(plan_of("streams: {clicks: {tags: {a: b}}}", kTwo) == "updated clicks tags=->{a: b}");
    CHECK(plan_of("deliveries: {archive: {buffer: 5MiB}}", kTwo) == "unchanged archive");
    CHECK(plan_of("deliveries: {archive: {to: /out, retry: 5m}}", kTwo) == "unchanged archive");
    CHECK(plan_of("deliveries: {archive: {compress: gzip, to: ./other}}", kTwo) ==
          "updated archive to=file:///out/>file:///srv/p/other/ compress=none>gzip");
}

TEST_CASE("tags are exactly those given") {
    auto row = StreamRow{.name = "s", .tags = {{"a", "1"}, {"b", "2"}}};
    const Existing existing{.streams = {std::make_shared<const Stream>(row, std::vector<ShardRow>(1))}, .deliveries = {}};
    const auto plan = plan_project(project_of("streams: {s: {tags: {a: '3', c: x}}}").value(), existing, {}, false).value();
    REQUIRE(plan[0].change_tags);
    CHECK_FALSE(plan[0].update_stream);
    CHECK(plan[0].change_tags->tags == std::map<std::string, std::string>{{"a", "3"}, {"c", "x"}});
    CHECK(plan[0].change_tags->remove == std::vector<std::string>{"b"});
}

TEST_CASE("what is left out is deleted by prune only, delivery streams before streams") {
    CHECK(plan_of("streams: {views: {}}", kTwo) == "unchanged views");
    CHECK(plan_of("streams: {views: {}}", kTwo, true) == "unchanged views; deleted archive; deleted clicks");
    CHECK(plan_of("deliveries: {archive: {}}", kTwo, true) ==
          "kns.yaml:1:14: archive: its source, stream \"clicks\", will not exist");
}

TEST_CASE("what is wrong in a project is said with its place") {
    struct Case {
        const char *text, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"streams:\n  clicks:\n    shard: 2\n", "kns.yaml:3:5: unknown key \"shard\""},
        {"stream: {}\n", "kns.yaml:1:1: unknown key \"stream\""},
        {"streams: [clicks]\n", "kns.yaml:1:10: streams: expected a map of names, found a list"},
        {"streams:\n  a b: {}\n", "kns.yaml:2:3: \"a b\" is not a stream name"},
        {"streams:\n  clicks:\n    shards: two\n", "kns.yaml:3:13: shards: \"two\" is not a whole number"},
        {"streams:\n  new:\n    retention: 1m\n", "kns.yaml:2:3: new: a retention of 1m is out of range"},
        {"streams:\n  new: {mode: on-demand, shards: 2}\n", "kns.yaml:2:3: new: a stream on demand has as many shards as it needs"},
        {"deliveries:\n  new:\n    compress: rar\n",
         "kns.yaml:3:15: compress: \"rar\" is none of none, gzip, zip, snappy, hadoop-snappy, zstd"},
        {"deliveries:\n  new: {}\n", "kns.yaml:2:3: new: a delivery stream needs a destination"},
        {"deliveries:\n  new: {to: 'ftp://x/'}\n", "kns.yaml:2:3: new: this kns cannot deliver to ftp: it has no such sink"},
        {"deliveries:\n  new: {to: ./x, source: clikcs}\n", "kns.yaml:2:3: new: its source, stream \"clikcs\", will not exist"},
        {"deliveries:\n  new: {to: ./x, buffer: 5}\n", "kns.yaml:2:26: buffer: \"5\" is not a size and a time"},
        {"deliveries:\n  new: {to: ./x, from: then}\n", "kns.yaml:2:24: from: \"then\" is not a time"},
        {"deliveries:\n  archive: {source: views}\n",
         "kns.yaml:2:3: archive: it reads stream \"clicks\"; the source of a delivery stream cannot be changed"},
        {"idle_exit: 0\n", "kns.yaml:1:1: \"idle_exit\" is a setting of the daemon, and none of a project"},
    }));
    CHECK(plan_of(c.text, kTwo) == c.message);
}

TEST_CASE("a stream is encrypted from the first, or never") {
    Existing existing{.streams = {stream_named("plain")}, .deliveries = {}};
    existing.streams.push_back(
        std::make_shared<const Stream>(StreamRow{.name = "sealed", .encryption = "aes-256-gcm"}, std::vector<ShardRow>(1)));
    CHECK(plan_project(project_of("streams: {new: {encrypt: true}}").value(), {}, {}, false).value()[0].create_stream->encrypt);
    CHECK(plan_of("streams: {plain: {encrypt: false}, sealed: {encrypt: true}}", existing) == "unchanged plain; unchanged sealed");
    CHECK(plan_of("streams:\n  plain: {encrypt: true}\n", existing) ==
          "kns.yaml:2:3: plain: it is not encrypted, which cannot be changed");
    CHECK(plan_of("streams:\n  sealed: {encrypt: false}\n", existing) ==
          "kns.yaml:2:3: sealed: it is encrypted, which cannot be changed");
    CHECK(plan_of("streams:\n  plain: {encrypt: 1}\n", existing) == "kns.yaml:2:20: encrypt: expected true or false, found \"1\"");
    const auto exported = export_project(existing.streams, {});
    CHECK(plan_of(exported.yaml, {}) == "created plain; created sealed");
    CHECK(plan_of(exported.yaml, existing) == "unchanged plain; unchanged sealed");
}

TEST_CASE("an object is in one file only") {
    const ProjectFile files[] = {{"a.yaml", "/", "streams: {s: {}}"}, {"b.yaml", "/", "streams: {s: {}}"}};
    const auto project = read_project(files);
    REQUIRE_FALSE(project);
    CHECK(project.error().message == "b.yaml:1:11: \"s\" is given twice");
    CHECK(project.error().hint == "a.yaml:1 has it first");
}

TEST_CASE("what is exported changes nothing when it is applied, and makes the same elsewhere") {
    StreamRow odd{.name = "on", .mode = "on-demand", .retention_ms = 90 * kMinute, .limits = "aws", .max_record_bytes = 12345};
    odd.durability = Durability::parse("interval=250ms").value();
    odd.tags = {{"team:a", "x, y"}, {"no", "# 1"}, {"", ""}};
    odd.tags.erase("");
    DeliveryRow full = delivery_named("full", std::nullopt);
    full.config = make_delivery_config({{.to = "/a b/#c",
                                         .format = "parquet",
                                         .compress = Compression::gzip,
                                         .delimiter = Delimiter::none,
                                         .buffer_bytes = 1000001,
                                         .buffer_ms = 0,
                                         .spool_bytes = 3 << 20,
                                         .spool_ms = 36 * kHour,
                                         .prefix = "day='!{timestamp:yyyy}'/",
                                         .error_prefix = "!{firehose:error-output-type}/",
                                         .retry_ms = 1500,
                                         .backup = "s3://bucket/?region=r",
                                         .logs = Logs::messages,
                                         .deaggregate = "delimited:\n",
                                         .transform = "/opt/x 'a b'",
                                         .transform_bytes = 5000,
                                         .transform_retries = 0,
                                         .transform_ms = 1500,
                                         .extension = ".log",
                                         .time_zone = "Europe/Berlin",
                                         .backup_mode = BackupMode::all,
                                         .backup_prefix = "all/",
                                         .schema = "id bigint, -- \"x\"\nname string",
                                         .columns = std::map<std::string, std::string>{{"id", "Id: #"}},
                                         .format_options = std::map<std::string, std::string>{{"page_size_bytes", "65536"}}},
                                        "full"})
                      .value();
    const Existing all{.streams = {stream_named("clicks", 3), std::make_shared<const Stream>(odd, std::vector<ShardRow>(5))},
                       .deliveries = {delivery_named("archive", "clicks"), full}};
    const auto exported = export_project(all.streams, all.deliveries);
    INFO(exported.yaml);
    const auto project = project_of(exported.yaml);
    REQUIRE(project);
    CHECK(planned(plan_project(*project, all, {}, true)) == "unchanged clicks; unchanged on; unchanged archive; unchanged full");
    const auto anew = plan_project(*project, {}, {}, true).value();
    for (std::size_t i = 0; i < anew.size(); ++i)
        for (const auto& change : anew[i].report.changes) CHECK(exported.items[i].settings.at(change.key) == change.to);
    const auto copy = make_delivery_config(*anew[3].create_delivery).value();
    CHECK(copy == full.config);
}

// Fields that are nothing a stream has: its name, and what is demanded at the moment when it is made.
bool is_no_setting(std::string_view field) { return field == "name" || field == "if_not_exists" || field == "zones"; }

// Each field of the struct is one that a project writes, by the name on the right where that is another one.
template <class T>
void check_fields(const std::map<std::string_view, std::string_view>& other_names, const std::vector<std::string_view>& keys) {
    std::apply(
        [&](const auto&... fields) {
            for (const std::string_view field : {fields.name...}) {
                const auto other = other_names.find(field);
                INFO(field);
                CHECK((is_no_setting(field) || std::ranges::count(keys, other == other_names.end() ? field : other->second)));
            }
        },
        T::fields());
}

TEST_CASE("whatever can be asked for when a stream or delivery stream is made can stand in a project") {
    check_fields<CreateStream>({{"shard_count", "shards"}, {"max_record_bytes", "max_record_size"}}, stream_keys());
    check_fields<CreateDelivery>({{"buffer_bytes", "buffer"},
                                  {"buffer_ms", "buffer"},
                                  {"spool_bytes", "spool"},
                                  {"spool_ms", "spool"},
                                  {"retry_ms", "retry"},
                                  {"transform_bytes", "transform_buffer"},
                                  {"transform_ms", "transform_timeout"}},
                                 delivery_keys());
}

TEST_CASE("kns.yaml(5) tells of every key, and of no other") {
    std::vector<std::string> keys;
    for (const auto& setting : settings()) keys.emplace_back(setting.key);
    for (const auto key : stream_keys()) keys.emplace_back(key);
    for (const auto key : delivery_keys()) keys.emplace_back(key);
    std::vector<std::string> told;
    const std::string page = read_file(KNS_YAML_PAGE).value();
    for (std::size_t at = 0; (at = page.find("\n.It Cm ", at)) != std::string::npos;) {
        at += 8;
        told.push_back(page.substr(at, page.find(' ', at) - at));
    }
    CHECK(told == keys);
}

}  // namespace
}  // namespace kns
