#include "engine/mysql/check_names.h"

#include "base/text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

constexpr const char* kBetween = "_chk_";

std::string PrefixOf(const std::string& table) { return table + kBetween; }

/// Under the other table's name; as it is where it does not begin with the table's.
std::string RenamedCheck(const std::string& check, const std::string& table,
                         const std::string& other) {
  const std::string prefix = PrefixOf(table);
  if (!Lower(check).starts_with(Lower(prefix))) return check;
  return PrefixOf(other) + check.substr(prefix.size());
}

/// Whether the token is the name of a CHECK: CONSTRAINT x CHECK (…), DROP CONSTRAINT x, ALTER CHECK
/// x NOT ENFORCED.  DROP CONSTRAINT may name a key, which has no such name.
bool NamesCheck(const std::vector<Token>& tokens, std::size_t at) {
  if (at == 0 || tokens[at].kind == Token::Kind::kOther) return false;
  const bool after_constraint = tokens[at - 1].Is("CONSTRAINT");
  if (after_constraint && at + 1 < tokens.size() && tokens[at + 1].Is("CHECK")) return true;
  if (at < 2 || (!after_constraint && !tokens[at - 1].Is("CHECK"))) return false;
  return tokens[at - 2].Is("DROP") || tokens[at - 2].Is("ALTER");
}

}  // namespace

bool CheckFollowsRename(const std::string& check, const std::string& table) {
  constexpr std::size_t kMost = 24;
  const std::string prefix = PrefixOf(table);
  return check.starts_with(prefix) && check.size() - prefix.size() <= kMost;
}

std::string ClausesForOther(const std::string& clauses, const std::string& table,
                            const std::string& other) {
  const auto tokens = Tokenize(clauses);
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!NamesCheck(tokens, i)) continue;
    const Token& token = tokens[i];
    const std::string name = token.kind == Token::Kind::kName
                                 ? token.text
                                 : clauses.substr(token.begin, token.end - token.begin);
    const std::string renamed = RenamedCheck(name, table, other);
    if (renamed == name) continue;
    out += clauses.substr(done, token.begin - done) + Quote(renamed);
    done = token.end;
  }
  return out + clauses.substr(done);
}

void NameChecksFor(TableText& table, const std::string& name, const std::string& other) {
  for (auto& constraint : table.table.constraints) {
    if (constraint.kind != ConstraintKind::kCheck) continue;
    const std::string renamed = RenamedCheck(constraint.name, name, other);
    if (renamed == constraint.name) continue;
    table.constraints.erase(constraint.name);
    table.constraints[renamed] = "CONSTRAINT " + Quote(renamed) + " " + constraint.definition;
    constraint.name = renamed;
  }
}

}  // namespace interlock::mysql
