#include "ledger/fold.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/unreadable.h"
#include "model/json.h"
#include "model/json_field.h"

namespace interlock {
namespace {

using nlohmann::json;

Result<void> FoldPlanned(DatabaseHistory& history, const Entry& entry, const json& body) {
  if (!body.contains("migration") || !body.contains("steps"))
    return Unreadable("no migration or no steps");
  MigrationHistory planned;
  IL_ASSIGN(planned.migration, MigrationFromJson(body["migration"]));
  IL_ASSIGN(planned.steps, StepsFromJson(body["steps"]));
  planned.release = entry.release;
  planned.planned_seq = entry.seq;
  planned.generation = static_cast<int>(NumberField(body, "generation", 1));
  const std::string id = planned.migration.id;
  if (!history.migrations.contains(id)) history.order.push_back(id);
  for (const auto& step : planned.steps) {
    history.known_steps[step.id] = step;
  }
  for (const auto& step : UndoSteps(planned.steps)) history.known_steps[step.id] = step;
  history.migrations[id] = std::move(planned);
  return {};
}

constexpr std::string_view kUndo = "/undo";

bool IsUndo(const std::string& step) { return step.size() > kUndo.size() && step.ends_with(kUndo); }
std::string Undoes(const std::string& step) { return step.substr(0, step.size() - kUndo.size()); }

/// Before the first step of a migration is undone, whatever was cut in the middle is settled by
/// looking: what has no outcome by then had no effect, and will have none.
void SettleOpen(DatabaseHistory& history, const std::string& migration) {
  const auto planned = history.migrations.find(migration);
  if (planned == history.migrations.end()) return;
  for (const auto& step : planned->second.steps) {
    const auto found = history.steps.find(step.id);
    if (found != history.steps.end() && found->second.intended && !found->second.succeeded)
      found->second.undone = true;
  }
}

void FoldStep(DatabaseHistory& history, const Entry& entry, const json& body) {
  if (entry.kind == EntryKind::kStepIntent && IsUndo(entry.step))
    if (const Step* undone = history.FindStep(Undoes(entry.step)))
      SettleOpen(history, undone->migration);
  auto& step = history.steps[entry.step];
  switch (entry.kind) {
    case EntryKind::kStepIntent:
      step.intended = true;
      step.failed = false;
      step.intent_seq = entry.seq;
      if (step.intended_at == 0) step.intended_at = entry.at;
      step.attempts = std::max(step.attempts, entry.attempt);
      break;
    case EntryKind::kStepOutcome:
    case EntryKind::kStepAdopted:
      step.intended = true;
      step.succeeded = true;
      step.failed = false;
      if (step.intent_seq == 0) step.intent_seq = entry.seq;
      step.outcome_seq = entry.seq;
      step.finished_at = entry.at;
      break;
    case EntryKind::kStepFailed:
      step.failed = true;
      step.error = TextField(body, "error");
      break;
    case EntryKind::kStepRetried:
      step.failed = false;
      step.intended = true;
      break;
    default:
      break;
  }
  if (step.succeeded && IsUndo(entry.step)) history.steps[Undoes(entry.step)].undone = true;
}

Result<void> FoldOne(DatabaseHistory& history, const Entry& entry) {
  IL_ASSIGN(const json body, ParseJson(entry.body));
  if (!body.is_object()) return Unreadable("its body is no JSON object");
  if (const auto digest = TextField(body, "fingerprint"); !digest.empty())
    history.fingerprint = digest;
  switch (entry.kind) {
    case EntryKind::kLedgerBegun:
      history.begun = true;
      [[fallthrough]];
    case EntryKind::kReconciled:  // says whose the database is from now on
      history.project = TextField(body, "project");
      history.environment = TextField(body, "environment");
      break;
    case EntryKind::kMigrationPlanned:
      return FoldPlanned(history, entry, body);
    case EntryKind::kMigrationState: {
      const auto found = history.migrations.find(TextField(body, "migration"));
      if (found == history.migrations.end()) return Unreadable("its migration was never planned");
      IL_ASSIGN(found->second.state, ParseSchemaState(TextField(body, "state")));
      found->second.state_at = entry.at;
      if (found->second.state == SchemaState::kAbsent) SettleOpen(history, found->first);
      break;
    }
    case EntryKind::kStepIntent:
    case EntryKind::kStepOutcome:
    case EntryKind::kStepFailed:
    case EntryKind::kStepAdopted:
    case EntryKind::kStepRetried:
      FoldStep(history, entry, body);
      break;
    case EntryKind::kAppRegistered: {
      if (!body.contains("uses")) return Unreadable("no uses");
      IL_ASSIGN(auto uses, UsesFromJson(body["uses"]));
      history.apps[{TextField(body, "app"), TextField(body, "version")}] = {std::move(uses),
                                                                            entry.at};
      break;
    }
    case EntryKind::kVersionClosed:
      history.closed[{TextField(body, "app"), TextField(body, "version")}].insert(
          TextField(body, "migration"));
      history.closed_at[TextField(body, "migration")] = entry.at;
      break;
    case EntryKind::kVersionReopened: {
      const std::string migration = TextField(body, "migration");
      const auto found = history.closed.find({TextField(body, "app"), TextField(body, "version")});
      if (found != history.closed.end()) {
        found->second.erase(migration);
        if (found->second.empty()) history.closed.erase(found);
      }
      history.closed_at.erase(migration);
      break;
    }
    default:
      break;
  }
  if (body.contains("server")) {
    IL_ASSIGN(history.server, ServerIdentityFromJson(body["server"]));
  }
  return {};
}

}  // namespace

Result<void> Fold(DatabaseHistory& history, const std::vector<Entry>& entries) {
  for (const auto& entry : entries) {
    IL_RETURN_IF_ERROR(OfEntry(entry, FoldOne(history, entry)));
    history.head = {entry.chain, entry.seq, entry.hash};
    history.chain = entry.chain;
  }
  return {};
}

std::vector<SyncSpec> DatabaseHistory::ActiveSpecs(const TableName& table) const {
  std::map<std::uint64_t, const Step*> done;
  for (const auto& [id, step] : known_steps) {
    const auto found = steps.find(id);
    if (found == steps.end() || !found->second.succeeded) continue;
    if (ActionTable(step.action) == table) done[found->second.outcome_seq] = &step;
  }
  std::vector<SyncSpec> specs;
  for (const auto& [seq, step] : done) specs = ApplyToSync(std::move(specs), step->action);
  return specs;
}

std::vector<SyncSpec> DatabaseHistory::IntendedSpecs(const TableName& table) const {
  std::map<std::uint64_t, const Step*> open;
  for (const auto& id : OpenIntents()) {
    const Step* step = FindStep(id);
    if (step != nullptr && ActionTable(step->action) == table) open[steps.at(id).intent_seq] = step;
  }
  auto specs = ActiveSpecs(table);
  for (const auto& [seq, step] : open) specs = ApplyToSync(std::move(specs), step->action);
  return specs;
}

std::vector<SyncSpec> DatabaseHistory::OpenSpecs() const {
  std::set<TableName> tables;
  for (const auto& [id, step] : known_steps)
    if (const auto table = ActionTable(step.action)) tables.insert(*table);
  std::vector<SyncSpec> out;
  for (const auto& table : tables)
    for (auto& spec : ActiveSpecs(table)) out.push_back(std::move(spec));
  // What is planned and not installed yet keeps its columns too.
  for (const auto& [id, migration] : migrations) {
    if (!migration.open()) continue;
    for (const auto& step : migration.steps) {
      const auto* install = std::get_if<action::InstallSync>(&step.action);
      if (install == nullptr) continue;
      if (std::none_of(out.begin(), out.end(),
                       [&](const SyncSpec& spec) { return spec.id == install->spec.id; }) &&
          !steps.contains(step.id))
        out.push_back(install->spec);
    }
  }
  return out;
}

std::map<TableName, std::string> DatabaseHistory::OpenAlterations() const {
  std::map<TableName, std::string> out;
  for (const auto& [id, migration] : migrations)
    for (const auto& step : migration.steps)
      if (const auto* alteration = AlterationOf(step.action); alteration && migration.open())
        out[alteration->table] = id;
  return out;
}

std::vector<std::string> DatabaseHistory::OpenIntents() const {
  std::vector<std::string> out;
  for (const auto& [id, step] : steps)
    if (step.intended && !step.succeeded && !step.failed && !step.undone) out.push_back(id);
  return out;
}

const Step* DatabaseHistory::FindStep(const std::string& id) const {
  const auto found = known_steps.find(id);
  return found == known_steps.end() ? nullptr : &found->second;
}

bool DatabaseHistory::Superseded(const Step& step) const {
  const auto mine = steps.find(step.id);
  if (mine == steps.end()) return false;
  if (mine->second.undone) return true;
  if (!mine->second.succeeded) return false;
  for (const auto& [id, other] : steps) {
    if (id == step.id || !other.intended || other.intent_seq <= mine->second.intent_seq) continue;
    const Step* later = FindStep(id);
    if (later == nullptr) continue;
    for (const auto& touched : step.touches)
      for (const auto& ref : later->touches)
        if (Covers(ref, touched) || Covers(touched, ref)) return true;
  }
  return false;
}

json ToJson(const ServerIdentity& server) {
  return {{"system", server.system},     {"database", server.database},
          {"timeline", server.timeline}, {"position", server.position},
          {"host", server.host},         {"version", server.version},
          {"major", server.major},       {"in_recovery", server.in_recovery}};
}

Result<ServerIdentity> ServerIdentityFromJson(const json& body) {
  if (!body.is_object()) return Fail(ErrorKind::kCorrupt, "IL-L21", "server is no object");
  ServerIdentity server;
  server.system = TextField(body, "system");
  server.database = TextField(body, "database");
  server.timeline = TextField(body, "timeline");
  server.position = TextField(body, "position");
  server.host = TextField(body, "host");
  server.version = TextField(body, "version");
  server.major = static_cast<int>(NumberField(body, "major"));
  server.in_recovery = FlagField(body, "in_recovery");
  return server;
}

}  // namespace interlock
