// Arrays, maps and rows. Their values are bytes in the form of row_codec.hpp.
#include <algorithm>

#include "core/sql/data/row_codec.hpp"
#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

using S = std::string_view;
using I = std::int64_t;
using Scope = const RowScope&;

// One cell of the bytes of an array or map, as it lies there.
std::vector<S> cells_of(S bytes, const Type& type) {
    CellReader in(bytes);
    std::vector<S> out;
    const std::size_t count = in.count() * (type.kind == Kind::array ? 1 : 2);
    for (std::size_t i = 0; i < count; ++i) {
        const S before = in.rest();
        const bool value = i % 2 == 1 && type.kind != Kind::array;
        in.skip(value ? (type.kind == Kind::map ? type.elements[1].layout() : Layout::whole) : type.elements[0].layout());
        out.push_back(before.substr(0, before.size() - in.rest().size()));
    }
    return out;
}

std::string array_of(const std::vector<S>& cells) {
    std::string out;
    write_count(out, cells.size());
    for (const S cell : cells) out += cell;
    return out;
}

// One column's cells out of encoded ones.
void put(const KernelCall& call, std::size_t row, S cell) {
    CellReader in(cell);
    const Value value = in.read(call.out.layout());
    if (is_null(value)) return call.out.set_null(row);
    switch (call.out.layout()) {
        case Layout::whole: call.out.cells<I>()[row] = std::get<I>(value); break;
        case Layout::floating: call.out.cells<double>()[row] = std::get<double>(value); break;
        case Layout::exact: call.out.cells<Decimal>()[row] = std::get<Decimal>(value); break;
        case Layout::bytes: call.out.cells<S>()[row] = call.out.arena().keep(std::get<std::string>(value)); break;
    }
}

// Calls `f(row)` where no argument is NULL; the rest is NULL.
template <class F>
void each_known(const KernelCall& call, F f) {
    call.rows.each([&](std::size_t row) {
        for (const auto& column : call.in)
            if (column->is_null(row)) return call.out.set_null(row);
        f(row);
    });
}

Result<Type> common_of(const std::vector<Expr>& args, std::size_t from, std::size_t step, Place place) {
    Type type = args[from].type;
    for (std::size_t i = from; i < args.size(); i += step) {
        const auto common = common_type(type, args[i].type);
        if (!common)
            return fail_at(place,
                           fmt::format("{} and {} have no type in common", text_of(or_null(type)), text_of(or_null(args[i].type))));
        type = *common;
    }
    return type;
}

Result<Expr> bind_construct(const std::string& name, std::vector<Expr> args, Place place) {
    Type type;
    if (name == "ROW") {
        type = type_of(Kind::row);
        for (std::size_t i = 0; i < args.size(); ++i) {
            type.elements.push_back(args[i].type);
            type.fields.push_back(fmt::format("EXPR${}", i));
        }
    } else if (name == "ARRAY") {
        type = array_type(args.empty() ? Type{} : KNS_TRY(common_of(args, 0, 1, place)));
        for (auto& arg : args) arg = KNS_TRY(cast_to(std::move(arg), type.elements[0]));
    } else {
        if (args.size() % 2 != 0) return wrong_arguments(name, args, place);
        type = args.empty() ? map_type({}, {})
                            : map_type(KNS_TRY(common_of(args, 0, 2, place)), KNS_TRY(common_of(args, 1, 2, place)));
        for (std::size_t i = 0; i < args.size(); ++i) args[i] = KNS_TRY(cast_to(std::move(args[i]), type.elements[i % 2]));
    }
    type.nullable = false;
    const bool row = name == "ROW", map = name == "MAP";
    auto kernel = std::make_shared<const Kernel>([row, map](const KernelCall& call) {
        auto* out = call.out.cells<S>();
        std::string bytes;
        call.rows.each([&](std::size_t at) {
            bytes.clear();
            if (!row) write_count(bytes, call.in.size() / (map ? 2 : 1));
            for (const auto& column : call.in) write_cell(bytes, *column, at);
            out[at] = call.out.arena().keep(bytes);
        });
    });
    return call_of(name, std::move(type), std::move(args), std::move(kernel), place);
}

