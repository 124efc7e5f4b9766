#include "plugins/arrow/column.hpp"

#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstring>

#include "core/base/base64.hpp"
#include "core/base/json.hpp"

namespace kns {
namespace {

using Kind = ColumnType::Kind;
constexpr std::size_t kMostInferred = 2000, kMostKeysRemembered = 10'000;

// 0: not of fixed width.
std::size_t width_of(Kind kind) {
    switch (kind) {
        case Kind::boolean:
        case Kind::tinyint: return 1;
        case Kind::smallint: return 2;
        case Kind::integer:
        case Kind::real:
        case Kind::date: return 4;
        case Kind::bigint:
        case Kind::double_precision:
        case Kind::timestamp:
        case Kind::timestamptz: return 8;
        case Kind::decimal: return 16;
        default: return 0;
    }
}
bool has_offsets(Kind kind) { return kind == Kind::text || kind == Kind::binary || kind == Kind::array || kind == Kind::map; }

std::shared_ptr<arrow::Buffer> bits_of(const std::uint8_t* bytes, std::size_t count) {
    std::string bits((count + 7) / 8, '\0');
    for (std::size_t i = 0; i < count; ++i)
        if (bytes[i]) bits[i / 8] = static_cast<char>(bits[i / 8] | (1 << (i % 8)));
    return arrow::Buffer::FromString(std::move(bits));
}

template <class T>
T value_at(const std::string& data, std::size_t index) {
    T out;
    std::memcpy(&out, data.data() + index * sizeof(T), sizeof(T));
    return out;
}

std::string text_of_days(std::int64_t days) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}
std::string text_of_micros(std::int64_t micros, std::string_view zone) {
    constexpr std::int64_t kSecondMicros = 1'000'000, kDayMicros = 86'400 * kSecondMicros;
    const std::int64_t days = micros / kDayMicros - (micros % kDayMicros < 0 ? 1 : 0), rest = micros - days * kDayMicros;
    const std::int64_t seconds = rest / kSecondMicros;
    auto out = fmt::format("{}T{:02}:{:02}:{:02}", text_of_days(days), seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (rest % kSecondMicros) out += fmt::format(".{:06}", rest % kSecondMicros);
    return out.append(zone);
}

}  // namespace

Column::Column(std::string name, const ColumnType& type, std::size_t nulls, KeyRules rules, int id)
    : name_(std::move(name)), type_(type), id_(id) {
    if (type.kind == Kind::row)
        row_ = std::make_unique<Row>(type.fields, rules);
    else
        for (const auto& field : type.fields) children_.emplace_back(field.name, field.type, 0, rules, field.id);
    if (has_offsets(type.kind)) offsets_.push_back(0);
    while (size() < nulls) add_null();
}
Column::Column(Column&&) noexcept = default;
Column& Column::operator=(Column&&) noexcept = default;
Column::~Column() = default;

std::size_t Column::bytes() const {
    std::size_t out = valid_.size() + data_.size() + offsets_.size() * sizeof(std::int32_t);
    for (const auto& child : children_) out += child.bytes();
    if (row_)
        for (const auto& member : row_->columns()) out += member.bytes();
    return out;
}

void Column::add_null() {
    valid_.push_back(0);
    data_.append(width_of(type_.kind), '\0');
    if (has_offsets(type_.kind)) offsets_.push_back(offsets_.back());
    if (row_)
        for (auto& member : row_->columns()) member.add_null();
}
void Column::add_text(std::string_view text) {
    valid_.push_back(1);
    data_ += text;
    offsets_.push_back(static_cast<std::int32_t>(data_.size()));
}
void Column::add_list() {
    valid_.push_back(1);
    offsets_.push_back(static_cast<std::int32_t>(children_[0].size()));
}
void Column::add_row() { valid_.push_back(1); }

void Column::truncate(std::size_t size) {
    if (valid_.size() > size) valid_.resize(size);
    if (const auto width = width_of(type_.kind)) data_.resize(std::min(data_.size(), size * width));
    if (has_offsets(type_.kind)) {
        offsets_.resize(std::min(offsets_.size(), size + 1));
        const auto end = static_cast<std::size_t>(offsets_.back());
        if (type_.kind == Kind::text || type_.kind == Kind::binary) data_.resize(end);
        for (auto& child : children_) child.truncate(end);
    }
    if (row_) row_->truncate(size);
}

bool Column::widen() {
    std::string floats;
    floats.reserve(data_.size());
    for (std::size_t i = 0; i < size(); ++i) {
        const auto whole = value_at<std::int64_t>(data_, i);
        if (!is_exact(whole)) return false;
        const double value = static_cast<double>(whole);
        floats.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    data_ = std::move(floats);
    type_.kind = Kind::double_precision;
    return true;
}

bool Column::is_hollow() const {
    if (type_.kind == Kind::array) return children_[0].is_hollow();
    if (type_.kind == Kind::map) return children_[1].is_hollow();
    return row_ && std::ranges::all_of(row_->columns(), &Column::is_hollow);
}

std::shared_ptr<arrow::DataType> Column::arrow_type(int& id) const {
    switch (type_.kind) {
        case Kind::boolean: return arrow::boolean();
        case Kind::tinyint: return arrow::int8();
        case Kind::smallint: return arrow::int16();
        case Kind::integer: return arrow::int32();
        case Kind::bigint: return arrow::int64();
        case Kind::real: return arrow::float32();
        case Kind::double_precision: return arrow::float64();
        case Kind::decimal: return arrow::decimal128(type_.precision, type_.scale);
        case Kind::text: return arrow::utf8();
        case Kind::binary: return arrow::binary();
        case Kind::date: return arrow::date32();
        case Kind::timestamp: return arrow::timestamp(arrow::TimeUnit::MICRO);
        case Kind::timestamptz: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
        case Kind::array: return arrow::list(children_[0].field(id));
        case Kind::map: {
            auto key = children_[0].field(id)->WithNullable(false);
            return std::make_shared<arrow::MapType>(std::move(key), children_[1].field(id));
        }
        case Kind::row: {
            arrow::FieldVector members;
            for (const auto& member : row_->columns())
                if (!member.is_hollow()) members.push_back(member.field(id));
            return arrow::struct_(members);
        }
    }
    return arrow::null();
}

std::shared_ptr<arrow::Field> Column::field(int& id) const {
    const auto own = std::to_string(id_ ? id_ : ++id);
    return arrow::field(name_, arrow_type(id), true, arrow::key_value_metadata({"PARQUET:field_id"}, {own}));
}

std::shared_ptr<arrow::ArrayData> Column::take() {
    int ids = 0;
    const auto count = static_cast<std::int64_t>(size());
    const auto nulls = static_cast<std::int64_t>(std::ranges::count(valid_, 0));
    std::vector<std::shared_ptr<arrow::Buffer>> buffers{nulls ? bits_of(valid_.data(), valid_.size()) : nullptr};
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    if (has_offsets(type_.kind)) {
        buffers.push_back(arrow::Buffer::FromVector(std::exchange(offsets_, {0})));
    } else if (type_.kind == Kind::boolean) {
        buffers.push_back(bits_of(reinterpret_cast<const std::uint8_t*>(data_.data()), data_.size()));
        data_.clear();
    }
    if (type_.kind != Kind::boolean && type_.kind != Kind::row && type_.kind != Kind::array && type_.kind != Kind::map)
        buffers.push_back(arrow::Buffer::FromString(std::exchange(data_, {})));
    auto type = arrow_type(ids);
    if (type_.kind == Kind::row)
        for (auto& member : row_->columns()) {
            auto taken = member.take();
            if (!member.is_hollow()) children.push_back(std::move(taken));
        }
    if (type_.kind == Kind::array) children.push_back(element().take());
    if (type_.kind == Kind::map) {
        const auto entries = static_cast<std::int64_t>(key().size());
        auto keys = key().take(), values = value().take();
        children.push_back(
            arrow::ArrayData::Make(type->field(0)->type(), entries, {nullptr}, {std::move(keys), std::move(values)}, 0));
    }
    valid_.clear();
    return arrow::ArrayData::Make(std::move(type), count, std::move(buffers), std::move(children), nulls);
}

void Column::write(JsonWriter& out, std::size_t index) const {
    if (valid_[index])
        write_value(out, index);
    else
        out.null();
}

void Column::write_value(JsonWriter& out, std::size_t index) const {
    const auto begin = has_offsets(type_.kind) ? static_cast<std::size_t>(offsets_[index]) : 0;
    const auto end = has_offsets(type_.kind) ? static_cast<std::size_t>(offsets_[index + 1]) : 0;
    switch (type_.kind) {
        case Kind::boolean: out.value(data_[index] != 0); break;
        case Kind::tinyint: out.value(static_cast<std::int64_t>(value_at<std::int8_t>(data_, index))); break;
        case Kind::smallint: out.value(static_cast<std::int64_t>(value_at<std::int16_t>(data_, index))); break;
        case Kind::integer: out.value(static_cast<std::int64_t>(value_at<std::int32_t>(data_, index))); break;
        case Kind::bigint: out.value(value_at<std::int64_t>(data_, index)); break;
        case Kind::real: {
            const auto value = value_at<float>(data_, index);
            std::isfinite(value) ? out.raw(fmt::format("{}", value)) : out.null();
            break;
        }
        case Kind::double_precision: out.value(value_at<double>(data_, index)); break;
        case Kind::decimal: out.raw(value_at<arrow::Decimal128>(data_, index).ToString(type_.scale)); break;
        case Kind::text: out.value(std::string_view(data_).substr(begin, end - begin)); break;
        case Kind::binary: out.value(base64_encode(std::string_view(data_).substr(begin, end - begin))); break;
        case Kind::date: out.value(text_of_days(value_at<std::int32_t>(data_, index))); break;
        case Kind::timestamp: out.value(text_of_micros(value_at<std::int64_t>(data_, index), "")); break;
        case Kind::timestamptz: out.value(text_of_micros(value_at<std::int64_t>(data_, index), "Z")); break;
        case Kind::array:
            out.begin_array();
            for (auto i = begin; i < end; ++i) children_[0].write(out, i);
            out.end_array();
            break;
        case Kind::map:
            out.begin_object();
            for (auto i = begin; i < end; ++i) {
                const auto& keys = children_[0];
                const auto from = static_cast<std::size_t>(keys.offsets_[i]), to = static_cast<std::size_t>(keys.offsets_[i + 1]);
                out.key(std::string_view(keys.data_).substr(from, to - from));
                children_[1].write(out, i);
            }
            out.end_object();
            break;
        case Kind::row:
            out.begin_object();
            for (const auto& member : row_->columns()) {
                out.key(member.name());
                member.write(out, index);
            }
            out.end_object();
            break;
    }
}

void Column::close() {
    if (row_) row_->close();
    for (auto& child : children_) child.close();
}

void Row::close() {
    rules_.open = false;
    for (auto& column : columns_) column.close();
}

std::string Row::plain(std::string_view key) const {
    std::string out(key);
    for (char& c : out) {
        if (rules_.ignore_case) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (rules_.dots_become_underscores && c == '.') c = '_';
    }
    return out;
}

void Row::rename(const std::string& column, const std::string& key) { renamed_.emplace_back(plain(key), column); }

int Row::search(std::string_view key) const {
    const std::string wanted = plain(key);
    const auto renamed = std::ranges::find(renamed_, wanted, &std::pair<std::string, std::string>::first);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& name = columns_[i].name();
        if (renamed != renamed_.end() ? name == renamed->second : plain(name) == wanted) {
            // A column with a key of its own is not also found by its name.
            const bool elsewhere =
                renamed == renamed_.end() &&
                std::ranges::find(renamed_, name, &std::pair<std::string, std::string>::second) != renamed_.end();
            return elsewhere ? kNone : static_cast<int>(i);
        }
    }
    return kNone;
}

int Row::find(std::size_t position, std::string_view key) {
    if (position < order_.size() && order_[position].key == key) return order_[position].column;
    int found = kNone;
    if (const auto known = known_.find(key); known != known_.end()) {
        found = known->second;
    } else {
        found = search(key);
        if (found != kNone || !rules_.open) remember(key, found);
    }
    if (found != kNone && position < kMostInferred) {
        order_.resize(std::max(order_.size(), position + 1));
        order_[position] = {std::string(key), found};
    }
    return found;
}

void Row::remember(std::string_view key, int column) {
    if (known_.size() >= kMostKeysRemembered) known_.clear();
    known_.emplace(key, column);
}

int Row::add(std::string_view key, const ColumnType& type, std::size_t nulls) {
    if (columns_.size() >= kMostInferred) return kNone;
    const auto renamed = std::ranges::find(renamed_, plain(key), &std::pair<std::string, std::string>::first);
    std::string name = renamed != renamed_.end() ? renamed->second : std::string(key);
    if (rules_.dots_become_underscores) std::ranges::replace(name, '.', '_');
    columns_.emplace_back(std::move(name), type, nulls, rules_);
    const int column = static_cast<int>(columns_.size()) - 1;
    remember(key, column);
    return column;
}

}  // namespace kns
