// The parts of ObserveStep by subject, and what they share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/observations.h"
#include "engine/postgres/definitions.h"
#include "engine/sql.h"
#include "model/action.h"
#include "model/step.h"

namespace interlock::postgres {

/// The kind letter of pg_class ("r", "p", "i", …) of a relation; nothing when there is none.
Result<std::optional<std::string>> RelationKind(SqlConnection& connection, const TableName& name);

/// A transaction that is always rolled back, holding a temporary table like `table` (empty when no
/// table is given), for the server to print definitions of.  Unqualified names are looked for as
/// the role would, until Pin.
class Scratch {
 public:
  static Result<Scratch> Open(SqlConnection& connection, const std::optional<TableName>& like);
  /// From now on what the server prints is qualified and independent of settings.
  Result<void> Pin();
  /// The temporary table: "pg_temp"."interlock_scratch".
  static TableName Name();

 private:
  explicit Scratch(SqlTransaction transaction, SqlConnection& connection)
      : transaction_(std::move(transaction)), connection_(&connection) {}
  SqlTransaction transaction_;
  SqlConnection* connection_;
};

Result<Observation> ObserveColumns(SqlConnection& connection, const action::AddColumns& add);
Result<Observation> ObserveColumnsGone(SqlConnection& connection, const action::DropColumns& drop);
Result<Observation> ObserveDefault(SqlConnection& connection, const action::SetDefault& set);
/// `wanted`: whether the column shall be NOT NULL.
Result<Observation> ObserveNotNull(SqlConnection& connection, const TableName& table,
                                   const std::string& column, bool wanted);
Result<Observation> ObserveTable(SqlConnection& connection, const change::CreateTable& table);
Result<Observation> ObserveTableGone(SqlConnection& connection, const TableName& table);
Result<Observation> ObserveAnalyzed(SqlConnection& connection, const TableName& table);

/// `text` nothing: what the index was made from is gone, so only its presence can be judged.
Result<Observation> ObserveIndex(SqlConnection& connection, const TableName& table,
                                 const std::string& name, const std::optional<IndexText>& text);
Result<Observation> ObserveIndexGone(SqlConnection& connection, const action::DropIndex& drop);

/// `text`: what follows CONSTRAINT name; nothing when its source is gone.
Result<Observation> ObserveConstraint(SqlConnection& connection, const TableName& table,
                                      const std::string& name,
                                      const std::optional<std::string>& text);
Result<Observation> ObserveConstraintGone(SqlConnection& connection,
                                          const action::DropConstraint& drop);
Result<Observation> ObserveValidated(SqlConnection& connection,
                                     const action::ValidateConstraint& validate);
Result<Observation> ObserveSql(SqlConnection& connection, const change::SqlStep& step);

/// The columns of a table that exist, of those asked for.
Result<std::vector<std::string>> ExistingColumns(SqlConnection& connection, const TableName& table,
                                                 const std::vector<std::string>& columns);

}  // namespace interlock::postgres
