// May this version run against the schema as it is now?
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "interlocking/gate_result.h"
#include "model/uses.h"

namespace interlock {

/// One migration of a database as the application would meet it.
struct MigrationStanding {
  std::string id;
  SchemaState state = SchemaState::kAbsent;
  bool fingerprint_matches = true;  ///< false: the schema it lives in is not as recorded
  bool applies_to_app = true;       ///< the application uses the migration's database
};

/// A migration that the uses name and `standings` do not is absent: the database never heard of it.
/// So pass those of other databases too, with applies_to_app false.
/// `given` (a plan, --uses) stands in where nothing is registered; where both are, both must agree
/// to a state: a file cannot widen what was registered, nor the reverse.
/// Order of judgement: IL-G05 drift, IL-G01 unknown, IL-G04 closed, IL-G02.  Pure.
GateResult MayRun(const std::string& app, const std::string& version,
                  const std::optional<Uses>& registered, const std::optional<Uses>& given,
                  std::span<const MigrationStanding> standings,
                  std::span<const std::string> closed_versions);

enum class RolloutSide { kFrom, kTo };

/// What a plan says of a version that it names without uses: of the plan's migrations, `from`
/// supports up to expanded, `to` from expanded on.  Of all others no more than the plan can know:
/// those contracting or contracted by now from expanded on, the rest up to expanded.  Pure.
Uses DefaultUses(RolloutSide side, std::span<const std::string> plan_migrations,
                 std::span<const MigrationStanding> standings);

}  // namespace interlock
