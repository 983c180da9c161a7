// What each server did when it was asked: MariaDB 10.11, MySQL 9.7.
#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "engine/mysql/alter_text.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/user_sql.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;
using Mapping = std::map<std::string, std::string>;

/// "varchar(20)" in parts.
struct TypeText {
  std::string word;  ///< in upper case
  std::vector<std::string> arguments;
  std::string rest;  ///< UNSIGNED and the like
};

TypeText ReadTypeText(const std::string& type) {
  TypeText out;
  bool inside = false;
  for (const auto& token : Tokenize(type)) {
    if (token.Is("(") || token.Is(")")) {
      inside = token.Is("(");
    } else if (out.word.empty()) {
      out.word = token.text;
    } else if (!inside) {
      out.rest += token.text + " ";
    } else if (!token.Is(",")) {
      out.arguments.push_back(token.text);
    }
  }
  return out;
}

struct CharsetOfColumn {
  std::string charset;
  std::string collation;  ///< "" for the charset's own
  bool operator==(const CharsetOfColumn&) const = default;
};

/// The table's where the column has none.
CharsetOfColumn ReadCharset(const TableText& table, const Column& column) {
  const auto after = [](const std::string& text, std::string_view word) {
    const auto at = text.find(word);
    if (at == std::string::npos) return std::string();
    return Split(std::string_view(text).substr(at + word.size()), ' ').front();
  };
  CharsetOfColumn out{after(column.attributes, "charset "), column.collation};
  if (out.charset.empty() && !out.collation.empty())
    out.charset = Split(out.collation, '_').front();
  if (out.charset.empty()) out = {after(table.charset, "CHARSET="), table.collation};
  if (out.charset == "utf8") out.charset = "utf8mb3";
  return out;
}

/// "_general_ci": how a charset's letters are sorted, "" for its own way.
std::string OrderOf(const CharsetOfColumn& column) {
  return column.collation.substr(std::min(column.collation.find('_'), column.collation.size()));
}

std::size_t BytesOf(const std::string& charset) {
  static const std::map<std::string, std::size_t> kBytes{
      {"utf8mb4", 4}, {"utf16", 4},  {"utf16le", 4}, {"utf32", 4}, {"gb18030", 4},
      {"utf8mb3", 3}, {"ujis", 3},   {"eucjpms", 3}, {"ucs2", 2},  {"big5", 2},
      {"gbk", 2},     {"gb2312", 2}, {"sjis", 2},    {"cp932", 2}, {"euckr", 2}};
  const auto found = kBytes.find(charset);
  return found == kBytes.end() ? 1 : found->second;
}

/// Bytes in which members of an enum or a set are kept.
std::size_t MemberBytes(const std::string& word, std::size_t members) {
  if (word == "ENUM") return members < 256 ? 1 : 2;
  const std::size_t bytes = (members + 7) / 8;
  return bytes > 4 ? 8 : bytes;
}

/// Names replaced wherever they stand.
std::string FollowNames(const std::string& sql, const Mapping& renamed) {
  std::string out;
  std::size_t done = 0;
  for (const auto& token : Tokenize(sql)) {
    const auto found = token.kind == Kind::kName ? renamed.find(token.text) : renamed.end();
    if (found == renamed.end()) continue;
    out += sql.substr(done, token.begin - done) + Quote(found->second);
    done = token.end;
  }
  return out + sql.substr(done);
}

/// Without what costs nothing to change, or is compared by itself.
std::string CostlyAttributes(const std::string& attributes) {
  const Tokens tokens = Tokenize(attributes);
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].Is("CHARSET")) {
      ++i;
    } else if (tokens[i].Is("ON") && i + 2 < tokens.size() && tokens[i + 1].Is("UPDATE")) {
      i += 2;
      while (i + 1 < tokens.size() && tokens[i + 1].Is("(")) {
        while (i < tokens.size() && !tokens[i].Is(")")) ++i;
      }
    } else if (!tokens[i].Is("INVISIBLE")) {
      if (!out.empty() && tokens[i - 1].end != tokens[i].begin) out += ' ';
      out += TextOf(attributes, tokens, i, i + 1);
    }
  }
  return out;
}

