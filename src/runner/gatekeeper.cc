#include "runner/gatekeeper.h"

#include <algorithm>
#include <set>

#include "model/json.h"
#include "model/json_field.h"

namespace interlock {
namespace {

using nlohmann::json;

/// While an old version lives on, its sightings are recorded as often as this: a soak counts hours.
constexpr Duration kSightingEvery = std::chrono::seconds(30);

/// Evidence of the last look at a contract: when an old version was last seen, and the counter.
struct LastLook {
  std::optional<Timestamp> sighting;
  std::optional<std::int64_t> old_writes;
};

LastLook LastLookOf(const std::vector<Entry>& entries, const std::string& migration) {
  LastLook look;
  for (const auto& entry : entries) {
    if (entry.kind != EntryKind::kGate) continue;
    const auto body = ParseJson(entry.body);
    if (!body || TextField(*body, "migration") != migration) continue;
    if (body->contains("last_sighting") && (*body)["last_sighting"].is_number_integer())
      look.sighting = (*body)["last_sighting"].get<Timestamp>();
    if (body->contains("old_writes") && (*body)["old_writes"].is_number_integer())
      look.old_writes = (*body)["old_writes"].get<std::int64_t>();
  }
  return look;
}

/// Tables are cut over by a step of their own, columns within the contract.
bool AskedAt(GatePoint before, GatePoint point) {
  return before == point || (before == GatePoint::kCutOver && point == GatePoint::kContract);
}

std::set<TableName> SyncTables(const PlannedMigration& planned) {
  std::set<TableName> tables;
  for (const auto& step : planned.steps)
    if (const auto* install = std::get_if<action::InstallSync>(&step.action))
      tables.insert(install->spec.table);
  return tables;
}

}  // namespace

GateResult Gatekeeper::Overridden(const PlannedRelease& release, GateResult gate) const {
  if (gate.open || gate.kind == ErrorKind::kDrift || gate.kind == ErrorKind::kVerification)
    return gate;
  const auto* recorded = world_.book().Find(release.plan.id);
  if (recorded == nullptr) return gate;
  const auto found = recorded->overridden.find(gate.code);
  if (found == recorded->overridden.end()) return gate;
  return OpenGate("overridden: " + gate.headline + " (" + found->second + ")");
}

Result<GateResult> Gatekeeper::Persons(const PlannedRelease& release, GatePoint point) {
  if (!on_) return OpenGate("gates are off");
  std::vector<GateResult> gates;
  const auto* recorded = world_.book().Find(release.plan.id);
  const ReleaseHistory none;
  const auto& history = recorded != nullptr ? *recorded : none;
  if (history.paused)
    gates.push_back(
        PauseGate(release.plan.id,
                  interlock::Pause{history.paused_by, history.paused_at, history.pause_reason}));
  int approvals = 0;
  if (point == GatePoint::kContract) {
    approvals = std::max(release.plan.contract.approvals.value_or(0),
                         world_.project().contract_floor.approvals.value_or(0));
  }
  std::vector<Attestation> attested;
  for (const auto& item : history.attestations)
    attested.push_back({item.actor, item.at, item.statement, item.digest});
  for (const auto& spec : release.plan.gates) {
    if (!AskedAt(spec.before, point)) continue;
    approvals = std::max(approvals, spec.approvals);
    if (!spec.attest.empty())
      gates.push_back(AttestGate(release.plan.id, spec.attest, attested, release.digest));
  }
  if (approvals > 0) {
    ApprovalQuestion question;
    question.release = release.plan.id;
    question.required = approvals;
    for (const auto& item : history.approvals)
      question.approvals.push_back({item.actor, item.at, item.digest, item.reason});
    question.digest = release.digest;
    question.releaser = world_.control().actor.name;
    question.releaser_may_approve = !world_.project().is_protected;
    gates.push_back(ApprovalGate(question));
  }
  for (auto& gate : gates) gate = Overridden(release, std::move(gate));
  return CombineGates(gates);
}

Result<GateResult> Gatekeeper::Live(const PlannedRelease& release, const PlannedMigration& planned,
                                    SchemaState state, CensusDemand demand) {
  if (!on_) return OpenGate("gates are off");
  const auto& database = planned.migration.database;
  IL_ASSIGN(const auto censuses, world_.CountAll(database));
  auto states = World::StatesOf(world_.link(database).history());
  states[planned.migration.id] = state;
  // What contradicts the rule already, and this step does not touch, is not this step's to refuse.
  const SchemaStates judged{{planned.migration.id, state}};
  return Overridden(release,
                    UsesGate(censuses, {}, world_.UsesOf(database, &release.plan), judged, demand));
}

Result<GateResult> Gatekeeper::Schema(const PlannedRelease& release) {
  std::vector<GateResult> gates;
  for (auto& [name, link] : world_.links()) {
    SchemaQuestion question;
    for (const auto& planned : release.migrations)
      if (planned.migration.database == name)
        question.expected[planned.migration.id] = SchemaState::kExpanded;
    IL_RETURN_IF_ERROR(link->Refresh());
    question.observed = World::StatesOf(link->history());
    // A release may go on after its contract has begun elsewhere; later states include the shape.
    for (auto& [id, expected] : question.expected) {
      const auto found = question.observed.find(id);
      if (found != question.observed.end() && found->second == SchemaState::kContracted)
        expected = SchemaState::kContracted;
    }
    IL_ASSIGN(const auto catalog, link->session().ReadCatalog());
    IL_ASSIGN(const auto drift, link->UnexplainedDrift(catalog));
    question.fingerprint = Fingerprint(catalog);
    question.expected_fingerprint =
        drift.empty() ? question.fingerprint : link->history().fingerprint;
    IL_ASSIGN(question.replicas, world_.Replicas(name));
    for (const auto& replica : question.replicas)
      question.configured_replicas.push_back(replica.name);
    gates.push_back(SchemaGate(question));
  }
  return CombineGates(gates);
}

Result<GateResult> Gatekeeper::Start(const PlannedRelease* release, const App& app,
                                     const std::string& version, const std::optional<Uses>& given) {
  std::vector<GateResult> gates;
  for (const auto& database : app.databases) {
    auto& link = world_.link(database);
    IL_RETURN_IF_ERROR(link.Refresh());
    IL_ASSIGN(const auto catalog, link.session().ReadCatalog());
    IL_ASSIGN(const auto drift, link.UnexplainedDrift(catalog));
    std::optional<Uses> registered;
    if (const auto found = link.history().apps.find({app.name, version});
        found != link.history().apps.end())
      registered = found->second.uses;
    std::optional<Uses> known = given;
    if (!known && !registered) {
      const auto uses = world_.UsesOf(database, release != nullptr ? &release->plan : nullptr);
      if (const auto found = uses.find(app.name); found != uses.end())
        if (const auto at = found->second.find(version); at != found->second.end())
          known = at->second;
    }
    std::vector<std::string> closed;
    for (const auto& [key, migrations] : link.history().closed)
      if (key.first == app.name) closed.push_back(key.second);
    gates.push_back(MayRun(app.name, version, registered, known,
                           world_.StandingsOf(database, drift.empty()), closed));
    IL_ASSIGN(const auto on_replicas, OnReplicas(database, Fingerprint(catalog)));
    gates.push_back(on_replicas);
  }
  return CombineGates(gates);
}

Result<GateResult> Gatekeeper::OnReplicas(const std::string& database, const Digest& primary) {
  SchemaQuestion question;
  question.fingerprint = primary;
  question.expected_fingerprint = primary;
  IL_ASSIGN(question.replicas, world_.Replicas(database));
  if (question.replicas.empty()) return OpenGate("no replicas");
  for (const auto& replica : question.replicas)
    question.configured_replicas.push_back(replica.name);
  return SchemaGate(question);
}

std::vector<std::string> Gatekeeper::OldVersions(const PlannedRelease& release,
                                                 const PlannedMigration& planned, const App& app) {
  std::vector<std::string> old;
  const auto uses = world_.UsesOf(planned.migration.database, &release.plan);
  const auto found = uses.find(app.name);
  if (found == uses.end()) return old;
  for (const auto& [version, what] : found->second) {
    const auto interval = what.For(planned.migration.id);
    if (!interval.Contains(SchemaState::kContracting) ||
        !interval.Contains(SchemaState::kContracted))
      old.push_back(version);
  }
  return old;
}

Result<std::int64_t> Gatekeeper::OldWrites(const PlannedMigration& planned) {
  std::int64_t sum = 0;
  for (const auto& table : SyncTables(planned)) {
    IL_ASSIGN(const auto count,
              world_.link(planned.migration.database).session().OldShapeWrites(table));
    sum += count;
  }
  return sum;
}

Result<GateResult> Gatekeeper::OldVersionsGate(const PlannedRelease& release,
                                               const PlannedMigration& planned, const App& app,
                                               bool once) {
  const auto& database = planned.migration.database;
  IL_ASSIGN(auto census, world_.CountApp(database, app));
  auto& counts = counts_[database + "\n" + app.name];
  counts.push_back(census);
  if (counts.size() > 200) counts.erase(counts.begin(), counts.begin() + 100);
  CensusQuestion question;
  question.app = app.name;
  question.old_versions = OldVersions(release, planned, app);
  const auto& closed = world_.link(database).history().closed_at;
  if (const auto found = closed.find(planned.migration.id); found != closed.end())
    question.closed_at = found->second;
  question.admission = once ? Duration(0) : app.census.admission;
  question.window = once ? Duration(0) : app.census.window;
  question.now = world_.control().clock.Now();
  const std::vector<Census> only{census};
  const auto old_gone = once ? CensusGate(question, only) : CensusGate(question, counts);
  // A version that nobody knows supports nothing: the rule itself, over the same count.
  const auto rule =
      UsesGate(only, {}, world_.UsesOf(database, &release.plan),
               {{planned.migration.id, SchemaState::kContracting}}, CensusDemand::kComplete);
  if (!rule.open && rule.code == "IL-G02") return old_gone.open ? rule : old_gone;
  const std::vector<GateResult> both{old_gone, rule};
  return CombineGates(both);
}

Result<GateResult> Gatekeeper::Soak(const PlannedRelease& release,
                                    const PlannedMigration& planned) {
  const auto* recorded = world_.book().Find(release.plan.id);
  const LastLook look = LastLookOf(world_.book().entries(), planned.migration.id);
  SoakQuestion question;
  question.now = world_.control().clock.Now();
  question.soak = std::max(release.plan.contract.soak.value_or(Duration(0)),
                           world_.project().contract_floor.soak.value_or(Duration(0)));
  question.since = recorded != nullptr && recorded->released_at != 0
                       ? std::optional<Timestamp>(recorded->released_at)
                       : std::optional<Timestamp>(world_.link(planned.migration.database)
                                                      .history()
                                                      .migrations.at(planned.migration.id)
                                                      .state_at);
  question.last_sighting = look.sighting;
  IL_ASSIGN(question.old_writes, OldWrites(planned));
  question.old_writes_recorded = look.old_writes.value_or(question.old_writes);
  auto gate = SoakGate(question);
  const bool moved = question.old_writes != question.old_writes_recorded;
  if (!look.old_writes || moved) {
    json evidence = {{"migration", planned.migration.id}, {"old_writes", question.old_writes}};
    if (moved) evidence["last_sighting"] = question.now;
    IL_RETURN_IF_ERROR(RecordGate(release, GatePoint::kContract, gate, std::move(evidence)));
  }
  return gate;
}

Result<void> Gatekeeper::LookAtOldWrites(const PlannedRelease& release,
                                         const PlannedMigration& planned) {
  if (!on_) return {};
  IL_RETURN_IF_ERROR(Soak(release, planned));
  return {};
}

Result<void> Gatekeeper::Close(const PlannedRelease& release, const PlannedMigration& planned) {
  auto& link = world_.link(planned.migration.database);
  for (const auto* app : world_.AppsOf(planned.migration.database))
    for (const auto& version : OldVersions(release, planned, *app)) {
      // One that is closed for another migration is not closed for this one.
      const auto& closed = link.history().closed;
      const auto found = closed.find({app->name, version});
      if (found != closed.end() && found->second.contains(planned.migration.id)) continue;
      IL_RETURN_IF_ERROR(link.Append(
          {EntryKind::kVersionClosed, release.plan.id, "", 0,
           CanonicalJson(
               {{"app", app->name}, {"version", version}, {"migration", planned.migration.id}})}));
    }
  return {};
}

Result<void> Gatekeeper::Reopen(const PlannedRelease& release, const PlannedMigration& planned) {
  auto& link = world_.link(planned.migration.database);
  const auto closed = link.history().closed;
  for (const auto& [key, migrations] : closed) {
    if (!migrations.contains(planned.migration.id)) continue;
    IL_RETURN_IF_ERROR(link.Append(
        {EntryKind::kVersionReopened, release.plan.id, "", 0,
         CanonicalJson(
             {{"app", key.first}, {"version", key.second}, {"migration", planned.migration.id}})}));
  }
  return {};
}

Result<GateResult> Gatekeeper::Contract(const PlannedRelease& release,
                                        const PlannedMigration& planned) {
  if (!on_) return OpenGate("gates are off");
  const auto& database = planned.migration.database;
  IL_ASSIGN(const auto persons, Persons(release, GatePoint::kContract));
  std::vector<AppStanding> standings;
  const auto uses = world_.UsesOf(database, &release.plan);
  for (const auto* app : world_.AppsOf(database))
    standings.push_back({app->name, !app->deploy.driver.empty(), uses.contains(app->name)});
  const auto apps = Overridden(release, ApplicationsGate(standings));
  sighted_[planned.migration.id].told = false;
  // Before anything is closed: is an old version plainly alive?
  std::vector<GateResult> gates{persons, apps};
  for (const auto* app : world_.AppsOf(database)) {
    IL_ASSIGN(auto census, world_.CountApp(database, *app));
    const std::vector<Census> only{census};
    const auto old = OldVersions(release, planned, *app);
    const auto seen = LastSighting(only, old);
    // As if closed before this count: who lives is named, not that nothing is closed yet.
    CensusQuestion question{app->name,   old,         census.at,
                            Duration(0), Duration(0), world_.control().clock.Now()};
    gates.push_back(Overridden(release, seen ? CensusGate(question, only) : JudgeCensus(census)));
    if (!seen) continue;
    auto& sighted = sighted_[planned.migration.id];
    sighted.recorded = sighted.recorded && *seen <= sighted.seen;
    sighted.seen = std::max(sighted.seen, *seen);
    if (sighted.noted != 0 && sighted.seen - sighted.noted < kSightingEvery.count()) continue;
    IL_RETURN_IF_ERROR(
        RecordGate(release, GatePoint::kContract, gates.back(), EvidenceOf(planned)));
    sighted.told = true;
  }
  const auto first = CombineGates(gates);
  auto& last = sighted_.at(planned.migration.id);
  if (first.open && last.seen != 0 && !last.recorded)
    IL_RETURN_IF_ERROR(RecordGate(release, GatePoint::kContract,
                                  OpenGate("no old version is seen any more"),
                                  EvidenceOf(planned)));
  // Looked at in any case: the writes of a time when something else was in the way count too.
  const Timestamp now = world_.control().clock.Now();
  if (!first.open && last.looked != 0 && now - last.looked < kSightingEvery.count()) return first;
  last.looked = now;
  IL_ASSIGN(auto soak, Soak(release, planned));
  if (!first.open) return first;
  soak = Overridden(release, std::move(soak));
  if (!soak.open) return soak;
  IL_ASSIGN(const auto dependents, Dependents(planned));
  if (!dependents.open) return dependents;
  IL_RETURN_IF_ERROR(Close(release, planned));
  gates.clear();
  for (const auto* app : world_.AppsOf(database)) {
    IL_ASSIGN(auto gate, OldVersionsGate(release, planned, *app, false));
    gates.push_back(Overridden(release, std::move(gate)));
  }
  return CombineGates(gates);
}

bool Gatekeeper::ToldOfSighting(const PlannedMigration& planned) const {
  const auto found = sighted_.find(planned.migration.id);
  return found != sighted_.end() && found->second.told;
}

json Gatekeeper::EvidenceOf(const PlannedMigration& planned) {
  json evidence{{"migration", planned.migration.id}};
  const auto found = sighted_.find(planned.migration.id);
  if (found == sighted_.end()) return evidence;
  auto& sighted = found->second;
  if (sighted.seen == 0) return evidence;
  if (!sighted.recorded) evidence["last_sighting"] = sighted.seen;
  sighted.noted = sighted.seen;
  sighted.recorded = true;
  return evidence;
}

Result<GateResult> Gatekeeper::Recount(const PlannedRelease& release,
                                       const PlannedMigration& planned) {
  if (!on_) return OpenGate("gates are off");
  std::vector<GateResult> gates;
  for (const auto* app : world_.AppsOf(planned.migration.database)) {
    IL_ASSIGN(auto gate, OldVersionsGate(release, planned, *app, true));
    gates.push_back(Overridden(release, std::move(gate)));
  }
  return CombineGates(gates);
}

Result<GateResult> Gatekeeper::Dependents(const PlannedMigration& planned) {
  IL_ASSIGN(const auto catalog, world_.link(planned.migration.database).session().ReadCatalog());
  std::vector<std::string> holders;
  for (const auto& step : planned.steps) {
    const auto* quarantine = std::get_if<action::Quarantine>(&step.action);
    if (quarantine == nullptr) continue;
    for (const auto& [column, renamed] : quarantine->renamed)
      for (const auto& other : catalog.others) {
        // A serial column's sequence goes along with it.
        if (other.ref.kind == ObjectKind::kSequence) continue;
        for (const auto& ref : other.depends_on)
          if (ref.kind == ObjectKind::kColumn && ref.table == quarantine->spec.table &&
              (ref.member == column || ref.member == renamed))
            holders.push_back(ToString(other.ref) + " uses " + ToString(ref));
      }
  }
  if (holders.empty()) return OpenGate("nothing else names the old columns");
  return ClosedGate(
      ErrorKind::kRefused, "IL-R57",
      "Contract of " + planned.migration.id + " is held: other objects use old columns", holders,
      "change or drop them in a migration of their own, then run again");
}

Result<void> Gatekeeper::RecordGate(const PlannedRelease& release, GatePoint point,
                                    const GateResult& gate, json evidence) {
  evidence["point"] = std::string(ToString(point));
  evidence["open"] = gate.open;
  evidence["code"] = gate.code;
  evidence["headline"] = gate.headline;
  evidence["details"] = gate.details;
  evidence["heads"] = world_.Heads();
  world_.control().reporter.Report({"gate", release.plan.id, "", gate.headline, evidence});
  return world_.AppendRelease({EntryKind::kGate, release.plan.id, "", 0, CanonicalJson(evidence)});
}

Duration Gatekeeper::CensusTime(const PlannedMigration& planned) const {
  Duration longest{0};
  for (const auto* app : world_.AppsOf(planned.migration.database))
    longest = std::max(longest, app->census.admission + app->census.window * 2);
  return longest + std::chrono::seconds(5);
}

}  // namespace interlock
