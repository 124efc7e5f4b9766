// Operators that look at one row at a time and remember nothing, but for how far time has come.
#pragma once

#include <map>

#include "core/sql/operator/operator.hpp"

namespace kns::sql {

// Where batches of a source come in, and where plans meet: passes everything on.
class PassOperator : public Operator {
   public:
    using Operator::Operator;
    void push(std::size_t, Batch batch) override { emit(std::move(batch)); }
    void save(std::string&) const override {}
    void load(CellReader&) override {}
};

class FilterOperator : public Operator {
   public:
    FilterOperator(Runtime& runtime, Expr condition) : Operator(runtime), condition_(std::move(condition)) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    Expr condition_;
    EvalContext context_;
};

class ProjectOperator : public Operator {
   public:
    ProjectOperator(Runtime& runtime, std::vector<Expr> expressions) : Operator(runtime), expressions_(std::move(expressions)) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    std::vector<Expr> expressions_;
    EvalContext context_;
};

// Says how far time has come, by the rows' own time: the oldest of all parts of the source that are active.
class WatermarkOperator : public Operator {
   public:
    WatermarkOperator(Runtime& runtime, std::size_t column, Expr expression)
        : Operator(runtime), column_(column), expression_(std::move(expression)) {}
    void push(std::size_t input, Batch batch) override;
    void set_split(std::uint32_t split, bool active) override;
    void save(std::string& out) const override;
    void load(CellReader& in) override;

    // For people: how far each part has come.
    const std::map<std::uint32_t, std::int64_t>& marks() const { return marks_; }

   private:
    std::int64_t oldest_other(std::uint32_t split) const;
    std::size_t column_;
    Expr expression_;
    EvalContext context_;
    std::map<std::uint32_t, std::int64_t> marks_;  // of active parts
    std::map<std::uint32_t, std::int64_t> left_;   // of those that are idle
};

class ExpandOperator : public Operator {
   public:
    ExpandOperator(Runtime& runtime, std::vector<std::vector<bool>> keeps) : Operator(runtime), keeps_(std::move(keeps)) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    std::vector<std::vector<bool>> keeps_;
};

class UnnestOperator : public Operator {
   public:
    UnnestOperator(Runtime& runtime, UnnestPlan node, Type type, const Schema& schema)
        : Operator(runtime), node_(node), type_(std::move(type)), out_(schema) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    UnnestPlan node_;
    Type type_;
    BatchBuilder out_;
};

// Rows that a window function copies into their windows. Not for sessions.
class WindowOperator : public Operator {
   public:
    WindowOperator(Runtime& runtime, WindowPlan node, const Schema& schema)
        : Operator(runtime), node_(std::move(node)), out_(schema) {}
    void push(std::size_t input, Batch batch) override;
    void save(std::string&) const override {}
    void load(CellReader&) override {}

   private:
    WindowPlan node_;
    BatchBuilder out_;
};

// The windows that a time falls into: their ends, the first one first.
struct WindowBounds {
    std::int64_t start, end;
};
void windows_of(const Windowing& windowing, std::int64_t time, std::vector<WindowBounds>& out);

}  // namespace kns::sql
