// What this process can do, by name: sinks by URL scheme, formats, compressions. Plugins add to it, the worker makes
// things from it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/firehose/delivery_config.hpp"
#include "core/firehose/destination.hpp"
#include "core/plugin/format.hpp"
#include "core/plugin/record_sink.hpp"
#include "core/plugin/sink.hpp"

namespace kns {

class Registry {
   public:
    using MakeSink = std::function<Result<std::unique_ptr<Sink>>(const SinkTarget&)>;
    using MakeRecordSink = std::function<Result<std::unique_ptr<RecordSink>>(const SinkTarget&)>;
    using MakeFormat = std::function<Result<std::unique_ptr<Format>>(const DeliveryConfig&)>;
    using MakeCompressor = std::function<Result<std::unique_ptr<Compressor>>()>;

    // For plugins. A name that is taken stays with whoever had it first; the loader reports the clash.
    void add_sink(std::string scheme, MakeSink make);
    void add_record_sink(std::string scheme, MakeRecordSink make);
    void add_format(std::string name, MakeFormat make);
    void add_compressor(std::string name, MakeCompressor make);

    // For whoever has a job to do; what nobody added is `unsupported`.
    Result<std::unique_ptr<Sink>> make_sink(const SinkTarget& target) const;
    Result<std::unique_ptr<RecordSink>> make_record_sink(const SinkTarget& target) const;
    Result<std::unique_ptr<Format>> make_format(const DeliveryConfig& config) const;
    Result<std::unique_ptr<Compressor>> make_compressor(std::string_view name) const;

    // For loaders: what was added since the last call, as "sink file", and the first clash of names, if any.
    std::vector<std::string> take_added();
    std::string take_clash();

   private:
    template <class Make>
    void add(std::map<std::string, Make, std::less<>>& table, std::string_view kind, std::string name, Make make);

    std::map<std::string, MakeSink, std::less<>> sinks_;
    std::map<std::string, MakeRecordSink, std::less<>> record_sinks_;
    std::map<std::string, MakeFormat, std::less<>> formats_;
    std::map<std::string, MakeCompressor, std::less<>> compressors_;
    std::vector<std::string> added_;
    std::string clash_;
};

}  // namespace kns
