// Plans as operators that are connected, with sources before them and a result behind. Lives on one thread.
#pragma once

#include "core/sql/operator/operator.hpp"
#include "core/sql/operator/rows.hpp"
#include "core/sql/plan/catalog.hpp"
#include "core/sql/source/row_decoder.hpp"

namespace kns::sql {

// What takes a query's rows.
using Collect = std::function<void(const Batch&)>;

struct PipelineOptions {
    bool bounded = false;  // the sources end: ORDER BY can wait for that
};

class Pipeline;

// Records of one table on their way to every scan of it. Batches go on when they are full, or when `flush` says so.
class TableFeed {
   public:
    TableFeed(const Table& table, Pipeline& pipeline) : table_(table), pipeline_(pipeline) {}

    const Table& table() const { return table_; }
    // Whether it is looked up by another one's rows: it has to be read before them.
    bool is_lookup() const { return lookup_; }
    // `record` has kRecordPadding bytes behind it. What is no row is counted and told.
    void record(std::string_view record, const RecordMeta& meta, std::uint32_t split);
    void flush();
    // Time waits for active splits only.
    void set_split(std::uint32_t split, bool active);
    // No more records.
    void end();
    std::uint64_t records() const { return records_; }

   private:
    friend class Pipeline;
    struct Port {
        std::vector<FieldPath> paths;
        PassOperator* into;
        std::vector<std::size_t> columns;  // of the decoder's
    };
    const Table& table_;
    Pipeline& pipeline_;
    std::vector<Port> ports_;
    std::unique_ptr<RowDecoder> decoder_;
    std::uint32_t split_ = 0;
    std::uint64_t records_ = 0;
    bool lookup_ = false, ended_ = false;
};

class Pipeline {
   public:
    Pipeline(Catalog& catalog, PipelineOptions options) : catalog_(catalog), options_(options) {}
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // One more query whose rows go there. Tables that several scan are fed once.
    Result<void> add(const Plan& plan, Collect collect);
    // After the last of them.
    Result<void> start();

    std::vector<std::unique_ptr<TableFeed>>& feeds() { return feeds_; }
    Runtime& runtime() { return runtime_; }
    // The clock of processing time: windows by the clock that are over go out.
    void tick(std::int64_t now_us);
    std::optional<std::int64_t> next_tick() const;
    std::size_t state_bytes() const;

    // All that is remembered; a pipeline of the same plans goes on with it.
    std::string save() const;
    Result<void> load(std::string_view bytes);

   private:
    Result<Operator*> build(const Plan& plan, bool root);
    TableFeed& feed_of(const Table& table);
    template <class Op, class... Args>
    Op* make(Args&&... args) {
        auto made = std::make_unique<Op>(runtime_, std::forward<Args>(args)...);
        Op* out = made.get();
        operators_.push_back(std::move(made));
        return out;
    }

    Catalog& catalog_;
    PipelineOptions options_;
    Runtime runtime_;
    std::vector<std::unique_ptr<Operator>> operators_;  // inputs before whoever they feed
    std::vector<std::unique_ptr<TableFeed>> feeds_;
    std::vector<std::pair<PassOperator*, Batch>> values_;
    bool building_lookup_ = false;
};

}  // namespace kns::sql
