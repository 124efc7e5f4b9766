// LIKE, SIMILAR TO and regular expressions. The only file here that includes RE2: its time is linear in the text, whatever the
// pattern; what it has not (looking around, references backwards) is refused when the query is read.
#include <re2/re2.h>

#include <list>
#include <unordered_map>

#include "core/sql/expression/function.hpp"

namespace kns::sql {
namespace {

using S = std::string_view;
using I = std::int64_t;
using Scope = const RowScope&;

re2::StringPiece piece(S text) { return {text.data(), text.size()}; }
S view(const re2::StringPiece& text) { return {text.data(), text.size()}; }

std::shared_ptr<const RE2> compile(S pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(16 << 20);
    return std::make_shared<const RE2>(piece(pattern), options);
}

// Patterns that come with the rows: the last ones are kept.
class Patterns {
   public:
    const RE2* find(S pattern) const {
        auto& all = kept();
        const auto known = all.find(std::string(pattern));
        if (known != all.end()) return known->second->ok() ? known->second.get() : nullptr;
        if (all.size() >= kMost) all.clear();
        const auto& made = all.emplace(std::string(pattern), compile(pattern)).first->second;
        return made->ok() ? made.get() : nullptr;
    }

   private:
    static constexpr std::size_t kMost = 256;
    static std::unordered_map<std::string, std::shared_ptr<const RE2>>& kept() {
        thread_local std::unordered_map<std::string, std::shared_ptr<const RE2>> all;
        return all;
    }
};

// The pattern if it is a literal, compiled and checked once; otherwise null.
Result<std::shared_ptr<const RE2>> literal_pattern(const Expr& pattern) {
    if (!pattern.is_literal() || is_null(pattern.value)) return nullptr;
    auto out = compile(std::get<std::string>(pattern.value));
    if (!out->ok())
        return fail_at(pattern.place,
                       fmt::format("the pattern '{}' cannot be used: {}", std::get<std::string>(pattern.value), out->error()));
    return out;
}

const RE2* pattern_of(const std::shared_ptr<const RE2>& fixed, S text) { return fixed ? fixed.get() : Patterns().find(text); }

std::string quoted(char c) {
    constexpr S kSpecial = "\\^$.|?*+()[]{}";
    return kSpecial.find(c) == S::npos ? std::string(1, c) : std::string{'\\', c};
}

// LIKE as a regular expression; nothing if the escape escapes what it may not.
std::optional<std::string> like_to_regex(S pattern, std::optional<char> escape) {
    std::string out = "(?s)";
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (escape && c == *escape) {
            if (++i == pattern.size() || (pattern[i] != '%' && pattern[i] != '_' && pattern[i] != *escape)) return {};
            out += quoted(pattern[i]);
        } else if (c == '%') {
            out += ".*";
        } else if (c == '_') {
            out += '.';
        } else {
            out += quoted(c);
        }
    }
    return out;
}

// What SIMILAR TO has of its own: % and _; the rest is regular already, but for the anchors and the point.
std::string similar_to_regex(S pattern, std::optional<char> escape) {
    std::string out = "(?s)";
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (escape && c == *escape && i + 1 < pattern.size())
            out += quoted(pattern[++i]);
        else if (c == '%')
            out += ".*";
        else if (c == '_')
            out += '.';
        else if (c == '.' || c == '^' || c == '$' || c == '\\')
            out += quoted(c);
        else
            out += c;
    }
    return out;
}

// The frequent patterns, without a regular expression: text, text%, %text, %text%.
struct PlainLike {
    bool open_left = false, open_right = false;
    std::string text;
    bool matches(S in) const {
        if (open_left && open_right) return in.find(text) != S::npos;
        if (open_left) return in.ends_with(text);
        return open_right ? in.starts_with(text) : in == text;
    }
};
std::optional<PlainLike> plain_like(S pattern) {
    PlainLike out;
    if (pattern.size() > 1 && pattern.starts_with('%')) out.open_left = true, pattern.remove_prefix(1);
    if (pattern.ends_with('%')) out.open_right = true, pattern.remove_suffix(1);
    if (pattern.find_first_of("%_") != S::npos) return {};
    out.text = pattern;
    return out;
}

