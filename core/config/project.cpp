#include "core/config/project.hpp"

#include <map>

#include "core/base/buffering.hpp"
#include "core/base/command_words.hpp"
#include "core/base/ids.hpp"
#include "core/config/config.hpp"

namespace kns {
namespace {

// A key of an object: its name and what reads it. A setting added to the API gets its row here, its line in `settings_of`
// and its entry in kns.yaml(5).
template <class Object>
struct ObjectKey {
    std::string_view name;
    Result<void> (*read)(Object&, const YamlValue&);
};

template <auto Member>
Result<void> read_text(auto& object, const YamlValue& value) {
    object.settings.*Member = KNS_TRY(yaml_text(value));
    return {};
}

template <auto Member>
Result<void> read_text_map(ProjectDelivery& delivery, const YamlValue& value) {
    delivery.settings.*Member = KNS_TRY(yaml_text_map(value));
    return {};
}

template <auto Member>
Result<void> read_enum(auto& object, const YamlValue& value) {
    using Enum = typename std::remove_reference_t<decltype(object.settings.*Member)>::value_type;
    object.settings.*Member = KNS_TRY(enum_from_name<Enum>(KNS_TRY(yaml_text(value))));
    return {};
}

constexpr ObjectKey<ProjectStream> kStreamKeys[] = {
    {"shards",
     [](ProjectStream& stream, const YamlValue& value) -> Result<void> {
         stream.settings.shard_count = static_cast<std::uint32_t>(std::min<std::uint64_t>(KNS_TRY(yaml_number(value)), UINT32_MAX));
         return {};
     }},
    {"mode", read_text<&UpdateStream::mode>},
    {"retention", read_text<&UpdateStream::retention>},
    {"durability", read_text<&UpdateStream::durability>},
    {"limits", read_text<&UpdateStream::limits>},
    {"max_record_size",
     [](ProjectStream& stream, const YamlValue& value) -> Result<void> {
         stream.settings.max_record_bytes = KNS_TRY(parse_size(KNS_TRY(yaml_text(value))));
         return {};
     }},
    {"encrypt",
     [](ProjectStream& stream, const YamlValue& value) -> Result<void> {
         const auto text = KNS_TRY(yaml_text(value));
         if (text != "true" && text != "false") return fail(Errc::invalid_argument, "expected true or false, found \"{}\"", text);
         stream.encrypt = text == "true";
         return {};
     }},
    {"tags",
     [](ProjectStream& stream, const YamlValue& value) -> Result<void> {
         stream.tags = KNS_TRY(yaml_text_map(value));
         return {};
     }},
};

constexpr ObjectKey<ProjectDelivery> kDeliveryKeys[] = {
    {"source",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.source = KNS_TRY(parse_source(KNS_TRY(yaml_text(value))));
         return {};
     }},
    {"from",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.from = KNS_TRY(yaml_text(value));
         if (delivery.from != "start" && delivery.from != "latest") KNS_TRY(parse_time(*delivery.from, 0));
         return {};
     }},
    {"to", read_text<&UpdateDelivery::to>},
    {"endpoint", read_text<&UpdateDelivery::endpoint>},
    {"region", read_text<&UpdateDelivery::region>},
    {"secret", read_text<&UpdateDelivery::secret>},
    {"profile", read_text<&UpdateDelivery::profile>},
    {"format", read_text<&UpdateDelivery::format>},
    {"compress", read_enum<&UpdateDelivery::compress>},
    {"delimiter", read_enum<&UpdateDelivery::delimiter>},
    {"buffer",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         const auto buffering = KNS_TRY(parse_buffering(KNS_TRY(yaml_text(value))));
         delivery.settings.buffer_bytes = buffering.bytes;
         delivery.settings.buffer_ms = buffering.ms;
         return {};
     }},
    {"spool",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         const auto spool = KNS_TRY(parse_buffering(KNS_TRY(yaml_text(value))));
         delivery.settings.spool_bytes = spool.bytes;
         delivery.settings.spool_ms = spool.ms;
         return {};
     }},
    {"prefix", read_text<&UpdateDelivery::prefix>},
    {"error_prefix", read_text<&UpdateDelivery::error_prefix>},
    {"retry",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.settings.retry_ms = KNS_TRY(parse_duration(KNS_TRY(yaml_text(value))));
         return {};
     }},
    {"backup", read_text<&UpdateDelivery::backup>},
    {"attributes", read_text_map<&UpdateDelivery::attributes>},
    {"logs", read_enum<&UpdateDelivery::logs>},
    {"deaggregate", read_text<&UpdateDelivery::deaggregate>},
    {"transform", read_text<&UpdateDelivery::transform>},
    {"transform_buffer",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.settings.transform_bytes = KNS_TRY(parse_size(KNS_TRY(yaml_text(value))));
         return {};
     }},
    {"transform_retries",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.settings.transform_retries = KNS_TRY(yaml_number(value));
         return {};
     }},
    {"transform_timeout",
     [](ProjectDelivery& delivery, const YamlValue& value) -> Result<void> {
         delivery.settings.transform_ms = KNS_TRY(parse_duration(KNS_TRY(yaml_text(value))));
         return {};
     }},
    {"partition", read_text_map<&UpdateDelivery::partition>},
    {"extension", read_text<&UpdateDelivery::extension>},
    {"time_zone", read_text<&UpdateDelivery::time_zone>},
    {"backup_mode", read_enum<&UpdateDelivery::backup_mode>},
    {"backup_prefix", read_text<&UpdateDelivery::backup_prefix>},
    {"schema", read_text<&UpdateDelivery::schema>},
    {"columns", read_text_map<&UpdateDelivery::columns>},
    {"format_options", read_text_map<&UpdateDelivery::format_options>},
};