std::string FromTo(const std::string& from, const std::string& to) {
  const auto shown = [](const std::string& text) { return text.empty() ? "default" : text; };
  return ": " + shown(from) + " → " + shown(to);
}

std::size_t ReadLength(const TypeText& type) {
  std::size_t length = 0;
  for (const char digit : type.arguments.empty() ? std::string() : type.arguments.front())
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  return length;
}

bool IsComputedOnRead(const Column& column) { return column.generated.starts_with("virtual"); }

bool IsIndexed(const Table& table, const std::string& column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(),
                     [&](const Index& index) { return Contains(index.columns, column); });
}

/// FULLTEXT, SPATIAL and what else is no tree.
bool IsTree(const Index& index) {
  const std::string word = Split(index.definition, ' ').front();
  return word == "KEY" || word == "UNIQUE" || word == "PRIMARY";
}

class Forecaster {
 public:
  Forecaster(Flavor flavor, const TableText& before, const TableText& after, const Mapping& renamed)
      : maria_(flavor == Flavor::kMariaDb),
        before_(before),
        after_(after),
        renamed_(renamed),
        dropped_(DroppedColumns(before, after, renamed)) {
    for (const auto& column : before.table.columns)
      if (const Column* is = Now(column)) kept_.emplace_back(&column, is);
    for (const auto& column : after.table.columns)
      if (std::none_of(kept_.begin(), kept_.end(),
                       [&](const auto& pair) { return pair.second == &column; }))
        added_.push_back(&column);
    obstacle_ = Obstacle();
  }

  Forecast Run() {
    for (const auto& [was, is] : kept_) Kept(*was, *is);
    for (const Column* column : added_) Added(*column);
    for (const auto& name : dropped_) Dropped(*before_.table.FindColumn(name));
    Order();
    Indexes();
    Constraints();
    Options();
    // Not even servers that take both take them at once.
    for (const Column* column : added_)
      if (IsComputedOnRead(*column) && out_.way == AlterWay::kInPlace)
        Note(AlterWay::kRebuild, "virtual " + column->name + " comes together with " + out_.why);
    return out_;
  }

 private:
  void Note(AlterWay way, const std::string& why) {
    if (way <= out_.way) return;
    out_.way = way;
    out_.why = why;
  }
  AlterWay On(AlterWay maria, AlterWay mysql) const { return maria_ ? maria : mysql; }

  /// What forbids to write the table anew in place while writes go on; "" for nothing.
  std::string Obstacle() const {
    for (const auto& index : after_.table.indexes)
      if (!IsTree(index)) return "; index " + index.name + " forbids that in place";
    for (const auto& [was, is] : kept_)
      if (maria_ && IsComputedOnRead(*is) && IsIndexed(after_.table, is->name))
        return "; the index over virtual " + is->name + " forbids that in place";
    return "";
  }
  /// The server writes the table anew.
  void NoteRewrite(const std::string& why) {
    if (obstacle_.empty()) return Note(AlterWay::kInPlace, why);
    Note(AlterWay::kRebuild, why + obstacle_);
  }
  /// Columns come, go or move: by the definition alone where rows are kept in the usual way.
  void NoteColumns(const std::string& why) {
    const bool compressed =
        after_.table.attributes.find("ROW_FORMAT=COMPRESSED") != std::string::npos;
    if (!obstacle_.empty()) return NoteRewrite(why);
    if (compressed) Note(AlterWay::kInPlace, why + "; rows are COMPRESSED");
  }

  const Column* Now(const Column& column) const {
    if (Contains(dropped_, column.name)) return nullptr;
    const auto target = renamed_.find(column.name);
    if (target != renamed_.end())
      if (const Column* is = after_.table.FindColumn(target->second)) return is;
    for (const auto& is : after_.table.columns)
      if (Lower(is.name) == Lower(column.name)) return &is;
    return nullptr;
  }

