#include "core/aws/value_builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/base64.hpp"

namespace kns::aws {
namespace {

constexpr std::size_t kFewMembers = 4;  // taken at once
constexpr std::int64_t kLargestSeconds = 100'000'000'000;

std::string_view java_name(ShapeType type) {
    switch (type) {
        case ShapeType::text: return "a String";
        case ShapeType::blob: return "a Blob";
        case ShapeType::integer: return "an Integer";
        case ShapeType::number: return "a Double";
        case ShapeType::boolean: return "a Boolean";
        case ShapeType::timestamp: return "a Timestamp";
        default: return "a collection";
    }
}

}  // namespace

const Shape* ValueBuilder::next_shape() const {
    if (stack_.empty()) return root_shape_;
    const auto& frame = stack_.back();
    if (frame.shape->type == ShapeType::structure) return frame.member ? frame.member->shape : nullptr;
    return frame.shape->element;
}

// One more than is allowed: enough for the constraints to see that there are too many.
std::size_t ValueBuilder::most(const Shape& shape) {
    return shape.max ? static_cast<std::size_t>(*shape.max) + 1 : std::numeric_limits<std::size_t>::max();
}

// As the service says it.
bool ValueBuilder::refuse(std::string_view what, const Shape& shape) {
    const bool collection = shape.type == ShapeType::structure || shape.type == ShapeType::list || shape.type == ShapeType::map;
    if (what == "array")
        return fail(collection ? "Unexpected list" : fmt::format("Unrecognized collection type {}", java_name(shape.type)));
    if (what == "object") return fail("Start of structure or map found where not expected.");
    if (shape.type == ShapeType::list) return fail("Expected list or null");
    if (collection) return fail("Expected null");
    return fail(fmt::format("{} can not be converted to {}", what, java_name(shape.type)));
}

bool ValueBuilder::begin_object() {
    if (!error_.empty()) return false;
    const Shape* shape = skipped_depth_ ? nullptr : next_shape();
    if (!shape) {
        if (++skipped_depth_ + stack_.size() > kMaxDepth) return fail("nested too deeply");
        return true;
    }
    if (shape->type != ShapeType::structure && shape->type != ShapeType::map) return refuse("object", *shape);
    if (stack_.size() >= kMaxDepth) return fail("nested too deeply");
    stack_.push_back({shape, {}, nullptr, {}});
    if (shape->type == ShapeType::structure)
        stack_.back().building.emplace<Value::Structure>().reserve(std::min(shape->members.size(), kFewMembers));
    else
        stack_.back().building.emplace<Value::Map>();
    return true;
}

bool ValueBuilder::end_object() {
    if (skipped_depth_) return --skipped_depth_, true;
    auto done = std::move(stack_.back().building);
    stack_.pop_back();
    return put(std::move(done));
}

bool ValueBuilder::begin_array() {
    if (!error_.empty()) return false;
    const Shape* shape = skipped_depth_ ? nullptr : next_shape();
    if (!shape) {
        if (++skipped_depth_ + stack_.size() > kMaxDepth) return fail("nested too deeply");
        return true;
    }
    if (shape->type != ShapeType::list) return refuse("array", *shape);
    if (stack_.size() >= kMaxDepth) return fail("nested too deeply");
    stack_.push_back({shape, Value::Storage(std::in_place_type<Value::List>), nullptr, {}});
    return true;
}

bool ValueBuilder::end_array() { return end_object(); }

bool ValueBuilder::key(std::string_view name) {
    if (skipped_depth_) return true;
    auto& frame = stack_.back();
    if (frame.shape->type == ShapeType::map) {
        frame.key = name;
        return true;
    }
    const auto found = std::ranges::find(frame.shape->members, name, &Member::name);
    frame.member = found == frame.shape->members.end() ? nullptr : &*found;
    return true;
}

bool ValueBuilder::put(Value::Storage value) {
    if (stack_.empty()) {
        root_ = std::move(value);
        return true;
    }
    auto& frame = stack_.back();
    if (auto* list = std::get_if<Value::List>(&frame.building)) {
        if (list->size() < most(*frame.shape)) list->emplace_back(std::move(value));
    } else if (auto* structure = std::get_if<Value::Structure>(&frame.building)) {
        const auto name = frame.member->name;
        const auto found = std::ranges::find(*structure, name, &Value::Structure::value_type::first);
        if (found != structure->end())
            found->second = Value(std::move(value));
        else
            structure->emplace_back(name, Value(std::move(value)));
    } else {
        auto& map = std::get<Value::Map>(frame.building);
        const auto found = std::ranges::find(map, frame.key, &Value::Map::value_type::first);
        if (found != map.end())
            found->second = Value(std::move(value));
        else if (map.size() < most(*frame.shape))
            map.emplace_back(std::move(frame.key), Value(std::move(value)));
    }
    return true;
}

bool ValueBuilder::text(std::string_view value, Lasts lasts) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    if (shape.type == ShapeType::text) return put(std::string(value));
    if (shape.type != ShapeType::blob || !blobs_are_text_) return refuse("STRING_VALUE", shape);
    const std::string begins(value.substr(0, 100));
    std::shared_ptr<std::string> own;
    char* at = const_cast<char*>(value.data());  // the body is the decoder's to change
    if (lasts == Lasts::call) {
        own = std::make_shared<std::string>(value);
        at = own->data();
    }
    if (const auto size = base64_decode_to(at, value)) return put(Value::Blob{{at, *size}, std::move(own)});
    if (value.size() % 4 != 0)
        return fail(
            fmt::format("'{}' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but "
                        "found: {}",
                        begins, value.size()));
    return fail(fmt::format("'{}' can not be converted to a Blob: Invalid Base64", begins));
}

