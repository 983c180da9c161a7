#include "simulation/scenario.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <tuple>

#include "ledger/chain.h"
#include "model/json.h"
#include "runner/doors.h"
#include "runner/release_runner.h"
#include "simulation/fake_engine.h"
#include "simulation/fake_rebuild.h"

namespace interlock::simulation {
namespace {

class Silent : public Reporter {
 public:
  void Report(const RunEvent&) override {}
};

Migration SplitName() {
  Migration migration;
  migration.id = "0002-split-name";
  migration.database = "main";
  change::DeriveColumns derive;
  derive.table = {"public", "users"};
  derive.old_columns = {"name"};
  ColumnSpec first;
  first.name = "first_name";
  first.type = "text";
  first.nullable = false;
  ColumnSpec last = first;
  last.name = "last_name";
  derive.new_columns = {{first, "split_part(name, ' ', 1)"}, {last, "split_part(name, ' ', 2)"}};
  derive.down = {{"name", "first_name || ' ' || last_name"}};
  change::CreateIndex index;
  index.table = derive.table;
  index.name = "users_last_name_idx";
  index.parts.push_back({"last_name", "", "", ""});
  migration.changes = {derive, index};
  migration.hash = ContentHash(migration);
  return migration;
}

Migration AddCountry() {
  Migration migration;
  migration.id = "0003-country";
  migration.database = "main";
  change::AddColumn add;
  add.table = {"public", "users"};
  add.column.name = "country";
  add.column.type = "text";
  add.fill = "'NL'";
  migration.changes = {add};
  migration.hash = ContentHash(migration);
  return migration;
}

Migration Widen() {
  Migration migration;
  migration.id = "0004-longer-names";
  migration.database = "main";
  migration.changes = {change::AlterTable{kUsers, kWiden}};
  migration.hash = ContentHash(migration);
  return migration;
}

bool Alters(Content content) { return content != Content::kSplitName && content != Content::kTwo; }

std::vector<Migration> MigrationsOf(Content content) {
  if (Alters(content)) return {Widen()};
  if (content == Content::kTwo) return {SplitName(), AddCountry()};
  return {SplitName()};
}

Plan NamesPlan() {
  Plan plan;
  plan.id = "names";
  plan.migrations = {"0002-split-name"};
  Rollout rollout;
  rollout.app = "web";
  rollout.from = "v1";
  rollout.to = "v2";
  rollout.batches = {{1, false}, {100, true}};
  plan.rollouts = {rollout};
  return plan;
}

Project ShopProject() {
  Project project;
  project.name = "shop";
  App web;
  web.name = "web";
  web.databases = {"main"};
  web.census.sessions = "web/{version}";
  web.census.window = Duration(0);
  web.census.admission = Duration(0);
  web.deploy.driver = "command";
  project.apps["web"] = web;
  Database main;
  main.name = "main";
  project.databases["main"] = main;
  return project;
}

/// One process: opens the world, does `work` with it, ends.  Throws Crash.
template <typename T>
Result<T> WithWorld(FakeServer& server, const std::function<Result<T>(World&)>& work,
                    Ledger* home = nullptr, bool begin = true) {
  static const Project project = ShopProject();
  Silent silent;
  server.clock.Restart();
  RunControl control{server.clock, silent, {"simulation", "host", 1}};
  FakeEngine engine(server);
  WorldParts parts{project, control, {{"main", &engine}}, home, [&](const App&, auto) {
                     return std::make_unique<FakeDriver>(server);
                   }};
  World world(parts);
  IL_RETURN_IF_ERROR(world.Open());
  if (begin) IL_RETURN_IF_ERROR(world.Begin());
  return work(world);
}

Result<DeployResult> Deploy(FakeServer& server, World& world, const MoveTable& table,
                            const Scenario& scenario = {}, Duration soak = Duration(0),
                            Until until = Until::kContracted) {
  const auto migrations = MigrationsOf(scenario.content);
  Plan plan = NamesPlan();
  plan.migrations.clear();
  for (const auto& migration : migrations) plan.migrations.push_back(migration.id);
  const bool far =
      scenario.content == Content::kSplitName && scenario.journey == Journey::kBackFromWhereverCut;
  if (far || scenario.journey == Journey::kBackFromQuarantine)
    plan.contract.quarantine = std::chrono::hours(1);
  plan.contract.soak = soak;
  IL_ASSIGN(auto planned, PlanRelease(world, plan, "bytes", migrations));
  FakeBulk bulk(server);
  DeployOptions options;
  options.wait = std::chrono::minutes(5);
  options.until = !far && (scenario.journey == Journey::kBackFromReleased ||
                           scenario.journey == Journey::kBackFromWhereverCut)
                      ? Until::kReleased
                      : until;
  ReleaseRunner runner(world, bulk, options, table);
  return runner.Deploy(std::move(planned));
}

Result<DeployResult> RollBack(FakeServer& server, World& world, const MoveTable& table) {
  FakeBulk bulk(server);
  DeployOptions options;
  options.wait = std::chrono::minutes(5);
  options.reason = "a drill";
  ReleaseRunner runner(world, bulk, options, table);
  return runner.Rollback("names");
}

/// What an operator does after a stop that someone's meddling caused: puts it right by hand, lets
/// failed steps be tried again, and accepts what is left.
Result<void> UseDoors(FakeServer& server) {
  return WithWorld<void>(server, [&](World& world) -> Result<void> {
    std::vector<std::string> failed;
    for (const auto& [id, step] : world.link("main").history().steps)
      if (step.failed && !step.succeeded) failed.push_back(id);
    for (const auto& id : failed) IL_RETURN_IF_ERROR(RetryStep(world, id, "mended by hand"));
    IL_RETURN_IF_ERROR(AcceptDrift(world, "main", "mended by hand"));
    return {};
  });
}

/// The first run, however it ends.
void DeployOnce(FakeServer& server, const Scenario& scenario) {
  try {
    (void)WithWorld<DeployResult>(
        server, [&](World& world) { return Deploy(server, world, StandardMoveTable(), scenario); });
  } catch (const Crash&) {
    server.clock.Sleep(std::chrono::seconds(10));
    server.FinishWhatRuns();
  }
  server.EndSessions();
}

/// A release that nobody disturbed, as far as the journey back begins: the same each time.
FakeServer WhereItBegins(const Scenario& scenario) {
  static std::mutex mutex;
  static std::map<std::tuple<bool, Journey, Content>, FakeServer> known;
  const std::lock_guard lock(mutex);
  const std::tuple key{scenario.server.transactional_ddl, scenario.journey, scenario.content};
  auto found = known.find(key);
  if (found == known.end()) {
    found = known.emplace(key, ServerOf(scenario)).first;
    DeployOnce(found->second, scenario);
    found->second.operations = 0;
  }
  return found->second;
}

bool GoesOnByItself(ErrorKind kind) {
  return kind == ErrorKind::kBusy || kind == ErrorKind::kFenced || kind == ErrorKind::kTransient ||
         kind == ErrorKind::kInDoubt || kind == ErrorKind::kUnreachable ||
         kind == ErrorKind::kStopped || kind == ErrorKind::kNotYet ||
         kind == ErrorKind::kFailed;  // a batch that failed its health was put back: run again
}

}  // namespace

Result<DeployResult> RunOnce(FakeServer& server, const MoveTable& table, Duration soak) {
  return WithWorld<DeployResult>(
      server, [&](World& world) { return Deploy(server, world, table, {}, soak); });
}

Result<DeployResult> RunOnceWithTwo(FakeServer& server) {
  return WithWorld<DeployResult>(server, [&](World& world) {
    return Deploy(server, world, StandardMoveTable(),
                  {server.kind, Journey::kForward, Content::kTwo});
  });
}

Result<DeployResult> RunOnceAtHome(FakeServer& server, FakeServer& home, Until until) {
  IL_ASSIGN(auto ledger, FakeEngine(home).OpenLedger("simulation"));
  return WithWorld<DeployResult>(
      server,
      [&](World& world) {
        return Deploy(server, world, StandardMoveTable(), {}, Duration(0), until);
      },
      ledger.get());
}

Result<void> ReconcileAtHome(FakeServer& server, FakeServer& home) {
  IL_ASSIGN(auto ledger, FakeEngine(home).OpenLedger("simulation"));
  return WithWorld<void>(
      server, [](World& world) { return Reconcile(world, "main", "the old server is scrapped"); },
      ledger.get(), false);
}

FakeServer ServerOf(const Scenario& scenario) {
  FakeServer server(scenario.server);
  server.alters = Alters(scenario.content);
  if (server.alters) server.users().triggers.push_back(AuditTrigger());
  if (scenario.content == Content::kInPlace) server.in_place = {kWiden, kNarrow};
  if (scenario.content == Content::kInPlaceOneWay) server.in_place = {kWiden};
  return server;
}

std::string ScenarioResult::Describe() const {
  std::string out = fmt::format("{} after {} runs, {} operations", finished ? "finished" : "halted",
                                runs, operations);
  if (!halt.empty()) out += "\n  " + halt;
  for (const auto& violation : violations) out += "\n  VIOLATED: " + violation;
  return out;
}

ScenarioResult RunScenario(const std::vector<Fault>& faults, const Scenario& scenario) {
  const MoveTable& table = StandardMoveTable();
  ScenarioResult out;
  const bool back = scenario.journey != Journey::kForward;
  const bool cut = scenario.journey == Journey::kBackFromWhereverCut;
  FakeServer server = back && !cut ? WhereItBegins(scenario) : ServerOf(scenario);
  if (cut) {
    server.faults = faults;
    DeployOnce(server, scenario);
    out.forward = server.operations;
  }
  server.faults = faults;
  const auto once = [&] {
    server.lacks = false;
    return WithWorld<DeployResult>(server, [&](World& world) {
      return back ? RollBack(server, world, table) : Deploy(server, world, table, scenario);
    });
  };
  const ReleaseState goal = back ? ReleaseState::kRolledBack : ReleaseState::kFinished;
  constexpr int kMostRuns = 12;
  while (out.runs < kMostRuns && !out.finished) {
    ++out.runs;
    try {
      const auto result = once();
      server.EndSessions();
      if (result) {
        out.finished = result->state == goal;
        if (!out.finished)
          out.halt = "ended as " + std::string(ToString(result->state)) +
                     (result->waits_for
                          ? ": " + result->waits_for->code + " " + result->waits_for->headline
                          : "");
        if (!out.finished) server.clock.Sleep(std::chrono::minutes(1));
        continue;
      }
      out.halt = ToString(result.error());
      // It was cut before anything was recorded of it.
      if (cut && result.error().code == "IL-R55") {
        out.finished = true;
        continue;
      }
      if (result.error().code.empty() || result.error().kind == ErrorKind::kInternal) {
        server.Violate("a halt without a name: " + out.halt);
        break;
      }
      // A run that ends without a server says nothing of the one that took its place; had it
      // written there, that alone would be a violation.
      const ErrorKind kind = result.error().kind;
      if (server.lacks && result.error().code != "IL-R20" && kind != ErrorKind::kUnreachable &&
          kind != ErrorKind::kInDoubt && kind != ErrorKind::kStopped)
        server.Violate("what the copy lacks was not said: " + out.halt);
      if (server.ever_meddled() && !GoesOnByItself(result.error().kind)) {
        if (server.meddled()) server.UndoMeddling();
        (void)UseDoors(server);
        server.EndSessions();
      } else if (server.ever_meddled()) {
        if (server.meddled()) server.UndoMeddling();
        if (result.error().kind == ErrorKind::kFailed) (void)UseDoors(server);
        server.EndSessions();
      } else if (server.lacked && result.error().kind == ErrorKind::kUndecidable) {
        // A person has looked and takes the copy for the server that counts.
      } else if (!GoesOnByItself(result.error().kind)) {
        break;
      }
    } catch (const Crash&) {
      out.halt = "killed";
    } catch (const Endless&) {
      server.Violate("it never ends");
      break;
    }
    server.clock.Sleep(std::chrono::seconds(10));
    server.FinishWhatRuns();
  }
  if (server.meddled() && out.finished) server.UndoMeddling();
  if (out.finished) server.CheckAtRest();
  for (const auto& [name, entries] : server.chains)
    if (auto head = VerifyChain(entries); !head)
      server.Violate("chain " + name + ": " + head.error().message);
  out.operations = server.operations;
  out.mends = server.mends;
  out.violations = server.violations;
  out.final_catalog = CanonicalText(server.catalog);
  return out;
}

}  // namespace interlock::simulation
