#include "cli/release_view.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/text_style.h"
#include "model/json.h"
#include "model/json_field.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

const DatabaseHistory* DatabaseOf(const std::string& migration, const std::string& release,
                                  const std::vector<const DatabaseHistory*>& databases) {
  for (const auto* database : databases) {
    const auto found = database->migrations.find(migration);
    if (found != database->migrations.end() && found->second.release == release) return database;
  }
  return nullptr;
}

bool Succeeded(const DatabaseHistory& database, const Step& step) {
  const auto found = database.steps.find(step.id);
  return found != database.steps.end() && found->second.succeeded && !found->second.undone;
}

/// What a person did about a closed gate after it was asked last; "" when this entry is not that.
std::string Answers(const Entry& entry, const RecordedGate& gate) {
  const auto& code = gate.code;
  switch (entry.kind) {
    case EntryKind::kApproved:
      return code == "IL-G15" || code == "IL-G16" ? entry.actor + " approved" : "";
    case EntryKind::kAttested:
      return code == "IL-G17" || code == "IL-G18" ? entry.actor + " attested" : "";
    case EntryKind::kOverridden: {
      const auto body = ParseJson(entry.body);
      return body && TextField(*body, "gate") == code ? entry.actor + " overrode it" : "";
    }
    case EntryKind::kResumed:
      return code == "IL-G19" ? entry.actor + " resumed it" : "";
    default:
      return "";
  }
}

/// The last gate entries of the release, one a migration (or point), if the newest is closed.
std::optional<RecordedGate> ClosedGateOf(const std::string& release,
                                         const std::vector<Entry>& entries) {
  std::map<std::string, RecordedGate> last;
  for (const auto& entry : entries) {
    if (entry.release != release) continue;
    if (entry.kind == EntryKind::kReleaseState) last.clear();
    for (auto& [key, gate] : last)
      if (const auto word = Answers(entry, gate); !word.empty())
        gate.since += (gate.since.empty() ? "" : ", ") + word;
    if (entry.kind != EntryKind::kGate) continue;
    const auto body = ParseJson(entry.body);
    if (!body || !body->is_object()) continue;
    RecordedGate gate;
    gate.point = TextField(*body, "point");
    gate.code = TextField(*body, "code");
    gate.headline = TextField(*body, "headline");
    gate.migration = TextField(*body, "migration");
    const auto open = body->find("open");
    gate.open = open == body->end() || !open->is_boolean() || open->get<bool>();
    gate.at = entry.at;
    if (const auto details = body->find("details"); details != body->end() && details->is_array())
      for (const auto& line : *details)
        if (line.is_string()) gate.details.push_back(line.get<std::string>());
    last[gate.point + "\n" + gate.migration] = std::move(gate);
  }
  std::optional<RecordedGate> closed;
  for (auto& [key, gate] : last)
    if (!gate.open && (!closed || gate.at > closed->at)) closed = std::move(gate);
  return closed;
}

bool Irreversible(const ReleaseHistory& release,
                  const std::vector<const DatabaseHistory*>& databases) {
  for (const auto& id : release.plan.migrations) {
    const auto* database = DatabaseOf(id, release.id, databases);
    if (database == nullptr) continue;
    for (const auto& step : database->migrations.at(id).steps) {
      const auto found = database->steps.find(step.id);
      if (step.irreversible && found != database->steps.end() && found->second.intended)
        return true;
    }
  }
  return false;
}

std::string Versions(const ReleaseHistory& release) {
  for (const auto& rollout : release.plan.rollouts) {
    std::string from = rollout.from;
    if (const auto found = release.from.find(rollout.app);
        from.empty() && found != release.from.end())
      from = found->second;
    if (!from.empty()) return rollout.app + " " + from + " and " + rollout.to;
  }
  return "both versions";
}

