#include "engine/mysql/session_words.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/text.h"
#include "engine/mysql/sql_tokens.h"

namespace interlock::mysql {
namespace {

using Kind = Token::Kind;

/// Functions that give different values in different sessions, whatever their arguments.
const std::map<std::string, std::string, std::less<>>& Functions() {
  static const std::string zone = "depends on time_zone";
  static const std::string locale = "depends on lc_time_names";
  static const std::string cipher = "depends on block_encryption_mode";
  static const std::map<std::string, std::string, std::less<>> functions{
      {"UNIX_TIMESTAMP", zone + "; keep the number of seconds, or use TIMESTAMPDIFF on a datetime"},
      {"FROM_UNIXTIME", zone + "; use '1970-01-01' + INTERVAL seconds SECOND"},
      {"CONVERT_TZ", "depends on the server's time zone tables; add an INTERVAL"},
      {"DAYNAME", locale + "; use ELT(WEEKDAY(…) + 1, …)"},
      {"MONTHNAME", locale + "; use ELT(MONTH(…), …)"},
      {"TO_CHAR", locale + "; use CONCAT, YEAR, MONTH and the like"},
      {"AES_ENCRYPT", cipher},
      {"AES_DECRYPT", cipher},
      {"ENCRYPT", "takes another salt each time"},
      {"DES_ENCRYPT", "depends on the server's key file"},
      {"DES_DECRYPT", "depends on the server's key file"},
      {"PASSWORD", "depends on old_passwords"},
      {"VALIDATE_PASSWORD_STRENGTH", "depends on the server's settings"},
      {"PS_CURRENT_THREAD_ID", "tells of the session"},
      {"PS_THREAD_ID", "tells of the sessions that are there"}};
  return functions;
}

/// Words that make a date of a time, which takes the current one.
bool MakesDate(const std::string& word) {
  static const std::set<std::string, std::less<>> words{
      "DATE",    "DATETIME", "TIMESTAMP",  "YEAR",      "MONTH",       "DAY",          "DAYOFMONTH",
      "QUARTER", "WEEK",     "DAYOFWEEK",  "DAYOFYEAR", "WEEKDAY",     "YEARWEEK",     "WEEKOFYEAR",
      "TO_DAYS", "LAST_DAY", "TO_SECONDS", "DATEDIFF",  "DATE_FORMAT", "TIMESTAMPDIFF"};
  return words.contains(word);
}

bool IsClock(const ColumnType& type) { return type.cast.starts_with("TIME"); }
bool IsDay(const ColumnType& type) {
  return type.kind == TypeKind::kTimestamp || (type.kind == TypeKind::kDate && !IsClock(type));
}

/// %M %b %W %a: names of months and days.
bool NamesInFormat(const std::string& literal) {
  for (std::size_t i = 0; i + 1 < literal.size(); ++i) {
    if (literal[i] != '%') continue;
    if (std::string_view("MbWa").find(literal[++i]) != std::string_view::npos) return true;
  }
  return false;
}

class Reader {
 public:
  Reader(std::string_view expression, const ColumnTypes& columns, const ColumnType& target)
      : tokens_(Tokenize(expression)), target_(target) {
    for (const auto& [name, type] : columns) columns_[Lower(name)] = &type;
  }

  std::optional<std::string> Run() const {
    for (std::size_t i = 0; i < tokens_.size(); ++i)
      if (auto why = Function(i)) return why;
    if (auto why = Moments()) return why;
    return Clocks();
  }

 private:
  bool Is(std::size_t i, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].Is(text);
  }

  /// The column's type when the token names one; "date(x)" calls a function.
  const ColumnType* Column(std::size_t i) const {
    const Token& token = tokens_[i];
    const bool name = token.kind == Kind::kName || (token.kind == Kind::kWord && !Is(i + 1, "("));
    const auto found = name ? columns_.find(Lower(token.text)) : columns_.end();
    return found == columns_.end() ? nullptr : found->second;
  }

