#include "engine/mysql/sql_tokens.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace interlock::mysql {
namespace {

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
/// Bytes of letters outside ASCII count as letters.
bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view sql) : sql_(sql) {}

  bool closed() const { return closed_ && !versions_; }

  std::vector<Token> Run() {
    while (at_ < sql_.size()) {
      if (Skip()) continue;
      Take();
    }
    return std::move(tokens_);
  }

 private:
  bool Starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

  /// "--" begins a comment only before a space or the end: 1--1 is 2.
  bool StartsDashes() const {
    return Starts("--") && (at_ + 2 >= sql_.size() || IsSpace(sql_[at_ + 2]));
  }

  /// True when something was skipped: space, a comment, or the marks around a version's own text.
  bool Skip() {
    if (Starts("/*!") || Starts("/*M!")) {
      at_ += Starts("/*!") ? 3 : 4;
      while (at_ < sql_.size() && IsDigit(sql_[at_])) ++at_;
      versions_ = true;
    } else if (versions_ && Starts("*/")) {
      at_ += 2;
      versions_ = false;
    } else if (Starts("/*")) {
      const auto end = sql_.find("*/", at_ + 2);
      closed_ = closed_ && end != std::string_view::npos;
      at_ = end == std::string_view::npos ? sql_.size() : end + 2;
    } else if (sql_[at_] == '#' || StartsDashes()) {
      const auto end = sql_.find('\n', at_);
      at_ = end == std::string_view::npos ? sql_.size() : end + 1;
    } else if (IsSpace(sql_[at_])) {
      ++at_;
    } else {
      return false;
    }
    return true;
  }

  /// Up to and with the closing quote; a doubled one belongs to the text, in strings what stands
  /// after a backslash, too.
  std::string Quoted(char quote) {
    std::string inner;
    ++at_;
    while (at_ < sql_.size()) {
      const char c = sql_[at_++];
      if (c == quote) {
        if (at_ >= sql_.size() || sql_[at_] != quote) return inner;
        ++at_;
      } else if (c == '\\' && quote != '`' && at_ < sql_.size()) {
        ++at_;
      }
      inner += c;
    }
    closed_ = false;
    return inner;
  }

  /// Where the word at `at_` ends.
  std::size_t WordEnd() const {
    std::size_t end = at_;
    while (end < sql_.size() && IsWord(sql_[end])) ++end;
    return end;
  }

  /// Names may begin with a digit: 1st is one, 1, 0x1f, 0b1, 1e5 and the 1e of 1e+5 are not.
  bool IsNumber(std::string_view word) const {
    const auto all = [](std::string_view text, std::string_view of) {
      return !text.empty() && text.find_first_not_of(of) == std::string_view::npos;
    };
    constexpr std::string_view kDigits = "0123456789";
    if (word.starts_with("0x") && all(word.substr(2), "0123456789abcdefABCDEF")) return true;
    if (word.starts_with("0b") && all(word.substr(2), "01")) return true;
    const std::size_t digits = std::min(word.find_first_not_of(kDigits), word.size());
    if (digits == 0 || digits == word.size()) return digits > 0;
    if (word[digits] != 'e' && word[digits] != 'E') return false;
    const std::size_t end = at_ + word.size();
    return all(word.substr(digits + 1), kDigits) || (digits + 1 == word.size() && SignedAt(end));
  }
  bool SignedAt(std::size_t at) const {
    return at + 1 < sql_.size() && (sql_[at] == '+' || sql_[at] == '-') && IsDigit(sql_[at + 1]);
  }

  /// t.1e5 is a column.
  bool AfterDot() const {
    if (tokens_.size() < 2 || !tokens_.back().Is(".")) return false;
    const auto before = tokens_[tokens_.size() - 2].kind;
    return before == Token::Kind::kWord || before == Token::Kind::kName;
  }

  void TakeWord(Token& token) {
    std::size_t end = WordEnd();
    const bool number = !AfterDot() && IsNumber(sql_.substr(at_, end - at_));
    if (number) {
      // With its fraction, and its exponent.
      while (end < sql_.size() && (IsWord(sql_[end]) || sql_[end] == '.')) ++end;
      const char last = sql_[end - 1];
      const bool hexadecimal = sql_.substr(at_).starts_with("0x");
      if ((last == 'e' || last == 'E') && !hexadecimal && SignedAt(end)) {
        ++end;
        while (end < sql_.size() && IsDigit(sql_[end])) ++end;
      }
    }
    token.kind = number ? Token::Kind::kOther : Token::Kind::kWord;
    token.text = std::string(sql_.substr(at_, end - at_));
    if (!number) token.text = Upper(token.text);
    at_ = end;
  }

  void Take() {
    Token token;
    token.begin = at_;
    const char c = sql_[at_];
    if (c == '`') {
      token.kind = Token::Kind::kName;
      token.text = Quoted('`');
    } else if (c == '\'' || c == '"') {
      token.kind = Token::Kind::kString;
      Quoted(c);
      token.text = std::string(sql_.substr(token.begin, at_ - token.begin));
    } else if (IsWord(c)) {
      TakeWord(token);
    } else {
      token.text = std::string(1, c);
      ++at_;
    }
    token.end = at_;
    tokens_.push_back(std::move(token));
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  bool versions_ = false;
  bool closed_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view sql, bool* closed) {
  Tokenizer tokenizer(sql);
  auto tokens = tokenizer.Run();
  if (closed != nullptr) *closed = tokenizer.closed();
  return tokens;
}

std::string TextOf(std::string_view sql, const std::vector<Token>& tokens, std::size_t from,
                   std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to && i < tokens.size(); ++i) {
    if (i > from && tokens[i - 1].end != tokens[i].begin) out += ' ';
    out += sql.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
  }
  return out;
}

std::size_t PastParentheses(const std::vector<Token>& tokens, std::size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    if (tokens[at].Is("(")) ++depth;
    if (tokens[at].Is(")")) --depth;
    if (depth <= 0) return at + 1;
  }
  return at;
}

}  // namespace interlock::mysql
