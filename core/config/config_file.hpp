// kns.yaml in the data directory: read at start, changed by `kns config set` as its owner would: one line, with all comments
// and the order of the rest as they are.
#pragma once

#include "core/base/api/config.hpp"
#include "core/config/config.hpp"

namespace kns {

// The file's text with one setting changed or added. What comes out is read again and compared with what was wanted: a layout
// that this cannot edit is `unsupported` and names the line to edit by hand, never a spoilt file. `file` is its name in errors.
Result<std::string> edit_setting(std::string_view text, const std::string& file, const Setting& setting,
                                 const std::vector<std::string>& values);

// The configuration at work. Lives on the I/O thread.
class ConfigStore {
   public:
    static Result<ConfigStore> open(ConfigSources sources);

    const Config& config() const { return now_.config; }
    // Each setting, as it is and as the file has it by now.
    Result<std::vector<ConfigEntry>> entries() const;
    Result<ConfigEntry> entry(std::string_view key) const;

    struct Edit {
        const Setting* setting;
        std::string path, text;  // to be written there, atomically; then `edited`
    };
    // Checks the value and edits the file's text; nothing is changed yet.
    Result<Edit> edit(std::string_view key, std::string_view value) const;
    // The file has been written: a live setting is taken over.
    Result<ConfigEntry> edited(const Edit& edit);

   private:
    ConfigStore(ConfigSources sources, LoadedConfig now) : sources_(std::move(sources)), now_(std::move(now)) {}
    ConfigEntry describe(const Setting& setting, const LoadedConfig& file) const;

    ConfigSources sources_;
    LoadedConfig now_;
};

}  // namespace kns