  std::optional<std::string> Function(std::size_t i) const {
    if (Is(i, "/")) return Division(i);
    if (tokens_[i].kind != Kind::kWord || !Is(i + 1, "(")) return std::nullopt;
    const std::string& word = tokens_[i].text;
    if (const auto known = Functions().find(word); known != Functions().end())
      return word + " " + known->second;
    if (word == "DATE_FORMAT") return Format(i);
    if (word == "WEEK" && Arguments(i) == 1)
      return "WEEK without a mode depends on default_week_format; give the mode";
    if (word == "EXTRACT" && Is(i + 2, "WEEK"))
      return "EXTRACT(WEEK …) depends on default_week_format; use WEEK with a mode";
    return std::nullopt;
  }

  /// A number with an exponent makes it a division of floating point numbers.
  std::optional<std::string> Division(std::size_t i) const {
    const bool number = i + 1 < tokens_.size() && tokens_[i + 1].kind == Kind::kOther;
    const std::string next = number ? Upper(tokens_[i + 1].text) : "";
    const bool exact = next.empty() || next[0] < '0' || next[0] > '9' || next.starts_with("0X");
    if (!exact && next.find('E') != std::string::npos) return std::nullopt;
    return "/ depends on div_precision_increment; multiply instead (* 0.01), use DIV, or divide by "
           "a number with an exponent (/ 1e2)";
  }

  std::optional<std::string> Format(std::size_t i) const {
    const std::size_t end = Closing(i + 1);
    const bool literal = end >= 2 && end < tokens_.size() &&
                         tokens_[end - 1].kind == Kind::kString && Is(end - 2, ",");
    if (literal && !NamesInFormat(tokens_[end - 1].text)) return std::nullopt;
    return "DATE_FORMAT depends on lc_time_names; give it a literal format without %M, %b, %W, %a";
  }

  /// The place of the parenthesis that closes the one at `open`.
  std::size_t Closing(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < tokens_.size(); ++i) {
      if (Is(i, "(")) ++depth;
      if (Is(i, ")") && --depth == 0) return i;
    }
    return tokens_.size();
  }

  std::size_t Arguments(std::size_t function) const {
    const std::size_t end = Closing(function + 1);
    std::size_t out = 1;
    int depth = 0;
    for (std::size_t i = function + 1; i < end; ++i) {
      if (Is(i, "(")) ++depth;
      if (Is(i, ")")) --depth;
      if (depth == 1 && Is(i, ",")) ++out;
    }
    return out;
  }

  /// A moment is seen through time_zone, unless it is copied whole or only asked whether it is
  /// NULL.
  std::optional<std::string> Moments() const {
    const bool into = target_.kind == TypeKind::kTimestamp;
    const auto is_moment = [&](std::size_t i) {
      const ColumnType* type = Column(i);
      return type != nullptr && type->kind == TypeKind::kTimestamp;
    };
    const std::size_t last = tokens_.size() - 1;
    const bool copy =
        !tokens_.empty() && is_moment(last) && (last == 0 || (last == 2 && Is(1, ".")));
    if (into && copy) return std::nullopt;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const bool asked = Is(i + 1, "IS") && (Is(i + 2, "NULL") || Is(i + 3, "NULL"));
      if (is_moment(i) && !asked)
        return "the timestamp " + tokens_[i].text +
               " is seen through time_zone; only a timestamp "
               "column may take it, unchanged";
    }
    if (into)
      return "a timestamp column takes any other value through time_zone; use datetime, or a "
             "timestamp column unchanged";
    return std::nullopt;
  }

  /// A time that becomes a date takes today's.
  std::optional<std::string> Clocks() const {
    std::string clock;
    bool day = IsDay(target_);
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (const ColumnType* type = Column(i)) {
        if (type->kind == TypeKind::kDate && IsClock(*type)) clock = tokens_[i].text;
        day = day || IsDay(*type);
      } else if (tokens_[i].kind == Kind::kWord && MakesDate(tokens_[i].text)) {
        day = true;
      }
    }
    if (clock.empty() || !day) return std::nullopt;
    return "the time " + clock + " beside a date takes the current date";
  }

  const std::vector<Token> tokens_;
  std::map<std::string, const ColumnType*> columns_;
  const ColumnType& target_;
};

}  // namespace

std::optional<std::string> WhySessionDependent(std::string_view expression,
                                               const ColumnTypes& columns,
                                               const ColumnType& target) {
  return Reader(expression, columns, target).Run();
}

}  // namespace interlock::mysql
