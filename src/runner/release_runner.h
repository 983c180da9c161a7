// Carries a release on: expand, backfill, verify, roll out, contract, as far as its gates are open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/planner.h"
#include "runner/step_runner.h"

namespace interlock {

enum class Until { kExpanded, kReleased, kContracted };

struct DeployOptions {
  Until until = Until::kContracted;
  Duration wait{0};                 ///< how long to wait for gates that open by themselves
  bool gates = true;                ///< false for `apply`: development databases only
  std::string reason;
  Duration reconnect_budget = std::chrono::seconds(60);
  Duration gate_poll = std::chrono::seconds(1);
};

/// How a call ended without an error.
struct DeployResult {
  ReleaseState state = ReleaseState::kPlanned;
  std::vector<std::string> pending_contracts;  ///< migration ids, with what holds them back
  std::optional<GateResult> waits_for;         ///< the gate that keeps them
};

class ReleaseRunner {
 public:
  ReleaseRunner(World& world, BulkWork& bulk, DeployOptions options,
                const MoveTable& table = StandardMoveTable(), LockPolicy policy = {});

  /// Deploys `release`, or goes on with it.  Survives lost connections by starting its loop again:
  /// what is done is seen to be done.
  Result<DeployResult> Deploy(PlannedRelease release);
  /// Carries out the pending contracts of releases that are out: all (`due` only those whose gates
  /// are open now), or the named migrations.
  Result<DeployResult> Contract(const std::string& release, const std::vector<std::string>& only);
  /// Takes the applications back, then undoes the expand.  kRefused beforehand after the point of
  /// no return, or when another release's version needs the state.
  Result<DeployResult> Rollback(const std::string& release);

 private:
  friend class ContractRunner;
  Result<DeployResult> DeployOnce();
  Result<void> Record();
  Result<void> SetState(ReleaseState state);
  Result<void> SetSchemaState(DatabaseLink& link, const std::string& migration, SchemaState state);
  Result<void> Expand();
  Result<void> RunPhases(const PlannedMigration& planned, std::initializer_list<Phase> phases);
  Result<void> RollOut();
  Result<void> RollOutApp(const Rollout& rollout, bool back);
  Result<void> Contracts(DeployResult& result);
  Result<void> ContractMigration(const PlannedMigration& planned, std::optional<GateResult>& waits);
  Result<GateResult> GateFor(GatePoint point);
  Result<GateResult> ContractGate(const PlannedMigration& planned, std::vector<Census>& counts);
  Result<void> CloseVersions(const PlannedMigration& planned);
  Result<void> PassGate(GatePoint point, const std::function<Result<GateResult>()>& ask);
  Result<void> RecordGate(GatePoint point, const GateResult& gate);
  Result<void> Claim();
  Result<DeployResult> RollbackOnce();
  Result<void> RequireRollback();
  std::vector<std::string> OldVersions(const std::string& database, const App& app,
                                       const std::string& migration, SchemaState after);
  Result<void> Pause(Duration duration);
  template <typename Once>
  Result<DeployResult> WithReconnects(Once once);

  World& world_;
  DeployOptions options_;
  StepRunner steps_;
  PlannedRelease release_;
  bool claimed_ = false;
  Duration deadline_{0};
};

}  // namespace interlock
