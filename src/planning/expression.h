// Reads SQL expressions just far enough to see which names stand in them and whether they are
// constant.  It errs to the safe side: a word that might be a column counts as one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace interlock::planning {

struct SqlToken {
  enum class Kind { kWord, kQuotedName, kString, kNumber, kSymbol };
  Kind kind = Kind::kSymbol;
  std::string text;  ///< words in lower case, quoted names without their quotes, "::" as one symbol
  bool operator==(const SqlToken&) const = default;
};

/// Comments and white space left out; what is not closed runs to the end.  Names in backticks are
/// MySQL's quoted names.  Pure.
std::vector<SqlToken> Tokenize(std::string_view sql);

/// Whether `sql` may name the column: a name equal to it that is not called like a function.
/// `any_case`: on a server where names of columns are the same whatever their case.
bool MayName(std::string_view sql, const std::string& column, bool any_case = false);

/// A literal, with or without a type or cast, or the time of the transaction (now(),
/// current_timestamp, current_date, localtimestamp): a new column gets it without a rewrite.
bool IsConstantDefault(std::string_view expression);

/// NULL, with or without a cast.
bool IsNullLiteral(std::string_view expression);

}  // namespace interlock::planning
