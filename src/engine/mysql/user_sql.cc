#include "engine/mysql/user_sql.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/mysql/expression.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Tokens = std::vector<Token>;
using Words = std::set<std::string, std::less<>>;

bool IsNumber(const Token& token) {
  return token.kind == Kind::kOther && !token.text.empty() && token.text[0] >= '0' &&
         token.text[0] <= '9';
}

tl::unexpected<Error> NoType(const std::string& type, const std::string& hint) {
  return Fail(ErrorKind::kConfig, "IL-E33", "'" + type + "' is not one type", hint);
}

/// The index past "(…)" of numbers and strings at `at`; 0 when something else is in it.
std::size_t PastLength(const Tokens& tokens, std::size_t at) {
  for (std::size_t i = at + 1; i < tokens.size(); ++i) {
    if (tokens[i].Is(")")) return i > at + 1 ? i + 1 : 0;
    const bool comma = (i - at) % 2 == 0;
    if (comma ? !tokens[i].Is(",") : tokens[i].kind != Kind::kString && !IsNumber(tokens[i]))
      return 0;
  }
  return 0;
}

const Words& TypeWords() {
  static const Words words{"PRECISION", "VARYING",  "VARCHAR", "VARCHARACTER", "CHAR",
                           "CHARACTER", "UNSIGNED", "SIGNED",  "ZEROFILL",     "BINARY",
                           "ASCII",     "UNICODE",  "BYTE"};
  return words;
}

/// Words after which one names a charset, a collation or a coordinate system.
std::size_t PastNamed(const Tokens& tokens, std::size_t at) {
  const auto word = [&](std::size_t i) {
    return i < tokens.size() && (tokens[i].kind == Kind::kWord || IsNumber(tokens[i]));
  };
  if (tokens[at].Is("CHARACTER") && at + 1 < tokens.size() && tokens[at + 1].Is("SET"))
    return word(at + 2) ? at + 3 : 0;
  if (tokens[at].Is("CHARSET") || tokens[at].Is("COLLATE") || tokens[at].Is("SRID"))
    return word(at + 1) ? at + 2 : 0;
  return 0;
}

tl::unexpected<Error> BadScript(const std::string& why, const std::string& hint) {
  return Fail(ErrorKind::kConfig, "IL-E34", why, hint);
}

/// Where the statements of a script end, in tokens.
class Splitter {
 public:
  explicit Splitter(const Tokens& tokens) : tokens_(tokens) {}

  /// Pairs of first token and past the last.
  std::vector<std::pair<std::size_t, std::size_t>> Run() {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    std::size_t from = 0;
    for (std::size_t at = 0; at <= tokens_.size(); ++at) {
      if (at == from) Begin(at);
      const bool end = at == tokens_.size();
      if (!end && compound_) Follow(at);
      if (!end && !(depth_ <= 0 && tokens_[at].Is(";"))) continue;
      if (at > from) out.emplace_back(from, at);
      from = at + 1;
    }
    return out;
  }

 private:
  bool Is(std::size_t at, std::string_view word) const {
    return at < tokens_.size() && tokens_[at].Is(word);
  }

