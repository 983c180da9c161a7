// Everything one command works on: the project, its databases' links, the release book, the
// drivers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interlocking/admission.h"
#include "interlocking/census.h"
#include "interlocking/gates.h"
#include "model/project.h"
#include "rollout/driver.h"
#include "runner/link.h"
#include "runner/release_book.h"

namespace interlock {

/// What the command line puts together; it outlives the World.
struct WorldParts {
  const Project& project;
  RunControl& control;
  std::map<std::string, Engine*> engines;  ///< by database name
  Ledger* home = nullptr;                  ///< of the release chain; nullptr: the one database
  /// Driver of an app; nullptr when it has none.  `recorded` tells an instance's last version.
  std::function<std::unique_ptr<Driver>(
      const App&, std::function<std::vector<std::string>(const std::string&)> recorded)>
      make_driver;
};

class World {
 public:
  explicit World(WorldParts parts);

  /// Connects to `databases` (all of the project when empty) and reads both chains.  Writes
  /// nothing.
  Result<void> Open(const std::vector<std::string>& databases = {});
  /// Begins the ledgers that are not there yet; refuses those of another project or environment.
  Result<void> Begin();
  /// After a lost connection: every link anew, then both chains.
  Result<void> Reconnect(Duration budget);
  Result<void> Refresh();
  Result<void> Beat();
  void ReleaseClaims();

  const Project& project() const { return parts_.project; }
  RunControl& control() { return parts_.control; }
  DatabaseLink& link(const std::string& database) { return *links_.at(database); }
  std::map<std::string, std::unique_ptr<DatabaseLink>>& links() { return links_; }
  /// Every database has a ledger.
  bool begun() const;
  ReleaseBook& book() { return *book_; }
  /// Appends to the release chain, under the home's fence when it is one of our databases.
  Result<void> AppendRelease(EntryDraft draft);
  /// Of the databases' chains, as far as they are read: {"main": {"seq": …, "hash": …}}.
  nlohmann::json Heads() const;

  /// Apps that use the database, by the configuration.
  std::vector<const App*> AppsOf(const std::string& database) const;
  std::unique_ptr<Driver> DriverOf(const App& app);

  /// States of the database's migrations, from its chain.
  static SchemaStates StatesOf(const DatabaseHistory& history);
  std::vector<MigrationStanding> StandingsOf(const std::string& database, bool fingerprint_matches);
  /// Registered uses, and what the plan says of the versions it names.
  UsesTable UsesOf(const std::string& database, const Plan* plan);
  /// Looks at the drivers, the primary and the replicas now.  Never fails for what can't be seen:
  /// that is part of the census.
  Result<Census> CountApp(const std::string& database, const App& app);
  Result<std::vector<Census>> CountAll(const std::string& database);
  /// Configured replicas as they are now: reachable, lag, fingerprint.
  Result<std::vector<ReplicaState>> Replicas(const std::string& database);

 private:
  /// Time is told by the first database's server from now on; says so when this machine's clock is
  /// far off.
  Result<void> FollowServersClock();
  /// Whether the databases hold what the release chain has seen of their chains.  kUndecidable
  /// (IL-R23) with a home elsewhere, since an old copy looks the same; else kCorrupt.
  Result<void> RequireVouchedEntries();

  WorldParts parts_;
  std::map<std::string, std::unique_ptr<DatabaseLink>> links_;
  std::unique_ptr<ReleaseBook> book_;
  std::string home_database_;  ///< "" with a ledger home of its own
};

}  // namespace interlock
