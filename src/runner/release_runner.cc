#include "runner/release_runner.h"

#include <algorithm>

#include "base/text.h"
#include "interlocking/message.h"
#include "model/json.h"
#include "model/json_field.h"
#include "model/release_json.h"
#include "rollout/rollout.h"

namespace interlock {
namespace {

using nlohmann::json;

constexpr Duration kFirstPause = std::chrono::milliseconds(200);
constexpr Duration kLongestPause = std::chrono::seconds(5);
/// A turn that held for so long got on, whatever it was at.
constexpr Duration kSteadyTurn = std::chrono::seconds(20);

bool ConnectionLost(const Error& error) {
  return error.kind == ErrorKind::kUnreachable || error.kind == ErrorKind::kInDoubt;
}

/// Whether a run that was cut before it recorded the release has recorded this.
bool RecordedSo(const DatabaseHistory& history, const PlannedMigration& planned,
                const std::string& release) {
  const auto found = history.migrations.find(planned.migration.id);
  return found != history.migrations.end() && found->second.release == release &&
         found->second.migration.hash == planned.migration.hash &&
         found->second.generation == planned.generation &&
         ToJson(found->second.steps) == ToJson(planned.steps);
}

/// Whether a step before this one makes the table, or a column, that its sync reads.
bool IsMadeFirst(const std::vector<Step>& steps, const Step& step) {
  const auto* install = std::get_if<action::InstallSync>(&step.action);
  if (install == nullptr) return false;
  const SyncSpec& spec = install->spec;
  const auto makes = [&](const Step& before) {
    if (const auto* create = std::get_if<action::CreateTable>(&before.action))
      return create->definition.table == spec.table;
    const auto* add = std::get_if<action::AddColumns>(&before.action);
    return add != nullptr && add->table == spec.table &&
           std::any_of(add->columns.begin(), add->columns.end(), [&](const ColumnSpec& column) {
             return Contains(spec.old_columns, column.name);
           });
  };
  const auto end = std::find_if(steps.begin(), steps.end(),
                                [&](const Step& other) { return other.id == step.id; });
  return std::any_of(steps.begin(), end, makes);
}

/// Before the step is intended: what the server does not take must not come to light later.
Result<void> Prove(DatabaseLink& link, const Step& step) {
  const auto* install = std::get_if<action::InstallSync>(&step.action);
  if (install == nullptr || link.history().steps.contains(step.id)) return {};
  return link.session().ProveExpressions(install->spec);
}

}  // namespace

ReleaseRunner::ReleaseRunner(World& world, BulkWork& bulk, DeployOptions options,
                             const MoveTable& table, LockPolicy policy)
    : world_(world),
      bulk_(bulk),
      options_(std::move(options)),
      steps_(world.control(), bulk, table, policy),
      gates_(world, options_.gates) {}

Result<DeployResult> ReleaseRunner::Deploy(PlannedRelease release) {
  release_ = std::move(release);
  deadline_ = world_.control().clock.Elapsed() + options_.wait;
  return WithReconnects([this] { return DeployOnce(); });
}

Result<DeployResult> ReleaseRunner::WithReconnects(
    const std::function<Result<DeployResult>()>& once) {
  auto& clock = world_.control().clock;
  // A server that takes a new connection and then refuses the next one, or loses each, must not be
  // asked for ever: turns that get nothing done share one budget.
  Duration stuck_since = clock.Elapsed();
  Duration pause = kFirstPause;
  while (true) {
    const Duration began = clock.Elapsed();
    const size_t done_before = Milestones();
    auto result = once();
    if (result || !ConnectionLost(result.error())) {
      world_.ReleaseClaims();
      return result;
    }
    world_.control().reporter.Report({"waiting", release_.plan.id, "",
                                      "connection lost: " + result.error().message,
                                      json::object()});
    if (Milestones() != done_before || clock.Elapsed() - began >= kSteadyTurn) {
      stuck_since = clock.Elapsed();
      pause = kFirstPause;
    } else if (clock.Elapsed() - stuck_since >= options_.reconnect_budget) {
      world_.ReleaseClaims();
      return result;
    } else {
      IL_RETURN_IF_ERROR(CheckStop(world_.control(), "after the connection was lost"));
      clock.Sleep(pause);
      pause = std::min<Duration>(pause * 2, kLongestPause);
    }
    IL_RETURN_IF_ERROR(world_.Reconnect(options_.reconnect_budget));
  }
}

size_t ReleaseRunner::Milestones() const {
  const auto counts = [](const Entry& entry) {
    return entry.kind == EntryKind::kStepIntent || entry.kind == EntryKind::kStepOutcome ||
           entry.kind == EntryKind::kMigrationState || entry.kind == EntryKind::kReleaseState ||
           entry.kind == EntryKind::kRolloutMoved;
  };
  const auto& moves = world_.book().entries();
  auto sum = static_cast<size_t>(std::count_if(moves.begin(), moves.end(), counts));
  for (const auto& [name, link] : world_.links())
    sum +=
        static_cast<size_t>(std::count_if(link->entries().begin(), link->entries().end(), counts));
  return sum;
}

Result<DeployResult> ReleaseRunner::DeployOnce() {
  IL_RETURN_IF_ERROR(Claim());
  IL_RETURN_IF_ERROR(world_.Refresh());
  IL_RETURN_IF_ERROR(RequireForward());
  IL_RETURN_IF_ERROR(Record());
  IL_RETURN_IF_ERROR(Expand());
  DeployResult result;
  if (options_.until == Until::kExpanded) {
    result.state = world_.book().Find(release_.plan.id)->state;
    return result;
  }
  IL_RETURN_IF_ERROR(RollOut());
  IL_RETURN_IF_ERROR(Contracts(result, {}));
  return result;
}

Result<void> ReleaseRunner::RequireForward() {
  const auto* recorded = world_.book().Find(release_.plan.id);
  if (recorded == nullptr || !recorded->rolling_back) return {};
  return Fail(ErrorKind::kRefused, "IL-R67",
              "Release " + release_.plan.id + " is on its way back, and not all of it is undone",
              "finish that first: interlock rollback " + release_.plan.id +
                  "; then it can be deployed anew");
}

Result<void> ReleaseRunner::Claim() {
  if (claimed_) return {};
  const std::string home = world_.links().begin()->first;
  auto objects = ClaimObjects(release_, home);
  read_before_claim_ = world_.book().history().head.seq;
  for (auto& [database, list] : objects)
    IL_RETURN_IF_ERROR(world_.link(database).Claim(release_.plan.id, list));
  claimed_ = true;
  return {};
}

Result<void> ReleaseRunner::SetState(ReleaseState state) {
  const auto* recorded = world_.book().Find(release_.plan.id);
  if (recorded != nullptr && recorded->state == state && recorded->planned_at != 0) return {};
  const std::string text(ToString(state));
  world_.control().reporter.Report({"state", release_.plan.id, "", text, {{"state", text}}});
  return world_.AppendRelease(
      {EntryKind::kReleaseState, release_.plan.id, "", 0, CanonicalJson({{"state", text}})});
}

SchemaState ReleaseRunner::StateOf(const PlannedMigration& planned) {
  const auto& migrations = world_.link(planned.migration.database).history().migrations;
  const auto found = migrations.find(planned.migration.id);
  return found == migrations.end() ? SchemaState::kAbsent : found->second.state;
}

Result<void> ReleaseRunner::SetSchemaState(DatabaseLink& link, const std::string& migration,
                                           SchemaState state) {
  return link.Append(
      {EntryKind::kMigrationState, release_.plan.id, "", 0,
       CanonicalJson({{"migration", migration}, {"state", std::string(ToString(state))}})});
}

Result<void> ReleaseRunner::RefuseChanged(const ReleaseHistory& recorded, bool executed) {
  if (executed)
    return Fail(ErrorKind::kStale, "IL-R56",
                "Release " + release_.plan.id + " has begun, and its plan is not the recorded one",
                "restore the plan's file; or carry on from the ledger alone: interlock resume " +
                    release_.plan.id);
  auto fresh = [&](const std::vector<Agreement>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Agreement& item) { return item.digest == release_.digest; });
  };
  if ((!recorded.approvals.empty() && !fresh(recorded.approvals)) ||
      (!recorded.attestations.empty() && !fresh(recorded.attestations)))
    return Fail(
        ErrorKind::kStale, "IL-R56",
        "What release " + release_.plan.id + " would do has changed since it was approved",
        "look at it (interlock plan) and approve it anew: interlock approve " + release_.plan.id);
  return {};
}

