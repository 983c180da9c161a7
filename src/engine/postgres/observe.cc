#include "engine/postgres/observe.h"

#include <algorithm>

#include "base/text.h"
#include "engine/postgres/bulk_session.h"
#include "engine/postgres/catalog_reader.h"
#include "engine/postgres/claims.h"
#include "engine/postgres/observe_parts.h"
#include "engine/postgres/quote.h"
#include "engine/postgres/sync_trigger.h"
#include "engine/postgres/twins.h"
#include "engine/session.h"

namespace interlock::postgres {
namespace {

class Observer {
 public:
  Observer(SqlConnection& connection, const Step& step, const SyncContext& sync)
      : connection_(connection),
        step_(step),
        sync_(sync),
        table_(ActionTable(step.action).value_or(TableName{})) {}

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
    return ObserveShown(show.table, show.columns);
  }
  Result<Observation> operator()(const action::HideColumns& hide) {
    return ObserveShown(hide.table, hide.columns);
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
    return ObserveConstraint(connection_, add.table, add.name,
                             "CHECK (" + Quote(add.column) + " IS NOT NULL)");
  }
  Result<Observation> operator()(const action::ValidateConstraint& validate) {
    return ObserveValidated(connection_, validate);
  }
  Result<Observation> operator()(const action::DropConstraint& drop) {
    return ObserveConstraintGone(connection_, drop);
  }
  Result<Observation> operator()(const action::CreateIndex& create) {
    const auto& definition = create.definition;
    const auto text = TextOf(definition);
    if (!text) return Incomparable(text.error(), "index " + DisplayName(definition.name));
    return ObserveIndex(connection_, definition.table, definition.name, *text);
  }
  Result<Observation> operator()(const action::DropIndex& drop) {
    return ObserveIndexGone(connection_, drop);
  }
  Result<Observation> operator()(const action::CopyIndex& copy) {
    const auto twin = IndexTwin(connection_, copy.table, copy.source,
                                TwinColumns(copy.columns, copy.table, sync_));
    if (!twin) return Incomparable(twin.error(), "index " + DisplayName(copy.name));
    return ObserveIndex(connection_, copy.table, copy.name, *twin);
  }
  Result<Observation> operator()(const action::CopyConstraint& copy) {
    const auto twin = ConstraintTwin(connection_, copy.table, copy.source,
                                     TwinColumns(copy.columns, copy.table, sync_));
    if (!twin) return Incomparable(twin.error(), "constraint " + DisplayName(copy.name));
    return ObserveConstraint(connection_, copy.table, copy.name, *twin);
  }
  Result<Observation> operator()(const action::InstallSync&) { return Sync(); }
  Result<Observation> operator()(const action::RemoveSync&) { return Sync(); }
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
    return Renamed(quarantine.spec.table, quarantine.renamed, Direction::kToReal);
  }
  Result<Observation> operator()(const action::Restore& restore) {
    return Renamed(restore.spec.table, restore.spec.renamed, Direction::kToLogical);
  }
  Result<Observation> operator()(const action::DropQuarantined& drop) {
    std::vector<std::string> names;
    for (const auto& [logical, real] : drop.spec.renamed) names.push_back(real);
    IL_ASSIGN(const auto there, ExistingColumns(connection_, drop.spec.table, names));
    if (!there.empty() && there.size() < names.size())
      return Seen(Observed::kUndecidable,
                  "of " + Join(names, ", ") + " only " + Join(there, ", ") + " is there");
    const auto columns = there.empty() && !names.empty() ? Observed::kPresent : Observed::kAbsent;
    return WithSync(names.empty() ? std::nullopt : std::optional(columns),
                    "column " + Join(names, ", ") + (there.empty() ? " is gone" : " is there"));
  }
  Result<Observation> operator()(const action::AlterTable&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::CopyRows&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::CompareRows&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::CutOver&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::DropReplaced&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::SwapBack&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::UndoAlter&) { return NoAlterTable(); }
  Result<Observation> operator()(const action::RunSql& run) {
    return ObserveSql(connection_, run.step);
  }

 private:
  static Result<Observation> ObserveShown(const TableName& table,
                                          const std::vector<std::string>& columns) {
    return Seen(Observed::kUndecidable, "column " + Join(columns, ", ") + " of " +
                                            interlock::ToString(table) +
                                            ": PostgreSQL has no invisible columns");
  }

  static Result<Observation> NoAlterTable() {
    return Seen(Observed::kUndecidable, "PostgreSQL has no alter_table");
  }

