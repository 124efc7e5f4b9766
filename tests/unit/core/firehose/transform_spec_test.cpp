#include "core/firehose/transform_spec.hpp"

#include <catch2/catch.hpp>

namespace kns {
namespace {

TEST_CASE("a transform is a command, a function here, or one behind a URL") {
    CHECK(parse_transform("").value().kind == TransformSpec::Kind::none);
    const auto command = parse_transform("/opt/clean.sh 'a b'").value();
    CHECK(command.kind == TransformSpec::Kind::command);
    CHECK(command.argv == std::vector<std::string>{"/opt/clean.sh", "a b"});
    const auto function = parse_transform("lambda:/srv/fn/?handler=app.handle").value();
    CHECK(function.kind == TransformSpec::Kind::function);
    CHECK(function.path == "/srv/fn");
    CHECK(function.handler == "app.handle");
    const auto url = parse_transform("lambda:http://127.0.0.1:9000/2015-03-31/functions/f/invocations").value();
    CHECK(url.kind == TransformSpec::Kind::invoke_url);
    CHECK(url.url == "http://127.0.0.1:9000/2015-03-31/functions/f/invocations");
}

TEST_CASE("what is no transform is refused with the reason") {
    struct Case {
        const char *text, *message;
    };
    const Case c = GENERATE(values<Case>({
        {"./clean.sh", "the transform ./clean.sh needs its full path"},
        {"a | b", "transform: the command has an unquoted |, which only a shell understands"},
        {"lambda:fn", "the function \"fn\" needs its full path"},
        {"lambda:", "the function \"\" needs its full path"},
        {"lambda:arn:aws:lambda:us-east-1:1:function:f", "a function is named by where it is, not by its ARN"},
        {"lambda:http://user:pw@host/", "transform: a URL is no place for a password"},
    }));
    const auto transform = parse_transform(c.text);
    REQUIRE_FALSE(transform);
    CHECK(transform.error().text().starts_with(c.message));
}

}  // namespace
}  // namespace kns
