#include "runner/planner.h"

#include <algorithm>

#include "base/text.h"
#include "model/json.h"
#include "model/release_json.h"

namespace interlock {
namespace {

using nlohmann::json;

Result<void> RequireAfter(const DatabaseHistory& history, const Plan& plan,
                          const Migration& migration) {
  for (const auto& ref : migration.after) {
    const auto found = history.migrations.find(ref.id);
    const SchemaState state =
        found == history.migrations.end() ? SchemaState::kAbsent : found->second.state;
    const auto end = plan.migrations.end();
    const auto place = std::find(plan.migrations.begin(), end, ref.id);
    const bool in_plan_before = place < std::find(plan.migrations.begin(), end, migration.id);
    if (ref.state == SchemaState::kExpanded && in_plan_before) continue;
    if (static_cast<int>(state) >= static_cast<int>(ref.state)) continue;
    const std::string need(ToString(ref.state));
    return Fail(ErrorKind::kRefused, "IL-R51",
                "Migration " + migration.id + " comes after " + ref.id + "@" + need +
                    ", which is " + std::string(ToString(state)),
                ref.state != SchemaState::kContracted
                    ? "deploy it first, or put it before this one in the plan"
                : state != SchemaState::kAbsent
                    ? "contract it first: interlock contract " + ref.id
                    : "release " + ref.id + " first, by a plan without " + migration.id +
                          ", which can follow once that is contracted");
  }
  return {};
}

/// Ids must be new when a migration is planned again after a rollback: what the ledger and the
/// checkpoints say of the former generation is not about these steps.
void MarkGeneration(std::vector<Step>& steps, const std::string& migration, int generation) {
  if (generation == 1) return;
  for (auto& step : steps)
    step.id = migration + "@" + std::to_string(generation) + step.id.substr(migration.size());
}

/// What an earlier migration of the plan will create can be proved once it is there: Expand does.
bool HasOldColumns(const Catalog& catalog, const SyncSpec& spec) {
  const auto table = catalog.tables.find(spec.table);
  return table != catalog.tables.end() &&
         std::all_of(spec.old_columns.begin(), spec.old_columns.end(), [&](const auto& column) {
           return table->second.FindColumn(column) != nullptr;
         });
}

/// What the server says of the ALTERs of a migration, by the change's number.
Result<std::map<int, ForeseenAlter>> Foresee(DatabaseLink& link, const Migration& migration) {
  std::map<int, ForeseenAlter> out;
  int number = 0;
  for (const auto& change : migration.changes) {
    ++number;
    const auto* alter = std::get_if<change::AlterTable>(&change);
    if (alter == nullptr) continue;
    auto foreseen = link.session().ForeseeAlter(alter->table, alter->clauses);
    if (!foreseen) {
      Error error = std::move(foreseen).error();
      error.details.push_back("in alter_table, change " + std::to_string(number) + " of " +
                              migration.id);
      return Fail(std::move(error));
    }
    out[number] = std::move(*foreseen);
  }
  return out;
}

void AddAlterations(const PlannedMigration& planned, std::map<TableName, std::string>& out) {
  for (const auto& step : planned.steps)
    if (const auto* alteration = AlterationOf(step.action))
      out[alteration->table] = planned.migration.id;
}

Result<PlannedMigration> PlanOne(World& world, const Plan& plan, const Migration& migration,
                                 const std::vector<PlannedMigration>& before,
                                 std::vector<SyncSpec>& planned_specs) {
  auto& link = world.link(migration.database);
  const auto& history = link.history();
  const auto found = history.migrations.find(migration.id);
  PlannedMigration planned;
  planned.migration = migration;
  const bool known = found != history.migrations.end();
  const bool same = known && found->second.migration.hash == migration.hash;
  // What a release under way recorded is carried out, whatever a server that goes on living
  // (statistics, a column by hand) would make of it now.
  const bool to_come = same && found->second.state == SchemaState::kAbsent &&
                       found->second.release == plan.id && HasBegun(world, plan.id);
  if (to_come || (known && found->second.state != SchemaState::kAbsent)) {
    if (!same)
      return Fail(ErrorKind::kRefused, "IL-R52",
                  "Migration " + migration.id + " is " +
                      std::string(ToString(found->second.state)) +
                      " and its file was changed afterwards",
                  "restore " + migration.file +
                      " (a change of mind is a new migration); interlock resume carries on from "
                      "the ledger alone");
    planned.steps = found->second.steps;
    planned.generation = found->second.generation;
    planned.recorded = true;
    return planned;
  }
  IL_RETURN_IF_ERROR(RequireAfter(history, plan, migration));
  IL_ASSIGN(auto catalog, link.session().ReadCatalog());
  const Catalog now = catalog;
  for (const auto& earlier : before) {
    if (earlier.migration.database != migration.database) continue;
    std::vector<Step> left;
    for (const auto& step : earlier.steps)
      if (const auto at = history.steps.find(step.id);
          at == history.steps.end() || !at->second.succeeded)
        left.push_back(step);
    catalog = AfterExpand(std::move(catalog), left);
  }
  IL_ASSIGN(const auto capabilities, link.engine().Probe());
  auto open = history.OpenSpecs();
  open.insert(open.end(), planned_specs.begin(), planned_specs.end());
  IL_ASSIGN(auto foreseen, Foresee(link, migration));
  auto alterations = history.OpenAlterations();
  for (const auto& earlier : before)
    if (earlier.migration.database == migration.database) AddAlterations(earlier, alterations);
  std::erase_if(alterations, [&](const auto& open) { return open.second == migration.id; });
  IL_ASSIGN(planned.steps, PlanMigration(migration, {catalog, capabilities, open,
                                                     std::move(foreseen), std::move(alterations)}));
  bool touched = false;
  if (known)
    for (const auto& step : found->second.steps) touched |= history.steps.contains(step.id);
  if (known) planned.generation = found->second.generation + (touched ? 1 : 0);
  MarkGeneration(planned.steps, migration.id, planned.generation);
  for (const auto& step : planned.steps) {
    if (const auto* install = std::get_if<action::InstallSync>(&step.action)) {
      if (HasOldColumns(now, install->spec))
        IL_RETURN_IF_ERROR(link.session().ProveExpressions(install->spec));
      planned_specs.push_back(install->spec);
    }
  }
  return planned;
}

Digest DigestOf(const PlannedRelease& release, const Digest& plan_bytes) {
  json body = {{"plan", ToJson(release.plan)}, {"bytes", plan_bytes}};
  json migrations = json::array();
  for (const auto& planned : release.migrations)
    migrations.push_back({{"id", planned.migration.id},
                          {"hash", planned.migration.hash},
                          {"steps", ToJson(planned.steps)}});
  body["migrations"] = migrations;
  return Sha256(CanonicalJson(body));
}

}  // namespace

bool HasBegun(World& world, const std::string& release) {
  const auto* recorded = world.book().Find(release);
  if (recorded == nullptr || !recorded->stands()) return false;
  if (recorded->state != ReleaseState::kPlanned) return true;
  const auto& links = world.links();
  return std::any_of(links.begin(), links.end(), [&](const auto& link) {
    const auto& all = link.second->history().migrations;
    return std::any_of(all.begin(), all.end(), [&](const auto& migration) {
      return migration.second.release == release && migration.second.state != SchemaState::kAbsent;
    });
  });
}

Result<PlannedRelease> PlanRelease(World& world, const Plan& plan, const Digest& plan_bytes,
                                   const std::vector<Migration>& all) {
  PlannedRelease release;
  release.plan = plan;
  std::vector<SyncSpec> specs;
  for (const auto& id : plan.migrations) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Migration& migration) { return migration.id == id; });
    if (found == all.end()) {
      std::vector<std::string> names;
      for (const auto& migration : all) names.push_back(migration.id);
      const auto near = NearestName(id, names);
      return Fail(
          ErrorKind::kConfig, "IL-R53", "Plan " + plan.id + " names no migration of ours: " + id,
          near.empty() ? "interlock check lists what is there" : "did you mean " + near + "?");
    }
    IL_ASSIGN(auto planned, PlanOne(world, plan, *found, release.migrations, specs));
    if (planned.recorded) {
      const auto& owner =
          world.link(planned.migration.database).history().migrations.at(id).release;
      if (owner != plan.id)
        return Fail(ErrorKind::kRefused, "IL-R54",
                    "Migration " + id + " was carried out by release " + owner,
                    "take it out of plan " + plan.id);
    }
    release.migrations.push_back(std::move(planned));
  }
  release.digest = DigestOf(release, plan_bytes);
  return release;
}

