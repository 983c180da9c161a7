// SQL that a person wrote: an expression over one row (e), a type (t), a script (s).
#include <algorithm>
#include <map>

#include "engine/postgres/expression.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/user_sql.h"
#include "fuzz/fuzz.h"

namespace interlock::fuzz {
namespace {

const TableName kUsers{"public", "users"};

/// One column for each of another name, so that a lost or doubled reference shows.
void Rename(const std::string& text, const std::vector<std::string>& columns) {
  std::map<std::string, std::string> replacements;
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    wanted.push_back("q \"" + std::to_string(i) + "; --");
    replacements[columns[i]] = "NEW." + postgres::Quote(wanted.back());
  }
  const auto renamed = postgres::QualifyColumns(text, kUsers, replacements);
  if (!renamed) return RequireUsable(renamed.error());
  const auto now = postgres::ColumnsOf(*renamed);
  Require(now && *now == wanted, "rewriting changes each reference and nothing else", *renamed);
  const auto enclosed = postgres::ColumnsOf(postgres::Enclose(*renamed));
  Require(enclosed && *enclosed == wanted, "it stays one expression in parentheses", *renamed);
}

void ReadExpression(const std::string& text) {
  const auto columns = postgres::ColumnsOf(text);
  if (!columns) return RequireUsable(columns.error());
  // What follows in the same statement must stay outside, comments and quotes in it or not.
  const std::string beside = postgres::Enclose(text) + " AND " + postgres::Quote("sentinel");
  const auto both = postgres::ColumnsOf(beside);
  Require(both && std::find(both->begin(), both->end(), "sentinel") != both->end(),
          "nothing after the expression is swallowed", beside);
  Rename(text, *columns);
}

void ReadScript(const std::string& text) {
  const auto statements = postgres::SplitStatements(text);
  if (!statements) return RequireUsable(statements.error());
  std::size_t length = 0;
  for (const auto& statement : *statements) length += statement.size();
  Require(length <= text.size(), "statements are parts of the script");
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock::fuzz;
  const Input input(data, size);
  if (input.which == 'e') ReadExpression(input.text);
  if (input.which == 's') ReadScript(input.text);
  if (input.which == 't') {
    const auto type = interlock::postgres::CheckType(input.text);
    if (!type) RequireUsable(type.error());
  }
  return 0;
}
