#include "runner/doors.h"

#include <algorithm>

#include "base/text.h"
#include "model/json.h"
#include "runner/bulk_runner.h"
#include "runner/gatekeeper.h"
#include "runner/step_runner.h"

namespace interlock {
namespace {

using nlohmann::json;

constexpr int kLastGate = 20;

Result<void> RequireReason(const std::string& reason, const std::string& what) {
  if (!reason.empty()) return {};
  return Fail(ErrorKind::kUsage, "IL-R80", what + " needs a reason: it becomes part of the history",
              "add --reason \"…\"");
}

struct FoundStep {
  DatabaseLink* link;
  Step step;
  std::string release;
};

Result<FoundStep> FindStep(World& world, const std::string& id) {
  std::vector<std::string> names;
  for (auto& [name, link] : world.links()) {
    if (const Step* step = link->history().FindStep(id)) {
      std::string release;
      const auto found = link->history().migrations.find(step->migration);
      if (found != link->history().migrations.end()) release = found->second.release;
      return FoundStep{link.get(), *step, release};
    }
    for (const auto& [known, step] : link->history().known_steps) names.push_back(known);
  }
  const auto near = NearestName(id, names);
  return Fail(ErrorKind::kUsage, "IL-R81", "There is no step " + id,
              near.empty() ? "interlock status names the step a release stopped at"
                           : "did you mean " + near + "?");
}

Result<DatabaseLink*> FindLink(World& world, const std::string& database) {
  if (database.empty() && world.links().size() == 1) return world.links().begin()->second.get();
  const auto found = world.links().find(database);
  if (found != world.links().end()) return found->second.get();
  std::vector<std::string> names;
  for (auto& [name, link] : world.links()) names.push_back(name);
  return Fail(ErrorKind::kUsage, "IL-R82",
              database.empty() ? "Which database?" : "There is no database " + database,
              "one of: " + Join(names, ", "));
}

Result<const ReleaseHistory*> FindRelease(World& world, const std::string& id) {
  IL_RETURN_IF_ERROR(world.Refresh());
  const auto* release = world.book().Find(id);
  if (release != nullptr) return release;
  const auto near = NearestName(id, world.book().history().order);
  return Fail(ErrorKind::kUsage, "IL-R55", "There is no release " + id,
              near.empty() ? "interlock status lists all releases" : "did you mean " + near + "?");
}

bool IsGateCode(const std::string& code) {
  constexpr std::string_view kPrefix = "IL-G";
  if (code.size() != kPrefix.size() + 2 || !code.starts_with(kPrefix)) return false;
  const int number = (code[4] - '0') * 10 + (code[5] - '0');
  return code[4] >= '0' && code[4] <= '9' && code[5] >= '0' && code[5] <= '9' && number >= 1 &&
         number <= kLastGate;
}

/// A release that is finished needs nobody's word; one that was rolled back may be deployed anew.
Result<void> RequireOpen(World& world, const std::string& release, const std::string& what) {
  const auto* recorded = world.book().Find(release);
  if (recorded == nullptr || recorded->state != ReleaseState::kFinished) return {};
  return Fail(ErrorKind::kRefused, "IL-R88",
              "Release " + release + " is " + std::string(ToString(recorded->state)),
              "there is nothing to " + what);
}

/// "one of: web, api", or how to make the first.
std::string KnownApps(const World& world) {
  std::vector<std::string> names;
  for (const auto& [name, app] : world.project().apps) names.push_back(name);
  return names.empty() ? "interlock.toml names none yet: add a table [apps.NAME]"
                       : "one of: " + Join(names, ", ");
}

/// Holds the tables of the step, and the release, while a door is used: no runner works meanwhile.
Result<void> ClaimFor(FoundStep& found) {
  std::vector<std::string> objects{"release " + found.release};
  if (const auto table = ActionTable(found.step.action))
    objects.push_back("table " + ToString(*table));
  return found.link->Claim(found.release, objects);
}

}  // namespace

Result<void> AdoptStep(World& world, const std::string& id, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "adopt"));
  IL_ASSIGN(auto found, FindStep(world, id));
  const auto recorded = StepRunner::RecordedOf(found.link->history(), found.step);
  if (recorded == Recorded::kSucceeded || recorded == Recorded::kSuperseded)
    return Fail(ErrorKind::kRefused, "IL-R83",
                "Step " + id + " cannot be adopted: the ledger has it as " +
                    std::string(ToString(recorded)),
                "interlock status says what the release waits for");
  IL_RETURN_IF_ERROR(ClaimFor(found));
  BulkRunner bulk(world.control());
  StepRunner steps(world.control(), bulk);
  IL_ASSIGN(const auto seen, steps.Observe(*found.link, found.step));
  if (seen.state != Observed::kPresent)
    return Fail(ErrorKind::kRefused, "IL-R83",
                "Step " + id + " cannot be adopted: the server shows it " +
                    std::string(ToString(seen.state)),
                "only what is there and right can be adopted; otherwise interlock retry " + id,
                {seen.detail});
  IL_ASSIGN(const auto catalog, found.link->session().ReadCatalog());
  const std::string text = CanonicalText(catalog);
  IL_RETURN_IF_ERROR(found.link->Append({EntryKind::kStepAdopted, found.release, id, 0,
                                         CanonicalJson({{"migration", found.step.migration},
                                                        {"reason", reason},
                                                        {"detail", seen.detail},
                                                        {"fingerprint", Sha256(text)}})},
                                        text));
  world.ReleaseClaims();
  return {};
}

