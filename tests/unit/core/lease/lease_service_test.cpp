#include "core/lease/lease_service.hpp"

#include <catch2/catch.hpp>

#include "core/lease/decimal.hpp"
#include "core/lease/expression.hpp"

namespace kns::lease {
namespace {

Item item(std::string_view json) { return read_item(parse_json(json).value()).value(); }

// Asked of an item, with values as a request brings them.
std::string asked(std::string_view expression, std::string_view of, std::string_view request = "{}") {
    auto substitutes = Substitutes::read(parse_json(request).value()).value();
    const auto met = meets(expression, substitutes, item(of));
    return met ? (*met ? "yes" : "no") : met.error().message;
}

std::string after(std::string_view expression, std::string_view of, std::string_view request = "{}") {
    auto substitutes = Substitutes::read(parse_json(request).value()).value();
    std::set<std::string> touched;
    const auto out = updated(expression, substitutes, item(of), touched);
    return out ? text_of(*out) : out.error().message;
}

TEST_CASE("numbers are decimals, compared and added as such") {
    const auto number = [](std::string_view text) { return Decimal::parse(text).value(); };
    for (const auto& [text, plain] : {std::pair("0", "0"), std::pair("-0.0", "0"), std::pair("+007", "7"), std::pair("1.50", "1.5"),
                                      std::pair("1e3", "1000"), std::pair("-25E-3", "-0.025"), std::pair(".5", "0.5")})
        CHECK(number(text).text() == plain);
    for (const auto* text : {"", "-", "1x", "e5", "1e", "0x10", "1.2.3", "1e127", "123456789012345678901234567890123456789"})
        CHECK_FALSE(Decimal::parse(text));
    CHECK(number("9") < number("10"));
    CHECK(number("-9") > number("-10"));
    CHECK(number("-1") < number("0"));
    CHECK(number("0.15") < number("0.2"));
    CHECK(number("9007199254740993") > number("9007199254740992"));  // which doubles cannot tell apart
    for (const auto& [a, b, sum] :
         {std::tuple("1", "2", "3"), std::tuple("999", "1", "1000"), std::tuple("0.1", "0.2", "0.3"), std::tuple("5", "-5", "0"),
          std::tuple("5", "-7.5", "-2.5"), std::tuple("-1000", "1", "-999"),
          std::tuple("99999999999999999999999999999999999999", "-1", "99999999999999999999999999999999999998")})
        CHECK(number(a).plus(number(b)).value().text() == sum);
    CHECK_FALSE(number("99999999999999999999999999999999999999").plus(number("0.1")));
}

TEST_CASE("conditions are those of DynamoDB") {
    constexpr auto kItem =
        R"({"owner": {"S": "w1"}, "counter": {"N": "10"}, "parents": {"SS": ["a", "b"]}, "map": {"M": {"list": {"L": [{"N": "1"}]}}}})";
    constexpr auto kValues =
        R"({"ExpressionAttributeNames": {"#o": "owner"}, "ExpressionAttributeValues": {":w1": {"S": "w1"}, ":w2": {"S": "w2"}, ":9": {"N": "9"}, ":n10": {"N": "10.0"}, ":a": {"S": "a"}, ":one": {"N": "1"}}})";
    for (const auto* yes :
         {"attribute_exists(owner)", "attribute_not_exists(nobody)", "#o = :w1", "owner <> :w2", "nobody <> :w1", "counter = :n10",
          "counter > :9 AND counter BETWEEN :9 AND :n10", "#o IN (:w2, :w1)", "NOT #o = :w2", "begins_with(owner, :w1)",
          "contains(parents, :a)", "attribute_type(owner, :w1) OR size(parents) > :one", "(#o = :w2 or #o = :w1) and counter > :9",
          "map.list[0] = :one"})
        CHECK(asked(yes, kItem, kValues) == "yes");
    for (const auto* no :
         {"attribute_exists(nobody)", "attribute_not_exists(owner)", "#o = :w2", "nobody = :w1", "nobody < :9", "owner > :9",
          "counter < :9", "NOT (#o = :w1 AND counter = :n10)", "contains(owner, :a)", "map.list[1] = :one", "map.other = :one"})
        CHECK(asked(no, kItem, kValues) == "no");
    for (const auto* wrong : {"", "owner", "owner =", "= :w1", "#x = :w1", "owner = :x", "owner = :w1 extra", "unknown(owner)",
                              "(owner = :w1", "owner BETWEEN :9", "owner IN ()"})
        CHECK(asked(wrong, kItem, kValues).starts_with("Invalid ConditionExpression"));
    CHECK(asked(std::string(200, '(') + "owner = :w1" + std::string(200, ')'), kItem, kValues).contains("too deeply"));
}

TEST_CASE("updates read the item as it was") {
    constexpr auto kValues =
        R"({"ExpressionAttributeValues": {":1": {"N": "1"}, ":s": {"SS": ["b", "c"]}, ":l": {"L": [{"N": "2"}]}, ":t": {"S": "t"}}})";
    CHECK(after("SET a = b, b = a", R"({"a": {"N": "1"}, "b": {"N": "2"}})") == R"({"a":{"N":"2"},"b":{"N":"1"}})");
    CHECK(after("SET n = n + :1, m = if_not_exists(m, :1) - :1 REMOVE gone ADD s :s, c :1 DELETE d :s",
                R"({"n": {"N": "9"}, "gone": {"BOOL": true}, "s": {"SS": ["a", "b"]}, "d": {"SS": ["b"]}})",
                kValues) == R"({"c":{"N":"1"},"m":{"N":"0"},"n":{"N":"10"},"s":{"SS":["a","b","c"]}})");
    CHECK(after("SET l = list_append(l, :l), m.deep[0] = :t REMOVE m.other",
                R"({"l": {"L": [{"N": "1"}]}, "m": {"M": {"deep": {"L": [{"N": "1"}]}, "other": {"N": "1"}}}})",
                kValues) == R"({"l":{"L":[{"N":"1"},{"N":"2"}]},"m":{"M":{"deep":{"L":[{"S":"t"}]}}}})");
    CHECK(after("SET a = missing", "{}").contains("does not exist in the item"));
    CHECK(after("SET a.b = :t", "{}", kValues).contains("document path"));
    CHECK(after("ADD t :t", "{}", kValues).contains("Incorrect operand type"));
    CHECK(after("SET a = :t SET b = :t", "{}", kValues).contains("only be used once"));
    CHECK(after("", "{}").contains("can not be empty"));
    CHECK(after("FROB a", "{}").contains("Syntax error"));
}

TEST_CASE("the older form is what KCL 1 and 2 send") {
    const auto had = item(R"({"leaseOwner": {"S": "w1"}, "leaseCounter": {"N": "5"}})");
    const auto met = [&](std::string_view json, bool any = false) {
        return meets_older(parse_json(json).value(), any, had).value();
    };
    CHECK(met(R"({"leaseOwner": {"Value": {"S": "w1"}}, "leaseCounter": {"Value": {"N": "5"}}})"));
    CHECK_FALSE(met(R"({"leaseOwner": {"Value": {"S": "w1"}}, "leaseCounter": {"Value": {"N": "6"}}})"));
    CHECK(met(R"({"leaseOwner": {"Value": {"S": "w2"}}, "leaseCounter": {"Value": {"N": "5"}}})", true));
    CHECK(met(R"({"checkpoint": {"Exists": false}})"));
    CHECK_FALSE(met(R"({"leaseOwner": {"Exists": false}})"));
    CHECK(met(R"({"leaseCounter": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "4"}, {"N": "6"}]}})"));
    CHECK(met(R"({"leaseOwner": {"ComparisonOperator": "NOT_NULL"}})"));
    CHECK_FALSE(meets_older(parse_json(R"({"a": {"ComparisonOperator": "ODD", "AttributeValueList": [{"N": "4"}]}})").value(),
                            false, item(R"({"a": {"N": "1"}})")));
    std::set<std::string> touched;
    const auto out = updated_older(
        parse_json(
            R"({"leaseOwner": {"Action": "DELETE"}, "leaseCounter": {"Action": "ADD", "Value": {"N": "1"}}, "checkpoint": {"Action": "PUT", "Value": {"S": "x"}}})")
            .value(),
        had, touched);
    REQUIRE(out);
    CHECK(text_of(*out) == R"({"checkpoint":{"S":"x"},"leaseCounter":{"N":"6"}})");
    CHECK(touched == std::set<std::string>{"checkpoint", "leaseCounter", "leaseOwner"});
}

TEST_CASE("values have one type, and sets no member twice") {
    for (const auto* wrong : {R"({"a": {}})", R"({"a": {"S": "x", "N": "1"}})", R"({"a": {"N": "x"}})", R"({"a": {"SS": []}})",
                              R"({"a": {"NS": ["1", "1.0"]}})", R"({"a": {"B": "?"}})", R"({"a": {"X": "x"}})",
                              R"({"a": {"NULL": false}})", R"({"a": "x"})", R"([])"})
        CHECK_FALSE(read_item(parse_json(wrong).value()));
    CHECK(equal(item(R"({"a": {"NS": ["2", "1.0"]}})").at("a"), item(R"({"a": {"NS": ["1", "2"]}})").at("a")));
    CHECK(equal(item(R"({"a": {"M": {"x": {"N": "1"}, "y": {"L": []}}}})").at("a"),
                item(R"({"a": {"M": {"y": {"L": []}, "x": {"N": "1.0"}}}})").at("a")));
    CHECK_FALSE(equal(item(R"({"a": {"L": [{"N": "1"}]}})").at("a"), item(R"({"a": {"L": [{"S": "1"}]}})").at("a")));
}

}  // namespace
}  // namespace kns::lease
