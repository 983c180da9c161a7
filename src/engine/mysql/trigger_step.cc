#include "engine/mysql/trigger_step.h"

#include <functional>

#include "engine/mysql/column_types.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/sync_change.h"
#include "engine/mysql/sync_sql.h"

namespace interlock::mysql {
namespace {

TableName TableOf(const Step& step) { return ActionTable(step.action).value_or(TableName{}); }

/// Names before the step and after it; empty when it renames nothing.
std::map<std::string, std::string> Renames(const Action& action) {
  if (const auto* quarantine = std::get_if<action::Quarantine>(&action)) return quarantine->renamed;
  std::map<std::string, std::string> out;
  if (const auto* restore = std::get_if<action::Restore>(&action))
    for (const auto& [logical, real] : restore->spec.renamed) out[real] = logical;
  return out;
}

Result<Observation> Look(MySqlConnection& connection, const Step& step, const SyncContext& sync) {
  if (const auto* drop = std::get_if<action::DropQuarantined>(&step.action))
    return ObserveDropped(connection, drop->spec, sync);
  const auto renames = Renames(step.action);
  return renames.empty() ? ObserveTriggers(connection, TableOf(step), sync)
                         : ObserveRenamed(connection, TableOf(step), renames, sync);
}

/// Whether the columns have the names that they have after the step.
Result<bool> IsRenamed(MySqlConnection& connection, const Step& step) {
  const auto renames = Renames(step.action);
  if (renames.empty()) return true;
  IL_ASSIGN(const auto shown, ShowTable(connection, TableOf(step)));
  const auto& [from, to] = *renames.begin();
  return shown && shown->columns.count(to) != 0 && shown->columns.count(from) == 0;
}

/// The spec whose columns go into quarantine or come back; nothing for other steps.
const SyncSpec* QuarantinedSpec(const Action& action) {
  if (const auto* quarantine = std::get_if<action::Quarantine>(&action)) return &quarantine->spec;
  if (const auto* restore = std::get_if<action::Restore>(&action)) return &restore->spec;
  return nullptr;
}

/// Gives rows that were written while no trigger stood their old side back: at this point only
/// versions live that write the new one.  `specs` have the columns' names as they are.
Result<std::vector<Statement>> HealRows(MySqlConnection& connection, const Step& step,
                                        const std::vector<SyncSpec>& specs) {
  std::vector<Statement> out;
  const SyncSpec* mine = QuarantinedSpec(step.action);
  for (const auto& spec : specs) {
    if (mine == nullptr || spec.id != mine->id || spec.fills_only()) continue;
    IL_ASSIGN(const ColumnTypes types, ReadColumnTypes(connection, spec.table, {spec}, {}));
    IL_ASSIGN(const RowSql row, MakeRowSql(spec, types, Quote(spec.table.name)));
    const std::string set = row.SetOld();
    if (set.empty()) continue;
    // No alias: a locked table has none.
    out.push_back({"UPDATE " + Quote(spec.table) + " SET " + set + " WHERE " + row.Differs(),
                   Manner::kPlain});
  }
  return out;
}

/// `event`: only those of this one; "" for all.
Result<std::vector<Statement>> DropSyncTriggers(SqlConnection& connection, const TableName& table,
                                                const std::string& event) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT trigger_name, event_manipulation FROM "
                               "information_schema.triggers WHERE event_object_schema = $1 AND "
                               "event_object_table = $2",
                               {table.schema, table.name}));
  std::vector<Statement> out;
  for (const auto& row : rows.rows) {
    const std::string name = row.at(0).value_or("");
    if (IsSyncTrigger(name) && (event.empty() || row.at(1) == event))
      out.push_back({"DROP TRIGGER " + Quote(TableName{table.schema, name}), Manner::kPlain});
  }
  return out;
}

