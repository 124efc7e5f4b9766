// How records become the bytes of an object. Implemented by plugins, used by kns-worker; one thread, one object at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/record_batch.hpp"
#include "core/base/result.hpp"
#include "core/firehose/table_schema.hpp"

namespace kns {

// A record that cannot be written in a format, as the service's error records have it: "DataFormatConversion.ParseError".
struct UnfitRecord {
    std::string_view code;
    std::string message;
};

class Format {
   public:
    virtual ~Format() = default;
    // Appends what is ready to `out`; a format may keep back what it needs (a columnar one: a whole row group). Of a record that
    // does not fit it writes nothing.
    virtual Result<std::optional<UnfitRecord>> append(std::string_view record, std::string& out) = 0;
    // The object ends here; the next append begins another.
    virtual Result<void> finish(std::string& out) = 0;
    // Of the object that has been finished last; a format without rows has none.
    virtual std::uint64_t rows() const { return 0; }
    // The table's columns and their ids, before anything is appended.
    virtual Result<void> set_schema(const TableSchema&) { return fail(Errc::unsupported, "this format has no columns"); }
    // Of object names, with its dot; empty for none.
    virtual std::string_view extension() const = 0;
};

// Compresses the bytes of one object after the other.
class Compressor {
   public:
    virtual ~Compressor() = default;
    virtual Result<void> append(Bytes in, std::string& out) = 0;
    virtual Result<void> finish(std::string& out) = 0;
    virtual std::string_view extension() const = 0;         // comes behind the format's
    virtual std::string_view content_encoding() const = 0;  // as the service names it on its objects
};

}  // namespace kns
