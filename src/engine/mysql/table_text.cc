#include "engine/mysql/table_text.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/errors.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/show_create.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return std::string(text);
}

/// Past a key's list of columns.
std::size_t PastColumns(const Tokens& key) {
  std::size_t at = 0;
  while (at < key.size() && !key[at].Is("(")) ++at;
  return PastParentheses(key, at);
}

/// Of a key: its own name, then those of its columns, as they are quoted there.
std::vector<std::string> QuotedNames(const std::string& key) {
  const Tokens tokens = Tokenize(key);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < PastColumns(tokens); ++i)
    if (tokens[i].kind == Kind::kName) out.push_back(TextOf(key, tokens, i, i + 1));
  return out;
}

/// Replacements of stretches of a text, applied together.
class Edits {
 public:
  explicit Edits(const std::string& text) : text_(text), tokens_(Tokenize(text)) {}

  const Tokens& tokens() const { return tokens_; }
  bool Is(std::size_t at, std::string_view word) const {
    return at < tokens_.size() && tokens_[at].Is(word);
  }
  bool Has(std::string_view word) const {
    for (std::size_t i = 0; i < tokens_.size(); i = Next(i))
      if (tokens_[i].Is(word)) return true;
    return false;
  }
  /// The token after `at`, or after the parentheses that begin there.
  std::size_t Next(std::size_t at) const {
    return Is(at, "(") ? PastParentheses(tokens_, at) : at + 1;
  }
  /// Past the column's type, charset and collation.
  std::size_t PastType() const {
    std::size_t at = 2;
    if (Is(at, "(")) at = Next(at);
    while (Is(at, "UNSIGNED") || Is(at, "ZEROFILL")) ++at;
    while (true) {
      if (Is(at, "CHARACTER") && Is(at + 1, "SET")) {
        at += 3;
      } else if (Is(at, "COLLATE")) {
        at += 2;
      } else {
        return std::min(at, tokens_.size());
      }
    }
  }
  void Remove(std::size_t from, std::size_t to) {
    if (from < to && to <= tokens_.size())
      changes_.emplace_back(tokens_[from].begin, tokens_[to - 1].end, "");
  }
  void Replace(std::size_t at, std::string with) {
    changes_.emplace_back(tokens_[at].begin, tokens_[at].end, std::move(with));
  }
  /// After the token before `at`; at the end where the order is the server's own.
  void Insert(std::size_t at, std::string what) {
    const bool end = Has("GENERATED") || at >= tokens_.size();
    const std::size_t place = end ? text_.size() : tokens_[at - 1].end;
    changes_.emplace_back(place, place, std::move(what));
  }
  std::string Apply() {
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
    std::string out;
    std::size_t done = 0;
    for (const auto& [begin, end, with] : changes_) {
      out += text_.substr(done, begin - done) + with;
      done = end;
    }
    return out + text_.substr(done);
  }

 private:
  const std::string& text_;
  Tokens tokens_;
  std::vector<std::tuple<std::size_t, std::size_t, std::string>> changes_;
};

/// From DEFAULT up to what follows its value.
std::pair<std::size_t, std::size_t> DefaultRange(const Edits& edits) {
  static const std::vector<std::string> kAfter{
      "ON",     "COMMENT",       "INVISIBLE", "CHECK",      "AUTO_INCREMENT",
      "STORED", "COLUMN_FORMAT", "STORAGE",   "COMPRESSED", "SRID"};
  const std::size_t size = edits.tokens().size();
  std::size_t from = 0;
  while (from < size && !edits.Is(from, "DEFAULT")) from = edits.Next(from);
  if (from >= size) return {size, size};
  std::size_t to = from + 1;
  while (to < size &&
         (edits.tokens()[to].kind != Kind::kWord || !Contains(kAfter, edits.tokens()[to].text)))
    to = edits.Next(to);
  return {from, to};
}

/// The index of the parenthesis that opens the key's parts.
std::size_t PartsBegin(const Tokens& tokens) {
  std::size_t at = 0;
  while (at < tokens.size() && !tokens[at].Is("(")) ++at;
  return at;
}

class ElementReader {
 public:
  ElementReader(std::string_view text, TableText& out)
      : text_(text), tokens_(Tokenize(text)), out_(out) {}

