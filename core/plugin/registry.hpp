// What this process can do, by name: sinks by URL scheme, formats, compressions. Plugins add to it, the worker makes
// things from it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/firehose/delivery_config.hpp"
#include "core/firehose/destination.hpp"
#include "core/plugin/format.hpp"
#include "core/plugin/metadata_query.hpp"
#include "core/plugin/record_sink.hpp"
#include "core/plugin/sink.hpp"
#include "core/plugin/topic_reader.hpp"
#include "core/plugin/transform.hpp"

namespace kns {

class Registry {
   public:
    // The registry for a sink that is made of others.
    using MakeSink = std::function<Result<std::unique_ptr<Sink>>(const SinkTarget&, const Registry&)>;
    using MakeRecordSink = std::function<Result<std::unique_ptr<RecordSink>>(const SinkTarget&)>;
    // `readable`: for a trial, in which a table's rows are lines of JSON.
    using MakeFormat = std::function<Result<std::unique_ptr<Format>>(const DeliveryConfig&, bool readable)>;
    using MakeCompressor = std::function<Result<std::unique_ptr<Compressor>>()>;
    using MakeTransform = std::function<Result<std::unique_ptr<Transform>>(const TransformTarget&)>;
    using MakeTopicReader = std::function<Result<std::unique_ptr<TopicReader>>(const TopicTarget&)>;
    using MakeQuery = std::function<Result<std::unique_ptr<MetadataQuery>>(const std::string& query)>;

    // For plugins. A name that is taken stays with whoever had it first; the loader reports the clash.
    void add_sink(std::string scheme, MakeSink make);
    void add_record_sink(std::string scheme, MakeRecordSink make);
    void add_format(std::string name, MakeFormat make);
    void add_compressor(std::string name, MakeCompressor make);
    void add_transform(std::string scheme, MakeTransform make);
    void add_query(std::string language, MakeQuery make);
    void add_topic_reader(std::string scheme, MakeTopicReader make);

    // For whoever has a job to do; what nobody added is `unsupported`.
    Result<std::unique_ptr<Sink>> make_sink(const SinkTarget& target) const;
    Result<std::unique_ptr<RecordSink>> make_record_sink(const SinkTarget& target) const;
    Result<std::unique_ptr<Format>> make_format(const DeliveryConfig& config) const;
    Result<std::unique_ptr<Compressor>> make_compressor(std::string_view name) const;
    Result<std::unique_ptr<Transform>> make_transform(std::string_view scheme, const TransformTarget& target) const;
    Result<std::unique_ptr<MetadataQuery>> make_query(std::string_view language, const std::string& query) const;
    Result<std::unique_ptr<TopicReader>> make_topic_reader(std::string_view scheme, const TopicTarget& target) const;

    // For trials: objects go to that sink, whatever their scheme; requests are given to what `wrap` makes of their own; what
    // would be compressed stays as it is, under the name that it would have.
    struct Diversion {
        std::function<Result<std::unique_ptr<Sink>>(const SinkTarget&)> sink;
        std::function<std::unique_ptr<RecordSink>(std::unique_ptr<RecordSink>)> wrap;
    };
    void divert(Diversion diversion) { diversion_ = std::move(diversion); }

    // An open file that the workers of one daemon lock (flock) while they change what several of them may change; -1: none.
    void set_commit_lock(int file) { commit_lock_ = file; }
    int commit_lock() const { return commit_lock_; }

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
    std::map<std::string, MakeTransform, std::less<>> transforms_;
    std::map<std::string, MakeQuery, std::less<>> queries_;
    std::map<std::string, MakeTopicReader, std::less<>> topic_readers_;
    std::optional<Diversion> diversion_;
    std::vector<std::string> added_;
    std::string clash_;
    int commit_lock_ = -1;
};

}  // namespace kns
