#include "planning/expression.h"

#include <algorithm>

#include "base/text.h"

namespace interlock::planning {
namespace {

using Kind = SqlToken::Kind;

bool StartsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> Run() {
    while (at_ < sql_.size()) Next();
    return std::move(tokens_);
  }

 private:
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  void Emit(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text)}); }

  void Next() {
    const char c = Peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '-' && Peek(1) == '-') {
      while (at_ < sql_.size() && Peek() != '\n') ++at_;
    } else if (c == '/' && Peek(1) == '*') {
      SkipBlockComment();
    } else if (c == '\'') {
      Emit(Kind::kString, Quoted('\'', false));
    } else if (c == '"') {
      Emit(Kind::kQuotedName, Quoted('"', false));
    } else if (c == '`') {
      Emit(Kind::kQuotedName, Quoted('`', false));
    } else if (c == '$' && DollarQuoted()) {
      return;
    } else if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      Number();
    } else if (StartsName(c)) {
      Word();
    } else if (c == ':' && Peek(1) == ':') {
      Emit(Kind::kSymbol, "::");
      at_ += 2;
    } else {
      Emit(Kind::kSymbol, std::string(1, c));
      ++at_;
    }
  }

  void SkipBlockComment() {
    int depth = 0;
    do {
      if (Peek() == '/' && Peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (Peek() == '*' && Peek(1) == '/') {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < sql_.size());
  }

  std::string Quoted(char quote, bool backslashes) {
    std::string out;
    for (++at_; at_ < sql_.size(); ++at_) {
      const bool escaped = backslashes && Peek() == '\\' && at_ + 1 < sql_.size();
      const bool doubled = Peek() == quote && Peek(1) == quote;
      if (escaped || doubled) {
        out += sql_[++at_];
      } else if (Peek() != quote) {
        out += Peek();
      } else {
        ++at_;
        break;
      }
    }
    return out;
  }

  bool DollarQuoted() {
    std::size_t end = at_ + 1;
    if (end < sql_.size() && IsDigit(sql_[end])) return false;
    while (end < sql_.size() && (StartsName(sql_[end]) || IsDigit(sql_[end]))) ++end;
    if (end >= sql_.size() || sql_[end] != '$') return false;
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t close = std::min(sql_.find(tag, end + 1), sql_.size());
    Emit(Kind::kString, std::string(sql_.substr(end + 1, close - end - 1)));
    at_ = std::min(close + tag.size(), sql_.size());
    return true;
  }

  void Number() {
    const std::size_t start = at_;
    while (at_ < sql_.size()) {
      const char before = at_ > start ? sql_[at_ - 1] : '0';
      const bool sign = (Peek() == '+' || Peek() == '-') && (before == 'e' || before == 'E');
      if (!IsDigit(Peek()) && Peek() != '.' && !StartsName(Peek()) && !sign) break;
      ++at_;
    }
    Emit(Kind::kNumber, std::string(sql_.substr(start, at_ - start)));
  }

  void Word() {
    std::string word;
    while (at_ < sql_.size() && (StartsName(Peek()) || IsDigit(Peek()) || Peek() == '$')) {
      const char c = sql_[at_++];
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (Peek() == '\'' && (word == "e" || word == "b" || word == "x" || word == "n")) {
      Emit(Kind::kString, Quoted('\'', word == "e"));
    } else {
      Emit(Kind::kWord, std::move(word));
    }
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::vector<SqlToken> tokens_;
};

/// Recursive descent over what IsConstantDefault allows.
class ConstantReader {
 public:
  explicit ConstantReader(std::vector<SqlToken> tokens) : tokens_(std::move(tokens)) {}

  bool Read() { return Value() && at_ == tokens_.size(); }
  bool is_null() const { return is_null_; }

 private:
  bool Is(std::string_view text) const {
    return at_ < tokens_.size() && tokens_[at_].text == text &&
           (tokens_[at_].kind == Kind::kSymbol || tokens_[at_].kind == Kind::kWord);
  }
  bool Take(std::string_view text) { return Is(text) && ++at_ > 0; }
  bool TakeKind(Kind kind) {
    return at_ < tokens_.size() && tokens_[at_].kind == kind && ++at_ > 0;
  }

  bool Value() {
    if (!Operand()) return false;
    while (Take("::"))
      if (!Type()) return false;
    return true;
  }

  bool Operand() {
    if (Take("(")) return Value() && Take(")");
    if (Take("cast")) return Take("(") && Value() && Take("as") && Type() && Take(")");
    if (Take("-") || Take("+")) return TakeKind(Kind::kNumber);
    if (TakeKind(Kind::kNumber) || TakeKind(Kind::kString)) return true;
    if (Take("null")) return is_null_ = true;
    if (Take("true") || Take("false") || Take("current_date")) return true;
    if (Take("now")) return Take("(") && Take(")");
    if (Take("current_timestamp") || Take("localtimestamp"))
      return !Take("(") || (TakeKind(Kind::kNumber) && Take(")"));
    return Type() && TakeKind(Kind::kString);
  }

  /// Words with an optional schema, precision and array bounds: `time(3) with time zone`, `text[]`.
  bool Type() {
    bool any = false;
    while (at_ < tokens_.size()) {
      if (!Is("as") && (TakeKind(Kind::kWord) || TakeKind(Kind::kQuotedName))) {
        any = true;
      } else if (any && Take("(")) {
        do {
          if (!TakeKind(Kind::kNumber)) return false;
        } while (Take(","));
        if (!Take(")")) return false;
      } else if (any && Take("[")) {
        TakeKind(Kind::kNumber);
        if (!Take("]")) return false;
      } else if (!any || !Take(".")) {
        break;
      }
    }
    return any;
  }

  std::vector<SqlToken> tokens_;
  std::size_t at_ = 0;
  bool is_null_ = false;
};

}  // namespace

std::vector<SqlToken> Tokenize(std::string_view sql) { return Lexer(sql).Run(); }

bool MayName(std::string_view sql, const std::string& column, bool any_case) {
  const std::vector<SqlToken> tokens = Tokenize(sql);
  const auto folded = [&](const std::string& name) { return any_case ? Lower(name) : name; };
  const std::string wanted = folded(column);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const SqlToken& token = tokens[i];
    if (token.kind != Kind::kWord && token.kind != Kind::kQuotedName) continue;
    const bool called =
        i + 1 < tokens.size() && tokens[i + 1].text == "(" && tokens[i + 1].kind == Kind::kSymbol;
    if (folded(token.text) == wanted && !called) return true;
  }
  return false;
}

bool IsConstantDefault(std::string_view expression) {
  return ConstantReader(Tokenize(expression)).Read();
}

bool IsNullLiteral(std::string_view expression) {
  ConstantReader reader(Tokenize(expression));
  return reader.Read() && reader.is_null();
}

}  // namespace interlock::planning
