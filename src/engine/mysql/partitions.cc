#include "engine/mysql/partitions.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;

/// Where PARTITION BY or REMOVE PARTITIONING begins; tokens.size() for nowhere.
std::size_t PartitionsAt(const Tokens& tokens) {
  int depth = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].Is("(")) ++depth;
    if (tokens[i].Is(")")) --depth;
    if (depth == 0 && ((tokens[i].Is("PARTITION") && tokens[i + 1].Is("BY")) ||
                       (tokens[i].Is("REMOVE") && tokens[i + 1].Is("PARTITIONING"))))
      return i;
  }
  return tokens.size();
}

/// By which columns rows are spread, in lower case, read off what the server shows: names of a list
/// may be bare.
std::vector<std::string> SpreadingColumns(const std::string& partitions) {
  const Tokens tokens = Tokenize(partitions);
  std::vector<std::string> out;
  bool list = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].Is("(")) {
      // KEY may have an ALGORITHM before its list.
      list = tokens[i].Is("KEY") || tokens[i].Is("COLUMNS") ||
             (list && (tokens[i].Is("ALGORITHM") || tokens[i].kind == Kind::kOther));
      continue;
    }
    const std::size_t end = PastParentheses(tokens, i);
    for (; i + 1 < end; ++i) {
      if (tokens[i].kind == Kind::kName) out.push_back(Lower(tokens[i].text));
      if (list && tokens[i].kind == Kind::kWord) out.push_back(Lower(tokens[i].text));
    }
    list = false;
  }
  return out;
}

/// Reads a PARTITION BY and writes what SHOW CREATE TABLE makes of it.
class Foreseer {
 public:
  Foreseer(MySqlConnection& connection, const TableText& table, const std::string& clause)
      : connection_(connection), table_(table), clause_(clause), tokens_(Tokenize(clause)) {}

  Result<std::string> Run() {
    at_ = 2;
    IL_ASSIGN(const std::string method, Method());
    const auto number = Number("PARTITIONS");
    std::string below;
    if (Word("SUBPARTITION") && Word("BY")) {
      IL_ASSIGN(below, Method());
      below = " SUBPARTITION BY" + below;
      if (const auto count = Number("SUBPARTITIONS")) below += " SUBPARTITIONS " + *count;
    }
    const bool listed = Peek("(");
    if (listed) at_ = PastParentheses(tokens_, at_);
    if (at_ != tokens_.size()) return Unknown();
    return "PARTITION BY" + method + (number && !listed ? " PARTITIONS " + *number : "") + below;
  }

 private:
  bool Peek(std::string_view word) const { return at_ < tokens_.size() && tokens_[at_].Is(word); }
  bool Word(std::string_view word) {
    const bool there = Peek(word);
    if (there) ++at_;
    return there;
  }
  std::optional<std::string> Number(std::string_view word) {
    if (!Word(word) || at_ == tokens_.size()) return std::nullopt;
    return tokens_[at_++].text;
  }
  tl::unexpected<Error> Unknown() const {
    return Fail(ErrorKind::kConfig, "IL-E70",
                "the clause '" + clause_ +
                    "' cannot be carried out: what the server will show of it cannot be told",
                "partition BY HASH, KEY, RANGE or LIST, or write it as an `sql` change");
  }

  /// " LINEAR KEY ALGORITHM = 1 (`id`)".
  Result<std::string> Method() {
    std::string out = Word("LINEAR") ? " LINEAR" : "";
    bool of_columns = false;
    if (Word("HASH")) {
      out += " HASH ";
    } else if (Word("KEY")) {
      out += " KEY ";
      of_columns = true;
      if (Word("ALGORITHM")) {
        Word("=");
        // The other one is what everybody has.
        if (Peek("1")) out += "ALGORITHM = 1 ";
        ++at_;
      }
    } else if (Peek("RANGE") || Peek("LIST")) {
      out += " " + tokens_[at_++].text + " ";
      of_columns = Word("COLUMNS");
      if (of_columns) out += "COLUMNS ";
    } else {
      return Unknown();
    }
    IL_ASSIGN(const std::string by, of_columns ? Columns() : Expression());
    return out + by;
  }

  /// As the server writes it, which a virtual column shows.
  Result<std::string> Expression() {
    if (!Peek("(")) return Unknown();
    const std::size_t from = at_;
    at_ = PastParentheses(tokens_, at_);
    const std::size_t size = at_ - from;
    const Token& last = tokens_[at_ - 2];
    // In a generated column no server takes the one function that depends on the time zone.
    if (size == 6 && tokens_[from + 1].Is("UNIX_TIMESTAMP") && tokens_[from + 2].Is("("))
      return "(unix_timestamp(" + Quote(ColumnOf(tokens_[from + 3])) + "))";
    if (size == 3 && (last.kind == Kind::kWord || last.kind == Kind::kName))
      return "(" + Quote(ColumnOf(last)) + ")";
    const std::string asked = "~interlock_spread";
    std::vector<std::string> elements;
    for (const auto& column : table_.table.columns)
      elements.push_back(WithoutIdentity(table_.columns.at(column.name)));
    elements.push_back(Quote(asked) + " BIGINT AS " + TextOf(clause_, tokens_, from, at_) +
                       " VIRTUAL");
    const auto scratch =
        Scratch::Make(connection_, table_.table.name.schema, elements, table_.charset);
    if (!scratch && scratch.error().kind == ErrorKind::kFailed)
      return Fail(
          ErrorKind::kRefused, "IL-E76",
          "the server refuses the expression of '" + clause_ + "': " + scratch.error().message,
          "correct it, or write the ALTER as an `sql` change");
    if (!scratch) return Fail(scratch.error());
    IL_ASSIGN(const TableText shown, scratch->Show());
    const Column* column = shown.table.FindColumn(asked);
    if (column == nullptr) return Unknown();
    return column->generated.substr(column->generated.find('('));
  }