Result<void> ReleaseRunner::Record() {
  const auto* recorded = world_.book().Find(release_.plan.id);
  const bool known = recorded != nullptr && recorded->stands();
  const bool changed = recorded != nullptr && recorded->digest != release_.digest;
  // The release may be recorded, and its migrations not: the run was cut in between.
  bool complete = known;
  for (const auto& planned : release_.migrations) {
    const auto& migrations = world_.link(planned.migration.database).history().migrations;
    complete &= migrations.contains(planned.migration.id);
  }
  if (known && !changed && complete) {
    release_.plan = recorded->plan;
    return {};
  }
  if (recorded != nullptr && (changed || !known))
    IL_RETURN_IF_ERROR(RefuseChanged(*recorded, HasBegun(world_, release_.plan.id)));
  const Digest digest = release_.digest;
  IL_RETURN_IF_ERROR(ResolveFrom(world_, release_.plan));
  json hashes = json::object();
  for (const auto& planned : release_.migrations) {
    hashes[planned.migration.id] = planned.migration.hash;
    auto& link = world_.link(planned.migration.database);
    if (planned.recorded ||
        (recorded == nullptr && RecordedSo(link.history(), planned, release_.plan.id)))
      continue;
    IL_RETURN_IF_ERROR(link.Append({EntryKind::kMigrationPlanned, release_.plan.id, "", 0,
                                    CanonicalJson({{"migration", ToJson(planned.migration)},
                                                   {"steps", ToJson(planned.steps)},
                                                   {"generation", planned.generation}})}));
  }
  return world_.AppendRelease(
      {EntryKind::kReleasePlanned, release_.plan.id, "", 0,
       CanonicalJson({{"plan", ToJson(release_.plan)}, {"digest", digest}, {"hashes", hashes}})});
}

