#include "engine/mysql/sql_tokens.h"

#include <cctype>

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
      token.kind = IsDigit(c) ? Token::Kind::kOther : Token::Kind::kWord;
      const bool number = IsDigit(c);
      while (at_ < sql_.size() && (IsWord(sql_[at_]) || (number && sql_[at_] == '.'))) {
        const char letter = sql_[at_++];
        token.text +=
            number ? letter : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
      }
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

}  // namespace interlock::mysql