std::string SafetyOf(const ReleaseHistory& release, bool point_of_no_return,
                     bool anything_changed) {
  switch (release.state) {
    case ReleaseState::kPlanned:
      return anything_changed ? "Nothing is broken: only additions so far; rollback is possible."
                              : "Nothing has been changed yet.";
    case ReleaseState::kExpanding:
      return "Nothing is broken: only additions so far, the version that runs does not need them; "
             "rollback is possible.";
    case ReleaseState::kRollingOut:
      return "Nothing is broken: " + Versions(release) +
             " work with the schema as it is; rollback is possible.";
    case ReleaseState::kReleased:
      return "Nothing is broken: the release is out, the old shape is still there; rollback is "
             "possible.";
    case ReleaseState::kContracting:
      return point_of_no_return
                 ? "Nothing is broken: the version that runs does not need the old shape.  The "
                   "point of no return is passed: go on."
                 : "Nothing is broken: old columns are only set aside and kept in sync; rollback "
                   "is "
                   "possible.";
    case ReleaseState::kFinished:
      return "It is finished; nothing is pending.";
    case ReleaseState::kRolledBack:
      return "It was rolled back; the schema is as it was before.";
    case ReleaseState::kAbandoned:
      return "It was given up; what it added stays.";
  }
  return {};
}

std::string NextCommand(const ReleaseHistory& release, const ReleaseView& view) {
  const std::string& id = release.id;
  if (view.ended) return {};
  if (!view.running.empty()) return "interlock status " + id + " --watch";
  if (release.rolling_back) return "interlock rollback " + id + " --reason …";
  if (release.paused) return "interlock resume " + id + " --reason …";
  for (const auto& line : view.stopped)
    if (line.starts_with("step ") && !view.next_step.empty())
      return "interlock retry " + view.next_step + " --reason …   then  interlock deploy " + id;
  if (view.closed_gate && view.closed_gate->since.empty()) {
    const auto& code = view.closed_gate->code;
    if (code == "IL-G15" || code == "IL-G16") return "interlock approve " + id + " --reason …";
    if (code == "IL-G17" || code == "IL-G18") {
      const auto statements =
          std::count_if(release.plan.gates.begin(), release.plan.gates.end(),
                        [](const GateSpec& gate) { return !gate.attest.empty(); });
      return "interlock attest " + id + (statements > 1 ? " \"STATEMENT\"" : "") + " --reason …";
    }
  }
  if (release.state == ReleaseState::kReleased || release.state == ReleaseState::kContracting)
    return "interlock contract --due";
  return release.plan.file.empty() && release.plan.migrations.empty() ? "interlock resume " + id
                                                                      : "interlock deploy " + id;
}

/// What stands between the expand and the contract, once all that comes before it is done.
std::string RolloutToCome(const ReleaseHistory& release) {
  std::vector<std::string> apps;
  for (const auto& rollout : release.plan.rollouts) {
    int moved = 0;
    for (const auto& [key, instance] : release.instances)
      moved += key.first == rollout.app && instance.confirmed && instance.version == rollout.to;
    apps.push_back(rollout.app + " to " + rollout.to + " (" + Count(moved, "instance") + " moved)");
  }
  return Join(apps, ", ");
}

/// The newest move of an instance, if it failed.
std::string FailedMove(const std::string& release, const std::vector<Entry>& entries) {
  std::string why;
  for (const auto& entry : entries) {
    if (entry.release != release || entry.kind != EntryKind::kRolloutMoved) continue;
    const auto body = ParseJson(entry.body);
    if (!body || TextField(*body, "kind") != "outcome") continue;
    if (FlagField(*body, "succeeded")) {
      if (!FlagField(*body, "put_back")) why.clear();
      continue;
    }
    why = TextField(*body, "app") + " " + TextField(*body, "instance") + " failed at " +
          TextField(*body, "to") + ": " + TextField(*body, "detail");
  }
  return why;
}

