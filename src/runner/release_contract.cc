// The contract half of ReleaseRunner: when the gates open, what can fail first, the drop last.
#include <algorithm>

#include "interlocking/message.h"
#include "model/json.h"
#include "runner/release_runner.h"

namespace interlock {
namespace {

bool HasContract(const PlannedMigration& planned) {
  return std::any_of(planned.steps.begin(), planned.steps.end(),
                     [](const Step& step) { return step.phase == Phase::kContract; });
}

bool ComesByItself(const GateResult& gate) {
  return gate.kind == ErrorKind::kNotYet || gate.kind == ErrorKind::kWaitsForPerson;
}

}  // namespace

bool ReleaseRunner::Settled(const PlannedMigration& planned) {
  const SchemaState state = StateOf(planned);
  return state == SchemaState::kContracted ||
         (state == SchemaState::kExpanded && !HasContract(planned));
}

Result<DeployResult> ReleaseRunner::Contract(const std::string& release,
                                             const std::vector<std::string>& only) {
  deadline_ = world_.control().clock.Elapsed() + options_.wait;
  return WithReconnects([&]() -> Result<DeployResult> {
    IL_RETURN_IF_ERROR(world_.Refresh());
    IL_ASSIGN(release_, RecordedRelease(world_, release));
    IL_RETURN_IF_ERROR(Claim());
    IL_RETURN_IF_ERROR(world_.Refresh());
    IL_RETURN_IF_ERROR(RequireForward());
    const auto* recorded = world_.book().Find(release);
    if (static_cast<int>(recorded->state) < static_cast<int>(ReleaseState::kReleased))
      return Fail(ErrorKind::kRefused, "IL-R46",
                  "Release " + release + " is " + std::string(ToString(recorded->state)) +
                      ": its applications are not out yet",
                  "carry it on first: interlock resume " + release);
    DeployResult result;
    IL_RETURN_IF_ERROR(Contracts(result, only));
    return result;
  });
}

Result<void> ReleaseRunner::Contracts(DeployResult& result, const std::vector<std::string>& only) {
  for (const auto& planned : release_.migrations) {
    if (Settled(planned)) continue;
    const bool wanted =
        options_.until == Until::kContracted &&
        (only.empty() || std::find(only.begin(), only.end(), planned.migration.id) != only.end());
    std::optional<GateResult> waits;
    if (wanted) IL_RETURN_IF_ERROR(ContractMigration(planned, waits));
    if (Settled(planned)) continue;
    if (!wanted && StateOf(planned) == SchemaState::kExpanded)
      IL_RETURN_IF_ERROR(gates_.LookAtOldWrites(release_, planned));
    result.pending_contracts.push_back(planned.migration.id);
    if (waits && !result.waits_for) result.waits_for = waits;
  }
  if (result.pending_contracts.empty()) IL_RETURN_IF_ERROR(SetState(ReleaseState::kFinished));
  result.state = world_.book().Find(release_.plan.id)->state;
  if (options_.contract_only && result.waits_for) return Require(*result.waits_for);
  return {};
}

Result<void> ReleaseRunner::RecordClosed(const PlannedMigration& planned, const GateResult& gate) {
  if (gate.code == "IL-G03" && gates_.ToldOfSighting(planned)) return {};
  return gates_.RecordGate(release_, GatePoint::kContract, gate, gates_.EvidenceOf(planned));
}

Result<void> ReleaseRunner::ContractMigration(const PlannedMigration& planned,
                                              std::optional<GateResult>& waits) {
  auto& link = world_.link(planned.migration.database);
  if (StateOf(planned) == SchemaState::kExpanded) {
    bool told = false;
    while (true) {
      IL_RETURN_IF_ERROR(world_.Refresh());
      IL_ASSIGN(const auto gate, gates_.Contract(release_, planned));
      if (gate.open) {
        IL_RETURN_IF_ERROR(
            gates_.RecordGate(release_, GatePoint::kContract, gate, gates_.EvidenceOf(planned)));
        break;
      }
      // The census needs its time once everything else is open; `contract` grants that by itself.
      const bool counting = gate.code == "IL-G11" || gate.code == "IL-G12";
      const Duration now = world_.control().clock.Elapsed();
      if (counting && options_.contract_only && !told)
        deadline_ = std::max(deadline_, now + gates_.CensusTime(planned));
      const bool too_late =
          now >= deadline_ ||
          (gate.clears_at &&
           *gate.clears_at - world_.control().clock.Now() > (deadline_ - now).count() && !counting);
      // An old version that lives is a refusal, and yet one that may end: while we wait, or, for a
      // release that is out, before the next `contract`.
      const bool ends_maybe = gate.code == "IL-G03" && (now < deadline_ || !options_.contract_only);
      if (!ComesByItself(gate) && !ends_maybe) {
        IL_RETURN_IF_ERROR(RecordClosed(planned, gate));
        return Require(gate);
      }
      if (too_late) {
        IL_RETURN_IF_ERROR(RecordClosed(planned, gate));
        waits = gate;
        return {};
      }
      if (!told)
        world_.control().reporter.Report(
            {"waiting", release_.plan.id, "", gate.headline, {{"code", gate.code}}});
      told = true;
      Duration pause = options_.gate_poll;
      if (counting)
        for (const auto* app : world_.AppsOf(planned.migration.database))
          pause = std::min(pause, CensusPause(app->census.window));
      IL_RETURN_IF_ERROR(Pause(pause));
    }
    IL_RETURN_IF_ERROR(SetState(ReleaseState::kContracting));
    IL_RETURN_IF_ERROR(SetSchemaState(link, planned.migration.id, SchemaState::kContracting));
  }
  IL_RETURN_IF_ERROR(ContractSteps(planned, waits));
  if (waits) return {};
  return SetSchemaState(link, planned.migration.id, SchemaState::kContracted);
}

/// What will be renamed and dropped is tried once, in a transaction that is rolled back, before the
/// first of it: what the server would refuse at the point of no return shows while all is well.
Result<void> ReleaseRunner::Rehearse(const PlannedMigration& planned) {
  auto& link = world_.link(planned.migration.database);
  std::vector<Step> drops;
  for (const auto& step : planned.steps) {
    const auto found = link.history().steps.find(step.id);
    const bool begun = found != link.history().steps.end() && found->second.intended;
    const bool drops_something = std::holds_alternative<action::Quarantine>(step.action) ||
                                 std::holds_alternative<action::DropQuarantined>(step.action);
    if (!drops_something) continue;
    if (begun) return {};  // rehearsed by the run that began it
    drops.push_back(step);
  }
  if (drops.empty()) return {};
  return steps_.Rehearse(link, drops, release_.plan.id);
}

Result<void> ReleaseRunner::ContractSteps(const PlannedMigration& planned,
                                          std::optional<GateResult>& waits) {
  auto& link = world_.link(planned.migration.database);
  const Duration quarantine =
      std::max(release_.plan.contract.quarantine.value_or(Duration(0)),
               world_.project().contract_floor.quarantine.value_or(Duration(0)));
  Timestamp renamed_at = 0;
  IL_RETURN_IF_ERROR(Rehearse(planned));
  for (const auto& step : planned.steps) {
    if (step.phase != Phase::kContract) continue;
    const auto done = link.history().steps.find(step.id);
    const bool succeeded = done != link.history().steps.end() && done->second.succeeded;
    if (step.irreversible && !succeeded) {
      const Timestamp ends = renamed_at + quarantine.count();
      while (renamed_at != 0 && options_.gates && world_.control().clock.Now() < ends) {
        const Duration left(ends - world_.control().clock.Now());
        if (left > deadline_ - world_.control().clock.Elapsed()) {
          waits = ClosedGate(ErrorKind::kNotYet, "IL-R47",
                             "old columns of " + planned.migration.id + " are in quarantine", {},
                             "truly dropped after " + HumanDuration(quarantine) +
                                 "; until then rollback is possible",
                             ends);
          return {};
        }
        IL_RETURN_IF_ERROR(Pause(std::min<Duration>(left, std::chrono::seconds(1))));
      }
      IL_ASSIGN(const auto gate, gates_.Recount(release_, planned));
      IL_RETURN_IF_ERROR(gates_.RecordGate(
          release_, GatePoint::kContract, gate,
          {{"migration", planned.migration.id}, {"step", step.id}, {"recount", true}}));
      IL_RETURN_IF_ERROR(Require(gate));
    }
    IL_RETURN_IF_ERROR(steps_.Run(link, step, release_.plan.id));
    if (std::holds_alternative<action::Quarantine>(step.action))
      renamed_at = link.history().steps.at(step.id).finished_at;
  }
  return {};
}

}  // namespace interlock
