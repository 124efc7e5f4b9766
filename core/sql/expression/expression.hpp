// An expression whose names are found and whose types are known: over the columns of one input. Pure.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/sql/data/column.hpp"

namespace kns::sql {

class Kernel;

// The name of a `proctime` that is an attribute of time, which PROCTIME() is and CURRENT_TIMESTAMP is not.
inline constexpr std::string_view kProctime = "PROCTIME";

struct Expr {
    enum class Kind {
        column,    // `index`
        literal,   // `value`
        call,      // `name` of `args`: all of them are known when it is called
        cast,      // of args[0]; `tries`: NULL where it cannot be, instead of an error
        choice,    // args: condition, value, condition, value, ..., otherwise
        all,       // AND, of two or more; what is behind a false one is not looked at
        any,       // OR
        proctime,  // the clock, when the row is processed
    };
    Kind kind = Kind::literal;
    Type type;
    std::size_t index = 0;
    Value value{};
    std::string name{};
    std::shared_ptr<const Kernel> kernel{};
    std::vector<Expr> args{};
    bool tries = false;
    Place place{};

    bool is_literal() const { return kind == Kind::literal; }
    bool is_column() const { return kind == Kind::column; }
    bool is_call(std::string_view n) const { return kind == Kind::call && name == n; }
    // Whether it says the same; where it stands does not matter.
    bool operator==(const Expr& other) const {
        return kind == other.kind && type == other.type && index == other.index && value == other.value && name == other.name &&
               tries == other.tries && args == other.args;
    }
};

Expr column_of(std::size_t index, Type type);
Expr literal_of(Value value, Type type);
Expr true_literal();
// Converted, unless it has that type already (whether it can be NULL does not matter). A literal is converted at once.
Result<Expr> cast_to(Expr expression, const Type& type, bool tries = false);
Expr all_of(std::vector<Expr> conditions);
// a AND (b AND c) -> a, b, c
void split_conjunction(Expr expression, std::vector<Expr>& into);

// Every column it looks at.
void collect_columns(const Expr& expression, std::set<std::size_t>& into);
// With another column in place of each.
Expr with_columns(Expr expression, const std::function<Expr(const Expr& column)>& replace);
// The same at every row of the input, whatever it is.
bool is_constant(const Expr& expression);

// For people, with the names of the input's columns: "price > 100".
std::string text_of(const Expr& expression, const std::vector<std::string>& columns);
std::string text_of(const Value& value, const Type& type);  // as SQL's CAST to STRING writes it; NULL is "NULL"

}  // namespace kns::sql
