// Gathers what plan shows: the catalog's estimates, rendered SQL, the gates' answers now.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/plan_text.h"
#include "runner/gatekeeper.h"

namespace interlock::cli {
namespace {

/// Specs of the tables' sync triggers as the planned steps change them one after the other.
class SyncFold {
 public:
  SyncContext Next(const DatabaseHistory& history, const Step& step, bool done) {
    const auto table = ActionTable(step.action);
    if (!table) return {};
    const auto key = std::pair(history.chain, *table);
    auto found = specs_.find(key);
    if (found == specs_.end()) found = specs_.emplace(key, history.ActiveSpecs(*table)).first;
    SyncContext sync{found->second, found->second};
    if (!done) {
      sync.after = ApplyToSync(found->second, step.action);
      found->second = sync.after;
    }
    return sync;
  }

 private:
  std::map<std::pair<std::string, TableName>, std::vector<SyncSpec>> specs_;
};

/// The versions that the rollouts start from, as deploy would see them: recorded, or listed now.
/// Where neither tells, they stay open, and deploy says why.
void FillFrom(World& world, const ReleaseHistory* recorded, Plan& plan) {
  for (auto& rollout : plan.rollouts) {
    if (!rollout.from.empty() || recorded == nullptr) continue;
    const auto found = recorded->from.find(rollout.app);
    if (found != recorded->from.end()) rollout.from = found->second;
  }
  (void)ResolveFrom(world, plan);
}

Result<void> AddGates(World& world, const PlannedRelease& release, PlanView& view) {
  Gatekeeper gates(world, true);
  auto persons = [&](GatePoint point) -> Result<void> {
    std::vector<std::string> asks;
    int approvals = 0;
    if (point == GatePoint::kContract)
      approvals = std::max(release.plan.contract.approvals.value_or(0),
                           world.project().contract_floor.approvals.value_or(0));
    for (const auto& gate : release.plan.gates) {
      if (gate.before != point) continue;
      approvals = std::max(approvals, gate.approvals);
      if (!gate.attest.empty()) asks.push_back("attest \"" + gate.attest + "\"");
    }
    if (approvals > 0) asks.push_back("approvals: " + std::to_string(approvals));
    if (asks.empty()) return {};
    IL_ASSIGN(const auto answer, gates.Persons(release, point));
    view.gates.push_back({std::string(ToString(point)),
                          Join(asks, ", ") + (answer.open ? "" : ": " + answer.headline),
                          answer.open, true});
    return {};
  };
  if (!release.migrations.empty()) {
    for (const auto& planned : release.migrations) {
      IL_ASSIGN(const auto live,
                gates.Live(release, planned, SchemaState::kExpanded, CensusDemand::kBestEffort));
      if (!live.open)
        view.gates.push_back({"expand", planned.migration.id + ": " + live.headline, false, true});
    }
  }
  IL_RETURN_IF_ERROR(persons(GatePoint::kExpand));
  if (!release.plan.rollouts.empty())
    view.gates.push_back(
        {"rollout", "the schema, on every replica too, is what the new versions need"});
  IL_RETURN_IF_ERROR(persons(GatePoint::kRollout));
  IL_RETURN_IF_ERROR(persons(GatePoint::kCutOver));
  const bool contracts = std::any_of(view.steps.begin(), view.steps.end(), [](const auto& item) {
    return item.step.phase == Phase::kContract && !item.done;
  });
  if (!contracts) return {};
  const Duration soak = std::max(release.plan.contract.soak.value_or(Duration(0)),
                                 world.project().contract_floor.soak.value_or(Duration(0)));
  if (soak > Duration(0))
    view.gates.push_back(
        {"contract", "soak of " + HumanDuration(soak) + " since an old version was last seen"});
  view.gates.push_back({"contract", "census: no version that needs the old shape lives"});
  return persons(GatePoint::kContract);
}

}  // namespace

Result<PlanView> ViewPlan(World& world, const PlannedRelease& release, bool sql) {
  PlanView view;
  view.id = release.plan.id;
  view.summary = release.plan.summary;
  view.digest = release.digest;
  view.migrations = release.migrations;
  const auto* recorded = world.book().Find(release.plan.id);
  PlannedRelease asked = release;
  FillFrom(world, recorded, asked.plan);
  view.rollouts = asked.plan.rollouts;
  std::map<std::string, Catalog> catalogs;
  SyncFold fold;
  bool steps_left = false;
  for (const bool contract : {false, true}) {
    for (const auto& planned : release.migrations) {
      auto& link = world.link(planned.migration.database);
      if (!catalogs.contains(planned.migration.database)) {
        IL_ASSIGN(catalogs[planned.migration.database], link.session().ReadCatalog());
      }
      const Catalog& catalog = catalogs.at(planned.migration.database);
      for (const Phase phase :
           {Phase::kExpand, Phase::kBackfill, Phase::kVerify, Phase::kContract}) {
        if ((phase == Phase::kContract) != contract) continue;
        for (const auto& step : planned.steps) {
          if (step.phase != phase) continue;
          PlannedStepView item;
          item.number = view.steps.size() + 1;
          item.step = step;
          item.database = planned.migration.database;
          const auto known = link.history().steps.find(step.id);
          item.done = known != link.history().steps.end() && known->second.succeeded &&
                      !known->second.undone;
          steps_left |= !item.done;
          if (const auto table = ActionTable(step.action))
            if (const auto* found = catalog.FindTable(catalog.Resolve(*table)))
              item.rows = found->row_estimate;
          const SyncContext sync = fold.Next(link.history(), step, item.done);
          if (sql && !item.done) {
            IL_ASSIGN(item.sql, link.session().Render(step, sync));
          }
          if (step.irreversible && view.no_return == 0) view.no_return = item.number;
          view.steps.push_back(std::move(item));
        }
      }
    }
  }
  const bool out = recorded != nullptr &&
                   static_cast<int>(recorded->state) >= static_cast<int>(ReleaseState::kReleased);
  view.pending = steps_left || (!release.plan.rollouts.empty() && !out);
  IL_RETURN_IF_ERROR(AddGates(world, asked, view));
  return view;
}

}  // namespace interlock::cli
