// SQL text that a person wrote, cut into tokens before it becomes part of a statement.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace interlock::mysql {

/// The text in one form, comments left out.  kConfig (IL-E33) unless it is exactly one type, such
/// as "varchar(20) CHARACTER SET ascii" or "enum('a', 'b')".  SERIAL is refused too: it is no type,
/// but a default and a key.  Pure.
Result<std::string> PlainType(const std::string& type);

/// Whether the server keeps values of the type apart from the row, so that MySQL takes a literal
/// for its default in parentheses only.
bool IsLongType(const std::string& type);

/// kConfig (IL-E50 … IL-E52) unless the text is exactly one expression over one row.  Pure.
Result<void> CheckExpression(const std::string& expression);

/// 5, -1.5, 'x', b'1', NULL: what may stand without parentheses.  Pure.
bool IsLiteral(const std::string& expression);
/// CURRENT_TIMESTAMP(6), now().  Pure.
bool IsCurrentTime(const std::string& expression);

/// The statements of a script without what stands around them; bodies of triggers, routines and
/// events stay whole.  kConfig (IL-E34) for a quote or comment that is not closed, for what a
/// client, not the server, understands (DELIMITER), and for what would change the session or the
/// transaction that the step runs in.  Pure.
Result<std::vector<std::string>> SplitStatements(const std::string& script);

/// Whether it may stand in a transaction: everything else commits what was done before it.
/// Unknown statements are taken to commit.  Pure.
bool KeepsTransaction(const std::string& statement);

/// Whether the statement is one that only answers: SELECT, WITH, VALUES, TABLE, SHOW.  Pure.
bool IsQuery(const std::string& statement);

}  // namespace interlock::mysql
