#include "runner/world.h"

#include <algorithm>

#include "ledger/vouching.h"
#include "model/json.h"

namespace interlock {
namespace {

constexpr Duration kFarOff = std::chrono::minutes(1);

}  // namespace

World::World(WorldParts parts) : parts_(std::move(parts)) {}

Result<void> World::Open(const std::vector<std::string>& databases) {
  for (const auto& [name, engine] : parts_.engines) {
    if (!databases.empty() &&
        std::find(databases.begin(), databases.end(), name) == databases.end())
      continue;
    auto link = std::make_unique<DatabaseLink>(*engine, parts_.control);
    IL_RETURN_IF_ERROR(link->Open());
    links_[name] = std::move(link);
  }
  IL_RETURN_IF_ERROR(FollowServersClock());
  if (parts_.home == nullptr) {
    if (links_.size() != 1)
      return Fail(ErrorKind::kConfig, "IL-R50",
                  "With several databases the release chain needs a home of its own",
                  "set [ledger] url in interlock.toml (sqlite:, postgresql:, mysql:)");
    home_database_ = links_.begin()->first;
  }
  book_ = std::make_unique<ReleaseBook>(
      parts_.home != nullptr ? *parts_.home : links_.at(home_database_)->ledger());
  IL_RETURN_IF_ERROR(book_->Refresh());
  if (parts_.home != nullptr) return {};
  auto& link = *links_.at(home_database_);
  link.AlsoRead([book = book_.get()] { return book->head(); });
  book_->AlsoRead([&link] { return link.head(); });
  // In one database both chains are copied and restored together: there is nothing to reconcile,
  // and nobody acts on the one that was tampered with or shows it.
  return RequireVouchedEntries();
}

Result<void> World::FollowServersClock() {
  if (links_.empty()) return {};
  auto& [name, link] = *links_.begin();
  auto& control = parts_.control;
  const Timestamp here = control.clock.Now();
  IL_ASSIGN(const auto now, link->session().Now());
  control.clock.Follow(now);
  const Duration ahead(here - now);
  if (std::chrono::abs(ahead) >= kFarOff)
    control.reporter.Report({"note",
                             "",
                             "",
                             "this machine's clock is " + HumanDuration(std::chrono::abs(ahead)) +
                                 (ahead > Duration(0) ? " ahead of" : " behind") +
                                 " that of the server of database " + name +
                                 ", which is the one that counts",
                             {{"ahead_us", ahead.count()}}});
  return {};
}

Result<void> World::Begin() {
  const auto begin = [&](bool begun) -> Result<void> {
    for (auto& [name, link] : links_)
      if (link->history().begun == begun)
        IL_RETURN_IF_ERROR(link->Begin(parts_.project.name, parts_.project.environment));
    return {};
  };
  IL_RETURN_IF_ERROR(begin(true));
  if (parts_.home != nullptr) IL_RETURN_IF_ERROR(parts_.home->Prepare());
  IL_RETURN_IF_ERROR(book_->Refresh());
  // Before anything is written to a database without a history, which may be the wrong copy.
  IL_RETURN_IF_ERROR(RequireVouchedEntries());
  IL_RETURN_IF_ERROR(begin(false));
  return book_->Refresh();
}

bool World::begun() const {
  return std::all_of(links_.begin(), links_.end(),
                     [](const auto& named) { return named.second->history().begun; });
}

Result<void> World::RequireVouchedEntries() {
  for (auto& [name, link] : links_) {
    const auto vouched = LastVouched(book_->entries(), name);
    if (!vouched || (parts_.home == nullptr && !link->ledger_exists())) continue;
    auto fault = Contradiction(*vouched, link->entries());
    if (!fault) continue;
    // Another runner may have gone on since the link was read, and the book have seen that.
    IL_RETURN_IF_ERROR(link->Refresh());
    fault = Contradiction(*vouched, link->entries());
    if (!fault) continue;
    Error error = ToError(*fault);
    if (parts_.home == nullptr) {
      error.hint = kTogetherHint;
      return Fail(std::move(error));
    }
    error.kind = ErrorKind::kUndecidable;
    error.code = "IL-R23";
    error.message = "The database of chain " + name + " lacks entry " +
                    std::to_string(vouched->head.seq) + ", which the release chain has seen";
    error.details.insert(error.details.begin(), fault->message);
    error.hint = std::string(kLacksEntriesHint) +
                 "; when it is lost for good: interlock ledger reconcile --reason …";
    return Fail(std::move(error));
  }
  return {};
}

Result<void> World::Refresh() {
  for (auto& [name, link] : links_)
    if (link->ledger_exists()) IL_RETURN_IF_ERROR(link->Refresh());
  return book_->Refresh();
}

Result<void> World::Reconnect(Duration budget) {
  for (auto& [name, link] : links_) IL_RETURN_IF_ERROR(link->Reconnect(budget));
  if (!home_database_.empty()) book_->Rebind(links_.at(home_database_)->ledger());
  IL_RETURN_IF_ERROR(FollowServersClock());
  return book_->Refresh();
}

Result<void> World::Beat() {
  for (auto& [name, link] : links_) IL_RETURN_IF_ERROR(link->Beat());
  return {};
}

void World::ReleaseClaims() {
  for (auto& [name, link] : links_) link->ReleaseClaims();
}

Result<void> World::AppendRelease(EntryDraft draft) {
  if (!home_database_.empty()) return book_->Append(draft, links_.at(home_database_)->fence());
  // A home of its own does not know the claims: ask the databases that do, right before.
  for (auto& [name, link] : links_)
    if (!link->fence().empty()) IL_RETURN_IF_ERROR(link->session().Beat(link->fence()));
  IL_ASSIGN(auto body, ParseJson(draft.body));
  body["heads"] = Heads();
  draft.body = CanonicalJson(body);
  return book_->Append(draft, {});
}

nlohmann::json World::Heads() const {
  nlohmann::json heads = nlohmann::json::object();
  for (const auto& [name, link] : links_)
    heads[name] = {{"seq", link->history().head.seq}, {"hash", link->history().head.hash}};
  return heads;
}

std::vector<const App*> World::AppsOf(const std::string& database) const {
  std::vector<const App*> apps;
  for (const auto& [name, app] : parts_.project.apps)
    if (std::find(app.databases.begin(), app.databases.end(), database) != app.databases.end())
      apps.push_back(&app);
  return apps;
}

std::unique_ptr<Driver> World::DriverOf(const App& app) {
  if (app.deploy.driver.empty() || !parts_.make_driver) return nullptr;
  return parts_.make_driver(app, [this, name = app.name](const std::string& instance) {
    std::vector<std::string> versions;
    for (auto release = book_->history().order.rbegin(); release != book_->history().order.rend();
         ++release) {
      const auto& instances = book_->history().releases.at(*release).instances;
      if (const auto found = instances.find({name, instance}); found != instances.end())
        versions.push_back(found->second.version);
    }
    return versions;
  });
}

SchemaStates World::StatesOf(const DatabaseHistory& history) {
  SchemaStates states;
  for (const auto& [id, migration] : history.migrations) states[id] = migration.state;
  return states;
}

std::vector<MigrationStanding> World::StandingsOf(const std::string& database,
                                                  bool fingerprint_matches) {
  std::vector<MigrationStanding> standings;
  for (const auto& [id, state] : StatesOf(link(database).history()))
    standings.push_back({id, state, fingerprint_matches, true});
  // Known elsewhere, so not absent here.
  for (auto& [name, other] : links_)
    if (name != database)
      for (const auto& [id, state] : StatesOf(other->history()))
        standings.push_back({id, state, true, false});
  return standings;
}

UsesTable World::UsesOf(const std::string& database, const Plan* plan) {
  const auto& history = link(database).history();
  UsesTable from_plans;
  // What a plan says of its versions holds for the migrations that were contracted when it was
  // made, for its own, and (for the new version) for all that its predecessor knew.
  auto named = [&](const Plan& named_plan, Timestamp planned_at) {
    std::vector<std::string> settled;
    for (const auto& [id, migration] : history.migrations)
      if (migration.state == SchemaState::kContracted && migration.state_at <= planned_at)
        settled.push_back(id);
    for (const auto& rollout : named_plan.rollouts) {
      auto& versions = from_plans[rollout.app];
      std::string from = rollout.from;
      if (from.empty())
        if (const auto* release = book_->Find(named_plan.id))
          if (const auto found = release->from.find(rollout.app); found != release->from.end())
            from = found->second;
      auto add = [](Uses& uses, const std::vector<std::string>& ids) {
        for (const auto& id : ids)
          if (std::find(uses.contains.begin(), uses.contains.end(), id) == uses.contains.end())
            uses.contains.push_back(id);
      };
      if (!from.empty()) add(versions[from], settled);
      if (rollout.to == from) continue;
      Uses to = from.empty() ? Uses{} : versions[from];
      add(to, settled);
      add(to, named_plan.migrations);
      add(versions[rollout.to], to.contains);
    }
  };
  for (const auto& id : book_->history().order) {
    const auto& release = book_->history().releases.at(id);
    if (release.state != ReleaseState::kAbandoned) named(release.plan, release.planned_at);
  }
  if (plan != nullptr && book_->Find(plan->id) == nullptr) named(*plan, parts_.control.clock.Now());
  // What was registered beside the code outweighs what plans imply.
  for (const auto& [key, registered] : history.apps)
    from_plans[key.first][key.second] = registered.uses;
  return from_plans;
}

Result<std::vector<ReplicaState>> World::Replicas(const std::string& database) {
  std::vector<ReplicaState> out;
  auto& link = this->link(database);
  const auto& configured = link.engine().database().replicas;
  for (size_t i = 0; i < configured.size(); ++i) {
    ReplicaState state;
    state.name = "replica " + std::to_string(i + 1);
    if (auto session = link.engine().ConnectReplica(i)) {
      if (auto catalog = (*session)->ReadCatalog()) {
        state.reachable = true;
        state.fingerprint = Fingerprint(*catalog);
      }
    }
    out.push_back(std::move(state));
  }
  return out;
}

Result<Census> World::CountApp(const std::string& database, const App& app) {
  auto& link = this->link(database);
  CensusInput input;
  input.app = app.name;
  input.settings = app.census;
  input.at = control().clock.Now();
  input.others = link.engine().database().others;
  for (const auto* other : AppsOf(database))
    if (other->name != app.name && !other->census.sessions.empty())
      input.other_apps[other->name] = other->census.sessions;
  if (auto driver = DriverOf(app)) {
    input.has_driver = true;
    if (auto listed = driver->List()) {
      input.instances = std::move(*listed);
    } else {
      input.why_no_instances = listed.error().message;
    }
  }
  IL_ASSIGN(auto sessions, link.session().Sessions());
  input.servers.push_back({"primary", true, "", std::move(sessions)});
  const auto& replicas = link.engine().database().replicas;
  for (size_t i = 0; i < replicas.size(); ++i) {
    ServerSessions server;
    server.server = "replica " + std::to_string(i + 1);
    auto session = link.engine().ConnectReplica(i);
    if (!session) {
      server.reachable = false;
      server.why_unreachable = session.error().message;
    } else if (auto list = (*session)->Sessions()) {
      server.list = std::move(*list);
    } else {
      server.reachable = false;
      server.why_unreachable = list.error().message;
    }
    input.servers.push_back(std::move(server));
  }
  IL_ASSIGN(const auto attached, link.session().AttachedReplicas());
  if (attached.size() > replicas.size())
    for (const auto& replica : attached) input.unconfigured_replicas.push_back(replica.name);
  for (const auto& [key, registered] : link.history().apps)
    if (key.first == app.name) input.known_versions.push_back(key.second);
  for (const auto& [id, release] : book_->history().releases)
    for (const auto& rollout : release.plan.rollouts)
      if (rollout.app == app.name) {
        input.known_versions.push_back(rollout.to);
        if (!rollout.from.empty()) input.known_versions.push_back(rollout.from);
      }
  for (const auto& [name, forgotten] : book_->history().forgotten) {
    input.forgotten.push_back({name, forgotten.at, {}});
    for (const auto& [listed, version] : forgotten.listed)
      if (listed == app.name) input.forgotten.back().versions.push_back(version);
  }
  return TakeCensus(input);
}

Result<std::vector<Census>> World::CountAll(const std::string& database) {
  std::vector<Census> out;
  for (const auto* app : AppsOf(database)) {
    IL_ASSIGN(auto census, CountApp(database, *app));
    out.push_back(std::move(census));
  }
  return out;
}

}  // namespace interlock