// list[1], map['k']; what is not there is NULL.
Result<Expr> bind_item(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 2) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    if (type.kind == Kind::array) {
        if (!args[1].type.is_whole_number()) return fail_at(place, "an array's element is asked for by a whole number, from 1");
        args[1] = KNS_TRY(cast_to(std::move(args[1]), bigint_type()));
        auto kernel = std::make_shared<const Kernel>([type](const KernelCall& call) {
            each_known(call, [&](std::size_t row) {
                CellReader in(call.in[0]->at<S>(row));
                const auto count = static_cast<I>(in.count());
                const I index = call.in[1]->at<I>(row);
                if (index < 1 || index > count) return call.out.set_null(row);
                for (I i = 1; i < index; ++i) in.skip(type.elements[0].layout());
                put(call, row, in.rest());
            });
        });
        return call_of(name, or_null(type.elements[0]), std::move(args), std::move(kernel), place);
    }
    if (type.kind == Kind::map) {
        args[1] = KNS_TRY(cast_to(std::move(args[1]), type.elements[0]));
        auto kernel = std::make_shared<const Kernel>([type](const KernelCall& call) {
            std::string key;
            each_known(call, [&](std::size_t row) {
                key.clear();
                write_cell(key, *call.in[1], row);
                const auto cells = cells_of(call.in[0]->at<S>(row), type);
                for (std::size_t i = 0; i < cells.size(); i += 2)
                    if (cells[i] == key) return put(call, row, cells[i + 1]);
                call.out.set_null(row);
            });
        });
        return call_of(name, or_null(type.elements[1]), std::move(args), std::move(kernel), place);
    }
    return fail_at(place, fmt::format("{} has no elements", text_of(or_null(type))));
}

// A row's field: the second argument is its number.
Result<Expr> bind_field(const std::string& name, std::vector<Expr> args, Place place) {
    const Type type = args[0].type;
    const auto index = static_cast<std::size_t>(std::get<I>(args[1].value));
    args.pop_back();
    auto kernel = std::make_shared<const Kernel>([type, index](const KernelCall& call) {
        each_known(call, [&](std::size_t row) {
            CellReader in(call.in[0]->at<S>(row));
            for (std::size_t i = 0; i < index; ++i) in.skip(type.elements[i].layout());
            put(call, row, in.rest());
        });
    });
    Type out = type.elements[index];
    out.nullable = out.nullable || type.nullable;
    return call_of(fmt::format("{}:{}", name, type.fields[index]), std::move(out), std::move(args), std::move(kernel), place);
}

Result<Expr> bind_cardinality(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 1 || !args[0].type.is_nested() || args[0].type.kind == Kind::row) return wrong_arguments(name, args, place);
    auto kernel = share_kernel([](Scope, S bytes) { return static_cast<I>(CellReader(bytes).count()); });
    const Type type = or_null(integer_type(), args[0].type.nullable);
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

Result<Expr> bind_array(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.empty() || args[0].type.kind != Kind::array) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    const auto make = [&](Type out, auto f) {
        const bool nullable = any_nullable(args);
        return call_of(name, or_null(std::move(out), nullable), std::move(args),
                       std::make_shared<const Kernel>([type, f](const KernelCall& call) {
                           each_known(call,
                                      [&](std::size_t row) { call.out.cells<S>()[row] = call.out.arena().keep(f(call, row)); });
                       }),
                       place);
    };
    if (name == "ARRAY_CONTAINS" || name == "ARRAY_POSITION" || name == "ARRAY_REMOVE" || name == "ARRAY_APPEND" ||
        name == "ARRAY_PREPEND") {
        if (args.size() != 2) return wrong_arguments(name, args, place);
        args[1] = KNS_TRY(cast_to(std::move(args[1]), type.elements[0]));
    }
    if (name == "ARRAY_CONTAINS" || name == "ARRAY_POSITION") {
        const bool position = name == "ARRAY_POSITION", nullable = any_nullable(args);
        auto kernel = std::make_shared<const Kernel>([type, position](const KernelCall& call) {
            std::string cell;
            each_known(call, [&](std::size_t row) {
                cell.clear();
                write_cell(cell, *call.in[1], row);
                const auto cells = cells_of(call.in[0]->at<S>(row), type);
                const auto at = std::ranges::find(cells, S(cell)) - cells.begin() + 1;
                const I found = at <= static_cast<I>(cells.size()) ? at : 0;
                call.out.cells<I>()[row] = position ? found : I{found != 0};
            });
        });
        return call_of(name, or_null(position ? integer_type() : boolean_type(), nullable), std::move(args), std::move(kernel),
                       place);
    }
    if (name == "ARRAY_CONCAT") {
        for (std::size_t i = 1; i < args.size(); ++i) args[i] = KNS_TRY(cast_to(std::move(args[i]), type));
        return make(type, [type](const KernelCall& call, std::size_t row) {
            std::vector<S> all;
            for (const auto& column : call.in)
                for (const S cell : cells_of(column->at<S>(row), type)) all.push_back(cell);
            return array_of(all);
        });
    }
    if (name == "ARRAY_REMOVE" || name == "ARRAY_APPEND" || name == "ARRAY_PREPEND") {
        return make(type, [type, name](const KernelCall& call, std::size_t row) {
            std::string cell;
            write_cell(cell, *call.in[1], row);
            auto all = cells_of(call.in[0]->at<S>(row), type);
            if (name == "ARRAY_REMOVE")
                std::erase(all, S(cell));
            else
                all.insert(name == "ARRAY_APPEND" ? all.end() : all.begin(), S(cell));
            return array_of(all);
        });
    }
    if (args.size() != 1) return wrong_arguments(name, args, place);
    return make(type, [type, reverse = name == "ARRAY_REVERSE"](const KernelCall& call, std::size_t row) {
        auto all = cells_of(call.in[0]->at<S>(row), type);
        if (reverse) {
            std::ranges::reverse(all);
            return array_of(all);
        }
        std::vector<S> distinct;
        for (const S cell : all)
            if (std::ranges::find(distinct, cell) == distinct.end()) distinct.push_back(cell);
        return array_of(distinct);
    });
}

