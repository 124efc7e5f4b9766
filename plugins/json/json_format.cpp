// Records as they are, one after the other, with a newline behind each if the delivery stream asks for it. "json" as
// Firehose calls it: what was put is taken to be JSON already, and nobody looks.
#include "core/plugin/abi.hpp"

namespace kns {
namespace {

class JsonFormat final : public Format {
   public:
    explicit JsonFormat(Delimiter delimiter) : newline_(delimiter == Delimiter::newline) {}

    Result<std::optional<UnfitRecord>> append(std::string_view record, std::string& out) override {
        out += record;
        // A record that brings its own newline (`printf '...\n'` put raw) would make an empty line.
        if (newline_ && !record.ends_with('\n')) out += '\n';
        return std::nullopt;
    }
    Result<void> finish(std::string&) override { return {}; }
    std::string_view extension() const override { return ""; }

   private:
    bool newline_;
};

}  // namespace
}  // namespace kns

KNS_PLUGIN(json, "records as they were put, one a line") {
    registry.add_format("json", [](const kns::DeliveryConfig& config, bool) -> kns::Result<std::unique_ptr<kns::Format>> {
        return std::make_unique<kns::JsonFormat>(config.delimiter);
    });
}
