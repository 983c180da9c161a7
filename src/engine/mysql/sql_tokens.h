// SQL as MySQL and MariaDB print it, cut into tokens with their places.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace interlock::mysql {

struct Token {
  enum class Kind {
    kWord,    ///< a keyword, function or bare name (1st is one, too), in upper case
    kName,    ///< `in backticks`, unquoted
    kString,  ///< 'in quotes', as it stands
    kOther    ///< a number, or one character of punctuation
  };
  Kind kind = Kind::kOther;
  std::string text;
  std::size_t begin = 0;  ///< in the text that was cut
  std::size_t end = 0;

  bool Is(std::string_view word) const { return kind != Kind::kName && text == word; }
};

/// Comments are left out; what stands in a version's comment (/*!80023 INVISIBLE */) is not.
/// `*closed`: every quote and comment of the text ends in it.
std::vector<Token> Tokenize(std::string_view sql, bool* closed = nullptr);

/// The tokens' texts as they stand in `sql`, from `from` up to and without `to`, one space where
/// something was between them.
std::string TextOf(std::string_view sql, const std::vector<Token>& tokens, std::size_t from,
                   std::size_t to);

/// The index past the parenthesis that closes the one at `at`: tokens.size() when none does.
std::size_t PastParentheses(const std::vector<Token>& tokens, std::size_t at);

}  // namespace interlock::mysql