  void Run() {
    std::size_t at = PartsBegin(tokens_);
    const std::size_t end = PastParentheses(tokens_, at);
    ++at;
    while (at < end) {
      const std::size_t from = at;
      while (at + 1 < end && !tokens_[at].Is(",")) at = SkipOne(at);
      Keep(from, at);
      ++at;
    }
    for (at = end; at + 2 < tokens_.size(); ++at) {
      if (!tokens_[at + 1].Is("=")) continue;
      const std::string value = Lower(tokens_[at + 2].text);
      if (tokens_[at].Is("CHARSET")) out_.charset += " DEFAULT CHARSET=" + value;
      if (tokens_[at].Is("COLLATE")) {
        out_.charset += " COLLATE=" + value;
        out_.collation = value;
      }
    }
  }

 private:
  std::size_t SkipOne(std::size_t at) const {
    return tokens_[at].Is("(") ? PastParentheses(tokens_, at) : at + 1;
  }
  void Keep(std::size_t from, std::size_t to) {
    const std::size_t begin = tokens_[from].begin;
    const std::string text = Trimmed(text_.substr(begin, tokens_[to].begin - begin));
    const Token& first = tokens_[from];
    if (first.kind == Kind::kName) {
      out_.columns[first.text] = text;
    } else if (first.Is("CONSTRAINT")) {
      out_.constraints[tokens_[from + 1].text] = text;
    } else {
      for (std::size_t i = from; i < to && !tokens_[i].Is("("); ++i) {
        if (tokens_[i].Is("PRIMARY")) out_.keys["PRIMARY"] = text;
        if (tokens_[i].kind == Kind::kName) out_.keys[tokens_[i].text] = text;
      }
    }
  }

  std::string_view text_;
  Tokens tokens_;
  TableText& out_;
};

}  // namespace

Result<TableText> ReadTableText(std::string_view text, const std::string& schema) {
  TableText out;
  const auto tokens = Tokenize(text);
  const bool table =
      tokens.size() > 2 && tokens[0].Is("CREATE") &&
      (tokens[1].Is("TABLE") || (tokens[1].Is("TEMPORARY") && tokens[2].Is("TABLE")));
  IL_ASSIGN(out.table, table ? ParseCreateTable(text, schema) : Result<Table>(Table{}));
  out.plain = table && Upper(out.table.attributes).find("SEQUENCE=1") == std::string::npos;
  if (out.plain) ElementReader(text, out).Run();
  return out;
}

Result<std::optional<TableText>> ShowTable(SqlConnection& connection, const TableName& table) {
  constexpr int kNoTable = 1146;
  constexpr int kNoDatabase = 1049;
  const auto rows = connection.Execute("SHOW CREATE TABLE " + Quote(table));
  if (!rows) {
    const int number = NumberOf(rows.error());
    if (number == kNoTable || number == kNoDatabase) return std::optional<TableText>();
    return Fail(rows.error());
  }
  IL_ASSIGN(const auto row, FirstRow(*rows));
  if (row.size() < 2) return WrongShape("SHOW CREATE TABLE has too few columns");
  IL_ASSIGN(const std::string text, Given(row[1]));
  IL_ASSIGN(TableText out, ReadTableText(text, table.schema));
  return std::optional<TableText>(std::move(out));
}

std::vector<std::string> ColumnsNeeded(const TableText& table, std::string_view sql) {
  std::vector<std::string> found = NamesIn(sql);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto column = table.columns.find(found[i]);
    if (column == table.columns.end()) continue;
    for (const auto& name : NamesIn(column->second))
      if (!Contains(found, name)) found.push_back(name);
  }
  std::vector<std::string> out;
  for (const auto& column : table.table.columns)
    if (Contains(found, column.name)) out.push_back(column.name);
  return out;
}

std::string ForModify(const TableText& table, const std::string& column) {
  const auto found = table.columns.find(column);
  if (found == table.columns.end()) return "";
  Edits edits(found->second);
  if (edits.Has("CHARACTER")) return found->second;
  for (std::size_t i = 1; i + 1 < edits.tokens().size(); i = edits.Next(i))
    if (edits.Is(i, "COLLATE") && Lower(edits.tokens()[i + 1].text) == table.collation)
      edits.Remove(i, i + 2);
  return edits.Apply();
}