/// Who is at work on which release now, as the live claims show; this process is not meant.  A
/// server that cannot be asked shows nobody.
std::map<std::string, std::string> Runners(World& world) {
  std::map<std::string, std::string> runners;
  const auto& self = world.control().actor;
  for (const auto& [name, link] : world.links()) {
    if (!link->ledger_exists()) continue;
    const auto claims = link->session().Claims();
    if (!claims) continue;
    for (const auto& claim : *claims) {
      const bool ours = claim.runner_pid == self.pid && claim.host == self.host;
      if (!claim.alive || ours || claim.object != "release " + claim.release) continue;
      runners[claim.release] = claim.actor + ", pid " + std::to_string(claim.runner_pid) + " on " +
                               claim.host + ", since " +
                               FormatTimestamp(claim.since).substr(0, 19) + "Z";
    }
  }
  return runners;
}

/// What keeps a runner from going on with rows, as its server shows it now; "" when nothing does or
/// it cannot be asked.
std::string PauseOf(World& world, const ReleaseView& view) {
  if (view.running.empty() || view.next_step.find("/backfill/") == std::string::npos) return "";
  const std::string migration = view.next_step.substr(0, view.next_step.find('/'));
  for (const auto& item : view.migrations) {
    if (item.id != migration || item.database.empty()) continue;
    auto& engine = world.link(item.database).engine();
    auto bulk = engine.ConnectBulk();
    if (!bulk) return "";
    auto reason = (*bulk)->PauseReason(engine.database().backfill.max_replica_lag);
    const Step* step = world.link(item.database).history().FindStep(view.next_step);
    const Alteration* alteration = step == nullptr ? nullptr : AlterationOf(step->action);
    if (reason && !*reason && alteration != nullptr) reason = (*bulk)->Backlog(*alteration);
    return reason ? reason->value_or("") : "";
  }
  return "";
}

}  // namespace

ReleaseView ViewRelease(const ReleaseHistory& release,
                        const std::vector<const DatabaseHistory*>& databases,
                        const std::vector<Entry>& release_entries, const std::string& running) {
  ReleaseView view;
  view.id = release.id;
  view.running = release.ended() ? "" : running;
  view.summary = release.plan.summary;
  view.state = release.state;
  view.since = release.state_at;
  view.ended = release.ended();
  bool changed = false;
  std::vector<std::pair<const DatabaseHistory*, const Step*>> order;
  for (const bool contract : {false, true})
    for (const auto& id : release.plan.migrations)
      if (const auto* database = DatabaseOf(id, release.id, databases))
        for (const Phase phase :
             {Phase::kExpand, Phase::kBackfill, Phase::kVerify, Phase::kContract})
          for (const auto& step : database->migrations.at(id).steps)
            if (step.phase == phase && (phase == Phase::kContract) == contract)
              order.emplace_back(database, &step);
  view.steps = order.size();
  for (const auto& [database, step] : order) {
    if (Succeeded(*database, *step)) {
      ++view.steps_done;
      changed = true;
      continue;
    }
    const auto found = database->steps.find(step->id);
    if (found != database->steps.end() && found->second.failed)
      view.stopped.push_back("step " + step->id + " failed: " + found->second.error);
    if (!view.next_step.empty() || !view.next_summary.empty()) continue;
    if (step->phase == Phase::kContract && release.released_at == 0 &&
        !release.plan.rollouts.empty()) {
      view.next_summary = "roll out " + RolloutToCome(release);
    } else {
      view.next_step = step->id;
      view.next_summary = step->summary;
      if (found != database->steps.end() && found->second.intended && !found->second.failed &&
          running.empty())
        view.stopped.push_back("cut in the middle of " + step->id +
                               ": the next run looks what the server shows and goes on");
    }
  }
  for (const auto& id : release.plan.migrations) {
    const auto* database = DatabaseOf(id, release.id, databases);
    if (database == nullptr) {
      view.migrations.push_back({id, "", "", SchemaState::kAbsent, 0, false});
      continue;
    }
    const auto& history = database->migrations.at(id);
    const bool has_contract =
        std::any_of(history.steps.begin(), history.steps.end(),
                    [](const Step& step) { return step.phase == Phase::kContract; });
    const bool pending = has_contract && (history.state == SchemaState::kExpanded ||
                                          history.state == SchemaState::kContracting);
    view.migrations.push_back(
        {id, database->chain, history.migration.summary, history.state, history.state_at, pending});
  }
  if (!view.ended) {
    if (release.state == ReleaseState::kRollingOut)
      if (const auto why = FailedMove(release.id, release_entries); !why.empty())
        view.stopped.push_back(why);
    if (release.rolling_back && running.empty())
      view.stopped.push_back("a rollback was begun and cut before it was done");
    if (release.paused) view.stopped.push_back("paused: " + release.pause_reason);
    view.closed_gate = ClosedGateOf(release.id, release_entries);
    if (view.closed_gate) {
      view.stopped.push_back("gate before " + view.closed_gate->point + " closed: " +
                             view.closed_gate->headline + "  " + view.closed_gate->code);
      if (!view.closed_gate->since.empty())
        view.stopped.push_back("  since then " + view.closed_gate->since + ": go on");
      for (const auto& line : view.closed_gate->details) view.stopped.push_back("  " + line);
    }
  } else {
    view.next_step.clear();
    view.next_summary.clear();
    view.stopped.clear();
  }
  view.safety = SafetyOf(release, Irreversible(release, databases), changed);
  view.next_command = NextCommand(release, view);
  return view;
}