Result<void> RetryStep(World& world, const std::string& id, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "retry"));
  IL_ASSIGN(auto found, FindStep(world, id));
  const auto recorded = StepRunner::RecordedOf(found.link->history(), found.step);
  if (recorded != Recorded::kFailed)
    return Fail(
        ErrorKind::kRefused, "IL-R84",
        "Step " + id + " has not failed: the ledger says " + std::string(ToString(recorded)),
        "interlock status says what the release waits for");
  IL_RETURN_IF_ERROR(ClaimFor(found));
  IL_RETURN_IF_ERROR(found.link->Append(
      {EntryKind::kStepRetried, found.release, id, 0,
       CanonicalJson({{"migration", found.step.migration}, {"reason", reason}})}));
  world.ReleaseClaims();
  return {};
}

Result<std::vector<Difference>> AcceptDrift(World& world, const std::string& database,
                                            const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "drift accept"));
  IL_ASSIGN(auto* link, FindLink(world, database));
  IL_ASSIGN(const auto claim, link->ClaimSchema("", std::chrono::seconds(10)));
  IL_RETURN_IF_ERROR(link->Refresh());
  IL_ASSIGN(const auto catalog, link->session().ReadCatalog());
  IL_ASSIGN(auto differences, link->UnexplainedDrift(catalog));
  json lines = json::array();
  for (const auto& difference : differences) lines.push_back(ToString(difference));
  if (!differences.empty()) {
    const std::string text = CanonicalText(catalog);
    IL_RETURN_IF_ERROR(link->Append(
        {EntryKind::kDriftAccepted, "", "", 0,
         CanonicalJson(
             {{"fingerprint", Sha256(text)}, {"reason", reason}, {"differences", lines}})},
        text));
  }
  link->ReleaseSchema(claim);
  return differences;
}

Result<void> ForgetInstance(World& world, const std::string& instance, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "census forget"));
  json listed = json::array();
  for (const auto& [name, app] : world.project().apps) {
    const auto driver = world.DriverOf(app);
    if (driver == nullptr) continue;
    // A driver that cannot be asked leaves the instance counted, once it can.
    const auto instances = driver->List();
    if (!instances) continue;
    for (const auto& item : *instances)
      if (item.name == instance) listed.push_back({{"app", name}, {"version", item.version}});
  }
  return world.AppendRelease(
      {EntryKind::kInstanceForgotten, "", "", 0,
       CanonicalJson({{"instance", instance}, {"reason", reason}, {"listed", listed}})});
}