  // --- Columns.

  void Kept(const Column& was, const Column& is) {
    const std::string& name = was.name;
    if (was.type != is.type) Note(TypeWay(was, is), "type of " + name + FromTo(was.type, is.type));
    Charset(was, is);
    Nullability(was, is);
    if (FollowNames(was.generated, renamed_) != is.generated)
      Note(maria_ && IsComputedOnRead(is) && !IsIndexed(after_.table, is.name) ? AlterWay::kInstant
                                                                               : AlterWay::kRebuild,
           "expression of " + name);
    if (was.identity != is.identity)
      Note(maria_ && is.identity.empty() ? AlterWay::kInstant : AlterWay::kRebuild,
           "AUTO_INCREMENT of " + name);
    const std::string had = CostlyAttributes(FollowNames(was.attributes, renamed_));
    const std::string has = CostlyAttributes(is.attributes);
    if (had != has)
      Note(maria_ && has.empty() && had.starts_with("check") ? AlterWay::kInstant
                                                             : AlterWay::kRebuild,
           "attributes of " + name + FromTo(had, has));
    if (was.name != is.name && IsReferenced(was.name))
      Note(On(AlterWay::kInstant, AlterWay::kInPlace), "name of " + name + ", which is referenced");
  }

  AlterWay TypeWay(const Column& was, const Column& is) const {
    const TypeText from = ReadTypeText(was.type);
    const TypeText to = ReadTypeText(is.type);
    if (from.word != to.word || from.rest != to.rest) return AlterWay::kRebuild;
    if (from.word.ends_with("INT")) return AlterWay::kInstant;  // the width in which it is shown
    if (from.word == "VARCHAR" || from.word == "VARBINARY") return LengthWay(was, is);
    const auto& had = from.arguments;
    const auto& has = to.arguments;
    const bool appended =
        had.size() <= has.size() && std::equal(had.begin(), had.end(), has.begin());
    const bool members = from.word == "ENUM" || from.word == "SET";
    return members && appended &&
                   MemberBytes(from.word, had.size()) == MemberBytes(from.word, has.size())
               ? AlterWay::kInstant
               : AlterWay::kRebuild;
  }

  /// The length of a value takes one byte or two; where none takes more than 127 bytes, MariaDB
  /// reads both.
  AlterWay LengthWay(const Column& was, const Column& is) const {
    const auto bytes = [](const TableText& table, const Column& column) {
      const TypeText type = ReadTypeText(column.type);
      const bool binary = type.word == "VARBINARY";
      return ReadLength(type) * (binary ? 1 : BytesOf(ReadCharset(table, column).charset));
    };
    const std::size_t from = bytes(before_, was);
    const std::size_t to = bytes(after_, is);
    constexpr std::size_t kOneByte = 255;
    constexpr std::size_t kEither = 127;
    const bool alike = (from <= kOneByte) == (to <= kOneByte) || (maria_ && from <= kEither);
    if (to < from || !alike) return AlterWay::kRebuild;
    return On(AlterWay::kInstant, AlterWay::kInPlace);
  }

  void Charset(const Column& was, const Column& is) {
    static const std::set<std::string, std::less<>> kTexts{
        "CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET"};
    const std::string word = ReadTypeText(is.type).word;
    const CharsetOfColumn from = ReadCharset(before_, was);
    const CharsetOfColumn to = ReadCharset(after_, is);
    if (from == to || !kTexts.contains(word)) return;
    const bool wider = from.charset == "utf8mb3" && to.charset == "utf8mb4";
    const std::string why = from.charset == to.charset
                                ? "collation of " + was.name + FromTo(from.collation, to.collation)
                                : "charset of " + was.name + FromTo(from.charset, to.charset);
    if (from.charset != to.charset && !wider) return Note(AlterWay::kRebuild, why);
    if (word == "ENUM" || word == "SET")
      return Note(On(AlterWay::kRebuild, AlterWay::kInPlace), why);
    if (word == "VARCHAR") Note(LengthWay(was, is), why);
    const bool indexed = IsIndexed(before_.table, was.name) || IsIndexed(after_.table, is.name);
    if (indexed && maria_) out_.never_in_place = true;
    const bool reads_keys = maria_ && wider && OrderOf(from) == OrderOf(to);
    Note(indexed && !reads_keys ? AlterWay::kRebuild : On(AlterWay::kInstant, AlterWay::kInPlace),
         why);
  }

