#include "engine/mysql/alter_text.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/mysql/partitions.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;
using Mapping = std::map<std::string, std::string>;

/// A clause, or an element of ADD (…, …).
struct AlterPart {
  std::string text;
  Tokens all;
  Tokens top;  ///< without what stands inside parentheses

  bool Is(std::size_t at, std::string_view word) const {
    return at < top.size() && top[at].Is(word);
  }
  template <std::size_t N>
  bool Is(std::size_t at, const std::array<std::string_view, N>& words) const {
    for (std::size_t i = 0; i < N && !words[i].empty(); ++i)
      if (!Is(at + i, words[i])) return false;
    return true;
  }
};

/// What stands between the commas of tokens[from, to).
std::vector<AlterPart> PartsOf(std::string_view sql, const Tokens& tokens, std::size_t from,
                               std::size_t to) {
  std::vector<AlterPart> out(1);
  std::size_t begin = from;
  int depth = 0;
  for (std::size_t i = from; i < to; ++i) {
    if (depth == 0 && tokens[i].Is(",")) {
      out.back().text = TextOf(sql, tokens, begin, i);
      out.emplace_back();
      begin = i + 1;
      continue;
    }
    if (tokens[i].Is(")")) --depth;
    out.back().all.push_back(tokens[i]);
    if (depth == 0) out.back().top.push_back(tokens[i]);
    if (tokens[i].Is("(")) ++depth;
  }
  out.back().text = TextOf(sql, tokens, begin, to);
  return out;
}

std::vector<AlterPart> PartsOf(std::string_view sql) {
  const Tokens tokens = Tokenize(sql);
  return PartsOf(sql, tokens, 0, tokens.size());
}

/// ADD (a int, b int) has several elements, ADD a int one, which begins at its name.
std::vector<AlterPart> ElementsOf(std::string_view sql, const AlterPart& add, std::size_t name) {
  const auto last =
      std::find_if(add.all.rbegin(), add.all.rend(), [](const Token& t) { return t.Is(")"); });
  if (add.Is(name, "(") && last != add.all.rend())
    return PartsOf(sql, add.all, name + 1,
                   add.all.size() - 1 - static_cast<std::size_t>(last - add.all.rbegin()));
  return PartsOf(sql, add.all, std::min(name, add.all.size()), add.all.size());
}

/// Past ADD, DROP, MODIFY, CHANGE, RENAME [COLUMN] [IF [NOT] EXISTS].
std::size_t NamePlace(const AlterPart& part) {
  std::size_t at = part.Is(1, "COLUMN") ? 2 : 1;
  if (part.Is(at, "IF")) at += part.Is(at + 1, "NOT") ? 3 : 2;
  return at;
}

/// Whether a column's name stands there, and not what announces a key or a constraint.
bool IsColumnName(const AlterPart& part, std::size_t at) {
  static const std::set<std::string, std::less<>> kOthers{
      "INDEX",   "KEY",        "UNIQUE", "PRIMARY", "FULLTEXT",
      "SPATIAL", "CONSTRAINT", "CHECK",  "FOREIGN", "PARTITION"};
  if (at >= part.top.size()) return false;
  if (part.Is(at, "VECTOR") && (part.Is(at + 1, "INDEX") || part.Is(at + 1, "KEY"))) return false;
  return part.top[at].kind != Kind::kWord || !kOthers.contains(part.top[at].text);
}

/// A name as it is spelt.
std::string NameAt(std::string_view sql, const AlterPart& part, std::size_t at) {
  if (at >= part.top.size()) return "";
  const Token& token = part.top[at];
  if (token.kind == Kind::kName) return token.text;
  return std::string(sql.substr(token.begin, token.end - token.begin));
}

// --- What no rebuild can carry out, or interlock says itself.

struct RefusedWords {
  std::array<std::string_view, 3> words;  ///< one after the other; "" stands for none
  std::string_view why;
  std::string_view hint;
};

constexpr std::string_view kLeaveOut = "leave it out";
constexpr std::string_view kOwnSql = "write it as an `sql` change";
constexpr std::string_view kHow = "interlock itself says how, under which lock and how long";
constexpr std::string_view kPartitions =
    "it works on some of the rows or of the partitions, and not on the table's definition";
