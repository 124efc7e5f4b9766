// The functions and operators of rows: which there are, what they take, what they give. Pure.
// Contract: Flink 1.20, "System (Built-in) Functions".
#pragma once

#include "core/sql/expression/expression.hpp"
#include "core/sql/expression/kernel.hpp"

namespace kns::sql {

// A word where a function takes one (the unit of EXTRACT): a literal with this name.
inline constexpr std::string_view kKeyword = "keyword";
Expr keyword_of(std::string word, Place place);

// A call of the function, `name` in capitals. Arguments are converted to what it takes; a name that is unknown, and arguments that
// it does not take, are errors at the place.
Result<Expr> bind_function(const std::string& name, std::vector<Expr> args, Place place);
bool is_function(const std::string& name);
std::vector<std::string> function_names();

// "+", "<=", "||", "LIKE", "IS NULL" and so on, as the syntax tree has them.
Result<Expr> bind_unary(const std::string& operation, Expr operand, Place place);
Result<Expr> bind_binary(const std::string& operation, Expr left, Expr right, Place place);
Result<Expr> bind_like(const std::string& operation, Expr text, Expr pattern, std::optional<Expr> escape, Place place);
Result<Expr> bind_in(Expr operand, std::vector<Expr> list, bool negated, Place place);
Result<Expr> bind_case(std::vector<Expr> conditions_and_values, Expr otherwise, Place place);
// Both as the type they have in common.
Result<void> unify(Expr& a, Expr& b, Place place);

// --- for the files of functions

// Signatures in letters: s text, i BIGINT, n INT, d DOUBLE, b BOOLEAN, B bytes, t TIMESTAMP(3), z TIMESTAMP_LTZ(3), D DATE. The
// first overload that takes what is there is taken. A result with ? behind it may be NULL though no argument is.
struct Overload {
    std::string_view name, takes, gives;
    std::shared_ptr<const Kernel> kernel;
};
using Binder = Result<Expr> (*)(const std::string& name, std::vector<Expr> args, Place place);
struct FunctionSet {
    std::vector<std::pair<std::string, std::vector<Overload>>> overloads;
    std::vector<std::pair<std::string, Binder>> binders;

    template <class F>
    void add(std::string_view name, std::string_view takes, std::string_view gives, F f) {
        add_overload({name, takes, gives, share_kernel(std::move(f))});
    }
    void add_overload(Overload overload);
    void add(std::string name, Binder binder) { binders.emplace_back(std::move(name), binder); }
};
void add_text_functions(FunctionSet& table);
void add_pattern_functions(FunctionSet& table);
void add_number_functions(FunctionSet& table);
void add_time_functions(FunctionSet& table);
void add_json_functions(FunctionSet& table);
void add_choice_functions(FunctionSet& table);
void add_collection_functions(FunctionSet& table);

Expr call_of(std::string name, Type type, std::vector<Expr> args, std::shared_ptr<const Kernel> kernel, Place place);
Failure wrong_arguments(const std::string& name, const std::vector<Expr>& args, Place place);
// Whether any of them may be NULL.
bool any_nullable(const std::vector<Expr>& args);
// The text of a literal; an error that says `what` has to be one.
Result<std::string> literal_text(const Expr& expression, std::string_view what);

}  // namespace kns::sql
