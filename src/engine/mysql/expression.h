// A user's SQL expression: proved to be exactly one, its column references found and replaced.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/names.h"

namespace interlock::mysql {

/// The columns that the expression reads, each once, in order of first appearance, as written:
/// names of columns are the same whatever their case.  Pure.
/// kConfig: IL-E50 when it is not exactly one expression, IL-E51 when it holds what an expression
/// over one row must not (subquery, aggregate, window call, variable, parameter), IL-E52 when a
/// reference names no single column.
///
/// No library parses this dialect; so the text is cut into tokens, and what is a column follows
/// from its place: not before a parenthesis, not a keyword, not a type, unit, charset or collation.
/// A word that is taken for a column wrongly is refused, by its name or by the server's proof.
Result<std::vector<std::string>> ColumnsOf(std::string_view expression);

/// The expression with each column reference replaced, at its exact place, by the SQL text that
/// `columns` has for its name; everything else stays byte for byte.  References may be qualified
/// with the table's name.  kConfig as above, and IL-E52 with the nearest name for a column that is
/// not in `columns`.  Pure.
///
/// The result may end in a comment: put a line break after it, and parentheses around (Enclose).
Result<std::string> QualifyColumns(std::string_view expression, const TableName& table,
                                   const std::map<std::string, std::string>& columns);

/// "(expression\n)" where it holds "--" or "#", else "(expression)".
std::string Enclose(std::string_view expression);

}  // namespace interlock::mysql