Result<void> ReleaseRunner::PassGate(GatePoint point,
                                     const std::function<Result<GateResult>()>& ask,
                                     const std::function<Result<void>()>& meanwhile) {
  bool told = false;
  while (true) {
    IL_ASSIGN(const auto gate, ask());
    if (gate.open) return gates_.RecordGate(release_, point, gate);
    const bool may_wait =
        gate.kind == ErrorKind::kNotYet || gate.kind == ErrorKind::kWaitsForPerson;
    if (!may_wait || world_.control().clock.Elapsed() >= deadline_) {
      IL_RETURN_IF_ERROR(gates_.RecordGate(release_, point, gate));
      return Require(gate);
    }
    if (!told)
      world_.control().reporter.Report(
          {"waiting", release_.plan.id, "", gate.headline, {{"code", gate.code}}});
    told = true;
    if (meanwhile) IL_RETURN_IF_ERROR(meanwhile());
    IL_RETURN_IF_ERROR(Pause(options_.gate_poll));
    IL_RETURN_IF_ERROR(world_.Refresh());
  }
}

Result<void> ReleaseRunner::Pause(Duration duration) {
  auto& clock = world_.control().clock;
  const Duration until = clock.Elapsed() + duration;
  while (true) {
    IL_RETURN_IF_ERROR(CheckStop(world_.control(), "while waiting for a gate"));
    IL_RETURN_IF_ERROR(world_.Beat());
    const Duration left = until - clock.Elapsed();
    if (left <= Duration(0)) return {};
    clock.Sleep(std::min<Duration>(left, std::chrono::milliseconds(200)));
  }
}

