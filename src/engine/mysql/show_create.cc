#include "engine/mysql/show_create.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "engine/answers.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;

void AddWord(std::string& out, const std::string& word) {
  if (word.empty()) return;
  if (!out.empty()) out += ' ';
  out += word;
}

class TableParser {
 public:
  TableParser(std::string_view text, const std::string& schema)
      : text_(text), tokens_(Tokenize(text)) {
    table_.name.schema = schema;
  }

  Result<Table> Run() {
    if (!Word("CREATE")) return Wrong();
    Word("TEMPORARY");
    if (!Word("TABLE") || !AtName()) return Wrong();
    table_.name.name = tokens_[at_++].text;
    if (!Symbol("(")) return Wrong();
    while (at_ < tokens_.size() && !Peek(")")) {
      IL_RETURN_IF_ERROR(Element());
      if (!Symbol(",") && !Peek(")")) return Wrong();
    }
    if (!Symbol(")")) return Wrong();
    Options();
    for (auto& index : table_.indexes) KeepColumns(index.columns);
    for (auto& constraint : table_.constraints) KeepColumns(constraint.columns);
    return std::move(table_);
  }

 private:
  bool AtEnd() const { return at_ >= tokens_.size(); }
  bool AtName() const { return !AtEnd() && tokens_[at_].kind == Kind::kName; }
  bool Peek(std::string_view word) const { return !AtEnd() && tokens_[at_].Is(word); }
  bool Peek(std::string_view first, std::string_view second) const {
    return Peek(first) && at_ + 1 < tokens_.size() && tokens_[at_ + 1].Is(second);
  }
  bool Word(std::string_view word) {
    if (!Peek(word)) return false;
    ++at_;
    return true;
  }
  bool Symbol(std::string_view symbol) { return Word(symbol); }
  std::string Text(std::size_t from, std::size_t to) const {
    return TextOf(text_, tokens_, from, to);
  }
  tl::unexpected<Error> Wrong() const {
    return WrongShape("SHOW CREATE TABLE of " + ToString(table_.name) + " stops making sense at '" +
                      (AtEnd() ? "its end" : Text(at_, std::min(at_ + 4, tokens_.size()))) + "'");
  }

  /// The token's text, and past it; "" at the end.
  std::string Next() { return AtEnd() ? "" : tokens_[at_++].text; }

  /// Past the parenthesis that closes the one at `at_`.
  void SkipParentheses() { at_ = PastParentheses(tokens_, at_); }
  /// What stands between the parentheses at `at_`, with them; at_ moves past them.
  std::string Parentheses() {
    const std::size_t from = at_;
    SkipParentheses();
    return Text(from, at_);
  }
  bool AtElementsEnd() const { return AtEnd() || Peek(",") || Peek(")"); }

  Result<void> Element() {
    if (AtName()) return ColumnElement();
    if (Peek("CONSTRAINT")) return ConstraintElement();
    if (Peek("PERIOD")) return SkipElement();  // of MariaDB's versioned tables; its columns show it
    return KeyElement();
  }

  Result<void> SkipElement() {
    while (!AtElementsEnd()) {
      if (Peek("(")) {
        SkipParentheses();
      } else {
        ++at_;
      }
    }
    return {};
  }

  Result<void> ColumnElement() {
    Column column;
    column.name = tokens_[at_++].text;
    if (AtEnd() || tokens_[at_].kind != Kind::kWord) return Wrong();
    const std::size_t from = at_++;
    if (Peek("(")) SkipParentheses();
    while (Peek("UNSIGNED") || Peek("ZEROFILL")) ++at_;
    column.type = Text(from, at_);
    while (!AtElementsEnd()) IL_RETURN_IF_ERROR(ColumnPart(column));
    table_.columns.push_back(std::move(column));
    return {};
  }

  Result<void> ColumnPart(Column& column) {
    if (Word("COLLATE")) {
      column.collation = Lower(Next());
    } else if (Peek("CHARACTER", "SET")) {
      at_ += 2;
      AddWord(column.attributes, "charset " + Lower(Next()));
    } else if (Peek("NOT", "NULL")) {
      at_ += 2;
      column.nullable = false;
    } else if (Word("NULL")) {
      column.nullable = true;
    } else if (Word("DEFAULT")) {
      Default(column);
    } else if (Word("AUTO_INCREMENT")) {
      column.identity = "auto_increment";
    } else if (Peek("GENERATED", "ALWAYS")) {
      at_ += 3;  // AS
      if (Peek("ROW", "START") || Peek("ROW", "END")) {
        // In quotes, so that nobody takes the words for columns.
        column.generated = "stored: '" + Lower(Text(at_, at_ + 2)) + "'";
        at_ += 2;
        return {};
      }
      if (!Peek("(")) return Wrong();
      const std::string expression = Parentheses();
      column.generated = (Word("STORED") ? "stored: " : "virtual: ") + expression;
      Word("VIRTUAL");
    } else if (Word("COMMENT")) {
      ++at_;
    } else if (Peek("(")) {
      AddWord(column.attributes, Parentheses());
    } else {
      AddWord(column.attributes,
              tokens_[at_].kind == Kind::kWord ? Lower(tokens_[at_].text) : Text(at_, at_ + 1));
      ++at_;
    }
    return {};
  }

