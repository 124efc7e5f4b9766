#include "plugins/arrow/table_file.hpp"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/adapters/orc/options.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include <optional>

#include "core/base/json.hpp"

namespace kns {
namespace {

Result<void> checked(const arrow::Status& status) {
    if (status.ok()) return {};
    return fail(Errc::internal, "the table's file: {}", status.message());
}

// Where a library writes to: the string of the call that is under way.
class TextStream final : public arrow::io::OutputStream {
   public:
    void set_target(std::string* target) { target_ = target; }

    arrow::Status Close() override {
        closed_ = true;
        return arrow::Status::OK();
    }
    bool closed() const override { return closed_; }
    arrow::Result<std::int64_t> Tell() const override { return written_; }
    arrow::Status Write(const void* data, std::int64_t size) override {
        target_->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
        written_ += size;
        return arrow::Status::OK();
    }
    using OutputStream::Write;

   private:
    std::string* target_ = nullptr;
    std::int64_t written_ = 0;
    bool closed_ = false;
};

arrow::Compression::type codec_of(Compression compress) {
    switch (compress) {
        case Compression::snappy: return arrow::Compression::SNAPPY;
        case Compression::gzip: return arrow::Compression::GZIP;  // in ORC: ZLIB
        case Compression::zstd: return arrow::Compression::ZSTD;
        default: return arrow::Compression::UNCOMPRESSED;
    }
}

// What both have in common; the libraries' own exceptions end here.
class ArrowFile : public TableFile {
   public:
    explicit ArrowFile(const TableFormat& format) : format_(format), stream_(std::make_shared<TextStream>()) {}

    Result<void> write(Row& row, std::size_t rows, std::string& out) override {
        stream_->set_target(&out);
        return guarded([&]() -> arrow::Status {
            int id = 0;
            arrow::FieldVector fields;
            std::vector<std::shared_ptr<arrow::ArrayData>> columns;
            for (auto& column : row.columns()) {
                const bool hollow = column.is_hollow();
                if (!hollow) fields.push_back(column.field(id));
                auto taken = column.take();
                if (!hollow) columns.push_back(std::move(taken));
            }
            const auto schema = arrow::schema(std::move(fields));
            if (!open_) {
                ARROW_RETURN_NOT_OK(open(*schema));
                open_ = true;
            }
            return write_batch(arrow::RecordBatch::Make(schema, static_cast<std::int64_t>(rows), std::move(columns)));
        });
    }
    Result<void> close(std::string& out) override {
        stream_->set_target(&out);
        return guarded([&] { return open_ ? end() : arrow::Status::OK(); });
    }

   protected:
    virtual arrow::Status open(const arrow::Schema& schema) = 0;
    virtual arrow::Status write_batch(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
    virtual arrow::Status end() = 0;

    TableFormat format_;
    std::shared_ptr<TextStream> stream_;

   private:
    template <class Step>
    static Result<void> guarded(const Step& step) {
        try {
            return checked(step());
        } catch (const std::bad_alloc&) {
            return fail(Errc::unavailable, "no memory for the table's file");
        } catch (const std::exception& error) {
            return fail(Errc::internal, "the table's file: {}", error.what());
        }
    }

    bool open_ = false;
};

class ParquetFile final : public ArrowFile {
   public:
    using ArrowFile::ArrowFile;

   protected:
    arrow::Status open(const arrow::Schema& schema) override {
        parquet::WriterProperties::Builder properties;
        properties.memory_pool(arrow::system_memory_pool())
            ->compression(codec_of(format_.compress))
            ->data_pagesize(static_cast<std::int64_t>(format_.page_size_bytes))
            ->created_by("kns");
        if (!format_.enable_dictionary_compression) properties.disable_dictionary();
        const bool second = format_.writer_version == 2;
        properties.version(second ? parquet::ParquetVersion::PARQUET_2_6 : parquet::ParquetVersion::PARQUET_1_0);
        properties.data_page_version(second ? parquet::ParquetDataPageVersion::V2 : parquet::ParquetDataPageVersion::V1);
        parquet::ArrowWriterProperties::Builder as_arrow;
        if (format_.int96) as_arrow.enable_deprecated_int96_timestamps();
        ARROW_ASSIGN_OR_RAISE(writer_, parquet::arrow::FileWriter::Open(schema, arrow::system_memory_pool(), stream_,
                                                                        properties.build(), as_arrow.build()));
        return arrow::Status::OK();
    }
    arrow::Status write_batch(const std::shared_ptr<arrow::RecordBatch>& batch) override {
        ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches({batch}));
        return writer_->WriteTable(*table, std::max<std::int64_t>(1, batch->num_rows()));  // one row group
    }
    arrow::Status end() override { return writer_->Close(); }

   private:
    std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

class OrcFile final : public ArrowFile {
   public:
    using ArrowFile::ArrowFile;

   protected:
    arrow::Status open(const arrow::Schema& schema) override {
        arrow::adapters::orc::WriteOptions options;
        options.compression = codec_of(format_.compress);
        options.stripe_size = static_cast<std::int64_t>(format_.stripe_size_bytes);
        options.row_index_stride = static_cast<std::int64_t>(format_.row_index_stride);
        options.dictionary_key_size_threshold = format_.dictionary_key_threshold;
        options.bloom_filter_fpp = format_.bloom_filter_false_positive_probability;
        // ORC numbers columns as our ids do, the struct of all before them.
        for (const auto& name : format_.bloom_filter_columns)
            if (const auto field = schema.GetFieldByName(name))
                options.bloom_filter_columns.push_back(std::stoll(field->metadata()->Get("PARQUET:field_id").ValueOrDie()));
        ARROW_ASSIGN_OR_RAISE(writer_, arrow::adapters::orc::ORCFileWriter::Open(stream_.get(), options));
        return arrow::Status::OK();
    }
    arrow::Status write_batch(const std::shared_ptr<arrow::RecordBatch>& batch) override { return writer_->Write(*batch); }
    arrow::Status end() override { return writer_->Close(); }

   private:
    std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer_;
};

class JsonFile final : public TableFile {
   public:
    Result<void> write(Row& row, std::size_t rows, std::string& out) override {
        for (std::size_t i = 0; i < rows; ++i) {
            JsonWriter line;
            line.begin_object();
            for (const auto& column : row.columns()) {
                line.key(column.name());
                column.write(line, i);
            }
            line.end_object();
            out += line.text() + "\n";
        }
        row.truncate(0);
        return {};
    }
    Result<void> close(std::string&) override { return {}; }
};

}  // namespace

std::unique_ptr<TableFile> TableFile::make(Kind kind, const TableFormat& format) {
    switch (kind) {
        case Kind::parquet: return std::make_unique<ParquetFile>(format);
        case Kind::orc: return std::make_unique<OrcFile>(format);
        case Kind::json: return std::make_unique<JsonFile>();
    }
    return nullptr;
}

}  // namespace kns
