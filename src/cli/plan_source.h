// From what the user named (a plan, a bundle, an application and its version) to a planned release.
#pragma once

#include <optional>
#include <string>

#include "cli/context.h"
#include "runner/planner.h"

namespace interlock::cli {

/// What will run, before it is held against the schema.
struct PlanSource {
  Plan plan;
  std::vector<Migration> migrations;
  std::optional<Digest> must_be;  ///< of a bundle
};

/// `named` is a path, an id in plans/, or a bundle (*.json).
Result<PlanSource> SourceOf(Context& context, const std::string& named);
/// A release of one application without a migration: `deploy --app A --to V`.  The newest release
/// of A that went to V is carried on; otherwise a new id is found.
Result<PlanSource> SourceOfApp(Context& context, World& world, const std::string& app,
                               const std::string& version);

/// Plans it against the schema as it is.  kStale (IL-U15) when a bundle's digest is not reached.
Result<PlannedRelease> PlanFrom(World& world, const PlanSource& source);

/// The same for one that is then carried on: begins the ledgers that are not there yet, unless it
/// cannot be planned.
Result<PlannedRelease> PlanToWrite(World& world, const PlanSource& source);

/// The release named: from its plan file when there is one, since that is what would run, else from
/// the ledger.  For approve, attest and the like.
Result<PlannedRelease> ReleaseNamed(Context& context, World& world, const std::string& named);

/// All step ids in the order of execution: each migration's expand, backfill and verify first.
std::vector<std::string> StepOrder(const PlannedRelease& release);

}  // namespace interlock::cli
