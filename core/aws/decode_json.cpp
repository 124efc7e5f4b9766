#include <boost/json/basic_parser_impl.hpp>

#include "core/aws/value_builder.hpp"
#include "core/base/json.hpp"

namespace kns::aws {
namespace {

// What Boost.JSON's parser calls. Text that it hands over in pieces (there were escapes in it) is put together first.
struct Handler {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1), max_array_size = max_object_size,
                                 max_key_size = max_object_size, max_string_size = max_object_size;
    using Code = boost::json::error_code;
    using Text = boost::json::string_view;

    ValueBuilder& builder;
    std::string pieces{};

    bool stop_unless(bool good, Code& code) const {
        if (!good) code = boost::json::error::exception;
        return good;
    }
    static std::string_view view(Text text) { return {text.data(), text.size()}; }
    template <class Use>
    bool whole(Text last, Use use) {
        if (pieces.empty()) return use(view(last), ValueBuilder::Lasts::body);
        pieces += view(last);
        const bool good = use(std::string_view(pieces), ValueBuilder::Lasts::call);
        pieces.clear();
        return good;
    }
    // The parser leaves it to us, since base64 needs no look at its UTF-8.
    bool check(std::string_view text) { return is_utf8(text) || builder.fail(""); }

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code& code) { return stop_unless(builder.begin_object(), code); }
    bool on_object_end(std::size_t, Code& code) { return stop_unless(builder.end_object(), code); }
    bool on_array_begin(Code& code) { return stop_unless(builder.begin_array(), code); }
    bool on_array_end(std::size_t, Code& code) { return stop_unless(builder.end_array(), code); }
    bool on_key_part(Text part, std::size_t, Code&) { return pieces += view(part), true; }
    bool on_key(Text last, std::size_t, Code& code) {
        return stop_unless(whole(last, [&](std::string_view text, auto) { return check(text) && builder.key(text); }), code);
    }
    bool on_string_part(Text part, std::size_t, Code&) {
        if (builder.wants_next()) pieces += view(part);
        return true;
    }
    bool on_string(Text last, std::size_t, Code& code) {
        return stop_unless(whole(last,
                                 [&](std::string_view text, ValueBuilder::Lasts lasts) {
                                     return (builder.wants_blob() || check(text)) && builder.text(text, lasts);
                                 }),
                           code);
    }
    bool on_number_part(Text, Code&) { return true; }
    bool on_int64(std::int64_t value, Text, Code& code) { return stop_unless(builder.integer(value), code); }
    bool on_uint64(std::uint64_t value, Text, Code& code) { return stop_unless(builder.number(static_cast<double>(value)), code); }
    bool on_double(double value, Text, Code& code) { return stop_unless(builder.number(value), code); }
    bool on_bool(bool value, Code& code) { return stop_unless(builder.boolean(value), code); }
    bool on_null(Code& code) { return stop_unless(builder.null(), code); }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }
};

}  // namespace

Result<Value> decode_json(const Shape& shape, std::span<char> body) {
    ValueBuilder builder(shape, true);
    boost::json::parse_options options;
    options.max_depth = kMaxDepth;
    options.allow_invalid_utf8 = true;
    boost::json::basic_parser<Handler> parser(options, Handler{builder});
    boost::json::error_code failure;
    const auto used = parser.write_some(false, body.data(), body.size(), failure);
    if (!builder.error().empty()) return fail(Errc::invalid_argument, "{}", builder.error());
    if (failure || used != body.size()) return fail(Errc::invalid_argument, "");
    return builder.take();
}

}  // namespace kns::aws
