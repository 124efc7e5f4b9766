// An answer's output, written in the client's own wire format. Calls must nest properly, as JsonWriter's.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/base/time.hpp"

namespace kns::aws {

enum class Wire { json, cbor };  // application/x-amz-json-1.1, application/x-amz-cbor-1.1

class AnswerWriter {
   public:
    explicit AnswerWriter(Wire wire) : wire_(wire) {}
    Wire wire() const { return wire_; }

    AnswerWriter& begin_structure();  // also a map
    AnswerWriter& end_structure();
    AnswerWriter& begin_list();
    AnswerWriter& end_list();
    AnswerWriter& key(std::string_view name);  // a member's, which needs no escapes
    AnswerWriter& text(std::string_view value);
    AnswerWriter& plain(std::string_view value);  // likewise
    AnswerWriter& blob(std::string_view bytes);   // base64 in JSON, encoded straight into the answer
    AnswerWriter& integer(std::int64_t value);
    AnswerWriter& boolean(bool value);
    AnswerWriter& timestamp(UnixMs value);  // JSON: seconds with three decimals; CBOR: tag 1, milliseconds
    AnswerWriter& null();

    // Room for so much more.
    void reserve(std::size_t bytes) { out_.reserve(out_.size() + bytes); }
    std::string take() { return std::move(out_); }

   private:
    void separate();
    void head(unsigned major, std::uint64_t number);

    Wire wire_;
    std::string out_;
    bool fresh_ = true;  // JSON: nothing written yet at this level
};

}  // namespace kns::aws
