// Syntax trees as text again, in one normal form of Flink's dialect: brackets only where they count, keywords in capitals, names
// quoted where they have to be. What is printed parses to the same tree. KDA's own statements keep their form.
#pragma once

#include "core/sql/text/syntax.hpp"

namespace kns::sql {

std::string print(const Expression& expression);
std::string print(const Query& query);
std::string print(const Statement& statement);
std::string print(const TypeName& type);
std::string print_name(const Name& name);

}  // namespace kns::sql
