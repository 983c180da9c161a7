// The statements of a step: an action as data, rendered for MySQL and MariaDB.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/statement.h"
#include "model/step.h"

namespace interlock::mysql {

/// What a step sends, in order.  Each statement commits by itself.
struct StepSql {
  std::vector<Statement> first;
  /// The table that is locked against every other session while `locked` is sent.
  std::optional<TableName> lock;
  std::vector<Statement> locked;
  std::vector<Statement> then;
  bool without_key_checks = false;  ///< foreign_key_checks = 0 meanwhile
};

/// Looks up what twins, changed columns and sync triggers are made from; changes nothing.  kConfig
/// for SQL of the user that is not what it should be, kRefused when the source of a twin is not
/// there or the server has no such thing.
Result<StepSql> SqlOf(MySqlConnection& connection, const Step& step, const SyncContext& sync);

/// The same as texts, without tag and fence, each in the form that is tried first.
Result<std::vector<std::string>> RenderStep(MySqlConnection& connection, const Step& step,
                                            const SyncContext& sync);
std::vector<std::string> Texts(const StepSql& sql, Flavor flavor);

/// "ALTER TABLE … ALTER COLUMN … SET DEFAULT …"; by MODIFY where MySQL takes that alone.  Without
/// the table's text as for an ordinary column.
Result<Statement> DefaultStatement(Flavor flavor, const action::SetDefault& set,
                                   const struct TableText* table);

}  // namespace interlock::mysql
