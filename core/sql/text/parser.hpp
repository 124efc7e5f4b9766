// The parser itself: recursive descent, and precedence climbing for expressions. Only for parse*.cpp.
#pragma once

#include <initializer_list>

#include "core/sql/text/parse.hpp"

namespace kns::sql {

class Parser {
   public:
    static Result<Parser> over(std::string_view text);

    Result<std::vector<Statement>> statements();
    Result<QueryPtr> whole_query();
    Result<ExpressionPtr> whole_expression();

   private:
    Parser(std::string_view text, std::vector<Token> tokens) : text_(text), tokens_(std::move(tokens)) {}

    // --- tokens
    const Token& now() const { return tokens_[at_]; }
    const Token& ahead(std::size_t n = 1) const { return tokens_[std::min(at_ + n, tokens_.size() - 1)]; }
    bool sees(std::string_view keyword) const { return now().is_word(keyword); }
    bool sees_all(std::initializer_list<std::string_view> keywords) const;
    bool sees_sign(std::string_view sign) const { return now().is_sign(sign); }
    // Steps over it if it is there.
    bool take(std::string_view keyword);
    bool take_all(std::initializer_list<std::string_view> keywords);
    bool take_sign(std::string_view sign);
    Result<void> expect(std::string_view keyword);
    Result<void> expect_all(std::initializer_list<std::string_view> keywords);
    Result<void> expect_sign(std::string_view sign);
    Result<void> expect_end();
    // "expected ..., not ...": at the token that is now.
    Failure expected(std::string_view what) const;
    Result<std::string> string(std::string_view what);
    Result<std::uint32_t> whole_number(std::string_view what);
    Result<Identifier> identifier(std::string_view what = "a name");
    Result<Name> name(std::string_view what);
    Result<std::vector<Identifier>> identifiers_in_brackets(std::string_view what);
    bool sees_alias() const;

    // How deep what is being read lies within itself: a text must not end the process.
    class Depth {
       public:
        explicit Depth(Parser& parser) : parser_(parser) { ++parser_.depth_; }
        ~Depth() { --parser_.depth_; }
        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;

       private:
        Parser& parser_;
    };
    Result<void> check_depth() const;

    // --- parse_expression.cpp
    Result<ExpressionPtr> expression(int least_precedence = 0);
    Result<ExpressionPtr> prefix();
    Result<ExpressionPtr> primary();
    Result<ExpressionPtr> postfix(ExpressionPtr operand);
    Result<ExpressionPtr> predicate(ExpressionPtr left, bool negated);
    Result<ExpressionPtr> is_predicate(ExpressionPtr left);
    Result<ExpressionPtr> in_predicate(ExpressionPtr left, bool negated);
    Result<ExpressionPtr> in_brackets();
    Result<ExpressionPtr> case_expression();
    Result<ExpressionPtr> cast(bool tries);
    Result<ExpressionPtr> interval();
    Result<ExpressionPtr> name_or_call();
    Result<Call> call(Name name);
    // What stands in the brackets of functions that have a grammar of their own; false if this is none of them.
    Result<bool> special_arguments(Call& call);
    Result<void> extra_of_call(Call& call);
    Result<ExpressionPtr> argument();
    Result<std::vector<ExpressionPtr>> expressions();
    Result<std::optional<TimeUnit>> time_unit();
    Result<WindowSpecification> window_specification();
    Result<FrameBound> frame_bound();

    // --- parse_type.cpp
    Result<TypeName> type();

    // --- parse_query.cpp
    Result<QueryPtr> query();
    Result<QueryPtr> query_term(int least_precedence);
    Result<QueryPtr> query_primary();
    Result<Select> select();
    Result<SelectItem> select_item();
    Result<std::vector<GroupingElement>> grouping();
    Result<GroupingElement> grouping_element();
    Result<std::vector<std::vector<ExpressionPtr>>> grouping_sets();
    Result<std::vector<OrderItem>> order_items();
    Result<void> order_and_limit(Query& query);
    Result<Values> values();
    bool begins_query() const;
    Result<RelationPtr> relation();
    Result<RelationPtr> relation_primary();
    Result<RelationPtr> after_primary(RelationPtr relation);
    Result<std::optional<Alias>> alias();
    Result<RelationPtr> match_recognize(RelationPtr input);
    Result<std::vector<PatternStep>> pattern();
    Result<std::vector<NamedExpression>> named_expressions(bool name_first);
    Result<std::vector<Option>> hints();
    Result<std::vector<Option>> options();

    // --- parse_statement.cpp
    Result<Statement> statement();
    Result<Statement> create();
    Result<CreateTable> create_table(bool temporary);
    Result<void> table_element(CreateTable& table);
    Result<ColumnDefinition> column();
    Result<CreateView> create_view(bool temporary);
    Result<CreateFunction> create_function(bool temporary);
    Result<CreateStream> create_stream(bool or_replace);
    Result<CreatePump> create_pump(bool or_replace);
    Result<Drop> drop();
    Result<Insert> insert();
    Result<StatementSet> statement_set();
    Result<bool> if_not_exists();

    std::string_view text_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

// An expression at a place.
template <class Node>
ExpressionPtr make_expression(Place place, Node node) {
    return std::make_unique<Expression>(Expression{place, std::move(node)});
}

// Whether a word, in whatever case, has to be quoted to be a name.
bool is_reserved(std::string_view word);
std::string in_capitals(std::string_view word);

}  // namespace kns::sql