  enum class Direction { kToReal, kToLogical };

  Result<Observation> Sync() { return ObserveSync(connection_, table_, sync_.before, sync_.after); }

  /// Columns and trigger change in one transaction, so both must say the same.
  Result<Observation> WithSync(std::optional<Observed> columns, const std::string& detail) {
    IL_ASSIGN(Observation trigger, Sync());
    if (!columns || trigger.state == *columns) {
      trigger.detail = detail + "; " + trigger.detail;
      return trigger;
    }
    // A trigger that does not change with this step says "present" before and after alike.
    if (trigger.state == Observed::kPresent && sync_.before == sync_.after)
      return Seen(*columns, detail);
    if (trigger.state == Observed::kAbsent || trigger.state == Observed::kPresent)
      return Seen(Observed::kUndecidable, detail + ", yet of the trigger: " + trigger.detail);
    return trigger;
  }

  Result<Observation> Renamed(const TableName& table,
                              const std::map<std::string, std::string>& names,
                              Direction direction) {
    std::vector<std::string> before;
    std::vector<std::string> after;
    for (const auto& [logical, real] : names) {
      before.push_back(direction == Direction::kToReal ? logical : real);
      after.push_back(direction == Direction::kToReal ? real : logical);
    }
    IL_ASSIGN(const auto old_there, ExistingColumns(connection_, table, before));
    IL_ASSIGN(const auto new_there, ExistingColumns(connection_, table, after));
    if (old_there.size() == before.size() && new_there.empty())
      return WithSync(Observed::kAbsent, "column " + Join(before, ", ") + " has its old name");
    if (old_there.empty() && new_there.size() == after.size())
      return WithSync(Observed::kPresent, "column " + Join(after, ", ") + " has its new name");
    return Seen(Observed::kConflicting, "of " + Join(before, ", ") + " and " + Join(after, ", ") +
                                            " these are there: " + Join(old_there, ", ") + "; " +
                                            Join(new_there, ", "));
  }

  SqlConnection& connection_;
  const Step& step_;
  const SyncContext& sync_;
  const TableName table_;
};

}  // namespace

Result<Observation> ObserveSql(SqlConnection& connection, const change::SqlStep& step) {
  if (step.observe.empty()) return Seen(Observed::kUndecidable, "the step has no observe query");
  const auto answer = [&]() -> Result<SqlRows> {
    IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
    IL_RETURN_IF_ERROR(connection.Execute("SET TRANSACTION READ ONLY"));
    IL_RETURN_IF_ERROR(connection.Execute("SET LOCAL statement_timeout = '60s'"));
    IL_RETURN_IF_ERROR(UseDefaultSearchPath(connection));
    return connection.Execute(step.observe);
  }();
  return ReadAnswer(answer);
}

Result<Observation> ObserveRunning(SqlConnection& connection, const Step& step) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                "SELECT pid, state, coalesce(extract(epoch FROM now() - query_start), 0)::bigint,"
                " query = '<insufficient privilege>' FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                " AND (query = '<insufficient privilege>' OR state <> 'idle'"
                "   AND query LIKE '/* interlock %' AND position($1 in query) > 0)"
                " ORDER BY 4, query_start",
                {MarkOf(step)}));
  if (rows.rows.empty()) return Seen(Observed::kAbsent, "");
  const auto& first = rows.rows.front();
  if (first.at(3) == "f")
    return Seen(Observed::kRunning, "session " + first.at(0).value_or("?") + " still runs it (" +
                                        first.at(1).value_or("?") + ", since " +
                                        first.at(2).value_or("?") + " s)");
  // Without the privilege to read other roles' statements, a holder of a claim is all that shows.
  IL_ASSIGN(const auto claims, PgClaims(connection).Holders());
  for (const auto& claim : claims) {
    if (!claim.alive || !Concerns(claim, step)) continue;
    for (const auto& row : rows.rows)
      if (row.at(0) == std::to_string(claim.session))
        return Seen(Observed::kRunning, "session " + *row.at(0) + " holds the claim on " +
                                            claim.object +
                                            "; its statement is hidden from this "
                                            "role");
  }
  return Seen(Observed::kAbsent, "");
}

Result<Observation> ObserveStep(SqlConnection& connection, const Step& step,
                                const SyncContext& sync) {
  IL_ASSIGN(Observation running, ObserveRunning(connection, step));
  if (running.state == Observed::kRunning) return running;
  return std::visit(Observer(connection, step, sync), step.action);
}

}  // namespace interlock::postgres
