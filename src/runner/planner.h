// What a release will do: its migrations' steps against the schema as it is, and the digest that
// approvals are bound to.
#pragma once

#include <string>
#include <vector>

#include "model/migration.h"
#include "model/release.h"
#include "planning/planning.h"
#include "runner/world.h"

namespace interlock {

struct PlannedMigration {
  Migration migration;
  std::vector<Step> steps;
  int generation = 1;
  bool recorded = false;  ///< its steps come from the ledger, not from planning now
};

struct PlannedRelease {
  Plan plan;
  std::vector<PlannedMigration> migrations;
  Digest digest;  ///< of the plan file's bytes, the migrations' hashes and all steps
};

/// Whether the release stands, and more of it is recorded than that it was planned.
bool HasBegun(World& world, const std::string& release);

/// Plans against the catalogs as they are; steps recorded in the chain are taken from there.  Reads
/// only.  kRefused when an applied migration's file changed, when a migration it comes after is not
/// far enough, or when an open migration keeps a column that this one needs.
Result<PlannedRelease> PlanRelease(World& world, const Plan& plan, const Digest& plan_bytes,
                                   const std::vector<Migration>& all);

/// From the ledger alone.  kRefused when there is no such release.
Result<PlannedRelease> RecordedRelease(World& world, const std::string& release);

/// Claim objects of the release: itself, and the tables that its steps touch, by database.
std::map<std::string, std::vector<std::string>> ClaimObjects(const PlannedRelease& release,
                                                             const std::string& home);

/// Fills in each rollout's `from` that the plan leaves open: the version that the driver lists now.
/// kRefused when it lists several.
Result<void> ResolveFrom(World& world, Plan& plan);

}  // namespace interlock