std::vector<ReleaseView> ViewReleases(World& world) {
  std::vector<const DatabaseHistory*> databases;
  for (const auto& [name, link] : world.links()) databases.push_back(&link->history());
  const auto runners = Runners(world);
  std::vector<ReleaseView> views;
  for (const auto& id : world.book().history().order) {
    const auto runner = runners.find(id);
    views.push_back(ViewRelease(world.book().history().releases.at(id), databases,
                                world.book().entries(),
                                runner == runners.end() ? "" : runner->second));
    views.back().pauses = PauseOf(world, views.back());
  }
  return views;
}

std::optional<ReleaseView> ViewOf(World& world, const std::string& release) {
  for (auto& view : ViewReleases(world))
    if (view.id == release) return std::move(view);
  return std::nullopt;
}

std::string SafetyLine(const ReleaseView& view, ErrorKind error) {
  switch (error) {
    case ErrorKind::kDrift:
    case ErrorKind::kUndecidable:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInDoubt:
      return "By the record: " + view.safety + "  Until this is cleared nothing more is done.";
    default:
      return view.safety;
  }
}

json ToJson(const ReleaseView& view) {
  json migrations = json::array();
  for (const auto& migration : view.migrations)
    migrations.push_back(
        {{"id", migration.id},
         {"database", migration.database},
         {"summary", migration.summary},
         {"state", std::string(ToString(migration.state))},
         {"since", migration.state_at == 0 ? "" : FormatTimestamp(migration.state_at)},
         {"pending_contract", migration.pending_contract}});
  json body{{"id", view.id},
            {"summary", view.summary},
            {"state", std::string(ToString(view.state))},
            {"since", view.since == 0 ? "" : FormatTimestamp(view.since)},
            {"ended", view.ended},
            {"steps_done", view.steps_done},
            {"steps", view.steps},
            {"next_step", view.next_step},
            {"running", view.running},
            {"pauses", view.pauses},
            {"stopped", view.stopped},
            {"migrations", migrations},
            {"safety", view.safety},
            {"next_command", view.next_command}};
  if (view.closed_gate)
    body["gate"] = {{"point", view.closed_gate->point},
                    {"code", view.closed_gate->code},
                    {"headline", view.closed_gate->headline},
                    {"details", view.closed_gate->details},
                    {"at", FormatTimestamp(view.closed_gate->at)}};
  return body;
}

}  // namespace interlock::cli
