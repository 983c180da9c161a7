// The way back: quarantine restored first, applications taken back, then the expand undone.
#include <algorithm>

#include "interlocking/message.h"
#include "model/json.h"
#include "runner/release_runner.h"

namespace interlock {

Result<DeployResult> ReleaseRunner::Rollback(const std::string& release) {
  deadline_ = world_.control().clock.Elapsed() + options_.wait;
  return WithReconnects([&]() -> Result<DeployResult> {
    IL_RETURN_IF_ERROR(world_.Refresh());
    IL_ASSIGN(release_, RecordedRelease(world_, release));
    // A run whose last answer was lost, and whoever runs the command again, find it done.
    if (world_.book().Find(release)->state == ReleaseState::kRolledBack)
      return DeployResult{ReleaseState::kRolledBack, {}, {}};
    IL_RETURN_IF_ERROR(Claim());
    IL_RETURN_IF_ERROR(world_.Refresh());
    return RollbackOnce();
  });
}

Result<void> ReleaseRunner::RequireRollback() {
  const auto& id = release_.plan.id;
  const auto* recorded = world_.book().Find(id);
  if (recorded->given_up())
    return Fail(ErrorKind::kRefused, "IL-R48",
                "Release " + id + " is " + std::string(ToString(recorded->state)) + " already",
                "interlock status lists what is open");
  for (const auto& planned : release_.migrations) {
    const auto& history = world_.link(planned.migration.database).history();
    for (const auto& step : planned.steps) {
      const auto found = history.steps.find(step.id);
      if (step.irreversible && found != history.steps.end() && found->second.intended)
        return Fail(ErrorKind::kRefused, "IL-R65",
                    "Release " + id + " is past its point of no return: step " + step.id +
                        (found->second.succeeded ? " is done" : " has begun"),
                    "go forward: finish it (interlock resume " + id +
                        ") and bring the old shape back with a new migration");
    }
    for (const auto& step : planned.steps) {
      const auto found = history.steps.find(step.id);
      const auto* create = std::get_if<action::CreateTable>(&step.action);
      if (create == nullptr || found == history.steps.end() || !found->second.intended ||
          found->second.undone)
        continue;
      IL_ASSIGN(
          const bool has_rows,
          world_.link(planned.migration.database).session().HasRows(create->definition.table));
      if (has_rows)
        return Fail(ErrorKind::kRefused, "IL-R68",
                    "Release " + id +
                        " cannot be rolled back: " + ToString(create->definition.table) +
                        ", a table that it created, has rows, and they would be lost",
                    "move the rows to another table or delete them, then run again; or go "
                    "forward: interlock resume " +
                        id);
    }
    // Another release's version that lives needs the state we would take away.
    for (const auto* app : world_.AppsOf(planned.migration.database)) {
      IL_ASSIGN(const auto census, world_.CountApp(planned.migration.database, *app));
      const auto uses = world_.UsesOf(planned.migration.database, &release_.plan);
      for (const auto& counted : census.versions) {
        const std::string& version = counted.first;
        const auto& seen = counted.second;
        const bool ours = std::any_of(release_.plan.rollouts.begin(), release_.plan.rollouts.end(),
                                      [&](const interlock::Rollout& rollout) {
                                        return rollout.app == app->name && rollout.to == version;
                                      });
        if (ours) continue;
        const auto of_app = uses.find(app->name);
        if (of_app == uses.end() || !of_app->second.contains(version)) continue;
        if (of_app->second.at(version).For(planned.migration.id).Contains(SchemaState::kAbsent))
          continue;
        return Fail(ErrorKind::kRefused, "IL-R66",
                    "Release " + id + " cannot be rolled back: " + app->name + " " + version +
                        " lives and needs " + planned.migration.id,
                    "roll back the release that brought " + version + " first",
                    {seen.empty() ? std::string() : Describe(seen.front())});
      }
    }
  }
  return {};
}

Result<void> ReleaseRunner::UndoSteps(const PlannedMigration& planned,
                                      std::initializer_list<Phase> phases) {
  auto& link = world_.link(planned.migration.database);
  const auto& recorded = link.history().steps;
  std::vector<Step> done;
  // Of an alteration that is done (in place, say) every step is undone, also those that were never
  // begun: it may need them all to be taken back.
  const auto of_done = [&](const Step& step) {
    const Alteration* alteration = AlterationOf(step.action);
    return alteration != nullptr && std::any_of(done.begin(), done.end(), [&](const Step& earlier) {
             const Alteration* other = AlterationOf(earlier.action);
             return other != nullptr && *other == *alteration;
           });
  };
  bool begun = false;  // the undo of an earlier step: all that follow it were settled before
  for (const auto& step : planned.steps) {
    const auto found = recorded.find(step.id);
    if (std::find(phases.begin(), phases.end(), step.phase) == phases.end()) continue;
    if (found == recorded.end() || !found->second.intended) {
      if (of_done(step)) done.push_back(step);
      continue;
    }
    const bool settled = begun;
    const auto undo = recorded.find(step.id + "/undo");
    begun = begun || (undo != recorded.end() && undo->second.intended);
    if (!found->second.succeeded) {
      // What it would be seen by may be gone.
      if (settled) continue;
      // Cut in the middle: settle it by looking before it is undone.
      IL_ASSIGN(const auto seen, steps_.Observe(link, step));
      if (seen.state == Observed::kAbsent) continue;
      if (!IsBulk(step.action)) IL_RETURN_IF_ERROR(steps_.Run(link, step, release_.plan.id));
    }
    done.push_back(step);
  }
  // What a later step took away again (NOT NULL's helper CHECK) is undone already.
  std::vector<Step> left;
  for (auto step = done.begin(); step != done.end(); ++step)
    if (!step->undo || std::none_of(step + 1, done.end(),
                                    [&](const Step& later) { return later.action == *step->undo; }))
      left.push_back(*step);
  for (const auto& undo : interlock::UndoSteps(left))
    IL_RETURN_IF_ERROR(steps_.Run(link, undo, release_.plan.id));
  return {};
}

Result<DeployResult> ReleaseRunner::RollbackOnce() {
  IL_RETURN_IF_ERROR(RequireRollback());
  if (!world_.book().Find(release_.plan.id)->rolling_back)
    IL_RETURN_IF_ERROR(world_.AppendRelease({EntryKind::kRollbackBegun, release_.plan.id, "", 0,
                                             CanonicalJson({{"reason", options_.reason}})}));
  for (auto planned = release_.migrations.rbegin(); planned != release_.migrations.rend();
       ++planned) {
    auto& link = world_.link(planned->migration.database);
    const SchemaState state = StateOf(*planned);
    if (state == SchemaState::kContracting) {
      IL_RETURN_IF_ERROR(UndoSteps(*planned, {Phase::kContract}));
      IL_RETURN_IF_ERROR(SetSchemaState(link, planned->migration.id, SchemaState::kExpanded));
    }
    IL_RETURN_IF_ERROR(gates_.Reopen(release_, *planned));
  }
  const auto* recorded = world_.book().Find(release_.plan.id);
  if (static_cast<int>(recorded->state) >= static_cast<int>(ReleaseState::kRollingOut)) {
    for (auto rollout = release_.plan.rollouts.rbegin(); rollout != release_.plan.rollouts.rend();
         ++rollout)
      if (!rollout->from.empty()) IL_RETURN_IF_ERROR(RollOutApp(*rollout, true));
  }
  for (auto planned = release_.migrations.rbegin(); planned != release_.migrations.rend();
       ++planned) {
    auto& link = world_.link(planned->migration.database);
    if (StateOf(*planned) == SchemaState::kAbsent) continue;
    // From now on `gate` lets no version start that needs what is about to go.
    if (StateOf(*planned) == SchemaState::kExpanded)
      IL_RETURN_IF_ERROR(SetSchemaState(link, planned->migration.id, SchemaState::kExpanding));
    IL_RETURN_IF_ERROR(PassGate(GatePoint::kExpand, [&]() -> Result<GateResult> {
      return gates_.Live(release_, *planned, SchemaState::kAbsent, CensusDemand::kBestEffort);
    }));
    IL_RETURN_IF_ERROR(UndoSteps(*planned, {Phase::kExpand, Phase::kBackfill, Phase::kVerify}));
    IL_RETURN_IF_ERROR(SetSchemaState(link, planned->migration.id, SchemaState::kAbsent));
  }
  IL_RETURN_IF_ERROR(SetState(ReleaseState::kRolledBack));
  DeployResult result;
  result.state = ReleaseState::kRolledBack;
  return result;
}

}  // namespace interlock
