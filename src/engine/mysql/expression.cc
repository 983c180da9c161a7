#include "engine/mysql/expression.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;
using Words = std::set<std::string, std::less<>>;

/// Words that stand in expressions and are no column, unless in backticks.
const Words& Keywords() {
  static const Words words{"AND",
                           "OR",
                           "XOR",
                           "NOT",
                           "NULL",
                           "TRUE",
                           "FALSE",
                           "UNKNOWN",
                           "IS",
                           "IN",
                           "LIKE",
                           "RLIKE",
                           "REGEXP",
                           "ESCAPE",
                           "BETWEEN",
                           "CASE",
                           "WHEN",
                           "THEN",
                           "ELSE",
                           "END",
                           "DIV",
                           "MOD",
                           "BINARY",
                           "SOUNDS",
                           "FROM",
                           "FOR",
                           "LEADING",
                           "TRAILING",
                           "BOTH",
                           "CURRENT_DATE",
                           "CURRENT_TIME",
                           "CURRENT_TIMESTAMP",
                           "LOCALTIME",
                           "LOCALTIMESTAMP",
                           "UTC_DATE",
                           "UTC_TIME",
                           "UTC_TIMESTAMP",
                           "MEMBER",
                           "OF",
                           "RETURNING",
                           "ON",
                           "EMPTY",
                           "ERROR"};
  return words;
}

const Words& Units() {
  static const Words words{"MICROSECOND",
                           "SECOND",
                           "MINUTE",
                           "HOUR",
                           "DAY",
                           "WEEK",
                           "MONTH",
                           "QUARTER",
                           "YEAR",
                           "SECOND_MICROSECOND",
                           "MINUTE_MICROSECOND",
                           "MINUTE_SECOND",
                           "HOUR_MICROSECOND",
                           "HOUR_SECOND",
                           "HOUR_MINUTE",
                           "DAY_MICROSECOND",
                           "DAY_SECOND",
                           "DAY_MINUTE",
                           "DAY_HOUR",
                           "YEAR_MONTH"};
  return words;
}

const Words& Forbidden() {
  static const Words words{"SELECT",   "WITH", "TABLE", "VALUES", "OVER",  "EXISTS", "DEFAULT",
                           "DISTINCT", "INTO", "ORDER", "GROUP",  "LIMIT", "UNION",  "SEPARATOR"};
  return words;
}

const Words& Aggregates() {
  static const Words words{
      "COUNT",    "SUM",        "AVG",         "MIN",          "MAX",           "STD",
      "STDDEV",   "STDDEV_POP", "STDDEV_SAMP", "VARIANCE",     "VAR_POP",       "VAR_SAMP",
      "BIT_AND",  "BIT_OR",     "BIT_XOR",     "GROUP_CONCAT", "JSON_ARRAYAGG", "JSON_OBJECTAGG",
      "ANY_VALUE"};
  return words;
}

struct Reference {
  std::string table;  ///< "" when it is not qualified
  std::string name;
  std::size_t begin = 0;  ///< in the expression
  std::size_t end = 0;
};

bool SameName(std::string_view left, std::string_view right) { return Lower(left) == Lower(right); }

tl::unexpected<Error> NotOneExpression(std::string_view expression, const std::string& why) {
  return Fail(ErrorKind::kConfig, "IL-E50",
              "not exactly one SQL expression: " + std::string(expression) + ": " + why);
}

class Scanner {
 public:
  explicit Scanner(std::string_view expression)
      : expression_(expression), tokens_(Tokenize(expression, &closed_)) {}

  Result<std::vector<Reference>> Run() {
    IL_RETURN_IF_ERROR(CheckShape());
    while (at_ < tokens_.size()) IL_RETURN_IF_ERROR(Take());
    return std::move(references_);
  }

