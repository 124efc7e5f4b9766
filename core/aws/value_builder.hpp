// Builds a Value as a decoder meets its pieces, by the shape: what the shape does not know is passed over, what is of another type
// is an error. One for JSON and CBOR. Private to core/aws.
#pragma once

#include "core/aws/value.hpp"

namespace kns::aws {

class ValueBuilder {
   public:
    // What a piece is on the wire. JSON has blobs as text and timestamps as numbers; CBOR says which they are.
    explicit ValueBuilder(const Shape& shape, bool blobs_are_text) : root_shape_(&shape), blobs_are_text_(blobs_are_text) {}

    // Each gives false once there is an error; then nothing more is wanted.
    bool begin_object();
    bool end_object();
    bool begin_array();
    bool end_array();
    bool key(std::string_view name);
    // Of the request's body, or of something that ends with the call.
    enum class Lasts { body, call };
    bool text(std::string_view value, Lasts lasts);
    bool bytes(std::string_view value, Lasts lasts);
    bool integer(std::int64_t value);
    bool number(double value);
    bool timestamp_ms(std::int64_t value);  // said to be one
    bool boolean(bool value);
    bool null();

    // Whether the piece that comes is wanted at all: a decoder may pass over it as it likes.
    bool wants_next() const { return skipped_depth_ == 0 && (stack_.empty() || next_shape() != nullptr); }

    // Whether it would become a blob, which need not be UTF-8 to be refused in the right words.
    bool wants_blob() const { return wants_next() && next_shape()->type == ShapeType::blob; }

    const std::string& error() const { return error_; }
    bool fail(std::string why) {
        if (error_.empty()) error_ = std::move(why);
        return false;
    }
    Value take() { return Value(std::move(root_)); }

   private:
    struct Frame {
        const Shape* shape;
        Value::Storage building;
        const Member* member = nullptr;  // of a structure, whose value comes next; null: unknown
        std::string key;                 // of a map
    };
    const Shape* next_shape() const;
    bool put(Value::Storage value);
    bool refuse(std::string_view what, const Shape& shape);
    static std::size_t most(const Shape& shape);

    const Shape* root_shape_;
    bool blobs_are_text_;
    std::vector<Frame> stack_;
    std::size_t skipped_depth_ = 0;
    Value::Storage root_;
    std::string error_;
};

inline constexpr std::size_t kMaxDepth = 64;

}  // namespace kns::aws
