// Parquet and ORC, by Apache Arrow: from the wheel of pyarrow, which has both in one library and its headers. (DuckDB writes
// Parquet too, but no ORC.) Only a worker that writes such a format loads it.
#define KNS_PLUGIN_GIVES "gives=format orc\ngives=format parquet\n"
#include "core/plugin/abi.hpp"
#include "plugins/arrow/row_reader.hpp"
#include "plugins/arrow/table_file.hpp"

namespace kns {
namespace {

class ColumnarFormat final : public Format {
   public:
    ColumnarFormat(TableFormat format, TableFile::Kind kind, std::string_view extension)
        : format_(std::move(format)), kind_(kind), extension_(extension), reader_(std::make_unique<RowReader>(format_)) {}

    Result<std::optional<UnfitRecord>> append(std::string_view record, std::string& out) override {
        if (auto unfit = reader_->add(record)) return unfit;
        unmeasured_ += record.size() + kRowCost;
        if (unmeasured_ >= kMeasureEvery) {
            unmeasured_ = 0;
            if (reader_->bytes() >= format_.block_size_bytes) KNS_TRY(write(out));
        }
        return std::nullopt;
    }
    Result<void> finish(std::string& out) override {
        if (reader_->rows()) KNS_TRY(write(out));
        finished_rows_ = std::exchange(written_rows_, 0);
        if (file_) KNS_TRY(file_->close(out));
        file_.reset();
        if (format_.schema.empty()) reader_ = std::make_unique<RowReader>(format_);
        return {};
    }
    std::uint64_t rows() const override { return finished_rows_; }
    Result<void> set_schema(const TableSchema& schema) override {
        format_.schema = schema;
        reader_ = std::make_unique<RowReader>(format_);
        return {};
    }
    std::string_view extension() const override { return extension_; }

   private:
    static constexpr std::size_t kMeasureEvery = 1 << 20, kRowCost = 64;

    // A row group; of ORC some stripes, which are for its library to divide.
    Result<void> write(std::string& out) {
        if (!file_) file_ = TableFile::make(kind_, format_);
        KNS_TRY(file_->write(reader_->row(), reader_->rows(), out));
        written_rows_ += reader_->rows();
        reader_->clear();
        reader_->close();  // the file has its columns now
        return {};
    }

    TableFormat format_;
    TableFile::Kind kind_;
    std::string_view extension_;
    std::unique_ptr<RowReader> reader_;
    std::unique_ptr<TableFile> file_;  // null: nothing has been written of this one
    std::size_t unmeasured_ = 0;
    std::uint64_t written_rows_ = 0, finished_rows_ = 0;  // of this file, and of the one before
};

template <TableFile::Kind Kind>
Result<std::unique_ptr<Format>> make(const DeliveryConfig& config, bool readable) {
    constexpr std::string_view kExtension = Kind == TableFile::Kind::parquet ? ".parquet" : ".orc";
    return std::make_unique<ColumnarFormat>(KNS_TRY(table_format(config)), readable ? TableFile::Kind::json : Kind, kExtension);
}

}  // namespace
}  // namespace kns

KNS_PLUGIN(arrow, "Parquet and ORC, by Apache Arrow") {
    registry.add_format("parquet", kns::make<kns::TableFile::Kind::parquet>);
    registry.add_format("orc", kns::make<kns::TableFile::Kind::orc>);
}