 private:
  const Token* Peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
  }
  bool PeekIs(std::string_view word, std::size_t ahead = 0) const {
    const Token* token = Peek(ahead);
    return token != nullptr && token->Is(word);
  }
  std::string Written(std::size_t from, std::size_t to) const {
    return TextOf(expression_, tokens_, from, to);
  }
  tl::unexpected<Error> NotAllowed(const std::string& what) const {
    return Fail(ErrorKind::kConfig, "IL-E51",
                what + " is not allowed in an expression over one row: " + std::string(expression_),
                "use columns, constants, operators and functions of the same row only");
  }

  /// Each name and text in quotes stands as one letter.
  std::string WithoutQuotes() const {
    std::string out;
    std::size_t done = 0;
    for (const auto& token : tokens_) {
      if (token.kind != Kind::kName && token.kind != Kind::kString) continue;
      out += expression_.substr(done, token.begin - done);
      out += 'x';
      done = token.end;
    }
    out += expression_.substr(done);
    return out;
  }

  /// Nothing may end the parentheses that will stand around it, nor the statement.
  Result<void> CheckShape() const {
    if (tokens_.empty()) return NotOneExpression(expression_, "it is empty");
    const std::string bare = WithoutQuotes();
    if (bare.find("/*!") != std::string::npos || bare.find("/*M!") != std::string::npos)
      return NotOneExpression(expression_, "a comment that one server reads as SQL");
    if (!closed_) return NotOneExpression(expression_, "a quote or a comment is not closed");
    // The servers take -- before any of them for a comment.
    if (std::any_of(bare.begin(), bare.end(), [](char c) {
          return (static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r') ||
                 c == '\x7f';
        }))
      return NotOneExpression(expression_, "it has a control character");
    int depth = 0;
    for (const auto& token : tokens_) {
      if (token.Is(";")) return NotOneExpression(expression_, "a ; ends it");
      if (token.Is("(")) ++depth;
      if (token.Is(")") && --depth < 0) return NotOneExpression(expression_, "a ) too many");
      if (token.Is(",") && depth == 0) return NotOneExpression(expression_, "a , follows it");
    }
    if (depth != 0) return NotOneExpression(expression_, "a ) is missing");
    return {};
  }

  Result<void> Take() {
    const Token& token = *Peek();
    if (token.kind == Kind::kName) return TakeReference();
    if (token.kind == Kind::kWord) return TakeWord();
    if (token.Is("@")) return NotAllowed("a variable");
    if (token.Is("?")) return NotAllowed("a parameter");
    ++at_;
    return {};
  }

  Result<void> TakeWord() {
    const std::string word = Peek()->text;
    const Token* next = Peek(1);
    if (Forbidden().contains(word)) return NotAllowed(word);
    if (next != nullptr && next->Is("(") && Aggregates().contains(word))
      return NotAllowed("the aggregate " + word);
    // b'1', x'ff', _utf8mb4'x', DATE '2026-01-01'
    const bool literal = next != nullptr && next->kind == Kind::kString;
    if (word == "INTERVAL") {
      units_ = units_ || !IntervalIsCall();
      ++at_;
    } else if (literal) {
      at_ += 2;
    } else if (word == "COLLATE" || word == "USING") {
      at_ += 2;
    } else if (word == "AS") {
      SkipType();
    } else if (next != nullptr && next->Is("(") && !Keywords().contains(word)) {
      const bool takes_unit =
          word == "EXTRACT" || word == "TIMESTAMPADD" || word == "TIMESTAMPDIFF";
      const bool takes_type = word == "CONVERT";
      at_ += takes_unit ? 3 : 2;
      if (takes_type) IL_RETURN_IF_ERROR(TakeConvert());
    } else if (units_ && Units().contains(word) && AfterOperand()) {
      units_ = false;
      ++at_;
    } else if (Keywords().contains(word)) {
      ++at_;
    } else {
      return TakeReference();
    }
    return {};
  }

  /// A unit stands behind what it counts: INTERVAL (day + 1) DAY.
  bool AfterOperand() const {
    const Token& before = tokens_[at_ - 1];
    if (before.kind != Kind::kOther) return !before.Is("INTERVAL");
    return before.Is(")") || (before.text[0] >= '0' && before.text[0] <= '9');
  }

  /// INTERVAL(n, a, b) is a function, INTERVAL (n + 1) DAY is not.
  bool IntervalIsCall() const {
    if (!PeekIs("(", 1)) return false;
    int depth = 0;
    for (std::size_t ahead = 1; Peek(ahead) != nullptr; ++ahead) {
      if (PeekIs("(", ahead)) ++depth;
      if (!PeekIs(")", ahead) || --depth > 0) continue;
      const Token* next = Peek(ahead + 1);
      return next == nullptr || next->kind != Kind::kWord || !Units().contains(next->text);
    }
    return true;
  }

  /// AS in CAST: a type up to the parenthesis that closes the call.
  void SkipType() {
    int depth = 0;
    while (at_ < tokens_.size() && !(depth == 0 && PeekIs(")"))) {
      if (PeekIs("(")) ++depth;
      if (PeekIs(")")) --depth;
      ++at_;
    }
  }

  /// Inside CONVERT( … , type) or CONVERT( … USING charset), past its opening parenthesis.
  Result<void> TakeConvert() {
    int depth = 0;
    while (at_ < tokens_.size()) {
      if (depth == 0 && PeekIs(")")) return {};
      if (depth == 0 && PeekIs(",")) {
        SkipType();
        return {};
      }
      if (PeekIs("(")) ++depth;
      if (PeekIs(")")) --depth;
      const std::size_t before = at_;
      const bool call = Peek()->kind == Kind::kWord && PeekIs("(", 1);
      IL_RETURN_IF_ERROR(Take());
      // A nested call has taken its own opening parenthesis.
      if (call && at_ > before + 1) ++depth;
    }
    return {};
  }

  Result<void> TakeReference() {
    const std::size_t from = at_;
    std::vector<std::string> parts{Spelled(tokens_[at_++])};
    while (PeekIs(".") && Peek(1) != nullptr &&
           (Peek(1)->kind == Kind::kName || Peek(1)->kind == Kind::kWord)) {
      parts.push_back(Spelled(*Peek(1)));
      at_ += 2;
    }
    if (parts.size() > 2)
      return Fail(ErrorKind::kConfig, "IL-E52",
                  Written(from, at_) + " is no column of the table: " + std::string(expression_));
    references_.push_back({parts.size() == 2 ? parts.front() : "", parts.back(),
                           tokens_[from].begin, tokens_[at_ - 1].end});
    return {};
  }

  /// As the user wrote it, without quotes.
  std::string Spelled(const Token& token) const {
    return token.kind == Kind::kName
               ? token.text
               : std::string(expression_.substr(token.begin, token.end - token.begin));
  }

  std::string_view expression_;
  bool closed_ = false;  ///< every quote and comment; set with tokens_
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool units_ = false;  ///< an INTERVAL waits for its unit
  std::vector<Reference> references_;
};

}  // namespace