Result<PlannedRelease> RecordedRelease(World& world, const std::string& id) {
  const auto* recorded = world.book().Find(id);
  if (recorded == nullptr) {
    const auto near = NearestName(id, world.book().history().order);
    return Fail(
        ErrorKind::kUsage, "IL-R55", "There is no release " + id,
        near.empty() ? "interlock status lists all releases" : "did you mean " + near + "?");
  }
  PlannedRelease release;
  release.plan = recorded->plan;
  release.digest = recorded->digest;
  for (const auto& migration : recorded->plan.migrations) {
    for (auto& [name, link] : world.links()) {
      const auto found = link->history().migrations.find(migration);
      if (found == link->history().migrations.end() || found->second.release != id) continue;
      release.migrations.push_back(
          {found->second.migration, found->second.steps, found->second.generation, true});
    }
  }
  return release;
}

std::map<std::string, std::vector<std::string>> ClaimObjects(const PlannedRelease& release,
                                                             const std::string& home) {
  std::map<std::string, std::vector<std::string>> objects;
  if (!home.empty()) objects[home].push_back("release " + release.plan.id);
  for (const auto& planned : release.migrations) {
    auto& list = objects[planned.migration.database];
    for (const auto& step : planned.steps) {
      if (const auto table = ActionTable(step.action)) list.push_back("table " + ToString(*table));
      for (const auto& ref : step.touches)
        if (ref.kind != ObjectKind::kSequence && ref.kind != ObjectKind::kView &&
            ref.kind != ObjectKind::kRoutine && ref.kind != ObjectKind::kType)
          list.push_back("table " + ToString(ref.table));
    }
  }
  return objects;
}

Result<void> ResolveFrom(World& world, Plan& plan) {
  for (auto& rollout : plan.rollouts) {
    const auto app = world.project().apps.find(rollout.app);
    if (app == world.project().apps.end() || app->second.deploy.driver.empty())
      return Fail(ErrorKind::kConfig, "IL-R59",
                  "Plan " + plan.id + " rolls out " + rollout.app + ", which has no deploy driver",
                  "add [apps." + rollout.app + ".deploy] to interlock.toml");
    if (!rollout.from.empty()) continue;
    IL_ASSIGN(const auto instances, world.DriverOf(app->second)->List());
    std::vector<std::string> versions;
    for (const auto& instance : instances)
      if (instance.version != rollout.to &&
          std::find(versions.begin(), versions.end(), instance.version) == versions.end())
        versions.push_back(instance.version);
    if (versions.size() > 1)
      return Fail(ErrorKind::kRefused, "IL-R45",
                  rollout.app + " runs " + versions[0] + " and " + versions[1] + " side by side",
                  "say which one is replaced: from = \"…\" in the plan");
    if (versions.size() == 1) rollout.from = versions[0];
  }
  return {};
}

}  // namespace interlock
