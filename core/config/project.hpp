// A project: the streams and delivery streams that a kns.yaml says there shall be; and what there is, written the same way.
#pragma once

#include <span>

#include "core/base/api/delivery.hpp"
#include "core/base/api/project.hpp"
#include "core/base/api/stream.hpp"
#include "core/config/yaml.hpp"
#include "core/store/delivery_store.hpp"
#include "core/stream/stream_directory.hpp"

namespace kns {

// Where an object or one of its keys stands, for errors found later.
struct ProjectPlace {
    std::string file;
    YamlPlace at;
};

// Absent settings are left as they are, or to the defaults of a new one.
struct ProjectStream {
    std::string name;
    UpdateStream settings;
    std::optional<bool> encrypt;                             // of a new one only
    std::optional<std::map<std::string, std::string>> tags;  // exactly these
    ProjectPlace place;
};

struct ProjectDelivery {
    std::string name;
    std::optional<std::string> source;
    std::optional<std::string> from;  // of a new one only
    UpdateDelivery settings;
    ProjectPlace place;
};

struct Project {
    std::vector<ProjectStream> streams;
    std::vector<ProjectDelivery> deliveries;
};

Result<Project> read_project(std::span<const ProjectFile> files);

// One delivery stream's settings, a map of the same keys, without a name; paths in it are relative to the file's directory.
Result<CreateDelivery> read_delivery(const ProjectFile& file, const YamlValue& map);

// One key and its value as YAML, on one line.
struct ProjectSetting {
    std::string key, value;
    bool operator==(const ProjectSetting&) const = default;
};
// All that a project can say of it, in the order in which it is written.
std::vector<ProjectSetting> settings_of(const StreamRow& stream, std::size_t shard_count);
std::vector<ProjectSetting> settings_of(const DeliveryConfig& delivery);

// The names of all keys, for the check that kns.yaml(5) tells of them.
std::vector<std::string_view> stream_keys();
std::vector<std::string_view> delivery_keys();

ExportedProject export_project(const std::vector<StreamPtr>& streams, const std::vector<DeliveryRow>& deliveries);

}  // namespace kns