template <class Object>
Result<Object> read_object(const ProjectFile& file, const YamlMember& member, std::string name,
                           std::span<const ObjectKey<Object>> known) {
    Object object;
    object.name = std::move(name);
    object.place = {file.name, member.place};
    std::vector<YamlKey> keys;
    for (const auto& key : known)
        keys.push_back({key.name, [&object, &key](const YamlValue& value) { return key.read(object, value); }});
    KNS_TRY(read_yaml_map(file.name, member.value, keys));
    return object;
}

// A path is relative to its file.
std::string absolute_destination(const std::string& to, const std::string& directory) {
    if (to.starts_with('/') || to.find(':') < to.find('/')) return to;
    return fmt::format("{}/{}", directory, to);
}

// A path in a project is relative to the file that it stands in.
void anchor(UpdateDelivery& settings, const std::string& directory) {
    for (auto* to : {&settings.to, &settings.backup})
        if (*to && !(*to)->empty()) *to = absolute_destination(**to, directory);
    if (settings.transform) settings.transform = anchor_transform(*settings.transform, directory);
}

// Names that are taken, and where.
using Taken = std::map<std::string, ProjectPlace>;

// One section, "streams:" or "deliveries:", from a map of names.
template <class Object>
Result<void> read_section(const ProjectFile& file, const YamlValue& section, Result<std::string> (*parse_name)(std::string_view),
                          std::span<const ObjectKey<Object>> known, Taken& taken, std::vector<Object>& into) {
    if (section.kind != YamlValue::Kind::map)
        return fail(Errc::invalid_argument, "expected a map of names, found {}", section.kind_name())
            .hint("NAME: {} is the shortest entry");
    for (const auto& member : section.members) {
        auto name = parse_name(member.key);
        if (!name) return std::unexpected(at_place(std::move(name).error(), file.name, member.place, {}));
        if (const auto [first, fresh] = taken.emplace(*name, ProjectPlace{file.name, member.place}); !fresh)
            return std::unexpected(at_place(fail(Errc::invalid_argument, "\"{}\" is given twice", *name)
                                                .hint(fmt::format("{}:{} has it first", first->second.file, first->second.at.line)),
                                            file.name, member.place, {}));
        into.push_back(KNS_TRY(read_object<Object>(file, member, std::move(*name), known)));
    }
    return {};
}

