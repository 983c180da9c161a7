// One release carried to its end over a FakeServer, through faults and restarts.
#pragma once

#include <string>
#include <vector>

#include "runner/move_table.h"
#include "runner/release_runner.h"
#include "simulation/fake_server.h"

namespace interlock::simulation {

struct ScenarioResult {
  bool finished = false;
  int runs = 0;  ///< processes it took
  int operations = 0;
  int forward = 0;                      ///< operations before the way back began
  int mends = 0;                        ///< how often something half done was brought to order
  std::string halt;                     ///< the last error, when it did not finish
  std::vector<std::string> violations;  ///< invariants broken
  std::string final_catalog;
  std::string Describe() const;
};

/// One process that deploys the split of users.name as far as it comes, waiting for gates at most
/// five minutes.  Throws Crash and Endless.
Result<DeployResult> RunOnce(FakeServer& server, const MoveTable& table,
                             Duration soak = Duration(0));

/// The same with a second migration, which fills another new column of that table.
Result<DeployResult> RunOnceWithTwo(FakeServer& server);

/// The same with the release chain on a server of its own.
Result<DeployResult> RunOnceAtHome(FakeServer& server, FakeServer& home, Until until);
/// `interlock ledger reconcile` there.
Result<void> ReconcileAtHome(FakeServer& server, FakeServer& home);

/// Which way the faults lie in.
enum class Journey {
  kForward,             ///< from nothing to contracted
  kBackFromReleased,    ///< rolled back once the applications are out
  kBackFromQuarantine,  ///< rolled back while the old column is renamed and not yet dropped
  kBackFromWhereverCut  ///< rolled back after the first run, however that ended
};

/// What the release changes.
enum class Content {
  kSplitName,     ///< users.name into two columns
  kTwo,           ///< that, and in a second migration a column that is filled
  kRebuild,       ///< users.name becomes longer: by a table that is swapped in
  kInPlace,       ///< … by the server, which can take it back so, too
  kInPlaceOneWay  ///< … and which has to rebuild the table to take it back
};

struct Scenario {
  ServerKind server = kTogether;
  Journey journey = Journey::kForward;
  Content content = Content::kSplitName;
};

/// The server before anything happens to it.
FakeServer ServerOf(const Scenario& scenario);

/// Deploys the change for web v1 → v2 until contracted, starting the runner again
/// after every stop as an operator would: wait and go on, undo what was meddled with.  Or deploys
/// it undisturbed as far as the journey begins, and rolls it back so.
ScenarioResult RunScenario(const std::vector<Fault>& faults, const Scenario& scenario = {});

}  // namespace interlock::simulation
