#include "engine/mysql/statement.h"

#include "engine/mysql/errors.h"

namespace interlock::mysql {

std::vector<std::string> Clauses(Manner manner, Flavor flavor) {
  const std::string online = ", ALGORITHM=INPLACE, LOCK=NONE";
  switch (manner) {
    case Manner::kPlain:
      return {""};
    case Manner::kOnline:
      return {online};
    case Manner::kInstantOnly:
      return {", ALGORITHM=INSTANT"};
    case Manner::kInstant:
      break;
  }
  // MySQL takes no LOCK beside INSTANT, and has no NOCOPY: in place without building anew.
  if (flavor == Flavor::kMySql) return {", ALGORITHM=INSTANT", online};
  return {", ALGORITHM=INSTANT", ", ALGORITHM=NOCOPY, LOCK=NONE", online};
}

std::string FirstForm(const Statement& statement, Flavor flavor) {
  return statement.sql + Clauses(statement.manner, flavor).front();
}

std::vector<std::string> FirstForms(const std::vector<Statement>& statements, Flavor flavor) {
  std::vector<std::string> out;
  for (const auto& statement : statements) out.push_back(FirstForm(statement, flavor));
  return out;
}

bool RefusesManner(const Error& error, Flavor flavor) {
  constexpr int kUnsupported = 1845;
  constexpr int kUnsupportedReason = 1846;
  // MySQL's; something else on MariaDB.
  constexpr int kTooManyVersions = 4092;
  // What is dropped INSTANT gets a longer name, cut by bytes, not between characters.
  constexpr int kNoDictionaryUpdate = 3507;
  const int number = NumberOf(error);
  return number == kUnsupported || number == kUnsupportedReason ||
         ((number == kTooManyVersions || number == kNoDictionaryUpdate) &&
          flavor == Flavor::kMySql);
}

}  // namespace interlock::mysql
