// A stream of the daemon, all shards, from some place on.
#pragma once

#include "core/base/record_feed.hpp"
#include "daemon/worker/sql/table_input.hpp"

namespace kns {

class StreamInput : public TableInput {
   public:
    // from: start, latest, a time, a sequence number.
    static Result<std::unique_ptr<StreamInput>> open(const std::string& socket, std::string stream, const std::string& from,
                                                     bool until_end);
    Result<State> read(sql::TableFeed& feed) override;
    int fd() const override { return feed_->fd(); }
    std::optional<std::string> warning() override { return std::exchange(warning_, std::nullopt); }

   private:
    StreamInput(std::string socket, std::string stream, bool until_end)
        : socket_(std::move(socket)), stream_(std::move(stream)), until_end_(until_end) {}
    Result<HttpConnection> connect(const std::string& place) const;
    Result<void> give_batch(sql::TableFeed& into);
    Result<void> go_on();

    std::string socket_, stream_;
    bool until_end_;
    std::optional<RecordFeed> feed_;
    std::size_t known_shards_ = 0;
    int silent_daemons_ = 0;
    std::optional<std::string> warning_;
};

// The data of its first records, at most so many.
Result<std::vector<std::string>> first_records(const std::string& socket, const std::string& stream, std::size_t limit);

}  // namespace kns