bool ValueBuilder::bytes(std::string_view value, Lasts lasts) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    if (shape.type != ShapeType::blob) return refuse("BINARY_VALUE", shape);
    if (lasts == Lasts::body) return put(Value::Blob{value, nullptr});
    auto own = std::make_shared<const std::string>(value);
    const std::string_view all = *own;
    return put(Value::Blob{all, std::move(own)});
}

bool ValueBuilder::integer(std::int64_t value) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    switch (shape.type) {
        case ShapeType::integer: return put(value);
        case ShapeType::number: return put(static_cast<double>(value));
        case ShapeType::timestamp:
            // CBOR without the tag: no time in seconds is so large, none in milliseconds so small.
            if (!blobs_are_text_ && value > kLargestSeconds) return put(Value::Timestamp{value});
            return number(static_cast<double>(value));
        default: return refuse("NUMBER_VALUE", shape);
    }
}

bool ValueBuilder::number(double value) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    constexpr double kMost = 9.2e18;
    switch (shape.type) {
        case ShapeType::number: return put(value);
        case ShapeType::integer:  // a fraction is cut off, as Java does
            if (!(std::fabs(value) < kMost)) return refuse("NUMBER_VALUE", shape);
            return put(static_cast<std::int64_t>(value));
        case ShapeType::timestamp:
            if (!(std::fabs(value) < kMost / 1000)) return refuse("NUMBER_VALUE", shape);
            return put(Value::Timestamp{static_cast<UnixMs>(std::llround(value * 1000))});
        default: return refuse("NUMBER_VALUE", shape);
    }
}

bool ValueBuilder::timestamp_ms(std::int64_t value) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    return shape.type == ShapeType::timestamp ? put(Value::Timestamp{value}) : refuse("TIMESTAMP_VALUE", shape);
}

bool ValueBuilder::boolean(bool value) {
    if (!wants_next()) return true;
    const Shape& shape = *next_shape();
    return shape.type == ShapeType::boolean ? put(value) : refuse(value ? "TRUE_VALUE" : "FALSE_VALUE", shape);
}

// As if it were not there; in a list it is there.
bool ValueBuilder::null() {
    if (!wants_next() || stack_.empty()) return true;
    return stack_.back().shape->type == ShapeType::list ? put(std::monostate()) : true;
}

}  // namespace kns::aws