  void Nullability(const Column& was, const Column& is) {
    if (was.nullable == is.nullable) return;
    if (is.nullable) return NoteRewrite(was.name + " becomes NULL");
    const bool stored = std::any_of(kept_.begin(), kept_.end(), [](const auto& pair) {
      return pair.second->generated.starts_with("stored");
    });
    if (maria_ && stored)
      return Note(AlterWay::kRebuild,
                  was.name + " becomes NOT NULL in a table with stored columns");
    NoteRewrite(was.name + " becomes NOT NULL");
  }

  /// By a foreign key of the table itself; those of others are not known here.
  bool IsReferenced(const std::string& column) const {
    const auto& constraints = before_.table.constraints;
    return std::any_of(constraints.begin(), constraints.end(), [&](const Constraint& constraint) {
      return constraint.references == before_.table.name &&
             Contains(constraint.referenced_columns, column);
    });
  }

  void Added(const Column& column) {
    const std::string what = "new column " + column.name;
    if (column.generated.starts_with("stored") || !column.identity.empty())
      return Note(AlterWay::kRebuild, what + " gets another value in each row");
    const auto& value = column.default_value;
    if (value && !IsLiteral(*value) && !IsCurrentTime(*value))
      return Note(AlterWay::kRebuild, what + " has an expression as its default");
    if (IsComputedOnRead(column)) {
      if (maria_ && (added_.size() > 1 || !dropped_.empty()))
        Note(AlterWay::kRebuild, what + " is virtual, and not the only one");
      return;
    }
    if (maria_ && BeforeVirtual(column))
      return Note(AlterWay::kRebuild, what + " stands before a virtual one");
    NoteColumns(what);
  }

  /// Whether a virtual column of the table changes its number.
  bool BeforeVirtual(const Column& column) const {
    return std::any_of(kept_.begin(), kept_.end(), [&](const auto& pair) {
      return IsComputedOnRead(*pair.second) && (!dropped_.empty() || pair.second > &column);
    });
  }

  void Dropped(const Column& column) {
    const std::string what = "column " + column.name + " goes";
    if (IsIndexed(before_.table, column.name)) return NoteRewrite(what + " with its index");
    if (!IsComputedOnRead(column)) NoteColumns(what);
  }