constexpr std::string_view kHistory = "a rebuild would lose the history of the rows";
constexpr std::string_view kFiles = "the place of the table's files is none of its definition";
constexpr std::string_view kForeignKeys =
    "foreign keys lock a second table, and a copy has none while it is filled";
constexpr std::string_view kWhole = "it is the clauses alone that are written here";

constexpr std::array<RefusedWords, 35> kAtBegin{{
    {{"ALGORITHM"}, kHow, kLeaveOut},
    {{"LOCK"}, kHow, kLeaveOut},
    {{"WAIT"}, kHow, kLeaveOut},
    {{"NOWAIT"}, kHow, kLeaveOut},
    {{"WITH"}, kHow, kLeaveOut},
    {{"WITHOUT"}, kHow, kLeaveOut},
    {{"ORDER", "BY"}, "rows have the order of the primary key, whatever is said here", kLeaveOut},
    {{"DISABLE", "KEYS"}, "InnoDB has no such thing", kLeaveOut},
    {{"ENABLE", "KEYS"}, "InnoDB has no such thing", kLeaveOut},
    {{"SECONDARY_LOAD"}, "another engine's copy of the table is none of its definition", kOwnSql},
    {{"SECONDARY_UNLOAD"}, "another engine's copy of the table is none of its definition", kOwnSql},
    {{"DISCARD"}, kFiles, kOwnSql},
    {{"IMPORT"}, kFiles, kOwnSql},
    {{"ADD", "SYSTEM", "VERSIONING"}, kHistory, kOwnSql},
    {{"DROP", "SYSTEM", "VERSIONING"}, kHistory, kOwnSql},
    {{"ADD", "PERIOD", "FOR"}, kHistory, kOwnSql},
    {{"DROP", "PERIOD", "FOR"}, kHistory, kOwnSql},
    {{"ADD", "PARTITION"}, kPartitions, kOwnSql},
    {{"DROP", "PARTITION"}, kPartitions, kOwnSql},
    {{"PARTITION"}, kPartitions, kOwnSql},
    {{"REMOVE"}, kPartitions, kOwnSql},
    {{"TRUNCATE"}, kPartitions, kOwnSql},
    {{"COALESCE"}, kPartitions, kOwnSql},
    {{"REORGANIZE"}, kPartitions, kOwnSql},
    {{"EXCHANGE"}, kPartitions, kOwnSql},
    {{"ANALYZE"}, kPartitions, kOwnSql},
    {{"CHECK"}, kPartitions, kOwnSql},
    {{"OPTIMIZE"}, kPartitions, kOwnSql},
    {{"REPAIR"}, kPartitions, kOwnSql},
    {{"REBUILD"}, kPartitions, kOwnSql},
    {{"UPGRADE"}, kPartitions, kOwnSql},
    {{"CONVERT", "PARTITION"}, kPartitions, kOwnSql},
    {{"CONVERT", "TABLE"}, kPartitions, kOwnSql},
    {{"ALTER", "TABLE"}, kWhole, "leave ALTER TABLE and the table's name out"},
    {{"RENAME"}, "the table keeps its name", "RENAME COLUMN, INDEX and KEY are fine"},
}};

/// Reserved words, with which no bare name begins.
constexpr std::array<RefusedWords, 2> kAnywhere{{
    {{"FOREIGN"}, kForeignKeys, kOwnSql},
    {{"REFERENCES"}, kForeignKeys, "write the foreign key as an `sql` change"},
}};

constexpr std::array<RefusedWords, 10> kAsOption{{
    {{"ENGINE"}, "rows stay in the engine where they are", kLeaveOut},
    {{"SECONDARY_ENGINE"}, "rows stay in the engine where they are", kLeaveOut},
    {{"AUTO_INCREMENT"}, "the next value is no part of the definition", kOwnSql},
    {{"UNION"}, "a table of other tables has no rows to rebuild", kLeaveOut},
    {{"INSERT_METHOD"}, "a table of other tables has no rows to rebuild", kLeaveOut},
    {{"CONNECTION"}, "rows of another server are none to rebuild", kLeaveOut},
    {{"DATA", "DIRECTORY"}, kFiles, kLeaveOut},
    {{"INDEX", "DIRECTORY"}, kFiles, kLeaveOut},
    {{"TABLESPACE"}, kFiles, kLeaveOut},
    {{"STORAGE"}, kFiles, kLeaveOut},
}};