// A setting of the daemon in a project would do nothing.
Result<void> refuse_settings(const ProjectFile& file, const YamlValue& root) {
    for (const auto& member : root.members)
        for (const auto& setting : settings())
            if (setting.key.substr(0, setting.key.find('.')) == member.key)
                return std::unexpected(
                    at_place(fail(Errc::invalid_argument, "\"{}\" is a setting of the daemon, and none of a project", member.key)
                                 .hint(fmt::format("kns config set {} VALUE", setting.key)),
                             file.name, member.place, {}));
    return {};
}

class ProjectReader {
   public:
    Result<void> read(const ProjectFile& file) {
        const YamlValue root = KNS_TRY(parse_yaml(file.text, file.name));
        KNS_TRY(refuse_settings(file, root));
        const auto had = project_.deliveries.size();
        const YamlKey keys[] = {{"streams",
                                 [&](const YamlValue& value) {
                                     return read_section<ProjectStream>(file, value, parse_stream_name, kStreamKeys, streams_,
                                                                        project_.streams);
                                 }},
                                {"deliveries", [&](const YamlValue& value) {
                                     return read_section<ProjectDelivery>(file, value, parse_delivery_name, kDeliveryKeys,
                                                                          deliveries_, project_.deliveries);
                                 }}};
        KNS_TRY(read_yaml_map(file.name, root, keys));
        for (auto i = had; i < project_.deliveries.size(); ++i) anchor(project_.deliveries[i].settings, file.directory);
        return {};
    }
    Project take() { return std::move(project_); }

   private:
    static Result<std::string> parse_stream_name(std::string_view text) { return KNS_TRY(StreamName::parse(text)).text(); }

    Project project_;
    Taken streams_, deliveries_;
};

// The largest unit that divides it: read again, the same.
std::string size_text(std::uint64_t bytes) {
    if (bytes && bytes % (1 << 20) == 0) return fmt::format("{}MiB", bytes >> 20);
    if (bytes && bytes % (1 << 10) == 0) return fmt::format("{}KiB", bytes >> 10);
    return fmt::format("{}B", bytes);
}

void append_object(std::string& out, std::string_view name, const std::vector<ProjectSetting>& settings) {
    out += fmt::format("  {}:\n", write_yaml_text(name));
    for (const auto& setting : settings) out += fmt::format("    {}: {}\n", setting.key, setting.value);
}

ProjectObject object_of(std::string kind, std::string name, const std::vector<ProjectSetting>& settings) {
    ProjectObject object{.kind = std::move(kind), .name = std::move(name), .settings = {}};
    for (const auto& setting : settings) object.settings[setting.key] = setting.value;
    return object;
}

}  // namespace

Result<Project> read_project(std::span<const ProjectFile> files) {
    ProjectReader reader;
    for (const auto& file : files) KNS_TRY(reader.read(file));
    return reader.take();
}

Result<CreateDelivery> read_delivery(const ProjectFile& file, const YamlValue& map) {
    const YamlMember member{.key = "delivery", .place = map.place, .value = map};
    auto read = KNS_TRY(read_object<ProjectDelivery>(file, member, member.key, kDeliveryKeys));
    anchor(read.settings, file.directory);
    CreateDelivery out{std::move(read.settings)};
    out.source = std::move(read.source);
    return out;
}

std::vector<ProjectSetting> settings_of(const StreamRow& stream, std::size_t shard_count) {
    std::vector<ProjectSetting> out;
    // How many shards one on demand has is its own business, and changes.
    if (stream.mode == "on-demand")
        out.push_back({"mode", stream.mode});
    else
        out.push_back({"shards", fmt::format("{}", shard_count)});
    out.push_back({"retention", format_duration(stream.retention_ms)});
    out.push_back({"durability", stream.durability.text()});
    out.push_back({"limits", stream.limits});
    out.push_back({"max_record_size", size_text(stream.max_record_bytes)});
    if (stream.encrypted()) out.push_back({"encrypt", "true"});
    if (!stream.tags.empty()) out.push_back({"tags", write_yaml_map(stream.tags)});
    return out;
}