Result<Expr> bind_map(const std::string& name, std::vector<Expr> args, Place place) {
    if (args.size() != 1 || args[0].type.kind != Kind::map) return wrong_arguments(name, args, place);
    const Type type = args[0].type;
    const std::size_t part = name == "MAP_KEYS" ? 0 : 1;
    auto kernel = share_kernel([type, part](Scope scope, S bytes) {
        std::vector<S> out;
        const auto cells = cells_of(bytes, type);
        for (std::size_t i = part; i < cells.size(); i += 2) out.push_back(cells[i]);
        return scope.keep(array_of(out));
    });
    return call_of(name, or_null(array_type(type.elements[part]), type.nullable), std::move(args), std::move(kernel), place);
}

std::vector<S> split(S text, S separator) {
    std::vector<S> out;
    for (;;) {
        const auto at = separator.empty() ? S::npos : text.find(separator);
        out.push_back(text.substr(0, at));
        if (at == S::npos) return out;
        text.remove_prefix(at + separator.size());
    }
}

Result<Expr> bind_split(const std::string& name, std::vector<Expr> args, Place place) {
    const bool map = name == "STR_TO_MAP";
    if (map && args.size() == 1) args.push_back(literal_of(std::string(","), string_type()));
    if (map && args.size() == 2) args.push_back(literal_of(std::string("="), string_type()));
    if (args.size() != (map ? 3U : 2U)) return wrong_arguments(name, args, place);
    for (auto& arg : args) {
        if (!arg.type.is_text()) return wrong_arguments(name, args, place);
        arg = KNS_TRY(cast_to(std::move(arg), string_type()));
    }
    const Type type = or_null(map ? map_type(string_type(), string_type()) : array_type(string_type()), any_nullable(args));
    const auto write_text = [](std::string& out, S text) {
        out += '\1';
        write_count(out, text.size());
        out += text;
    };
    if (!map) {
        return call_of(name, type, std::move(args), share_kernel([write_text](Scope scope, S text, S separator) {
                           const auto parts = split(text, separator);
                           std::string out;
                           write_count(out, parts.size());
                           for (const S part : parts) write_text(out, part);
                           return scope.keep(out);
                       }),
                       place);
    }
    return call_of(name, type, std::move(args), share_kernel([write_text](Scope scope, S text, S between, S equals) {
                       const auto parts = split(text, between);
                       std::string out;
                       write_count(out, parts.size());
                       for (const S part : parts) {
                           const auto at = part.find(equals);
                           write_text(out, part.substr(0, at));
                           if (at == S::npos)
                               write_null(out);
                           else
                               write_text(out, part.substr(at + equals.size()));
                       }
                       return scope.keep(out);
                   }),
                   place);
}

}  // namespace

void add_collection_functions(FunctionSet& table) {
    for (const auto* name : {"ROW", "ARRAY", "MAP"}) table.add(name, bind_construct);
    table.add("ITEM", bind_item);
    table.add("FIELD", bind_field);
    table.add("CARDINALITY", bind_cardinality);
    for (const auto* name : {"ARRAY_CONTAINS", "ARRAY_POSITION", "ARRAY_CONCAT", "ARRAY_REMOVE", "ARRAY_APPEND", "ARRAY_PREPEND",
                             "ARRAY_REVERSE", "ARRAY_DISTINCT"})
        table.add(name, bind_array);
    for (const auto* name : {"MAP_KEYS", "MAP_VALUES"}) table.add(name, bind_map);
    for (const auto* name : {"SPLIT", "STR_TO_MAP"}) table.add(name, bind_split);
}

}  // namespace kns::sql