tl::unexpected<Error> RefuseClause(const std::string& clause, std::string_view why,
                                   std::string_view hint) {
  return Fail(ErrorKind::kConfig, "IL-E70",
              "the clause '" + clause + "' cannot be carried out: " + std::string(why),
              std::string(hint));
}

template <std::size_t N>
const RefusedWords* FindRefused(const std::array<RefusedWords, N>& table, const AlterPart& part,
                                std::size_t at) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const RefusedWords& refused) {
    return part.Is(at, refused.words);
  });
  return found == table.end() ? nullptr : &*found;
}

const RefusedWords* FindAnywhere(const AlterPart& part) {
  for (std::size_t at = 0; at < part.top.size(); ++at)
    if (const auto* found = FindRefused(kAnywhere, part, at)) return found;
  return nullptr;
}

/// Options need no comma between them: COMMENT 'x' ENGINE = y.
const RefusedWords* FindOption(const AlterPart& part) {
  std::size_t at = 0;
  while (at < part.top.size()) {
    if (const auto* found = FindRefused(kAsOption, part, at)) return found;
    if (part.Is(at, "DEFAULT")) {
      ++at;
      continue;
    }
    at += part.Is(at, "CHARACTER") && part.Is(at + 1, "SET") ? 2 : 1;
    if (part.Is(at, "=")) ++at;
    ++at;
  }
  return nullptr;
}

const RefusedWords* FindInClause(const AlterPart& clause) {
  static const std::set<std::string, std::less<>> kVerbs{"ADD",  "ALTER", "CHANGE", "CONVERT",
                                                         "DROP", "FORCE", "MODIFY", "RENAME"};
  const bool renames_inside =
      clause.Is(0, "RENAME") &&
      (clause.Is(1, "COLUMN") || clause.Is(1, "INDEX") || clause.Is(1, "KEY"));
  if (const auto* found = FindAnywhere(clause)) return found;
  if (renames_inside) return nullptr;
  if (const auto* found = FindRefused(kAtBegin, clause, 0)) return found;
  const Token& first = clause.top.front();
  return first.kind == Kind::kWord && kVerbs.contains(first.text) ? nullptr : FindOption(clause);
}

/// Of a column's definition, which begins with its name.
bool IsComputed(const AlterPart& column) {
  for (std::size_t i = 1; i < column.top.size(); ++i)
    if (column.Is(i, "GENERATED") || column.Is(i, "AS")) return true;
  return false;
}

bool LacksValue(const AlterPart& column) {
  bool not_null = false;
  for (std::size_t i = 1; i < column.top.size(); ++i) {
    const bool of_format = column.Is(i - 1, "COLUMN_FORMAT") || column.Is(i - 1, "STORAGE");
    if ((column.Is(i, "DEFAULT") && !of_format) || column.Is(i, "AUTO_INCREMENT") ||
        (i == 1 && column.Is(i, "SERIAL")))
      return false;
    not_null = not_null || (column.Is(i, "NOT") && column.Is(i + 1, "NULL")) ||
               (column.Is(i, "KEY") && !column.Is(i - 1, "UNIQUE"));
  }
  return not_null && !IsComputed(column);
}

/// Names of columns in lower case that the clauses seen so far drop, and that they add with values
/// of their own.
struct SeenColumns {
  std::set<std::string> dropped;
  std::set<std::string> added;
};

Result<void> CheckElement(std::string_view sql, const AlterPart& element, SeenColumns& seen) {
  if (const auto* found = FindAnywhere(element))
    return RefuseClause(element.text, found->why, found->hint);
  if (!IsColumnName(element, 0)) return {};
  const std::string name = NameAt(sql, element, 0);
  if (LacksValue(element))
    return Fail(ErrorKind::kConfig, "IL-E71",
                "column " + DisplayName(name) +
                    " is NOT NULL and has no default: the old version's INSERTs would fail",
                "give it a default, or add it by add_column with `fill`");
  if (!IsComputed(element)) seen.added.insert(Lower(name));
  return {};
}

