// What the native API says about projects: `/v1/apply`, `/v1/export`. A project is what kns.yaml(5) says there shall be.
#pragma once

#include "core/base/describe.hpp"

namespace kns {

struct ProjectFile {
    std::string name;       // in errors
    std::string directory;  // absolute; what paths in it are relative to
    std::string text;       // YAML

    static constexpr auto fields() {
        return std::tuple{field("name", &ProjectFile::name), field("directory", &ProjectFile::directory),
                          field("text", &ProjectFile::text)};
    }
};

struct ApplyProject {
    std::vector<ProjectFile> files;  // together one project
    bool dry_run = false;            // say what would be done
    bool prune = false;              // delete what they leave out

    static constexpr auto fields() {
        return std::tuple{field("files", &ApplyProject::files), field("dry_run", &ApplyProject::dry_run),
                          field("prune", &ApplyProject::prune)};
    }
};

enum class ProjectResult { unchanged, created, updated, deleted, failed };
inline std::span<const std::string_view> enum_names(ProjectResult) {
    static constexpr std::string_view names[] = {"unchanged", "created", "updated", "deleted", "failed"};
    return names;
}

// One key of an object, both sides as kns.yaml writes them; null where there is none.
struct ProjectChange {
    std::string key;
    std::optional<std::string> from, to;

    static constexpr auto fields() {
        return std::tuple{field("key", &ProjectChange::key), field("from", &ProjectChange::from), field("to", &ProjectChange::to)};
    }
};

struct ProjectStep {
    std::string kind;  // "stream", "delivery"
    std::string name;
    ProjectResult result = ProjectResult::unchanged;  // with dry_run: what it would be
    std::vector<ProjectChange> changes;
    std::optional<std::string> error;  // of a failed one; what comes behind it was not tried

    static constexpr auto fields() {
        return std::tuple{field("kind", &ProjectStep::kind), field("name", &ProjectStep::name),
                          field("result", &ProjectStep::result), field("changes", &ProjectStep::changes),
                          field("error", &ProjectStep::error)};
    }
};

struct ProjectObject {
    std::string kind, name;
    std::map<std::string, std::string> settings;  // as kns.yaml writes them

    static constexpr auto fields() {
        return std::tuple{field("kind", &ProjectObject::kind), field("name", &ProjectObject::name),
                          field("settings", &ProjectObject::settings)};
    }
};

struct ExportedProject {
    std::string yaml;  // the whole of it
    std::vector<ProjectObject> items;

    static constexpr auto fields() {
        return std::tuple{field("yaml", &ExportedProject::yaml), field("items", &ExportedProject::items)};
    }
};

}  // namespace kns
