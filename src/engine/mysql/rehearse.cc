#include <algorithm>

#include "base/text.h"
#include "engine/mysql/execute.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sender.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/sql_tokens.h"
#include "engine/mysql/sync_trigger.h"

namespace interlock::mysql {
namespace {

tl::unexpected<Error> InTheWay(const std::string& what, const TableName& table,
                               const std::string& column, const std::string& hint) {
  return Fail(ErrorKind::kFailed, "IL-E46",
              what + " names column " + DisplayName(column) + " of " + ToString(table), hint);
}

bool IsMadeOfIndexOnly(const std::string& key) {
  return key.starts_with("FULLTEXT ") || key.starts_with("SPATIAL ") || key.starts_with("VECTOR ");
}

/// Names of columns are the same whatever their case.
bool Names(const std::vector<std::string>& columns, const std::string& column) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](const auto& name) { return Lower(name) == Lower(column); });
}

/// An empty table like one that is there, but its foreign keys and triggers, and the keys of
/// columns that are to go, which the step drops before them.
Result<Scratch> Copy(MySqlConnection& connection, const TableName& name, const TableText& table,
                     const std::vector<std::string>& dropped) {
  std::vector<std::string> elements;
  for (const auto& column : table.table.columns)
    elements.push_back(WithoutIdentity(table.columns.at(column.name)));
  const auto goes = [&](const std::string& key) {
    const Index* index = table.table.FindIndex(key);
    return index != nullptr &&
           std::any_of(index->columns.begin(), index->columns.end(),
                       [&](const std::string& column) { return Names(dropped, column); });
  };
  for (const auto& [key, text] : table.keys)
    if (!IsMadeOfIndexOnly(text) && !goes(key)) elements.push_back(text);
  // Without their names: those are the database's, not the table's, on MySQL.
  for (const auto& constraint : table.table.constraints)
    if (constraint.kind == ConstraintKind::kCheck) elements.push_back(constraint.definition);
  return Scratch::Make(connection, name.schema, elements, table.charset);
}

/// What a step does to columns, without algorithm, on any table.
struct ColumnChange {
  TableName table;
  std::vector<std::string> clauses;
  std::vector<std::string> renamed;  ///< names before
  std::vector<std::string> dropped;
};

ColumnChange ChangeBy(const Action& action) {
  ColumnChange out;
  if (const auto* quarantine = std::get_if<action::Quarantine>(&action)) {
    out.table = quarantine->spec.table;
    for (const auto& [logical, real] : quarantine->renamed) {
      out.clauses.push_back("RENAME COLUMN " + Quote(logical) + " TO " + Quote(real));
      out.renamed.push_back(logical);
    }
  }
  if (const auto* drop = std::get_if<action::DropQuarantined>(&action)) {
    out.table = drop->spec.table;
    for (const auto& [logical, real] : drop->spec.renamed) {
      out.clauses.push_back("DROP COLUMN " + Quote(real));
      out.dropped.insert(out.dropped.end(), {logical, real});
    }
  }
  return out;
}

/// A trigger that names a renamed column makes every write fail.
Result<void> CheckTriggers(MySqlConnection& connection, const ColumnChange& change) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT trigger_name, action_statement FROM "
                               "information_schema.triggers WHERE event_object_schema = $1 AND "
                               "event_object_table = $2",
                               {change.table.schema, change.table.name}));
  for (const auto& row : rows.rows) {
    const std::string name = row.at(0).value_or("");
    if (IsSyncTrigger(name)) continue;
    const auto tokens = Tokenize(row.at(1).value_or(""));
    for (std::size_t i = 2; i < tokens.size(); ++i) {
      const bool of_row =
          tokens[i - 1].Is(".") && (tokens[i - 2].Is("NEW") || tokens[i - 2].Is("OLD"));
      if (!of_row) continue;
      for (const auto& column : change.renamed)
        if (Lower(tokens[i].text) == Lower(column))
          return InTheWay("trigger " + DisplayName(name), change.table, column,
                          "every write would fail: change the trigger first");
    }
  }
  return {};
}

/// What a temporary table has not.
Result<void> CheckReferences(MySqlConnection& connection, const ColumnChange& change) {
  for (const auto& column : change.dropped) {
    IL_ASSIGN(const SqlRows rows,
              connection.Execute(
                  "SELECT table_schema, table_name, constraint_name FROM "
                  "information_schema.key_column_usage WHERE referenced_table_schema = $1 AND "
                  "referenced_table_name = $2 AND referenced_column_name = $3",
                  {change.table.schema, change.table.name, column}));
    if (!rows.rows.empty())
      return InTheWay(
          "foreign key " + DisplayName(rows.rows[0].at(2).value_or("")) + " of table " +
              ToString(TableName{rows.rows[0].at(0).value_or(""), rows.rows[0].at(1).value_or("")}),
          change.table, column, "drop it first");
  }
  return {};
}

class Rehearsal {
 public:
  Rehearsal(MySqlConnection& connection, const StatementTag& tag)
      : connection_(connection), tag_(tag) {}

  /// All changes of one table, in order.
  Result<void> Run(const TableName& name, const std::vector<ColumnChange>& changes) {
    IL_ASSIGN(const auto table, ShowTable(connection_, name));
    if (!table) return Fail(ErrorKind::kFailed, "IL-E61", "there is no table " + ToString(name));
    std::vector<std::string> dropped;
    for (const auto& change : changes)
      dropped.insert(dropped.end(), change.dropped.begin(), change.dropped.end());
    IL_ASSIGN(const Scratch scratch, Copy(connection_, name, *table, dropped));
    for (const auto& change : changes) {
      IL_RETURN_IF_ERROR(CheckTriggers(connection_, change));
      IL_RETURN_IF_ERROR(CheckReferences(connection_, change));
      Sender sender(connection_, tag_, nullptr);
      IL_RETURN_IF_ERROR(
          sender.Send({"ALTER TABLE " + Quote(scratch.name()) + " " + Join(change.clauses, ", "),
                       Manner::kPlain}));
    }
    return {};
  }

 private:
  MySqlConnection& connection_;
  const StatementTag& tag_;
};

}  // namespace

Result<void> RehearseSteps(MySqlConnection& connection, const std::vector<Step>& steps,
                           const std::vector<SyncContext>& sync, const Fence& fence,
                           const StatementTag& tag, Duration lock_timeout) {
  IL_ASSIGN(const auto wait, SessionSetting::LockWait(connection, lock_timeout));
  IL_RETURN_IF_ERROR(CheckFenceOnce(connection, fence));
  std::map<TableName, std::vector<ColumnChange>> changes;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    // What cannot be rendered, or names a column that is not there, shows here.
    IL_RETURN_IF_ERROR(RenderStep(connection, steps[i], sync[i]));
    ColumnChange change = ChangeBy(steps[i].action);
    if (!change.clauses.empty()) changes[change.table].push_back(std::move(change));
  }
  for (const auto& [table, of_table] : changes)
    IL_RETURN_IF_ERROR(Rehearsal(connection, tag).Run(table, of_table));
  return {};
}

}  // namespace interlock::mysql