Result<void> BreakClaim(World& world, const std::string& database, const std::string& object,
                        const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "claims break"));
  IL_ASSIGN(auto* link, FindLink(world, database));
  IL_ASSIGN(const auto holders, link->session().Claims());
  std::vector<std::string> names;
  const ClaimHolder* holder = nullptr;
  for (const auto& item : holders) {
    names.push_back(item.object);
    if (item.object == object) holder = &item;
  }
  if (holder == nullptr) {
    const auto near = NearestName(object, names);
    return Fail(ErrorKind::kUsage, "IL-R85", "There is no claim on " + object,
                !near.empty()   ? "did you mean  \"" + near + "\" ?"
                : names.empty() ? "nothing was ever claimed here"
                                : "one of: " + Join(names, ", "));
  }
  if (!holder->alive)
    return Fail(ErrorKind::kRefused, "IL-R85", "Nobody holds " + object + " now",
                "there is nothing to break; interlock claims lists what is held");
  IL_RETURN_IF_ERROR(link->session().BreakClaim(object));
  return link->Append({EntryKind::kClaimBroken, holder->release, "", 0,
                       CanonicalJson({{"object", object},
                                      {"token", holder->token},
                                      {"holder", holder->actor},
                                      {"host", holder->host},
                                      {"reason", reason}})});
}

Result<void> Reconcile(World& world, const std::string& database, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "ledger reconcile"));
  IL_ASSIGN(auto* link, FindLink(world, database));
  // A database made anew has no chain yet, whatever the release chain saw of the one before.
  if (!link->history().begun)
    IL_RETURN_IF_ERROR(link->Begin(world.project().name, world.project().environment));
  IL_ASSIGN(const auto claim, link->ClaimSchema("", std::chrono::seconds(10)));
  IL_RETURN_IF_ERROR(link->Refresh());
  IL_ASSIGN(const auto catalog, link->session().ReadCatalog());
  IL_ASSIGN(const auto server, link->session().Identity());
  const std::string text = CanonicalText(catalog);
  IL_RETURN_IF_ERROR(link->Append({EntryKind::kReconciled, "", "", 0,
                                   CanonicalJson({{"reason", reason},
                                                  {"project", world.project().name},
                                                  {"environment", world.project().environment},
                                                  {"server", ToJson(server)},
                                                  {"fingerprint", Sha256(text)}})},
                                  text));
  // From now on the release chain vouches for this chain as it is.
  IL_RETURN_IF_ERROR(world.book().Refresh());
  if (world.book().history().head.seq != 0)
    IL_RETURN_IF_ERROR(
        world.AppendRelease({EntryKind::kReconciled, "", "", 0,
                             CanonicalJson({{"reason", reason}, {"database", database}})}));
  const auto order = world.book().history().order;
  for (const auto& id : order) {
    const auto* release = world.book().Find(id);
    if (release->ended() || release->planned_at == 0) continue;
    IL_RETURN_IF_ERROR(world.AppendRelease(
        {EntryKind::kReleaseState, id, "", 0,
         CanonicalJson({{"state", std::string(ToString(ReleaseState::kAbandoned))},
                        {"reason", "reconciled: " + reason}})}));
  }
  link->ReleaseSchema(claim);
  return {};
}

Result<void> OverrideGate(World& world, const std::string& release, const std::string& gate,
                          const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "override"));
  IL_ASSIGN(const auto* found, FindRelease(world, release));
  if (gate == "IL-G05" || gate == "IL-G06")
    return Fail(ErrorKind::kRefused, "IL-R86", gate + " cannot be overridden",
                "verification, drift and the schema's own state never can");
  if (!IsGateCode(gate))
    return Fail(ErrorKind::kRefused, "IL-R86", gate + " is not the code of a gate",
                "a closed gate's code stands at the end of its first line: IL-G01 to IL-G20");
  if (found->ended())
    return Fail(ErrorKind::kRefused, "IL-R88",
                "Release " + found->id + " is " + std::string(ToString(found->state)),
                "none of its gates is asked any more");
  return world.AppendRelease({EntryKind::kOverridden, found->id, "", 0,
                              CanonicalJson({{"gate", gate}, {"reason", reason}})});
}

