// What a text in SQL says, as it stands there: nothing is looked up, no type is known. Pure.
//
// Each node has the place where it begins. Names keep the case in which they were written; whether that counts is the planner's
// business (Flink's do, KDA's unquoted ones become capitals).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/sql/text/token.hpp"

namespace kns::sql {

struct Expression;
struct Query;
struct Relation;
using ExpressionPtr = std::unique_ptr<Expression>;
using QueryPtr = std::unique_ptr<Query>;
using RelationPtr = std::unique_ptr<Relation>;

struct Identifier {
    std::string text;
    Place place;
    bool quoted = false;
};
using Name = std::vector<Identifier>;  // catalog.database.table, row.field
std::string text_of(const Name& name);

// --- types

// DECIMAL(10, 2), ARRAY<INT>, MAP<STRING, INT>, ROW<a INT, b STRING>, TIMESTAMP(3) WITH LOCAL TIME ZONE.
struct TypeName {
    Place place;
    std::string name;  // in capitals, of several words with one blank between: "DOUBLE PRECISION"
    std::vector<std::uint32_t> arguments;
    std::vector<TypeName> elements;  // of an ARRAY and a MULTISET one, of a MAP two, of a ROW its fields'
    std::vector<Identifier> fields;  // of a ROW: their names
    bool nullable = true;
};

// --- expressions

enum class TimeUnit { year, quarter, month, week, day, hour, minute, second, millisecond };

struct NullLiteral {};
struct BooleanLiteral {
    bool value;
};
struct NumberLiteral {
    std::string text;  // as written: exact, unless it has an exponent
};
struct StringLiteral {
    std::string text;
};
// DATE '...', TIME '...', TIMESTAMP '...'
struct TimeLiteral {
    std::string type, text;
};
// INTERVAL '1:30' MINUTE(2) TO SECOND(3)
struct IntervalLiteral {
    bool negative = false;
    std::string text;
    TimeUnit from;
    std::optional<TimeUnit> to;
    std::optional<std::uint32_t> precision, fraction;
};
struct ColumnName {
    Name name;  // perhaps with its table's, perhaps with fields behind it: only who knows the tables can tell
};
struct Star {
    Name of;  // t.*; empty: of all
};
// A word where only one of few may stand, of a function that has such: the unit in TIMESTAMPADD(DAY, ...), BOTH in TRIM.
struct Keyword {
    std::string word;  // in capitals
};
struct Unary {
    std::string operation;  // "-", "+", "NOT", "IS NULL", "IS NOT TRUE" and so on
    ExpressionPtr operand;
};
struct Binary {
    std::string operation;  // "+", "<=", "AND", "||", "LIKE", "NOT LIKE", "SIMILAR TO", "IS DISTINCT FROM" and so on
    ExpressionPtr left, right;
    ExpressionPtr escape;  // of a LIKE
};
struct Between {
    ExpressionPtr operand, low, high;
    bool negated = false, symmetric = false;
};
struct InList {
    ExpressionPtr operand;
    std::vector<ExpressionPtr> list;
    bool negated = false;
};
struct InQuery {
    std::vector<ExpressionPtr> operands;
    QueryPtr query;
    bool negated = false;
};
struct Exists {
    QueryPtr query;
};
// One row and one column of it.
struct ScalarQuery {
    QueryPtr query;
};
struct Case {
    ExpressionPtr operand;  // null: the conditions are of their own
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
    ExpressionPtr otherwise;
};
struct Cast {
    ExpressionPtr operand;
    TypeName type;
    bool tries = false;  // TRY_CAST: NULL where it cannot be
};

struct OrderItem {
    ExpressionPtr expression;
    bool descending = false;
    std::optional<bool> nulls_first;
};
struct FrameBound {
    enum class Kind { unbounded_preceding, preceding, current_row, following, unbounded_following };
    Kind kind = Kind::current_row;
    ExpressionPtr distance;  // a number of rows, or an interval
};
struct WindowSpecification {
    Place place;
    std::optional<Identifier> base;  // another one, by name
    std::vector<ExpressionPtr> partition_by;
    std::vector<OrderItem> order_by;
    bool rows = false;  // ROWS, not RANGE
    std::optional<FrameBound> from, to;
};
struct Argument {
    std::optional<Identifier> name;  // NAME => ...
    ExpressionPtr value;
};
struct Call {
    Name name;
    std::vector<Argument> arguments;
    bool distinct = false;
    ExpressionPtr filter;
    std::vector<OrderItem> within_group;
    std::unique_ptr<WindowSpecification> over;
};
// TABLE t [PARTITION BY ...], DESCRIPTOR(a, b), CURSOR(SELECT ...): what only functions of tables take.
struct TableArgument {
    RelationPtr table;
    std::vector<ExpressionPtr> partition_by;
};
struct Descriptor {
    std::vector<Identifier> columns;
};
struct Cursor {
    QueryPtr query;
};
struct ArrayOf {
    std::vector<ExpressionPtr> elements;
};
struct MapOf {
    std::vector<ExpressionPtr> keys_and_values;
};
struct RowOf {
    std::vector<ExpressionPtr> fields;
};
struct Element {  // list[1], map['k']
    ExpressionPtr operand, index;
};
struct FieldOf {  // f(x).a
    ExpressionPtr operand;
    Identifier field;
};

struct Expression {
    Place place;
    std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, TimeLiteral, IntervalLiteral, ColumnName, Star, Keyword,
                 Unary, Binary, Between, InList, InQuery, Exists, ScalarQuery, Case, Cast, Call, TableArgument, Descriptor, Cursor,
                 ArrayOf, MapOf, RowOf, Element, FieldOf>
        node;
};

// --- relations

struct Option {
    std::string key, value;
};
struct Alias {
    Identifier name;
    std::vector<Identifier> columns;
};
struct TableName {
    Name name;
    std::vector<Option> options;  // /*+ OPTIONS(...) */
    ExpressionPtr as_of;          // FOR SYSTEM_TIME AS OF
};
struct FunctionTable {
    Call call;
    bool lateral = false;
};
struct Unnest {
    std::vector<ExpressionPtr> lists;
    bool with_ordinality = false;
};
struct DerivedTable {
    QueryPtr query;
    bool lateral = false;
};
enum class JoinKind { inner, left, right, full, cross };
struct Join {
    JoinKind kind;
    RelationPtr left, right;
    ExpressionPtr on;
    std::vector<Identifier> using_columns;
    bool natural = false;
};

// A variable, in order, so many times.
struct PatternStep {
    Identifier variable;
    std::uint32_t least = 1;
    std::optional<std::uint32_t> most = 1;  // nothing: without end
    bool reluctant = false;
};
enum class SkipTo { past_last_row, next_row, first, last };
struct NamedExpression {
    ExpressionPtr expression;
    Identifier name;
};
struct MatchRecognize {
    RelationPtr input;
    std::vector<ExpressionPtr> partition_by;
    std::vector<OrderItem> order_by;
    std::vector<NamedExpression> measures;
    SkipTo skip = SkipTo::past_last_row;
    std::optional<Identifier> skip_variable;
    std::vector<PatternStep> pattern;
    ExpressionPtr within;
    std::vector<NamedExpression> define;
};
struct Values {
    std::vector<std::vector<ExpressionPtr>> rows;
};

struct Relation {
    Place place;
    std::variant<TableName, FunctionTable, Unnest, DerivedTable, Join, MatchRecognize> node;
    std::optional<Alias> alias;
};

// --- queries

struct SelectItem {
    ExpressionPtr expression;
    std::optional<Identifier> name;
};
struct GroupingElement {
    enum class Kind { expressions, rollup, cube, sets };
    Kind kind = Kind::expressions;
    std::vector<std::vector<ExpressionPtr>> sets;  // of `expressions` one
};
struct NamedWindow {
    Identifier name;
    WindowSpecification window;
};
// KDA's: WINDOWED BY STAGGER (PARTITION BY ... RANGE INTERVAL ...)
struct Stagger {
    std::vector<ExpressionPtr> partition_by;
    ExpressionPtr range;
};
struct Select {
    bool distinct = false;
    bool stream = false;  // KDA's SELECT STREAM
    std::vector<SelectItem> items;
    RelationPtr from;  // null: one row
    ExpressionPtr where;
    std::vector<GroupingElement> group_by;
    ExpressionPtr having;
    std::vector<NamedWindow> windows;
    std::optional<Stagger> stagger;
};
enum class SetOperator { unite, intersect, except };
struct SetOperation {
    SetOperator operation;
    bool all = false;
    QueryPtr left, right;
};
struct CommonTable {
    Identifier name;
    std::vector<Identifier> columns;
    QueryPtr query;
};
struct Query {
    Place place;
    std::vector<CommonTable> with;
    std::variant<Select, SetOperation, Values> body;
    std::vector<OrderItem> order_by;
    ExpressionPtr limit, offset;
};

// --- statements

struct ColumnDefinition {
    Identifier name;
    std::optional<TypeName> type;  // absent: computed
    ExpressionPtr computed;
    std::optional<std::string> metadata;  // METADATA FROM 'key'; empty: by the column's name
    bool metadata_virtual = false;
    std::optional<std::string> comment;
    bool primary_key = false;
};
struct Watermark {
    Name column;
    ExpressionPtr expression;
};
struct CreateTable {
    Name name;
    bool temporary = false, if_not_exists = false;
    std::vector<ColumnDefinition> columns;
    std::optional<Watermark> watermark;
    std::vector<Identifier> primary_key, partitioned_by;
    std::optional<std::string> comment;
    std::vector<Option> options;
    std::optional<Name> like;
    QueryPtr as;
};
struct CreateView {
    Name name;
    bool temporary = false, if_not_exists = false;
    std::vector<Identifier> columns;
    std::optional<std::string> comment;
    QueryPtr query;
};
struct CreateFunction {
    Name name;
    bool temporary = false, if_not_exists = false;
    std::string implementation;
    std::optional<std::string> language;
};
struct Drop {
    std::string what;  // "TABLE", "VIEW", "FUNCTION"
    Name name;
    bool if_exists = false;
};
struct Insert {
    Name table;
    std::vector<Option> options;
    std::vector<Identifier> columns;
    QueryPtr query;
    bool overwrite = false;
};
struct StatementSet {
    std::vector<Insert> inserts;
};
struct SetOption {
    std::optional<Option> option;  // absent: show them all
};
struct ResetOption {
    std::optional<std::string> key;  // absent: all
};
struct QueryStatement {
    QueryPtr query;
};
// KDA's: CREATE [OR REPLACE] STREAM, and PUMP ... AS INSERT INTO.
struct CreateStream {
    Name name;
    bool or_replace = false;
    std::vector<ColumnDefinition> columns;
    QueryPtr as;
};
struct CreatePump {
    Name name;
    bool or_replace = false, stopped = false;
    Insert insert;
};
struct Statement;
struct Explain {
    std::unique_ptr<Statement> statement;
};

struct Statement {
    Place place;
    std::size_t from = 0, to = 0;  // in the text, without the semicolon
    std::variant<CreateTable, CreateView, CreateFunction, Drop, Insert, StatementSet, SetOption, ResetOption, QueryStatement,
                 CreateStream, CreatePump, Explain>
        node;
};

}  // namespace kns::sql
