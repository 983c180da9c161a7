// DDL with the ways in which it may be carried out, cheapest first: the server says which it can.
#pragma once

#include <string>
#include <vector>

#include "engine/mysql/connection.h"

namespace interlock::mysql {

/// What an ALTER may cost.  It is stated, so that the server refuses what would cost more.
enum class Manner {
  kPlain,        ///< nothing is stated
  kInstantOnly,  ///< a change of the table's definition
  kInstant,      ///< a change of the table's definition; where refused, as kOnline
  kOnline        ///< no copy of the table; reads and writes go on
};

struct Statement {
  std::string sql;
  Manner manner = Manner::kPlain;
};

/// What is put behind the statement, in the order in which it is tried: ", ALGORITHM=INSTANT", ….
std::vector<std::string> Clauses(Manner manner, Flavor flavor);

/// The statement as it is sent first.
std::string FirstForm(const Statement& statement, Flavor flavor);
std::vector<std::string> FirstForms(const std::vector<Statement>& statements, Flavor flavor);

/// Whether only the stated algorithm or lock was refused: nothing was done.
bool RefusesManner(const Error& error, Flavor flavor);

}  // namespace interlock::mysql
