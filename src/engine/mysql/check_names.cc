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
  return check.starts_with(prefix) ? PrefixOf(other) + check.substr(prefix.size()) : check;
}

/// Whether the token is the name of a new CHECK: CONSTRAINT x CHECK (…).
bool NamesNew(const std::vector<Token>& tokens, std::size_t at) {
  return at > 0 && tokens[at - 1].Is("CONSTRAINT") && at + 1 < tokens.size() &&
         tokens[at + 1].Is("CHECK");
}
/// Whether it is that of one that is there: DROP CONSTRAINT x, ALTER CHECK x NOT ENFORCED.  It may
/// be a key's, too, but none is called so.
bool NamesOld(const std::vector<Token>& tokens, std::size_t at) {
  return at > 1 && (tokens[at - 1].Is("CONSTRAINT") || tokens[at - 1].Is("CHECK")) &&
         (tokens[at - 2].Is("DROP") || tokens[at - 2].Is("ALTER"));
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
    const Token& token = tokens[i];
    const bool old = NamesOld(tokens, i);
    if (token.kind == Token::Kind::kOther || (!old && !NamesNew(tokens, i))) continue;
    std::string name = token.kind == Token::Kind::kName
                           ? token.text
                           : clauses.substr(token.begin, token.end - token.begin);
    // The one that is there may be spelt in any case.
    if (const auto prefix = PrefixOf(table); old && Lower(name).starts_with(Lower(prefix)))
      name = prefix + name.substr(prefix.size());
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
