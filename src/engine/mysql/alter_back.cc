// The way back from an ALTER: which column has become which, and the clauses that undo it.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/mysql/alter_text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/show_create.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/twins.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;
using Mapping = std::map<std::string, std::string>;

bool IsVirtual(const Column& column) { return column.generated.starts_with("virtual"); }

/// What a column of `before` is called in `after`; "" when it is gone.  No server makes a virtual
/// column of another one or the other way round: that is a drop and an addition.
std::string NowCalled(const Table& before, const Table& after, const Mapping& renamed,
                      const std::string& column) {
  const Column* was = before.FindColumn(column);
  const auto target = renamed.find(column);
  std::string name;
  if (target != renamed.end() && after.FindColumn(target->second) != nullptr) {
    name = target->second;
  } else {
    for (const auto& other : after.columns)
      if (Lower(other.name) == Lower(column)) name = other.name;
    for (const auto& [from, to] : renamed)
      if (to == name && from != column && before.FindColumn(from) != nullptr) return "";
  }
  const Column* is = after.FindColumn(name);
  return is == nullptr || was == nullptr || IsVirtual(*was) != IsVirtual(*is) ? "" : name;
}

/// Of the numbers, a longest selection that ascends: true for those in it.
std::vector<bool> Ascending(const std::vector<std::size_t>& numbers) {
  const std::size_t size = numbers.size();
  std::vector<std::size_t> length(size, 1);
  std::vector<std::size_t> previous(size, size);
  std::size_t last = size;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (numbers[j] >= numbers[i] || length[j] + 1 <= length[i]) continue;
      length[i] = length[j] + 1;
      previous[i] = j;
    }
    if (last == size || length[i] > length[last]) last = i;
  }
  std::vector<bool> out(size, false);
  for (; last < size; last = previous[last]) out[last] = true;
  return out;
}

/// A table's options by name, without what its charset says.
Mapping OptionValues(const Table& table) {
  const std::string& text = table.attributes;
  const Tokens tokens = Tokenize(text);
  Mapping out;
  for (std::size_t i = 0; i + 2 < tokens.size() && !tokens[i].Is("PARTITION"); ++i)
    if (tokens[i + 1].Is("=") && !tokens[i].Is("CHARSET") && !tokens[i].Is("COLLATE"))
      out[TextOf(text, tokens, i, i + 1)] = TextOf(text, tokens, i + 2, i + 3);
  return out;
}

/// What an option is set to so that it is not printed.
std::string UnsetOption(const std::string& name) {
  static const std::set<std::string, std::less<>> kNumbers{
      "AUTOEXTEND_SIZE", "AVG_ROW_LENGTH", "CHECKSUM", "DELAY_KEY_WRITE",
      "KEY_BLOCK_SIZE",  "MAX_ROWS",       "MIN_ROWS"};
  if (kNumbers.contains(Upper(name))) return "0";
  if (Upper(name) == "COMPRESSION") return "''";
  return Upper(name) == "ENCRYPTION" ? "'N'" : "DEFAULT";
}

class WayBack {
 public:
  WayBack(const TableText& before, const TableText& after, const Mapping& renamed)
      : before_(before), after_(after) {
    std::vector<std::string> moved;  // names that do not mean what they meant
    for (const auto& column : before.table.columns) {
      std::string now = NowCalled(before.table, after.table, renamed, column.name);
      // MySQL renames no column that a generated one reads, unless that one is made anew.
      if (!column.generated.empty() && Names(column.generated, moved)) now = "";
      if (now != column.name) moved.push_back(column.name);
      if (!now.empty()) now_[column.name] = now;
    }
    moved_ = std::move(moved);
  }

  std::string Run() {
    CompareConstraints();
    CompareKeys();
    DropColumns();
    PutColumns();
    clauses_.insert(clauses_.end(), added_.begin(), added_.end());
    PutOptions();
    return Join(clauses_, ", ");
  }