Result<void> CheckClause(std::string_view sql, const AlterPart& clause, SeenColumns& seen) {
  if (clause.top.empty())
    return Fail(ErrorKind::kConfig, "IL-E70", "a clause of the ALTER is empty",
                "take the comma out that nothing follows");
  if (const auto* found = FindInClause(clause))
    return RefuseClause(clause.text, found->why, found->hint);
  const std::size_t name = NamePlace(clause);
  if (clause.Is(0, "DROP") && IsColumnName(clause, name))
    seen.dropped.insert(Lower(NameAt(sql, clause, name)));
  if (!clause.Is(0, "ADD")) return {};
  for (const auto& element : ElementsOf(sql, clause, name))
    IL_RETURN_IF_ERROR(CheckElement(sql, element, seen));
  return {};
}

/// Why the text as a whole is no list of clauses; "" when it is one.
std::string WhyNoList(std::string_view sql, const Tokens& tokens, bool closed) {
  if (!closed) return "a quote or a comment is not closed";
  int depth = 0;
  std::size_t end = 0;
  bool version = false;  // inside /*! … */, which some servers skip
  for (const auto& token : tokens) {
    const std::string_view gap = sql.substr(end, token.begin - end);
    const std::size_t opens = gap.rfind("/*");
    const std::size_t closes = gap.find("*/");
    end = token.end;
    if (opens != std::string_view::npos && gap.find("*/", opens) == std::string_view::npos) {
      version = true;
    } else if (closes != std::string_view::npos && closes < gap.find("/*")) {
      version = false;
    }
    if (token.text == std::string_view("\0", 1)) return "it holds a zero byte";
    if (token.Is(";")) return "it is more than one statement";
    if (token.Is("(")) ++depth;
    if (token.Is(")") && --depth < 0) break;
    if (version && (token.Is("(") || token.Is(")") || token.Is(",")))
      return "a comment that only some versions read holds more than words";
  }
  return depth == 0 ? "" : "parentheses do not match";
}

}  // namespace

Result<void> CheckClauses(std::string_view clauses) {
  bool closed = false;
  const Tokens tokens = Tokenize(clauses, &closed);
  if (tokens.empty())
    return Fail(ErrorKind::kConfig, "IL-E70", "the ALTER has no clauses",
                "write what follows ALTER TABLE and the name: ADD COLUMN note text NULL");
  if (const std::string why = WhyNoList(clauses, tokens, closed); !why.empty())
    return Fail(ErrorKind::kConfig, "IL-E70",
                "'" + TextOf(clauses, tokens, 0, tokens.size()) +
                    "' is no list of clauses of one ALTER TABLE: " + why,
                "write clauses with commas between them: ADD COLUMN note text NULL, DROP KEY old");
  const std::string alter = WithoutPartitions(clauses);
  if (alter.empty()) return {};
  SeenColumns seen;
  for (const auto& clause : PartsOf(alter)) IL_RETURN_IF_ERROR(CheckClause(alter, clause, seen));
  for (const auto& name : seen.added)
    if (seen.dropped.contains(name))
      return Fail(
          ErrorKind::kConfig, "IL-E70",
          "column " + DisplayName(name) + " is dropped and added again: its values would be lost",
          "change it by MODIFY, or drop it in one release and add it in the next");
  return {};
}

std::map<std::string, std::string> RenamesIn(std::string_view clauses, const TableText& before) {
  Mapping out;
  for (const auto& clause : PartsOf(clauses)) {
    const bool renames = clause.Is(0, "RENAME") && clause.Is(1, "COLUMN");
    // MODIFY spells a name anew, too.
    if (!renames && !clause.Is(0, "CHANGE") && !clause.Is(0, "MODIFY")) continue;
    const std::size_t at = NamePlace(clause);
    const std::string from = Lower(NameAt(clauses, clause, at));
    const std::size_t target = clause.Is(0, "MODIFY") ? at : at + (renames ? 2 : 1);
    const std::string to = NameAt(clauses, clause, target);
    for (const auto& column : before.table.columns)
      if (Lower(column.name) == from && column.name != to && !to.empty()) out[column.name] = to;
  }
  return out;
}

}  // namespace interlock::mysql