Result<std::vector<std::string>> ColumnsOf(std::string_view expression) {
  IL_ASSIGN(const auto references, Scanner(expression).Run());
  std::vector<std::string> out;
  for (const auto& reference : references)
    if (std::none_of(out.begin(), out.end(),
                     [&](const auto& name) { return SameName(name, reference.name); }))
      out.push_back(reference.name);
  return out;
}

Result<std::string> QualifyColumns(std::string_view expression, const TableName& table,
                                   const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const auto references, Scanner(expression).Run());
  std::string out;
  std::size_t done = 0;
  for (const auto& reference : references) {
    if (!reference.table.empty() && reference.table != table.name)
      return Fail(ErrorKind::kConfig, "IL-E52",
                  reference.table + "." + reference.name +
                      " is no column of the table: " + std::string(expression));
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
      return SameName(column.first, reference.name);
    });
    if (found == columns.end()) {
      std::vector<std::string> names;
      for (const auto& [known, text] : columns) names.push_back(known);
      const std::string nearest = NearestName(reference.name, names);
      return Fail(ErrorKind::kConfig, "IL-E52",
                  "column " + reference.name +
                      " may not stand in this expression: " + std::string(expression),
                  nearest.empty() ? "it may use " + Join(names, ", ") : "meant " + nearest + "?");
    }
    out += expression.substr(done, reference.begin - done);
    out += found->second;
    done = reference.end;
  }
  out += expression.substr(done);
  return out;
}

std::string Enclose(std::string_view expression) {
  const bool comment = expression.find("--") != std::string_view::npos ||
                       expression.find('#') != std::string_view::npos;
  return "(" + std::string(expression) + (comment ? "\n)" : ")");
}

}  // namespace interlock::mysql