 private:
  /// Whether the SQL names one of these columns.
  static bool Names(const std::string& sql, const std::vector<std::string>& columns) {
    const auto names = NamesIn(sql);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return Contains(columns, name); });
  }

  /// Whether that key of `after` is this one of `before`, whatever its columns are called now.
  bool IsSameKey(const std::string& name, const std::string& other) const {
    const auto is = after_.keys.find(other);
    const std::string& was = before_.keys.at(name);
    const Index* index = before_.table.FindIndex(name);
    if (is == after_.keys.end() || index == nullptr ||
        KeyOver(was, name, now_) != KeyOver(is->second, name, {}))
      return false;
    // An expression's columns cannot be renamed under it, and MySQL confuses a key's column with a
    // new one that takes its name.
    const auto parts = KeyParts(was);
    return std::all_of(index->columns.begin(), index->columns.end(),
                       [&](const std::string& column) {
                         const auto now = now_.find(column);
                         return now != now_.end() &&
                                (now_.contains(now->second) ||
                                 before_.table.FindColumn(now->second) == nullptr);
                       }) &&
           std::none_of(parts.begin(), parts.end(), [&](const std::string& part) {
             return part.starts_with("(") && Names(part, moved_);
           });
  }

  /// The clause that shows the key to planners, or hides it, where nothing else differs: dropped
  /// and added in one ALTER, a key stays as it is.
  std::string VisibilityBack(const std::string& name) const {
    const Index* was = before_.table.FindIndex(name);
    const Index* is = after_.table.FindIndex(name);
    if (was == nullptr || is == nullptr) return "";
    constexpr std::array<std::array<std::string_view, 2>, 2> kWords{
        {{" INVISIBLE", " VISIBLE"}, {" IGNORED", " NOT IGNORED"}}};
    const std::string from = KeyOver(is->definition, name, {});
    const std::string to = KeyOver(was->definition, name, now_);
    for (const auto& [hidden, shown] : kWords) {
      if (to == from + std::string(hidden))
        return "ALTER INDEX " + Quote(name) + std::string(hidden);
      if (from == to + std::string(hidden))
        return "ALTER INDEX " + Quote(name) + std::string(shown);
    }
    return "";
  }

  /// The key of `after` that has become of it; "" for none.
  std::string KeyNow(const std::string& name) const {
    if (IsSameKey(name, name)) return name;
    if (name == "PRIMARY" || after_.keys.contains(name)) return "";
    for (const auto& [other, text] : after_.keys)
      if (!before_.keys.contains(other) && !used_.contains(other) && IsSameKey(name, other))
        return other;
    return "";
  }

  void CompareKeys() {
    for (const auto& [name, text] : before_.keys) {
      std::string now = KeyNow(name);
      std::string clause = now.empty() ? VisibilityBack(name) : "";
      if (!clause.empty()) now = name;
      if (!now.empty() && now != name) clause = "RENAME INDEX " + Quote(now) + " TO " + Quote(name);
      if (!clause.empty()) clauses_.push_back(std::move(clause));
      if (now.empty()) added_.push_back("ADD " + text);
      used_.insert(std::move(now));
    }
    for (const auto& [name, text] : after_.keys)
      if (!used_.contains(name))
        clauses_.push_back(name == "PRIMARY" ? "DROP PRIMARY KEY" : "DROP KEY " + Quote(name));
  }

  /// Foreign keys follow their columns on both servers, and none is replaced by one of its name;
  /// CHECKs follow only on MariaDB.
  bool ConstraintStays(const std::string& name) const {
    const Constraint* was = before_.table.FindConstraint(name);
    const Constraint* is = after_.table.FindConstraint(name);
    if (was == nullptr || is == nullptr) return false;
    if (was->kind == ConstraintKind::kForeignKey) return is->kind == was->kind;
    return was->definition == is->definition && !Names(was->definition, moved_);
  }

  void CompareConstraints() {
    for (const auto& [name, text] : after_.constraints)
      if (!ConstraintStays(name)) clauses_.push_back("DROP CONSTRAINT " + Quote(name));
    for (const auto& [name, text] : before_.constraints)
      if (const auto made = ConstraintTwin(before_, name, {}); made && !ConstraintStays(name))
        added_.push_back("ADD CONSTRAINT " + Quote(name) + " " + made->sent);
  }

  void DropColumns() {
    for (const auto& column : after_.table.columns)
      if (std::none_of(now_.begin(), now_.end(),
                       [&](const auto& pair) { return pair.second == column.name; }))
        clauses_.push_back("DROP COLUMN " + Quote(column.name));
  }

  /// A text without a charset of its own takes the table's, old or new.
  bool TakesOtherCharset(const Column& column) const {
    static const std::set<std::string, std::less<>> kTexts{
        "CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET"};
    const Tokens type = Tokenize(column.type);
    return before_.charset != after_.charset && !type.empty() && kTexts.contains(type[0].text) &&
           column.collation.empty() && column.attributes.find("charset ") == std::string::npos;
  }

  bool DiffersInText(const std::string& name) const {
    return before_.columns.at(name) != after_.columns.at(name);
  }

  /// In the order of `before`: what a column is put after stands there by then.
  void PutColumns() {
    const auto& columns = before_.table.columns;
    std::vector<std::size_t> places;
    std::size_t tail = 0;  // from here on all columns are new
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto now = now_.find(columns[i].name);
      if (now == now_.end()) continue;
      places.push_back(PlaceOf(now->second));
      tail = i + 1;
    }
    const std::vector<bool> stays = Ascending(places);
    std::size_t survivor = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& name = columns[i].name;
      const std::string place = i == 0 ? " FIRST" : " AFTER " + Quote(columns[i - 1].name);
      const auto now = now_.find(name);
      if (now == now_.end()) {
        clauses_.push_back("ADD COLUMN " + ForModify(before_, name) + (i < tail ? place : ""));
        continue;
      }
      const bool moves = !stays[survivor++];
      const std::string end = moves ? place : "";
      if (now->second != name) {
        clauses_.push_back("CHANGE COLUMN " + Quote(now->second) + " " + ForModify(before_, name) +
                           end);
      } else if (moves || DiffersInText(name) || TakesOtherCharset(columns[i])) {
        clauses_.push_back("MODIFY COLUMN " + ForModify(before_, name) + end);
      }
    }
  }

  std::size_t PlaceOf(const std::string& column) const {
    const auto& columns = after_.table.columns;
    return static_cast<std::size_t>(
        std::find_if(columns.begin(), columns.end(),
                     [&](const Column& other) { return other.name == column; }) -
        columns.begin());
  }

  void PutOptions() {
    if (before_.charset != after_.charset && !before_.charset.empty())
      clauses_.push_back(before_.charset.substr(1));
    const Mapping was = OptionValues(before_.table);
    const Mapping is = OptionValues(after_.table);
    for (const auto& [name, value] : was)
      if (const auto now = is.find(name); now == is.end() || now->second != value)
        clauses_.push_back(name + "=" + value);
    for (const auto& [name, value] : is)
      if (!was.contains(name)) clauses_.push_back(name + "=" + UnsetOption(name));
  }

  const TableText& before_;
  const TableText& after_;
  Mapping now_;
  std::vector<std::string> moved_;
  std::set<std::string> used_;  // keys of `after` that stay
  std::vector<std::string> clauses_;
  std::vector<std::string> added_;  // clauses that follow those of the columns
};

}  // namespace

std::string ClausesBack(const TableText& before, const TableText& after, const Mapping& renamed) {
  return WayBack(before, after, renamed).Run();
}

std::vector<std::string> DroppedColumns(const TableText& before, const TableText& after,
                                        const Mapping& renamed) {
  std::vector<std::string> out;
  for (const auto& column : before.table.columns)
    if (NowCalled(before.table, after.table, renamed, column.name).empty())
      out.push_back(column.name);
  return out;
}

}  // namespace interlock::mysql