  /// Only what CREATE makes from statements, and MariaDB's BEGIN NOT ATOMIC, hold a ; of their own.
  void Begin(std::size_t at) {
    depth_ = 0;
    compound_ = Is(at, "BEGIN") && Is(at + 1, "NOT");
    if (!Is(at, "CREATE")) return;
    static const Words kMade{"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"};
    static const Words kOthers{"TABLE", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE"};
    for (std::size_t i = at; i < tokens_.size() && !Is(i, ";"); ++i) {
      if (tokens_[i].kind != Kind::kWord) continue;
      if (kOthers.contains(tokens_[i].text)) return;
      compound_ = kMade.contains(tokens_[i].text);
      if (compound_) return;
    }
  }

  void Follow(std::size_t at) {
    const Token& token = tokens_[at];
    if (token.kind != Kind::kWord) return;
    if (token.Is("END")) {
      --depth_;
    } else if (OpensBlock(at)) {
      ++depth_;
    }
  }

  bool OpensBlock(std::size_t at) const {
    const Token& token = tokens_[at];
    if (at > 0 && Is(at - 1, "END")) return false;  // of END IF, END CASE and the like
    if (token.Is("REPEAT")) return !Is(at + 1, "(");
    if (token.Is("FOR")) return Is(at + 2, "IN");
    if (token.Is("IF")) return BeginsStatement(at) && !IsCall(at);
    return token.Is("BEGIN") || token.Is("CASE") || token.Is("LOOP") || token.Is("WHILE");
  }

  /// Whether a statement of a body may begin here.
  bool BeginsStatement(std::size_t at) const {
    static const Words kBefore{
        ";",   "BEGIN", "THEN",          "ELSE",    "DO",      "LOOP", "REPEAT", ":",
        "ROW", "DATA",  "DETERMINISTIC", "INVOKER", "DEFINER", ")",    "SQL"};
    if (at == 0) return false;
    const Token& before = tokens_[at - 1];
    // FOR EACH ROW FOLLOWS other, or a routine's COMMENT 'text'.
    if (at > 1 && (Is(at - 2, "FOLLOWS") || Is(at - 2, "PRECEDES") || Is(at - 2, "COMMENT")))
      return true;
    return before.kind != Kind::kName && kBefore.contains(before.text);
  }

  /// IF(a, b, c) is a function; IF (a) THEN is not.
  bool IsCall(std::size_t at) const {
    if (!Is(at + 1, "(")) return false;
    int depth = 0;
    int commas = 0;
    for (std::size_t i = at + 1; i < tokens_.size(); ++i) {
      if (Is(i, "(")) ++depth;
      if (Is(i, ",") && depth == 1) ++commas;
      if (Is(i, ")") && --depth == 0) break;
    }
    return commas == 2;
  }

  const Tokens& tokens_;
  bool compound_ = false;
  int depth_ = 0;
};

/// Why the step's own session or transaction forbids the statement; "" when it does not.
std::string Forbidden(const Tokens& tokens, std::size_t from, std::size_t to) {
  const auto is = [&](std::size_t at, std::string_view word) {
    return from + at < to && tokens[from + at].Is(word);
  };
  if (is(0, "DELIMITER") || is(0, "SOURCE") || is(0, "\\"))
    return "DELIMITER and SOURCE are words of the command line client";
  if (is(0, "USE")) return "a step stays in its own database";
  const bool begin = is(0, "BEGIN") && !is(1, "NOT");
  if (begin || (is(0, "START") && is(1, "TRANSACTION")) || is(0, "COMMIT") || is(0, "ROLLBACK") ||
      is(0, "SAVEPOINT") || (is(0, "RELEASE") && is(1, "SAVEPOINT")) || is(0, "XA"))
    return "it must not begin or end a transaction";
  if ((is(0, "LOCK") || is(0, "UNLOCK")) && (is(1, "TABLES") || is(1, "TABLE")))
    return "it must not lock tables for later statements";
  if (is(0, "SET") && is(1, "ROLE")) return "a step keeps the role of its account";
  if (is(0, "SET") && is(1, "TRANSACTION")) return "it must not begin or end a transaction";
  for (std::size_t at = 0; is(0, "SET") && from + at < to; ++at)
    if (is(at, "AUTOCOMMIT")) return "it must not begin or end a transaction";
  return "";
}

/// The first word of the statement; "" when it begins otherwise, in parentheses for one.
std::string FirstWord(const Tokens& tokens) {
  for (const auto& token : tokens) {
    if (token.Is("(")) continue;
    return token.kind == Kind::kWord ? token.text : "";
  }
  return "";
}

}  // namespace

Result<std::string> PlainType(const std::string& type) {
  const std::string example = "write a type such as varchar(20) or decimal(10, 2) unsigned";
  bool closed = false;
  const Tokens tokens = Tokenize(type, &closed);
  if (!closed || tokens.empty() || tokens[0].kind != Kind::kWord) return NoType(type, example);
  if (tokens[0].Is("SERIAL")) return NoType(type, "write bigint unsigned with identity = true");
  std::size_t at = 1;
  while (at < tokens.size()) {
    std::size_t next = 0;
    if (tokens[at].Is("(")) {
      next = PastLength(tokens, at);
    } else if (tokens[at].kind == Kind::kWord) {
      next = PastNamed(tokens, at);
      if (next == 0 && TypeWords().contains(tokens[at].text)) next = at + 1;
    }
    if (next == 0) return NoType(type, example);
    at = next;
  }
  return TextOf(type, tokens, 0, tokens.size());
}