  /// The table's spelling of a column, which an expression shows.
  std::string ColumnOf(const Token& token) const {
    const std::string name = Spelt(token);
    for (const auto& column : table_.table.columns)
      if (Lower(column.name) == Lower(name)) return column.name;
    return name;
  }
  std::string Spelt(const Token& token) const {
    return token.kind == Kind::kName ? token.text
                                     : clause_.substr(token.begin, token.end - token.begin);
  }

  /// As they are spelt here; MySQL leaves the backticks of a list out where it can.
  Result<std::string> Columns() {
    if (!Peek("(")) return Unknown();
    const std::size_t end = PastParentheses(tokens_, at_);
    std::vector<std::string> names;
    for (++at_; at_ + 1 < end; ++at_) {
      if (Peek(",")) continue;
      IL_ASSIGN(std::string name, Listed(Spelt(tokens_[at_])));
      names.push_back(std::move(name));
    }
    at_ = end;
    return "(" + Join(names, ",") + ")";
  }
  Result<std::string> Listed(const std::string& name) {
    const Tokens tokens = Tokenize(name);
    const bool plain = tokens.size() == 1 && tokens.front().kind == Kind::kWord &&
                       tokens.front().end == name.size();
    if (connection_.version().flavor == Flavor::kMariaDb || !plain) return Quote(name);
    IL_ASSIGN(const SqlRows found,
              connection_.Execute("SELECT 1 FROM information_schema.keywords WHERE word = $1",
                                  {Upper(name)}));
    return found.rows.empty() ? name : Quote(name);
  }

  MySqlConnection& connection_;
  const TableText& table_;
  const std::string& clause_;
  const Tokens tokens_;
  std::size_t at_ = 0;
};

}  // namespace

SplitClauses SplitPartitions(std::string_view clauses) {
  const Tokens tokens = Tokenize(clauses);
  const std::size_t at = PartitionsAt(tokens);
  if (at == tokens.size()) return {std::string(clauses), ""};
  return {TextOf(clauses, tokens, 0, at), TextOf(clauses, tokens, at, tokens.size())};
}

std::string WithCopy(std::string_view clauses) {
  const auto [alter, partitions] = SplitPartitions(clauses);
  return alter + (alter.empty() ? "" : ", ") + "ALGORITHM=COPY" +
         (partitions.empty() ? "" : " " + partitions);
}

std::string PartitionsOf(std::string_view text) { return SplitPartitions(text).partitions; }

std::string WithoutPartitions(std::string_view text) { return SplitPartitions(text).alter; }

Result<std::string> ForeseePartitions(MySqlConnection& connection, const TableText& table,
                                      const std::string& clause) {
  const std::string alter = "ALTER TABLE " + Quote(table.table.name) + " " + clause;
  const auto refused = [&](const std::string& why) {
    return Fail(ErrorKind::kRefused, "IL-E76",
                "the server refuses the ALTER of " + ToString(table.table.name) + ": " + why,
                "correct the clauses", {"in: " + alter});
  };
  // That reads the text, and does nothing.
  const auto read = connection.Execute("PREPARE interlock_alter FROM " + Literal(alter), {});
  if (!read && read.error().kind == ErrorKind::kFailed) return refused(read.error().message);
  if (!read) return Fail(read.error());
  IL_RETURN_IF_ERROR(connection.Execute("DEALLOCATE PREPARE interlock_alter", {}));
  if (!Tokenize(clause).front().Is("REMOVE")) return Foreseer(connection, table, clause).Run();
  if (PartitionsOf(table.table.attributes).empty()) return refused("it is not partitioned");
  return std::string();
}

std::vector<std::string> PartitionsInTheWay(const Table& table, Flavor flavor) {
  std::vector<std::string> out;
  const std::string partitions = PartitionsOf(table.attributes);
  if (partitions.empty()) return out;
  const auto spreading = SpreadingColumns(partitions);
  for (const auto& index : table.indexes) {
    // MariaDB takes what it takes by its version.
    if (flavor == Flavor::kMySql &&
        (index.definition.starts_with("FULLTEXT") || index.definition.starts_with("SPATIAL")))
      out.push_back("index " + DisplayName(index.name) + ": no partitioned table can have one");
    for (const auto& column : spreading) {
      const bool has = std::any_of(index.columns.begin(), index.columns.end(),
                                   [&](const std::string& part) { return Lower(part) == column; });
      if (index.unique && !has)
        out.push_back("unique key " + DisplayName(index.name) + " lacks " + DisplayName(column) +
                      ", by which rows are partitioned: no server could keep it");
    }
  }
  return out;
}

}  // namespace interlock::mysql