std::string WithNullability(const std::string& column, bool nullable) {
  Edits edits(column);
  for (std::size_t i = 1; i < edits.tokens().size(); i = edits.Next(i)) {
    if (edits.Is(i, "NOT") && edits.Is(i + 1, "NULL")) {
      edits.Remove(i, i + 2);
      ++i;
    } else if (edits.Is(i, "DEFAULT") && edits.Is(i + 1, "NULL")) {
      if (!nullable) edits.Remove(i, i + 2);
      ++i;
    } else if (edits.Is(i, "NULL")) {
      edits.Remove(i, i + 1);
    }
  }
  edits.Insert(edits.PastType(), nullable ? " NULL" : " NOT NULL");
  return edits.Apply();
}

std::string WithDefault(const std::string& column, const std::string& value) {
  Edits edits(column);
  const auto [from, to] = DefaultRange(edits);
  edits.Remove(from, to);
  std::size_t at = edits.PastType();
  while (edits.Is(at, "NOT") || edits.Is(at, "NULL")) ++at;
  edits.Insert(at, " DEFAULT " + value);
  return edits.Apply();
}

std::string WithVisibility(const std::string& column, bool visible) {
  Edits edits(column);
  for (std::size_t i = 1; i < edits.tokens().size(); i = edits.Next(i))
    if (edits.Is(i, "INVISIBLE")) edits.Remove(i, i + 1);
  if (!visible) edits.Insert(edits.PastType(), " INVISIBLE");
  return edits.Apply();
}

std::string WithoutIdentity(const std::string& column) {
  Edits edits(column);
  for (std::size_t i = 1; i < edits.tokens().size(); i = edits.Next(i))
    if (edits.Is(i, "AUTO_INCREMENT")) edits.Remove(i, i + 1);
  return edits.Apply();
}

std::string KeyOver(const std::string& key, const std::string& name,
                    const std::map<std::string, std::string>& columns) {
  Edits edits(key);
  const std::size_t parts = PartsBegin(edits.tokens());
  for (std::size_t i = 0; i < parts; ++i) {
    if (edits.Is(i, "PRIMARY")) edits.Replace(i, "UNIQUE");
    if (edits.Is(i, "KEY") && edits.Is(i + 1, "(")) edits.Replace(i, "KEY " + Quote(name));
    if (edits.tokens()[i].kind == Kind::kName) edits.Replace(i, Quote(name));
  }
  const std::size_t end = PastParentheses(edits.tokens(), parts);
  for (std::size_t i = parts; i < end; ++i) {
    if (edits.tokens()[i].kind != Kind::kName) continue;
    const auto found = columns.find(edits.tokens()[i].text);
    if (found != columns.end()) edits.Replace(i, Quote(found->second));
  }
  return edits.Apply();
}

std::string WithoutFullText(const std::string& key) {
  auto names = QuotedNames(key);
  if (names.empty()) return key;
  const std::string name = names.front();
  names.erase(names.begin());
  for (auto& column : names) column += "(1)";
  return "KEY " + name + " (" + Join(names, ",") + ")";
}

std::string WithFullText(const std::string& key, const std::string& former) {
  auto names = QuotedNames(key);
  if (names.empty()) return key;
  const std::string name = names.front();
  names.erase(names.begin());
  const Tokens had = Tokenize(former);
  const std::size_t at = PastColumns(had);
  const std::string rest = at == 0 ? "" : former.substr(had[at - 1].end);
  return "FULLTEXT KEY " + name + " (" + Join(names, ",") + ")" + rest;
}

std::vector<std::string> KeyParts(const std::string& key) {
  const Tokens tokens = Tokenize(key);
  const std::size_t begin = PartsBegin(tokens);
  const std::size_t end = PastParentheses(tokens, begin);
  std::vector<std::string> out;
  for (std::size_t i = begin + 1; i + 1 < end; ++i) {
    if (tokens[i].Is("(")) {
      const std::size_t past = PastParentheses(tokens, i);
      out.push_back(TextOf(key, tokens, i, past));
      i = past - 1;
    } else if (tokens[i].kind == Kind::kName) {
      std::string part = Quote(tokens[i].text);
      if (tokens[i + 1].Is("(") && i + 2 < end) {
        part = "LEFT(" + part + ", " + tokens[i + 2].text + ")";
        i += 3;
      }
      out.push_back(std::move(part));
    }
  }
  return out;
}

}  // namespace interlock::mysql
