#include "engine/mysql/observe.h"

#include "base/text.h"
#include "engine/mysql/alter_step.h"
#include "engine/mysql/bulk_session.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/running.h"
#include "engine/mysql/session_setting.h"
#include "engine/mysql/user_sql.h"

namespace interlock::mysql {
namespace {

class Observer {
 public:
  Observer(MySqlConnection& connection, const Step& step, const SyncContext& sync)
      : connection_(connection), step_(step), sync_(sync) {}

  Result<Observation> operator()(const action::CreateTable& create) {
    return ObserveTable(connection_, create.definition);
  }
  Result<Observation> operator()(const action::DropTable& drop) {
    return ObserveTableGone(connection_, drop.table);
  }
  Result<Observation> operator()(const action::AddColumns& add) {
    return ObserveColumns(connection_, add);
  }
  Result<Observation> operator()(const action::DropColumns& drop) {
    return ObserveColumnsGone(connection_, drop);
  }
  Result<Observation> operator()(const action::ShowColumns& show) {
    return ObserveVisibility(connection_, show.table, show.columns, true);
  }
  Result<Observation> operator()(const action::HideColumns& hide) {
    return ObserveVisibility(connection_, hide.table, hide.columns, false);
  }
  Result<Observation> operator()(const action::SetDefault& set) {
    return ObserveDefault(connection_, set);
  }
  Result<Observation> operator()(const action::SetNotNull& set) {
    return ObserveNotNull(connection_, set.table, set.column, true);
  }
  Result<Observation> operator()(const action::DropNotNull& drop) {
    return ObserveNotNull(connection_, drop.table, drop.column, false);
  }
  Result<Observation> operator()(const action::AddNotNullCheck& add) {
    return ObserveNotNullCheck(connection_, add);
  }
  Result<Observation> operator()(const action::ValidateConstraint& validate) {
    return ObserveValidated(connection_, validate);
  }
  Result<Observation> operator()(const action::DropConstraint& drop) {
    return ObserveConstraintGone(connection_, drop);
  }
  Result<Observation> operator()(const action::CreateIndex& create) {
    return ObserveIndex(connection_, create);
  }
  Result<Observation> operator()(const action::DropIndex& drop) {
    return ObserveIndexGone(connection_, drop);
  }
  Result<Observation> operator()(const action::CopyIndex& copy) {
    return ObserveIndexTwin(connection_, copy, TwinColumns(copy.columns, copy.table, sync_));
  }
  Result<Observation> operator()(const action::CopyConstraint& copy) {
    return ObserveConstraintTwin(connection_, copy, TwinColumns(copy.columns, copy.table, sync_));
  }
  Result<Observation> operator()(const action::InstallSync& install) {
    return ObserveTriggers(connection_, install.spec.table, sync_);
  }
  Result<Observation> operator()(const action::RemoveSync& remove) {
    return ObserveTriggers(connection_, remove.spec.table, sync_);
  }
  Result<Observation> operator()(const action::Backfill&) {
    return ObserveBackfill(connection_, step_.id);
  }
  Result<Observation> operator()(const action::Analyze& analyze) {
    return ObserveAnalyzed(connection_, analyze.table);
  }
  Result<Observation> operator()(const action::Verify&) {
    return Seen(Observed::kAbsent, "a verification leaves nothing on the server");
  }
  Result<Observation> operator()(const action::Quarantine& quarantine) {
    return ObserveRenamed(connection_, quarantine.spec.table, quarantine.renamed, sync_);
  }
  Result<Observation> operator()(const action::Restore& restore) {
    std::map<std::string, std::string> from_to;
    for (const auto& [logical, real] : restore.spec.renamed) from_to[real] = logical;
    return ObserveRenamed(connection_, restore.spec.table, from_to, sync_);
  }
  Result<Observation> operator()(const action::DropQuarantined& drop) {
    return ObserveDropped(connection_, drop.spec, sync_);
  }
  Result<Observation> operator()(const action::AlterTable&) { return OfAlter(); }
  Result<Observation> operator()(const action::CopyRows&) { return OfAlter(); }
  Result<Observation> operator()(const action::CompareRows&) { return OfAlter(); }
  Result<Observation> operator()(const action::CutOver&) { return OfAlter(); }
  Result<Observation> operator()(const action::DropReplaced&) { return OfAlter(); }
  Result<Observation> operator()(const action::SwapBack&) { return OfAlter(); }
  Result<Observation> operator()(const action::UndoAlter&) { return OfAlter(); }
  Result<Observation> operator()(const action::RunSql& run) {
    return ObserveSql(connection_, run.step);
  }

 private:
  Result<Observation> OfAlter() { return ObserveAlter(connection_, step_.action); }

  MySqlConnection& connection_;
  const Step& step_;
  const SyncContext& sync_;
};

/// The answer of a query that may only read, for a minute at most.
Result<SqlRows> AskOnly(MySqlConnection& connection, const std::string& query) {
  IL_ASSIGN(const auto statements, SplitStatements(query));
  // The servers would carry out DDL, which ends a read-only transaction first.
  if (statements.size() != 1 || !IsQuery(statements.front()))
    return Fail(ErrorKind::kConfig, "IL-E34", "it is not one query");
  constexpr int kSeconds = 60;
  IL_ASSIGN(const auto limit, SessionSetting::TimeLimit(connection, kSeconds));
  IL_RETURN_IF_ERROR(connection.Execute("SET TRANSACTION READ ONLY", {}));
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  return connection.Execute(statements.front(), {});
}

}  // namespace

Result<Observation> ObserveSql(MySqlConnection& connection, const change::SqlStep& step) {
  if (step.observe.empty()) return Seen(Observed::kUndecidable, "the step has no observe query");
  return ReadAnswer(AskOnly(connection, step.observe));
}

Result<Observation> ObserveStep(MySqlConnection& connection, const Step& step,
                                const SyncContext& sync) {
  // A step knows its table with the database's name: a copy of that one would change the original.
  const auto table = ActionTable(step.action);
  if (table && !table->schema.empty() && table->schema != connection.database())
    return Seen(Observed::kUndecidable, "it is about database " + table->schema + ", and this is " +
                                            connection.database() +
                                            ": a copy goes on under the original's name only, on "
                                            "a server of its own");
  IL_ASSIGN(Observation running, ObserveRunning(connection, step));
  if (running.state == Observed::kRunning) return running;
  auto seen = std::visit(Observer(connection, step, sync), step.action);
  if (seen || seen.error().kind != ErrorKind::kRefused) return seen;
  return Seen(Observed::kUndecidable, "this account may not look: " + seen.error().message);
}

}  // namespace interlock::mysql
