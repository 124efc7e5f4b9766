#include "core/firehose/transform_spec.hpp"

#include "core/base/command_words.hpp"
#include "core/firehose/destination.hpp"

namespace kns {

Result<TransformSpec> parse_transform(std::string_view text) {
    constexpr std::size_t kLongest = 4096;
    constexpr std::string_view kLambda = "lambda:", kHandler = "?handler=";
    if (text.empty()) return TransformSpec();
    if (text.size() > kLongest) return fail(Errc::invalid_argument, "a transform has at most {} characters", kLongest);
    if (!text.starts_with(kLambda)) {
        TransformSpec out{.kind = TransformSpec::Kind::command};
        out.argv = KNS_TRY(context(split_words(text), "transform"));
        if (out.argv[0].find('/') != std::string::npos && out.argv[0][0] != '/')
            return fail(Errc::invalid_argument, "the transform {} needs its full path", out.argv[0]);
        return out;
    }
    std::string_view place = text.substr(kLambda.size());
    if (place.starts_with("http://") || place.starts_with("https://")) {
        const auto destination = KNS_TRY(context(parse_destination(place), "transform"));
        return TransformSpec{
            .kind = TransformSpec::Kind::invoke_url, .argv = {}, .path = {}, .handler = {}, .url = destination.url()};
    }
    if (place.starts_with("arn:"))
        return fail(Errc::unsupported, "a function is named by where it is, not by its ARN")
            .hint("lambda:http://HOST:PORT/2015-03-31/functions/NAME/invocations, or lambda:/DIRECTORY");
    TransformSpec out{.kind = TransformSpec::Kind::function};
    if (const auto at = place.rfind(kHandler); at != std::string_view::npos) {
        out.handler = place.substr(at + kHandler.size());
        place = place.substr(0, at);
    }
    if (!place.starts_with('/')) return fail(Errc::invalid_argument, "the function \"{}\" needs its full path", place);
    out.path = place;
    while (out.path.size() > 1 && out.path.ends_with('/')) out.path.pop_back();
    return out;
}

}  // namespace kns