Result<void> Approve(World& world, const PlannedRelease& release, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireOpen(world, release.plan.id, "approve"));
  return world.AppendRelease({EntryKind::kApproved, release.plan.id, "", 0,
                              CanonicalJson({{"digest", release.digest}, {"reason", reason}})});
}

Result<void> Attest(World& world, const PlannedRelease& release, const std::string& statement,
                    const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireOpen(world, release.plan.id, "attest"));
  std::vector<std::string> wanted;
  for (const auto& gate : release.plan.gates)
    if (!gate.attest.empty()) wanted.push_back(gate.attest);
  if (std::find(wanted.begin(), wanted.end(), statement) == wanted.end())
    return Fail(
        ErrorKind::kUsage, "IL-R87",
        "Plan " + release.plan.id + " asks for no such statement: " + statement,
        wanted.empty() ? "it asks for none" : "it asks for: \"" + Join(wanted, "\", \"") + "\"");
  return world.AppendRelease(
      {EntryKind::kAttested, release.plan.id, "", 0,
       CanonicalJson({{"statement", statement}, {"digest", release.digest}, {"reason", reason}})});
}

Result<void> PauseRelease(World& world, const std::string& release, const std::string& reason) {
  IL_ASSIGN(const auto* found, FindRelease(world, release));
  if (found->ended())
    return Fail(ErrorKind::kRefused, "IL-R88",
                "Release " + release + " is " + std::string(ToString(found->state)),
                "there is nothing to pause");
  return world.AppendRelease(
      {EntryKind::kPaused, release, "", 0, CanonicalJson({{"reason", reason}})});
}

Result<void> ResumeRelease(World& world, const std::string& release, const std::string& reason) {
  IL_ASSIGN(const auto* found, FindRelease(world, release));
  if (!found->paused) return {};
  return world.AppendRelease(
      {EntryKind::kResumed, release, "", 0, CanonicalJson({{"reason", reason}})});
}

Result<void> AbortRelease(World& world, const std::string& release, const std::string& reason) {
  IL_RETURN_IF_ERROR(RequireReason(reason, "abort"));
  IL_ASSIGN(const auto* found, FindRelease(world, release));
  if (found->ended())
    return Fail(ErrorKind::kRefused, "IL-R88",
                "Release " + release + " is " + std::string(ToString(found->state)),
                "there is nothing to abort");
  for (const auto& id : found->plan.migrations)
    for (auto& [name, link] : world.links()) {
      const auto at = link->history().migrations.find(id);
      if (at == link->history().migrations.end() || at->second.release != release) continue;
      if (at->second.state != SchemaState::kAbsent)
        return Fail(ErrorKind::kRefused, "IL-R89",
                    "Release " + release + " cannot be abandoned: migration " + id + " is " +
                        std::string(ToString(at->second.state)),
                    "take it back with interlock rollback " + release +
                        ", or carry it on with interlock resume " + release);
    }
  return world.AppendRelease(
      {EntryKind::kReleaseState, release, "", 0,
       CanonicalJson(
           {{"state", std::string(ToString(ReleaseState::kAbandoned))}, {"reason", reason}})});
}

Result<void> RegisterApp(World& world, const std::string& app, const std::string& version,
                         const Uses& uses) {
  const auto found = world.project().apps.find(app);
  if (found == world.project().apps.end())
    return Fail(ErrorKind::kUsage, "IL-R90", "There is no application " + app, KnownApps(world));
  for (const auto& database : found->second.databases)
    IL_RETURN_IF_ERROR(world.link(database).Append(
        {EntryKind::kAppRegistered, "", "", 0,
         CanonicalJson({{"app", app}, {"version", version}, {"uses", ToJson(uses)}})}));
  return {};
}

Result<GateResult> AskGate(World& world, const std::string& app, const std::string& version,
                           const std::optional<Uses>& uses) {
  const auto found = world.project().apps.find(app);
  if (found == world.project().apps.end())
    return Fail(ErrorKind::kUsage, "IL-R90", "There is no application " + app, KnownApps(world));
  Gatekeeper gates(world, true);
  return gates.Start(nullptr, found->second, version, uses);
}

}  // namespace interlock
