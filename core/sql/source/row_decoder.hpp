// Records as rows: what a table's connector reads, in the table's format.
#pragma once

#include <memory>

#include "core/base/ids.hpp"
#include "core/sql/plan/catalog.hpp"

namespace kns::sql {

// What is known of a record besides its bytes.
struct RecordMeta {
    std::int64_t arrival_us = 0;
    std::string_view partition_key{}, shard_id{}, source{};  // source: the stream, topic or file
    std::int64_t offset = 0;
    SequenceNumber sequence{};  // of a stream's record
};

inline constexpr std::size_t kRecordPadding = 64;  // so many bytes behind a record may be read, whatever they are

class RowDecoder {
   public:
    virtual ~RowDecoder() = default;
    // One more row; why not, otherwise, and nothing was added. `record` has kRecordPadding bytes behind it.
    virtual std::optional<std::string> append(std::string_view record, const RecordMeta& meta) = 0;
    virtual std::size_t size() const = 0;
    Batch take();

   protected:
    RowDecoder(const Table& table, const std::vector<FieldPath>& paths);
    void begin_row();
    void drop_row();
    void set_metadata(const RecordMeta& meta);
    bool full() const { return rows_ == capacity_; }

    // A column of the batch that is being filled. A cell is NULL until it is written.
    struct Filling {
        Type type;
        std::shared_ptr<Column> column;
        std::uint8_t* nulls = nullptr;
        std::size_t filled = 0;
        void* cells = nullptr;

        template <class T>
        void put(std::size_t row, const T& value) {
            static_cast<T*>(cells)[row] = value;
            filled += nulls[row];
            nulls[row] = 0;
        }
        void put_text(std::size_t row, std::string_view text) { put(row, column->arena().keep(text)); }
        void put(std::size_t row, const Value& value);
    };
    std::vector<Filling> columns_;
    std::size_t rows_ = 0;

   private:
    void start_batch();
    struct Metadata {
        std::size_t column;
        std::string key;
    };
    std::vector<Metadata> metadata_;
    std::size_t capacity_ = 0;
};

// The decoder of the table's option 'format' for these of its columns; an error that names what is not known.
Result<std::unique_ptr<RowDecoder>> make_decoder(const Table& table, const std::vector<FieldPath>& paths);
// Whether there is a column of metadata of this name, and its type.
std::optional<Type> metadata_type(std::string_view key);

}  // namespace kns::sql