Result<void> ReleaseRunner::Expand() {
  for (const auto& planned : release_.migrations) {
    auto& link = world_.link(planned.migration.database);
    const SchemaState state = StateOf(planned);
    if (state == SchemaState::kContracting || state == SchemaState::kContracted) continue;
    if (state != SchemaState::kExpanded) {
      IL_RETURN_IF_ERROR(PassGate(GatePoint::kExpand, [&]() -> Result<GateResult> {
        IL_ASSIGN(auto persons, gates_.Persons(release_, GatePoint::kExpand));
        IL_ASSIGN(auto live, gates_.Live(release_, planned, SchemaState::kExpanded,
                                         CensusDemand::kBestEffort));
        const std::vector<GateResult> both{persons, live};
        return CombineGates(both);
      }));
      IL_RETURN_IF_ERROR(SetState(ReleaseState::kExpanding));
      for (const auto& step : planned.steps)
        if (!IsMadeFirst(planned.steps, step)) IL_RETURN_IF_ERROR(Prove(link, step));
      if (state == SchemaState::kAbsent)
        IL_RETURN_IF_ERROR(SetSchemaState(link, planned.migration.id, SchemaState::kExpanding));
    }
    IL_RETURN_IF_ERROR(RunPhases(planned, {Phase::kExpand, Phase::kBackfill, Phase::kVerify}));
    if (state != SchemaState::kExpanded)
      IL_RETURN_IF_ERROR(SetSchemaState(link, planned.migration.id, SchemaState::kExpanded));
  }
  return {};
}

Result<void> ReleaseRunner::RunPhases(const PlannedMigration& planned,
                                      std::initializer_list<Phase> phases) {
  auto& link = world_.link(planned.migration.database);
  for (const Phase phase : phases)
    for (const auto& step : planned.steps) {
      if (step.phase != phase) continue;
      if (IsMadeFirst(planned.steps, step)) IL_RETURN_IF_ERROR(Prove(link, step));
      IL_RETURN_IF_ERROR(PassCutOver(link, step));
      IL_RETURN_IF_ERROR(steps_.Run(link, step, release_.plan.id));
    }
  return {};
}

/// While persons are waited for, the finished copy is kept up to date.
Result<void> ReleaseRunner::PassCutOver(DatabaseLink& link, const Step& step) {
  const auto found = link.history().steps.find(step.id);
  const bool begun = found != link.history().steps.end() && found->second.intended;
  if (!std::holds_alternative<action::CutOver>(step.action) || begun) return {};
  IL_ASSIGN(const auto seen, steps_.Observe(link, step));
  if (seen.state != Observed::kAbsent) return {};
  return PassGate(
      GatePoint::kCutOver, [&] { return gates_.Persons(release_, GatePoint::kCutOver); },
      [&] {
        return bulk_.CatchUp(link, step, {release_.plan.id, step.id, 0});
      });
}

Result<void> ReleaseRunner::RollOut() {
  const auto* recorded = world_.book().Find(release_.plan.id);
  if (static_cast<int>(recorded->state) >= static_cast<int>(ReleaseState::kReleased)) return {};
  IL_RETURN_IF_ERROR(PassGate(GatePoint::kRollout, [&]() -> Result<GateResult> {
    IL_ASSIGN(auto persons, gates_.Persons(release_, GatePoint::kRollout));
    if (!options_.gates) return persons;
    IL_ASSIGN(auto schema, gates_.Schema(release_));
    const std::vector<GateResult> both{persons, schema};
    return CombineGates(both);
  }));
  IL_RETURN_IF_ERROR(SetState(ReleaseState::kRollingOut));
  for (const auto& rollout : release_.plan.rollouts) IL_RETURN_IF_ERROR(RollOutApp(rollout, false));
  return SetState(ReleaseState::kReleased);
}

/// Driver commands cannot be fenced: what a runner before this one began may still be at work until
/// its time is over.
Result<void> ReleaseRunner::WaitForOthersCommands(const std::vector<std::string>& unfinished,
                                                  const std::string& app, Duration timeout) {
  Timestamp last = 0;
  for (const auto& entry : world_.book().entries()) {
    if (entry.kind != EntryKind::kRolloutMoved || entry.release != release_.plan.id ||
        entry.seq > read_before_claim_)
      continue;
    const auto body = ParseJson(entry.body);
    if (body && TextField(*body, "app") == app && TextField(*body, "kind") == "intent" &&
        std::find(unfinished.begin(), unfinished.end(), TextField(*body, "instance")) !=
            unfinished.end())
      last = entry.at;
  }
  // However the clocks of the two runners stand: from now on, no longer than the timeout itself.
  const Duration left =
      std::min(Duration(last + timeout.count() - world_.control().clock.Now()), timeout);
  if (last == 0 || left <= Duration(0)) return {};
  world_.control().reporter.Report({"waiting", release_.plan.id, "",
                                    "a runner before this one was cut while it moved " +
                                        Join(unfinished, ", ") + ": its commands get " +
                                        HumanDuration(left) + " to end",
                                    json::object()});
  return Pause(left);
}