  /// NULL is what a column without a default has anyway.
  void Default(Column& column) {
    static constexpr std::array<std::string_view, 10> kAfter{
        "ON",     "COMMENT",       "INVISIBLE", "CHECK",      "AUTO_INCREMENT",
        "STORED", "COLUMN_FORMAT", "STORAGE",   "COMPRESSED", "SRID"};
    const std::size_t from = at_;
    while (!AtElementsEnd() &&
           std::none_of(kAfter.begin(), kAfter.end(), [&](auto word) { return Peek(word); })) {
      if (Peek("(")) {
        SkipParentheses();
      } else {
        ++at_;
      }
    }
    if (at_ == from + 1 && tokens_[from].Is("NULL")) return;
    column.default_value = Text(from, at_);
  }

  Result<void> ConstraintElement() {
    ++at_;
    if (!AtName()) return Wrong();
    Constraint constraint;
    constraint.name = tokens_[at_++].text;
    const std::size_t from = at_;
    if (Word("CHECK")) {
      constraint.kind = ConstraintKind::kCheck;
      const std::string expression = Parentheses();
      constraint.columns = NamesIn(expression);
      IL_RETURN_IF_ERROR(SkipElement());  // NOT ENFORCED
    } else if (Peek("FOREIGN", "KEY")) {
      at_ += 2;
      constraint.kind = ConstraintKind::kForeignKey;
      constraint.columns = NamesIn(Parentheses());
      if (!Word("REFERENCES") || !AtName()) return Wrong();
      TableName references{table_.name.schema, tokens_[at_++].text};
      if (Symbol(".") && AtName()) {
        references.schema = references.name;
        references.name = tokens_[at_++].text;
      }
      constraint.references = references;
      constraint.referenced_columns = NamesIn(Parentheses());
      IL_RETURN_IF_ERROR(SkipElement());
    } else {
      return Wrong();
    }
    constraint.definition = Text(from, at_);
    table_.constraints.push_back(std::move(constraint));
    return {};
  }

  Result<void> KeyElement() {
    const std::size_t from = at_;
    Index index;
    const bool primary = Word("PRIMARY");
    index.unique = primary || Word("UNIQUE");
    if (!index.unique && !Peek("KEY")) ++at_;  // FULLTEXT, SPATIAL, VECTOR
    if (!Word("KEY")) return Wrong();
    index.name = "PRIMARY";
    if (!primary) {
      if (!AtName()) return Wrong();
      index.name = tokens_[at_++].text;
    }
    if (!Peek("(")) return Wrong();
    const std::string parts = Parentheses();
    index.columns = NamesIn(parts);
    index.definition = Text(from, at_);
    while (!AtElementsEnd()) {
      if (Word("COMMENT")) {
        ++at_;
      } else {
        AddWord(index.definition, Text(at_, at_ + 1));
        ++at_;
      }
    }
    if (primary) {
      index.constraint = index.name;
      table_.constraints.push_back({index.name,
                                    ConstraintKind::kPrimaryKey,
                                    index.definition,
                                    index.columns,
                                    std::nullopt,
                                    {},
                                    true});
    }
    table_.indexes.push_back(std::move(index));
    return {};
  }

  /// An option that is no part of the definition, or that may hold a password: a connection's url,
  /// the options of MariaDB's CONNECT.  Names of an engine's own options stand in backticks.
  bool AtLeftOut() const {
    static constexpr std::array<std::string_view, 4> kNames{"AUTO_INCREMENT", "COMMENT",
                                                            "CONNECTION", "OPTION_LIST"};
    if (at_ + 1 >= tokens_.size() || !tokens_[at_ + 1].Is("=")) return false;
    const std::string name = Upper(tokens_[at_].text);
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
           name.find("PASSWORD") != std::string::npos;
  }

  void Options() {
    while (!AtEnd() && !Peek("PARTITION")) {
      if (AtLeftOut()) {
        at_ += 3;
        continue;
      }
      const std::size_t from = at_++;
      while (Peek("=") || (!AtEnd() && tokens_[at_ - 1].Is("="))) ++at_;
      AddWord(table_.attributes, Text(from, at_));
    }
    if (!Peek("PARTITION", "BY")) return;
    table_.partitioned = true;
    while (!AtEnd()) {
      if (Peek("(", "PARTITION")) return;
      const std::size_t from = at_;
      if (Peek("(")) {
        SkipParentheses();
      } else {
        ++at_;
      }
      AddWord(table_.attributes, Text(from, at_));
    }
  }

  /// Of names in an expression, those of this table's columns.
  void KeepColumns(std::vector<std::string>& names) const {
    std::erase_if(names, [&](const auto& name) { return table_.FindColumn(name) == nullptr; });
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Table table_;
};

}  // namespace

Result<Table> ParseCreateTable(std::string_view text, const std::string& schema) {
  return TableParser(text, schema).Run();
}

std::vector<std::string> NamesIn(std::string_view sql) {
  std::vector<std::string> out;
  for (const auto& token : Tokenize(sql))
    if (token.kind == Kind::kName && !Contains(out, token.text)) out.push_back(token.text);
  return out;
}

}  // namespace interlock::mysql
