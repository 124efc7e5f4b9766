#include "core/sql/plan/match_scope.hpp"
#include "core/sql/plan/query_binder.hpp"

namespace kns::sql {

Result<std::optional<std::pair<Expr, std::size_t>>> MatchScope::column(const Name&) { return std::nullopt; }

Result<std::optional<Expr>> ExpressionBinder::bind_match_call(const Call&, const std::string&, Place) { return std::nullopt; }

Result<QueryBinder::Bound> QueryBinder::match(const MatchRecognize&, Place place) {
    return fail_at(place, "MATCH_RECOGNIZE is not known here yet");
}

}  // namespace kns::sql
