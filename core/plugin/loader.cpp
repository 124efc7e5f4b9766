#include "core/plugin/loader.hpp"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "core/base/posix.hpp"
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

// Debian packages of the libraries that plugins need, by the name the dynamic linker misses.
constexpr std::pair<std::string_view, std::string_view> kPackages[] = {{"libdeflate.so.0", "libdeflate0"}};

constexpr std::size_t kMaxObjectBytes = 64 << 20;

template <class T>
bool read_struct(std::string_view image, std::uint64_t at, T& out) {
    if (at > image.size() || image.size() - at < sizeof(T)) return false;
    std::memcpy(&out, image.data() + at, sizeof(T));
    return true;
}

// The content of an ELF64 file's section, or nothing. Every number in the file is checked against its size.
std::string_view find_section(std::string_view image, std::string_view wanted) {
    Elf64_Ehdr header{};
    if (!read_struct(image, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64)
        return {};
    auto section = [&](std::uint64_t number, Elf64_Shdr& out) {
        return header.e_shoff <= image.size() && read_struct(image, header.e_shoff + number * sizeof(Elf64_Shdr), out);
    };
    auto content = [&](const Elf64_Shdr& s) {
        return s.sh_offset > image.size() || image.size() - s.sh_offset < s.sh_size ? std::string_view()
                                                                                    : image.substr(s.sh_offset, s.sh_size);
    };
    Elf64_Shdr names{}, each{};
    if (!section(header.e_shstrndx, names)) return {};
    const std::string_view name_table = content(names);
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
        if (!section(i, each) || each.sh_type == SHT_NOBITS || each.sh_name >= name_table.size()) continue;
        const std::string_view name = name_table.substr(each.sh_name);
        if (name.substr(0, name.find('\0')) == wanted) return content(each);
    }
    return {};
}

// dlerror's text, made into a sentence with its remedy where the cause is a library that is not installed.
std::string why_not(std::string reason) {
    for (const auto& [library, package] : kPackages)
        if (reason.find(library) != std::string::npos) return fmt::format("{} is missing, install {}", library, package);
    return reason;
}

Result<void> load_shared(const std::string& path, const PluginManifest& manifest, Registry& registry) {
    if (manifest.build != KNS_PLUGIN_BUILD_ID)
        return fail(Errc::unsupported, "it was built for build {}, this is build {}", manifest.build, KNS_PLUGIN_BUILD_ID);
    // Never closed: what it registered lives as long as the process.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) return fail(Errc::unsupported, "{}", why_not(::dlerror()));
    auto* const register_in = reinterpret_cast<void (*)(Registry&)>(::dlsym(handle, "kns_plugin_register"));
    if (!register_in) return fail(Errc::corrupt, "it has no kns_plugin_register");
    register_in(registry);
    return {};
}

void note_registered(PluginInfo& info, std::string_view status, Registry& registry) {
    info.kinds = registry.take_added();
    const std::string clash = registry.take_clash();
    info.usable = clash.empty();
    info.status = clash.empty() ? std::string(status) : fmt::format("{} in part: another plugin already gives {}", status, clash);
}

}  // namespace

Result<PluginManifest> read_plugin_manifest(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::file_size(path, ignored) > kMaxObjectBytes) return fail(Errc::corrupt, "too large to be a plugin");
    const std::string image = KNS_TRY(read_file(path));
    std::string_view text = find_section(image, KNS_PLUGIN_SECTION);
    text = text.substr(0, text.find('\0'));
    if (!text.starts_with(KNS_PLUGIN_MAGIC)) return fail(Errc::corrupt, "not a plugin of kns");
    text.remove_prefix(std::string_view(KNS_PLUGIN_MAGIC).size());
    PluginManifest manifest;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t equals = std::min(line.find('='), line.size());
        const std::string_view key = line.substr(0, equals), value = line.substr(std::min(equals + 1, line.size()));
        if (key == "name") manifest.name = value;
        if (key == "build") manifest.build = value;
        if (key == "description") manifest.description = value;
        if (key == "gives") manifest.gives.emplace_back(value);
    }
    return manifest;
}

std::vector<PluginInfo> load_plugins(std::span<const StaticPlugin> built_in, const std::string& directory, Registry& registry,
                                     std::optional<std::string_view> wanted) {
    std::vector<PluginInfo> list;
    for (const auto& plugin : built_in) {
        plugin.register_in(registry);
        note_registered(list.emplace_back(PluginInfo{.name = plugin.name, .description = plugin.description}), "built in",
                        registry);
    }
    std::vector<std::string> paths;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
        if (entry.path().extension() == ".so") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
        const auto manifest = read_plugin_manifest(path);
        if (manifest && wanted && !manifest->gives.empty() && std::ranges::find(manifest->gives, *wanted) == manifest->gives.end())
            continue;
        PluginInfo& info = list.emplace_back(PluginInfo{.name = std::filesystem::path(path).stem(), .path = path});
        if (!manifest) {
            info.status = "not loaded: " + manifest.error().message;
            continue;
        }
        info.name = manifest->name;
        info.description = manifest->description;
        if (auto loaded = load_shared(path, *manifest, registry); !loaded)
            info.status = "not loaded: " + loaded.error().message;
        else
            note_registered(info, "loaded", registry);
    }
    return list;
}

}  // namespace kns
