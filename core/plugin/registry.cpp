#include "core/plugin/registry.hpp"

namespace kns {
namespace {

template <class Table>
Result<typename Table::mapped_type> find(const Table& table, std::string_view kind, std::string_view name) {
    if (const auto it = table.find(name); it != table.end()) return it->second;
    return fail(Errc::unsupported, "no plugin gives the {} \"{}\"", kind, name)
        .hint("kns plugin list shows what is there, and why something is not");
}

// Has the name of a compression, and leaves the bytes alone.
class Uncompressed final : public Compressor {
   public:
    explicit Uncompressed(std::unique_ptr<Compressor> real) : real_(std::move(real)) {}
    Result<void> append(Bytes in, std::string& out) override {
        out += as_text(in);
        return {};
    }
    Result<void> finish(std::string&) override { return {}; }
    std::string_view extension() const override { return real_->extension(); }
    std::string_view content_encoding() const override { return real_->content_encoding(); }

   private:
    std::unique_ptr<Compressor> real_;
};

}  // namespace

template <class Make>
void Registry::add(std::map<std::string, Make, std::less<>>& table, std::string_view kind, std::string name, Make make) {
    std::string label = fmt::format("{} {}", kind, name);
    if (table.emplace(std::move(name), std::move(make)).second)
        added_.push_back(std::move(label));
    else if (clash_.empty())
        clash_ = std::move(label);
}

void Registry::add_sink(std::string scheme, MakeSink make) { add(sinks_, "sink", std::move(scheme), std::move(make)); }
void Registry::add_record_sink(std::string scheme, MakeRecordSink make) {
    add(record_sinks_, "sink", std::move(scheme), std::move(make));
}
void Registry::add_format(std::string name, MakeFormat make) { add(formats_, "format", std::move(name), std::move(make)); }
void Registry::add_compressor(std::string name, MakeCompressor make) {
    add(compressors_, "compression", std::move(name), std::move(make));
}

void Registry::add_transform(std::string scheme, MakeTransform make) {
    add(transforms_, "transform", std::move(scheme), std::move(make));
}
void Registry::add_query(std::string language, MakeQuery make) { add(queries_, "query", std::move(language), std::move(make)); }
void Registry::add_topic_reader(std::string scheme, MakeTopicReader make) {
    add(topic_readers_, "topic", std::move(scheme), std::move(make));
}

Result<std::unique_ptr<Sink>> Registry::make_sink(const SinkTarget& target) const {
    const auto& make =
        KNS_TRY(find(sinks_, "sink", target.destination.table.empty() ? target.destination.scheme : target.destination.table));
    return diversion_ ? diversion_->sink(target) : make(target, *this);
}
Result<std::unique_ptr<RecordSink>> Registry::make_record_sink(const SinkTarget& target) const {
    auto made = KNS_TRY(KNS_TRY(find(record_sinks_, "sink", target.destination.scheme))(target));
    if (diversion_) made = diversion_->wrap(std::move(made));
    return made;
}
Result<std::unique_ptr<Format>> Registry::make_format(const DeliveryConfig& config) const {
    return KNS_TRY(find(formats_, "format", config.format))(config, diversion_.has_value());
}
Result<std::unique_ptr<Compressor>> Registry::make_compressor(std::string_view name) const {
    auto made = KNS_TRY(KNS_TRY(find(compressors_, "compression", name))());
    if (diversion_) made = std::make_unique<Uncompressed>(std::move(made));
    return made;
}

Result<std::unique_ptr<Transform>> Registry::make_transform(std::string_view scheme, const TransformTarget& target) const {
    return KNS_TRY(find(transforms_, "transform", scheme))(target);
}
Result<std::unique_ptr<MetadataQuery>> Registry::make_query(std::string_view language, const std::string& query) const {
    return KNS_TRY(find(queries_, "query", language))(query);
}
Result<std::unique_ptr<TopicReader>> Registry::make_topic_reader(std::string_view scheme, const TopicTarget& target) const {
    return KNS_TRY(find(topic_readers_, "topic", scheme))(target);
}

std::vector<std::string> Registry::take_added() { return std::exchange(added_, {}); }
std::string Registry::take_clash() { return std::exchange(clash_, {}); }

}  // namespace kns