  void Order() {
    if (std::is_sorted(kept_.begin(), kept_.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; }))
      return;
    if (maria_) return NoteColumns("order of the columns");
    NoteRewrite("order of the columns");
  }

  // --- The rest.

  bool IsSame(const Index& was, const Index& is) const {
    return KeyOver(was.definition, was.name, renamed_) == KeyOver(is.definition, was.name, {});
  }

  /// The index that another name was given to; null for none.
  const Index* FormerIndex(const Index& is) const {
    for (const auto& was : before_.table.indexes)
      if (after_.table.FindIndex(was.name) == nullptr && IsSame(was, is)) return &was;
    return nullptr;
  }

  void Indexes() {
    std::set<std::string> renamed;
    for (const auto& index : after_.table.indexes) {
      const Index* was = before_.table.FindIndex(index.name);
      if (was != nullptr && IsSame(*was, index)) continue;
      const auto parts = KeyParts(index.definition);
      const bool expression = std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
        return part.starts_with("(");
      });
      if (index.name == "PRIMARY") {
        NoteRewrite("primary key");
      } else if (const Index* former = was == nullptr ? FormerIndex(index) : nullptr) {
        renamed.insert(former->name);
        Note(On(AlterWay::kInstant, AlterWay::kInPlace), "name of index " + former->name);
      } else {
        Note(IsTree(index) && !expression ? AlterWay::kInPlace : AlterWay::kRebuild,
             (was == nullptr ? "new index " : "changed index ") + index.name);
      }
    }
    for (const auto& index : before_.table.indexes) {
      const std::string what = "index " + index.name + " goes";
      if (after_.table.FindIndex(index.name) != nullptr || renamed.contains(index.name)) continue;
      if (index.name != "PRIMARY") {
        Note(AlterWay::kInPlace, what);
      } else if (maria_) {
        NoteRewrite(what);
      } else {
        Note(AlterWay::kRebuild, what);
      }
    }
  }

  /// Foreign keys follow names of columns on both servers, and none is replaced by one of its name;
  /// CHECKs follow on MariaDB.
  bool IsSame(const Constraint& was, const Constraint& is) const {
    if (is.kind == ConstraintKind::kForeignKey) return was.kind == is.kind;
    return was.definition == is.definition ||
           (maria_ && FollowNames(was.definition, renamed_) == is.definition);
  }

  void Constraints() {
    for (const auto& is : after_.table.constraints) {
      const Constraint* was = before_.table.FindConstraint(is.name);
      if (is.kind == ConstraintKind::kPrimaryKey || (was != nullptr && IsSame(*was, is))) continue;
      const bool check = is.kind == ConstraintKind::kCheck;
      if (check && is.definition.ends_with(" NOT ENFORCED")) continue;
      Note(AlterWay::kRebuild, (check ? "CHECK " : "foreign key ") + is.name);
    }
    for (const auto& was : before_.table.constraints)
      if (was.kind == ConstraintKind::kForeignKey &&
          after_.table.FindConstraint(was.name) == nullptr)
        Note(On(AlterWay::kInstant, AlterWay::kInPlace), "foreign key " + was.name + " goes");
  }

  void Option(const std::string& text) {
    static const std::set<std::string, std::less<>> kCheap{
        "AUTOEXTEND_SIZE",  "AVG_ROW_LENGTH",    "CHECKSUM",          "COMPRESSION",
        "DELAY_KEY_WRITE",  "MAX_ROWS",          "MIN_ROWS",          "PACK_KEYS",
        "STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES"};
    static const std::set<std::string, std::less<>> kRewritten{
        "ROW_FORMAT", "KEY_BLOCK_SIZE", "PAGE_COMPRESSED", "PAGE_COMPRESSION_LEVEL"};
    std::string name = Upper(Split(text, '=').front());
    std::erase(name, '`');
    if (name == "CHARSET" || name == "COLLATE" || name == "DEFAULT") return;
    if (kRewritten.contains(name)) return NoteRewrite(name);
    Note(kCheap.contains(name) ? On(AlterWay::kInstant, AlterWay::kInPlace) : AlterWay::kRebuild,
         name);
  }

  void Options() {
    const auto was = Split(before_.table.attributes, ' ');
    const auto is = Split(after_.table.attributes, ' ');
    for (const auto& option : is)
      if (!Contains(was, option)) Option(option);
    for (const auto& option : was)
      if (!Contains(is, option)) Option(option);
    if (before_.charset != after_.charset)
      Note(On(AlterWay::kInstant, AlterWay::kInPlace), "the table's default charset");
  }

  const bool maria_;
  const TableText& before_;
  const TableText& after_;
  const Mapping& renamed_;
  const std::vector<std::string> dropped_;
  std::vector<std::pair<const Column*, const Column*>> kept_;  // in the order of `before`
  std::vector<const Column*> added_;
  std::string obstacle_;
  Forecast out_;
};

}  // namespace

Forecast ForecastAlter(Flavor flavor, const TableText& before, const TableText& after,
                       const std::map<std::string, std::string>& renamed) {
  return Forecaster(flavor, before, after, renamed).Run();
}

}  // namespace interlock::mysql