Result<void> ReleaseRunner::RollOutApp(const Rollout& rollout, bool back) {
  const auto app = world_.project().apps.find(rollout.app);
  auto driver = app == world_.project().apps.end() ? nullptr : world_.DriverOf(app->second);
  if (driver == nullptr)
    return Fail(
        ErrorKind::kConfig, "IL-R59",
        "Plan " + release_.plan.id + " rolls out " + rollout.app + ", which has no deploy driver",
        "add [apps." + rollout.app + ".deploy] to interlock.toml");
  RolloutRequest request;
  request.app = rollout.app;
  request.from = back ? rollout.to : rollout.from;
  request.to = back ? rollout.from : rollout.to;
  request.batches = rollout.batches;
  if (request.batches.empty()) request.batches.push_back({100, true});
  request.bake = back ? Duration(0) : rollout.bake;
  std::vector<RolloutEntry> entries;
  for (const auto& entry : world_.book().entries()) {
    if (entry.kind != EntryKind::kRolloutMoved || entry.release != release_.plan.id) continue;
    const auto body = ParseJson(entry.body);
    if (!body || TextField(*body, "app") != rollout.app) continue;
    RolloutEntry moved;
    moved.kind = TextField(*body, "kind") == "outcome" ? RolloutEntry::Kind::kOutcome
                                                       : RolloutEntry::Kind::kIntent;
    moved.app = rollout.app;
    moved.instance = TextField(*body, "instance");
    moved.succeeded = FlagField(*body, "succeeded");
    entries.push_back(std::move(moved));
  }
  request.unfinished = UnfinishedInstances(entries);
  IL_RETURN_IF_ERROR(WaitForOthersCommands(request.unfinished, rollout.app, driver->timeout()));
  std::optional<Error> lost;
  RolloutHooks hooks;
  hooks.may_start = [&](const std::string& version) {
    auto gate = gates_.Start(&release_, app->second, version, std::nullopt);
    if (gate) return *gate;
    return ClosedGate(gate.error().kind, gate.error().code, gate.error().message,
                      gate.error().details, gate.error().hint);
  };
  hooks.record = [&](const RolloutEntry& entry) {
    return world_.AppendRelease(
        {EntryKind::kRolloutMoved, release_.plan.id, "", 0,
         CanonicalJson({{"kind", entry.kind == RolloutEntry::Kind::kIntent ? "intent" : "outcome"},
                        {"app", entry.app},
                        {"instance", entry.instance},
                        {"from", entry.from},
                        {"to", entry.to},
                        {"put_back", entry.put_back},
                        {"succeeded", entry.succeeded},
                        {"detail", entry.detail}})});
  };
  hooks.tick = [&] {
    const auto beat = world_.Beat();
    if (!beat) lost = beat.error();
    return beat.has_value();
  };
  hooks.stop_requested = world_.control().stop_requested;
  hooks.progress = [&](const RolloutProgress& progress) {
    world_.control().reporter.Report(
        {"rollout",
         release_.plan.id,
         "",
         std::string(ToString(progress.what)) + " " + progress.instance + " " + progress.version,
         {{"app", progress.app},
          {"instance", progress.instance},
          {"version", progress.version},
          {"what", std::string(ToString(progress.what))},
          {"batch", progress.batch},
          {"batches", progress.batches},
          {"done", progress.done},
          {"total", progress.total}}});
  };
  RolloutRunner runner(std::move(request), *driver, world_.control().clock, std::move(hooks));
  auto outcome = runner.Run();
  if (!outcome) return Fail(lost ? *lost : outcome.error());
  return {};
}

}  // namespace interlock
