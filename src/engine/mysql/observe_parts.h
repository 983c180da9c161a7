// The parts of ObserveStep by subject, and what they share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/mysql/connection.h"
#include "engine/mysql/table_text.h"
#include "engine/mysql/twins.h"
#include "engine/observations.h"
#include "model/step.h"

namespace interlock::mysql {

/// A temporary table of the elements, for the server to print definitions of; dropped at the end.
class Scratch {
 public:
  /// `charset` as TableText::charset, or "" for the database's.
  static Result<Scratch> Make(MySqlConnection& connection, const std::string& schema,
                              const std::vector<std::string>& elements, const std::string& charset);
  Scratch(Scratch&& other) noexcept;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  const TableName& name() const { return name_; }
  Result<TableText> Show() const;

 private:
  Scratch(MySqlConnection& connection, TableName name)
      : connection_(&connection), name_(std::move(name)) {}
  MySqlConnection* connection_;
  TableName name_;
};

/// Texts of the columns that `sql` names and of what those need, as a scratch table takes them.
std::vector<std::string> ColumnsFor(const TableText& table, const std::string& sql);

/// The columns of a table that exist, of those asked for.
std::vector<std::string> ExistingColumns(const TableText& table,
                                         const std::vector<std::string>& columns);

Result<Observation> ObserveColumns(MySqlConnection& connection, const action::AddColumns& add);
Result<Observation> ObserveColumnsGone(MySqlConnection& connection,
                                       const action::DropColumns& drop);
/// `visible`: whether the columns shall be.
Result<Observation> ObserveVisibility(MySqlConnection& connection, const TableName& table,
                                      const std::vector<std::string>& columns, bool visible);
Result<Observation> ObserveDefault(MySqlConnection& connection, const action::SetDefault& set);
/// `wanted`: whether the column shall be NOT NULL.
Result<Observation> ObserveNotNull(MySqlConnection& connection, const TableName& table,
                                   const std::string& column, bool wanted);
Result<Observation> ObserveTable(MySqlConnection& connection, const change::CreateTable& table);
Result<Observation> ObserveTableGone(MySqlConnection& connection, const TableName& table);
Result<Observation> ObserveAnalyzed(MySqlConnection& connection, const TableName& table);

Result<Observation> ObserveIndex(MySqlConnection& connection, const action::CreateIndex& create);
Result<Observation> ObserveIndexTwin(MySqlConnection& connection, const action::CopyIndex& copy,
                                     const std::map<std::string, std::string>& columns);
Result<Observation> ObserveIndexGone(MySqlConnection& connection, const action::DropIndex& drop);

Result<Observation> ObserveNotNullCheck(MySqlConnection& connection,
                                        const action::AddNotNullCheck& add);
Result<Observation> ObserveConstraintTwin(MySqlConnection& connection,
                                          const action::CopyConstraint& copy,
                                          const std::map<std::string, std::string>& columns);
Result<Observation> ObserveConstraintGone(MySqlConnection& connection,
                                          const action::DropConstraint& drop);
/// Reads the rows: no server keeps whether a foreign key was checked.
Result<Observation> ObserveValidated(MySqlConnection& connection,
                                     const action::ValidateConstraint& validate);

/// Quarantine, Restore, DropQuarantined: columns and triggers change one after the other, so each
/// is looked at.
Result<Observation> ObserveRenamed(MySqlConnection& connection, const TableName& table,
                                   const std::map<std::string, std::string>& from_to,
                                   const SyncContext& sync);
Result<Observation> ObserveDropped(MySqlConnection& connection, const SyncSpec& spec,
                                   const SyncContext& sync);
Result<Observation> ObserveTriggers(MySqlConnection& connection, const TableName& table,
                                    const SyncContext& sync);

Result<Observation> ObserveSql(MySqlConnection& connection, const change::SqlStep& step);

inline Observation NoTable(const TableName& table) {
  return Seen(Observed::kConflicting, "there is no table " + interlock::ToString(table));
}

}  // namespace interlock::mysql
