// Takes the evidence that a release's gates ask for and puts the questions of interlocking/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runner/planner.h"
#include "runner/world.h"

namespace interlock {

class Gatekeeper {
 public:
  /// `on` false: every gate is open (`apply` on databases that are not protected).
  Gatekeeper(World& world, bool on) : world_(world), on_(on) {}

  /// Pause, approvals and attestations that the plan asks for before `point`.
  Result<GateResult> Persons(const PlannedRelease& release, GatePoint point);
  /// The safety rule: every live version supports `state` of the migration, the others as they are.
  Result<GateResult> Live(const PlannedRelease& release, const PlannedMigration& planned,
                          SchemaState state, CensusDemand demand);
  /// The schema as read now, on replicas too, is what the rollout needs.
  Result<GateResult> Schema(const PlannedRelease& release);
  /// May the version run against the databases of its app as they are now?
  Result<GateResult> Start(const PlannedRelease* release, const App& app,
                           const std::string& version, const std::optional<Uses>& given);
  /// Everything that holds the contract of the migration back, in the design's order: persons,
  /// applications, old versions alive, soak, closing, admission, window.  Writes what it closes
  /// and sees.  Call it again while it is not yet open: counts are kept between calls.
  Result<GateResult> Contract(const PlannedRelease& release, const PlannedMigration& planned);
  /// Notes how far the count of writes through the old shape is, so that what comes later shows in
  /// the soak.  Nothing once it was noted and has not moved.
  Result<void> LookAtOldWrites(const PlannedRelease& release, const PlannedMigration& planned);
  /// One more count right before what cannot be undone.
  Result<GateResult> Recount(const PlannedRelease& release, const PlannedMigration& planned);
  /// Opens the versions again that Contract closed.
  Result<void> Reopen(const PlannedRelease& release, const PlannedMigration& planned);
  /// What still names columns that the migration's contract renames: views, routines, publications.
  Result<GateResult> Dependents(const PlannedMigration& planned);

  /// Records the answer on the release chain, with the heads of the database chains.
  Result<void> RecordGate(const PlannedRelease& release, GatePoint point, const GateResult& gate,
                          nlohmann::json evidence = nlohmann::json::object());
  /// What RecordGate is given of a contract's gate: the migration, and when an old version was last
  /// seen if that is not recorded yet.
  nlohmann::json EvidenceOf(const PlannedMigration& planned);
  /// Whether the last call of Contract recorded by itself that an old version lives.
  bool ToldOfSighting(const PlannedMigration& planned) const;
  /// How long a call may have to wait for the census alone.
  Duration CensusTime(const PlannedMigration& planned) const;

 private:
  Result<GateResult> OldVersionsGate(const PlannedRelease& release, const PlannedMigration& planned,
                                     const App& app, bool once);
  /// Every configured replica shows the primary's schema.
  Result<GateResult> OnReplicas(const std::string& database, const Digest& primary);
  Result<GateResult> Soak(const PlannedRelease& release, const PlannedMigration& planned);
  Result<void> Close(const PlannedRelease& release, const PlannedMigration& planned);
  std::vector<std::string> OldVersions(const PlannedRelease& release,
                                       const PlannedMigration& planned, const App& app);
  Result<std::int64_t> OldWrites(const PlannedMigration& planned);
  GateResult Overridden(const PlannedRelease& release, GateResult gate) const;

  World& world_;
  bool on_;
  std::map<std::string, std::vector<Census>> counts_;  ///< by database and app
  /// The newest sighting of an old version, by migration.
  struct Sighted {
    Timestamp seen = 0;
    Timestamp noted = 0;    ///< the newest that was recorded
    bool recorded = false;  ///< `seen` is on the chain
    bool told = false;      ///< by the last call of Contract
    Timestamp looked = 0;   ///< at the writes through the old shape
  };
  std::map<std::string, Sighted> sighted_;
};

}  // namespace interlock