bool IsLongType(const std::string& type) {
  const Tokens tokens = Tokenize(type);
  const std::string word = tokens.empty() ? "" : tokens[0].text;
  static const Words kSpatial{"GEOMETRY",     "POINT",
                              "LINESTRING",   "POLYGON",
                              "MULTIPOINT",   "MULTILINESTRING",
                              "MULTIPOLYGON", "GEOMCOLLECTION",
                              "LONG",         "GEOMETRYCOLLECTION",
                              "JSON"};
  return word.ends_with("TEXT") || word.ends_with("BLOB") || kSpatial.contains(word);
}

Result<void> CheckExpression(const std::string& expression) {
  IL_RETURN_IF_ERROR(ColumnsOf(expression));
  return {};
}

bool IsLiteral(const std::string& expression) {
  const Tokens tokens = Tokenize(expression);
  const bool sign = tokens.size() == 2 && (tokens[0].Is("-") || tokens[0].Is("+"));
  if (sign) return IsNumber(tokens[1]);
  if (tokens.size() == 2) return tokens[0].kind == Kind::kWord && tokens[1].kind == Kind::kString;
  return tokens.size() == 1 &&
         (tokens[0].kind == Kind::kString || IsNumber(tokens[0]) || tokens[0].Is("NULL") ||
          tokens[0].Is("TRUE") || tokens[0].Is("FALSE"));
}

bool IsCurrentTime(const std::string& expression) {
  static const Words kWords{"CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"};
  const Tokens tokens = Tokenize(expression);
  if (tokens.empty() || tokens.size() > 4 || tokens[0].kind != Kind::kWord ||
      !kWords.contains(tokens[0].text))
    return false;
  if (tokens.size() == 1) return !tokens[0].Is("NOW");
  return tokens.size() > 2 && tokens[1].Is("(") && tokens.back().Is(")") &&
         (tokens.size() == 3 || IsNumber(tokens[2]));
}

Result<std::vector<std::string>> SplitStatements(const std::string& script) {
  if (script.find('\0') != std::string::npos) return BadScript("the SQL holds a zero byte", "");
  bool closed = false;
  const Tokens tokens = Tokenize(script, &closed);
  if (!closed)
    return BadScript("the SQL cannot be split into statements: a quote or a comment is not closed",
                     "close it");
  std::vector<std::string> out;
  for (const auto& [from, to] : Splitter(tokens).Run()) {
    const std::string statement =
        script.substr(tokens[from].begin, tokens[to - 1].end - tokens[from].begin);
    const std::string why = Forbidden(tokens, from, to);
    if (!why.empty())
      return BadScript("the SQL of a step may not hold this: " + statement + ": " + why,
                       "leave it out: statements are split at their own semicolons, bodies of "
                       "triggers and routines stay whole, and `transaction = false` runs each "
                       "statement alone");
    out.push_back(statement);
  }
  return out;
}

bool KeepsTransaction(const std::string& statement) {
  static const Words kKeep{"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE",
                           "WITH",   "DO",     "VALUES", "TABLE"};
  const Tokens tokens = Tokenize(statement);
  const std::string word = FirstWord(tokens);
  if (word == "SET") return tokens.size() > 1 && !tokens[1].Is("PASSWORD");
  return kKeep.contains(word);
}

bool IsQuery(const std::string& statement) {
  static const Words kQueries{"SELECT", "WITH", "VALUES", "TABLE", "SHOW"};
  const Tokens tokens = Tokenize(statement);
  const bool writes = std::any_of(tokens.begin(), tokens.end(), [](const Token& token) {
    return token.Is("INTO") || token.Is("DELETE") || token.Is("UPDATE");
  });
  return kQueries.contains(FirstWord(tokens)) && !writes;
}

}  // namespace interlock::mysql