std::vector<ProjectSetting> settings_of(const DeliveryConfig& delivery) {
    std::vector<ProjectSetting> out;
    if (delivery.source) out.push_back({"source", write_yaml_text(*delivery.source)});
    out.push_back({"to", write_yaml_text(delivery.to)});
    const auto if_given = [&](std::string key, const std::string& text) {
        if (!text.empty()) out.push_back({std::move(key), write_yaml_text(text)});
    };
    if_given("endpoint", delivery.endpoint);
    if_given("region", delivery.region);
    if_given("secret", delivery.secret);
    if_given("profile", delivery.profile);
    out.push_back({"format", write_yaml_text(delivery.format)});
    out.push_back({"compress", std::string(name_of_enum(delivery.compress))});
    out.push_back({"delimiter", std::string(name_of_enum(delivery.delimiter))});
    out.push_back({"buffer", fmt::format("{},{}", size_text(delivery.buffer_bytes), format_duration(delivery.buffer_ms))});
    if (!delivery.reads_stream())
        out.push_back({"spool", fmt::format("{},{}", size_text(delivery.spool_bytes), format_duration(delivery.spool_ms))});
    if_given("prefix", delivery.prefix);
    if_given("error_prefix", delivery.error_prefix);
    out.push_back({"retry", format_duration(delivery.retry_ms)});
    if_given("backup", delivery.backup);
    if (!delivery.attributes.empty()) out.push_back({"attributes", write_yaml_map(delivery.attributes)});
    if (delivery.logs != Logs::none) out.push_back({"logs", std::string(name_of_enum(delivery.logs))});
    if_given("deaggregate", delivery.deaggregate);
    if_given("transform", delivery.transform);
    if (!delivery.transform.empty()) {
        out.push_back({"transform_buffer", size_text(delivery.transform_bytes)});
        out.push_back({"transform_retries", std::to_string(delivery.transform_retries)});
        out.push_back({"transform_timeout", format_duration(delivery.transform_ms)});
    }
    if (!delivery.partition.empty()) out.push_back({"partition", write_yaml_map(delivery.partition)});
    if_given("extension", delivery.extension);
    if_given("time_zone", delivery.time_zone);
    if (delivery.backup_mode != BackupMode::failed) out.push_back({"backup_mode", std::string(name_of_enum(delivery.backup_mode))});
    if_given("backup_prefix", delivery.backup_prefix);
    if_given("schema", delivery.schema);
    if (!delivery.columns.empty()) out.push_back({"columns", write_yaml_map(delivery.columns)});
    if (!delivery.format_options.empty()) out.push_back({"format_options", write_yaml_map(delivery.format_options)});
    return out;
}

std::vector<std::string_view> stream_keys() {
    std::vector<std::string_view> out;
    for (const auto& key : kStreamKeys) out.push_back(key.name);
    return out;
}

std::vector<std::string_view> delivery_keys() {
    std::vector<std::string_view> out;
    for (const auto& key : kDeliveryKeys) out.push_back(key.name);
    return out;
}

ExportedProject export_project(const std::vector<StreamPtr>& streams, const std::vector<DeliveryRow>& deliveries) {
    ExportedProject out{.yaml = "# kns apply -f FILE makes all this; see kns.yaml(5).\n", .items = {}};
    if (!streams.empty()) out.yaml += "streams:\n";
    for (const auto& stream : streams) {
        const auto settings = settings_of(stream->row, stream->open.size());
        append_object(out.yaml, stream->row.name, settings);
        out.items.push_back(object_of("stream", stream->row.name, settings));
    }
    if (!deliveries.empty()) out.yaml += "deliveries:\n";
    for (const auto& delivery : deliveries) {
        const auto settings = settings_of(delivery.config);
        append_object(out.yaml, delivery.name, settings);
        out.items.push_back(object_of("delivery", delivery.name, settings));
    }
    return out;
}

}  // namespace kns
