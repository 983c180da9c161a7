// Carries a release on: expand, backfill, verify, roll out, contract, as far as its gates are open.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "runner/gatekeeper.h"
#include "runner/planner.h"
#include "runner/step_runner.h"

namespace interlock {

enum class Until { kExpanded, kReleased, kContracted };

struct DeployOptions {
  Until until = Until::kContracted;
  Duration wait{0};            ///< how long to wait for gates that open by themselves
  bool gates = true;           ///< false for `apply`: development databases only
  bool contract_only = false;  ///< the command `contract`: closed gates are its result
  std::string reason;
  Duration reconnect_budget = std::chrono::seconds(60);
  Duration gate_poll = std::chrono::seconds(1);
};

/// How a call ended without an error.
struct DeployResult {
  ReleaseState state = ReleaseState::kPlanned;
  std::vector<std::string> pending_contracts;  ///< migration ids
  std::optional<GateResult> waits_for;         ///< the gate that keeps the first of them
};

class ReleaseRunner {
 public:
  ReleaseRunner(World& world, BulkWork& bulk, DeployOptions options,
                const MoveTable& table = StandardMoveTable(), LockPolicy policy = {});

  /// Deploys `release`, or goes on with it.  Survives lost connections by starting its loop again:
  /// what is done is seen to be done.
  Result<DeployResult> Deploy(PlannedRelease release);
  /// Carries out the pending contracts of a release that is out: all, or the named migrations.
  Result<DeployResult> Contract(const std::string& release, const std::vector<std::string>& only);
  /// Takes the applications back, then undoes the expand.  kRefused beforehand after the point of
  /// no return, or when another release's version needs the state.
  Result<DeployResult> Rollback(const std::string& release);

 private:
  Result<DeployResult> DeployOnce();
  Result<void> Claim();
  Result<void> RequireForward();
  Result<void> Record();
  Result<void> RefuseChanged(const ReleaseHistory& recorded, bool executed);
  Result<void> Expand();
  Result<void> RunPhases(const PlannedMigration& planned, std::initializer_list<Phase> phases);
  Result<void> RollOut();
  Result<void> WaitForOthersCommands(const std::vector<std::string>& unfinished,
                                     const std::string& app, Duration timeout);
  Result<void> RollOutApp(const Rollout& rollout, bool back);
  Result<void> Contracts(DeployResult& result, const std::vector<std::string>& only);
  /// Once: a sighting that the gatekeeper has recorded is not recorded again.
  Result<void> RecordClosed(const PlannedMigration& planned, const GateResult& gate);
  Result<void> ContractMigration(const PlannedMigration& planned, std::optional<GateResult>& waits);
  Result<void> Rehearse(const PlannedMigration& planned);
  Result<void> ContractSteps(const PlannedMigration& planned, std::optional<GateResult>& waits);
  Result<DeployResult> RollbackOnce();
  Result<void> RequireRollback();
  Result<void> UndoSteps(const PlannedMigration& planned, std::initializer_list<Phase> phases);
  Result<void> SetState(ReleaseState state);
  Result<void> SetSchemaState(DatabaseLink& link, const std::string& migration, SchemaState state);
  /// `meanwhile`: done each time before it is asked again.
  Result<void> PassGate(GatePoint point, const std::function<Result<GateResult>()>& ask,
                        const std::function<Result<void>()>& meanwhile = nullptr);
  Result<void> PassCutOver(DatabaseLink& link, const Step& step);
  Result<void> Pause(Duration duration);
  SchemaState StateOf(const PlannedMigration& planned);
  bool Settled(const PlannedMigration& planned);
  /// How much the ledgers say is done: grows with every turn that gets on.
  size_t Milestones() const;
  Result<DeployResult> WithReconnects(const std::function<Result<DeployResult>()>& once);

  World& world_;
  BulkWork& bulk_;
  DeployOptions options_;
  StepRunner steps_;
  Gatekeeper gates_;
  PlannedRelease release_;
  bool claimed_ = false;
  std::uint64_t read_before_claim_ = 0;  ///< release chain: entries up to it are other runs'
  Duration deadline_{0};
};

}  // namespace interlock