Result<Expr> bind_regex(const std::string& name, std::vector<Expr> args, Place place) {
    const bool extract = name == "REGEXP_EXTRACT", replace = name == "REGEXP_REPLACE";
    const std::size_t most = extract || replace ? 3 : 2;
    if (args.size() < 2 || args.size() > most || (replace && args.size() != 3)) return wrong_arguments(name, args, place);
    for (std::size_t i = 0; i < args.size(); ++i) {
        const bool number = extract && i == 2;
        if (number ? !args[i].type.is_whole_number() : !args[i].type.is_text() && args[i].type.kind != Kind::null)
            return wrong_arguments(name, args, place);
        args[i] = KNS_TRY(cast_to(std::move(args[i]), number ? bigint_type() : string_type()));
    }
    const auto fixed = KNS_TRY(literal_pattern(args[1]));
    if (extract) {
        if (args.size() == 2) args.push_back(literal_of(std::int64_t{0}, bigint_type()));
        auto kernel = share_kernel([fixed](Scope, S text, S pattern, I group) -> std::optional<S> {
            const RE2* re = pattern_of(fixed, pattern);
            constexpr int kMost = 16;
            if (re == nullptr || group < 0 || group > re->NumberOfCapturingGroups() || group >= kMost) return {};
            re2::StringPiece groups[kMost];
            const int wanted = static_cast<int>(group) + 1;
            if (!re->Match(piece(text), 0, text.size(), RE2::UNANCHORED, groups, wanted) || groups[group].data() == nullptr)
                return {};
            return view(groups[group]);
        });
        return call_of(name, string_type(), std::move(args), std::move(kernel), place);
    }
    if (replace) {
        const Type type = string_type();
        auto kernel = share_kernel([fixed](Scope scope, S text, S pattern, S with) -> std::optional<S> {
            const RE2* re = pattern_of(fixed, pattern);
            if (re == nullptr) return {};
            std::string to;  // Java's $1 is RE2's \1
            for (std::size_t i = 0; i < with.size(); ++i) {
                if (with[i] == '$' && i + 1 < with.size() && std::isdigit(static_cast<unsigned char>(with[i + 1])))
                    to += '\\';
                else if (with[i] == '\\' && i + 1 < with.size())
                    to += with[++i] == '\\' ? "\\\\" : std::string(1, with[i]);
                else
                    to += with[i];
            }
            std::string out(text);
            RE2::GlobalReplace(&out, *re, piece(to));
            return scope.keep(out);
        });
        return call_of(name, type, std::move(args), std::move(kernel), place);
    }
    if (name == "REGEXP_COUNT") {
        auto kernel = share_kernel([fixed](Scope, S text, S pattern) -> std::optional<I> {
            const RE2* re = pattern_of(fixed, pattern);
            if (re == nullptr) return {};
            I count = 0;
            re2::StringPiece found;
            for (std::size_t at = 0; at <= text.size() && re->Match(piece(text), at, text.size(), RE2::UNANCHORED, &found, 1);
                 ++count)
                at = static_cast<std::size_t>(found.data() - text.data()) + std::max<std::size_t>(found.size(), 1);
            return count;
        });
        return call_of(name, integer_type(), std::move(args), std::move(kernel), place);
    }
    const Type type = or_null(boolean_type(), any_nullable(args));
    auto kernel = share_kernel([fixed](Scope, S text, S pattern) {
        const RE2* re = pattern_of(fixed, pattern);
        return re != nullptr && RE2::PartialMatch(piece(text), *re);
    });
    return call_of(name, type, std::move(args), std::move(kernel), place);
}

}  // namespace

Result<Expr> bind_like(const std::string& operation, Expr text, Expr pattern, std::optional<Expr> escape, Place place) {
    if (operation.starts_with("NOT "))
        return bind_unary(
            "NOT", KNS_TRY(bind_like(operation.substr(4), std::move(text), std::move(pattern), std::move(escape), place)), place);
    std::vector<Expr> args;
    for (Expr* arg : {&text, &pattern}) {
        if (!arg->type.is_text() && arg->type.kind != Kind::null)
            return fail_at(place, fmt::format("{} asks for texts, and not for {}", operation, text_of(or_null(arg->type))));
        args.push_back(KNS_TRY(cast_to(std::move(*arg), string_type())));
    }
    std::optional<char> mark;
    if (escape) {
        const std::string one = KNS_TRY(literal_text(*escape, "what follows ESCAPE"));
        if (one.size() != 1) return fail_at(escape->place, "what follows ESCAPE has to be one character");
        mark = one[0];
    }
    const bool similar = operation == "SIMILAR TO";
    const Type type = or_null(boolean_type(), any_nullable(args));
    const auto as_regex = [similar, mark](S in) {
        return similar ? std::optional(similar_to_regex(in, mark)) : like_to_regex(in, mark);
    };
    if (args[1].is_literal() && !is_null(args[1].value)) {
        const std::string& literal = std::get<std::string>(args[1].value);
        if (auto plain = plain_like(literal); plain && !similar && !mark)
            return call_of(operation, type, std::move(args),
                           share_kernel([plain = *plain](Scope, S in, S) { return plain.matches(in); }), place);
        const auto regex = as_regex(literal);
        const auto fixed = regex ? compile(*regex) : nullptr;
        if (!fixed || !fixed->ok())
            return fail_at(args[1].place,
                           fmt::format("the pattern '{}' cannot be used{}", literal, fixed ? ": " + fixed->error() : ""));
        return call_of(operation, type, std::move(args),
                       share_kernel([fixed](Scope, S in, S) { return RE2::FullMatch(piece(in), *fixed); }), place);
    }
    return call_of(operation, or_null(type), std::move(args),
                   share_kernel([as_regex](Scope scope, S in, S like) -> std::optional<bool> {
                       const auto regex = as_regex(like);
                       const RE2* re = regex ? Patterns().find(*regex) : nullptr;
                       if (re == nullptr) return scope.fail(fmt::format("the pattern '{}' cannot be used", like));
                       return RE2::FullMatch(piece(in), *re);
                   }),
                   place);
}

void add_pattern_functions(FunctionSet& table) {
    for (const auto* name : {"REGEXP", "REGEXP_EXTRACT", "REGEXP_REPLACE", "REGEXP_COUNT"}) table.add(name, bind_regex);
}

}  // namespace kns::sql