/// The step's rename, the other way round.
Result<StepSql> RenameBack(MySqlConnection& connection, const Step& step) {
  action::Quarantine rename;
  rename.spec.table = TableOf(step);
  for (const auto& [from, to] : Renames(step.action)) rename.renamed[to] = from;
  Step back;
  back.action = rename;
  return SqlOf(connection, back, {});
}

/// `back`: when one of the statements under the lock fails.
Result<void> SendParts(const StepSql& sql, Sender& sender,
                       const std::function<Result<void>()>& back) {
  IL_RETURN_IF_ERROR(sender.Send(sql.first));
  if (sql.lock) IL_RETURN_IF_ERROR(sender.SendLocked(*sql.lock, sql.locked, back));
  return sender.Send(sql.then);
}

/// Back to where it was, still under the lock.
Result<void> GoBack(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                    Sender& sender) {
  IL_ASSIGN(const bool renamed, IsRenamed(connection, step));
  if (renamed && !Renames(step.action).empty()) {
    // Should this be cut as well, no trigger may be left that names a column which is not there:
    // every write would fail.
    IL_ASSIGN(const auto drops, DropSyncTriggers(connection, TableOf(step), ""));
    IL_RETURN_IF_ERROR(sender.Send(drops));
    IL_ASSIGN(const StepSql rename, RenameBack(connection, step));
    IL_RETURN_IF_ERROR(sender.Send(rename.first));
  }
  IL_ASSIGN(const StepSql triggers,
            TriggersFor(connection, TableOf(step), sync.before, sync.after));
  return sender.Send(TriggersAlone(triggers));
}

}  // namespace

Result<void> ChangeTriggers(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                            Sender& sender) {
  IL_ASSIGN(Observation seen, Look(connection, step, sync));
  if (seen.state == Observed::kPartial) {
    IL_RETURN_IF_ERROR(MendTriggers(connection, step, sync, sender));
    IL_ASSIGN(seen, Look(connection, step, sync));
  }
  if (seen.state == Observed::kPresent) return {};
  IL_ASSIGN(const StepSql sql, SqlOf(connection, step, sync));
  // Half done still: the triggers of DropQuarantined have changed, and its columns remain.
  if (seen.state == Observed::kPartial) return sender.Send(sql.then);
  return SendParts(sql, sender, [&] { return GoBack(connection, step, sync, sender); });
}

Result<void> MendTriggers(MySqlConnection& connection, const Step& step, const SyncContext& sync,
                          Sender& sender) {
  IL_ASSIGN(const Observation now, Look(connection, step, sync));
  if (now.state != Observed::kPartial)
    return Fail(ErrorKind::kUndecidable, "IL-E39",
                "there is nothing to mend any more: " + now.detail, "run it again");
  IL_ASSIGN(const bool renamed, IsRenamed(connection, step));
  const auto& wanted = renamed ? sync.after : sync.before;
  IL_ASSIGN(const Observation triggers,
            ObserveTriggers(connection, TableOf(step), {wanted, wanted}));
  if (triggers.state == Observed::kPresent) return {};
  IL_ASSIGN(std::vector<Statement> heal, HealRows(connection, step, wanted));
  if (!heal.empty()) {
    // An UPDATE trigger would take what is given back for a write of the old version.
    IL_ASSIGN(const auto drops, DropSyncTriggers(connection, TableOf(step), "UPDATE"));
    IL_RETURN_IF_ERROR(sender.Send(drops));
    // While writes go on, so that little is left to do while they wait.
    IL_RETURN_IF_ERROR(sender.Send(heal));
  }
  IL_ASSIGN(StepSql sql,
            TriggersFor(connection, TableOf(step), wanted, renamed ? sync.before : sync.after));
  if (!heal.empty()) {
    sql.lock = TableOf(step);
    for (auto* part : {&sql.locked, &sql.then}) heal.insert(heal.end(), part->begin(), part->end());
    sql.locked = std::move(heal);
    sql.then.clear();
  }
  return SendParts(sql, sender, {});
}

}  // namespace interlock::mysql
