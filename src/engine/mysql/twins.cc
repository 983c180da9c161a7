#include "engine/mysql/twins.h"

#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Mapping = std::map<std::string, std::string>;

/// Names of columns in what stands in the first parentheses replaced; of a foreign key those are
/// its own columns, of a CHECK its whole expression.
std::string OverColumns(const std::string& definition, const Mapping& columns,
                        std::size_t& end_of_own) {
  const auto tokens = Tokenize(definition);
  std::string out;
  std::size_t done = 0;
  int depth = 0;
  for (const auto& token : tokens) {
    if (token.Is("(")) ++depth;
    if (token.Is(")") && --depth == 0) {
      out += definition.substr(done, token.end - done);
      end_of_own = out.size();
      return out + definition.substr(token.end);
    }
    const auto found = token.kind == Token::Kind::kName ? columns.find(token.text) : columns.end();
    if (found == columns.end()) continue;
    out += definition.substr(done, token.begin - done) + Quote(found->second);
    done = token.end;
  }
  return definition;
}

/// With the referenced table's database, which the server leaves out where it is the own one.
std::string Qualified(const std::string& printed, std::size_t from, const TableName& references) {
  const std::string rest = printed.substr(from);
  const auto tokens = Tokenize(rest);
  if (tokens.size() < 2 || !tokens[0].Is("REFERENCES")) return printed;
  const bool has_database = tokens.size() > 3 && tokens[2].Is(".");
  const std::size_t end = tokens[has_database ? 3 : 1].end;
  return printed.substr(0, from) + " REFERENCES " + Quote(references) + rest.substr(end);
}

}  // namespace

std::optional<std::string> KeyTwin(const TableText& table, const std::string& source,
                                   const std::string& name, const Mapping& columns) {
  const auto found = table.keys.find(source);
  if (found == table.keys.end()) return std::nullopt;
  return KeyOver(found->second, name, columns);
}

std::optional<ConstraintText> ConstraintTwin(const TableText& table, const std::string& source,
                                             const Mapping& columns) {
  const Constraint* found = table.table.FindConstraint(source);
  if (found == nullptr || table.constraints.count(source) == 0) return std::nullopt;
  ConstraintText out;
  out.foreign_key = found->kind == ConstraintKind::kForeignKey;
  std::size_t own = 0;
  out.printed = OverColumns(found->definition, columns, own);
  out.sent = found->references ? Qualified(out.printed, own, *found->references) : out.printed;
  return out;
}

}  // namespace interlock::mysql
