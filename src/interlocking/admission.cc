#include "interlocking/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "interlocking/safety.h"

namespace interlock {
namespace {

struct Demand {
  const Uses* uses;
  const char* source;
};

// Standings that the application meets, and those migrations that a build needs and the database
// has never heard of: absent.
std::vector<MigrationStanding> WithUnheardOf(std::span<const MigrationStanding> standings,
                                             const std::vector<Demand>& demands) {
  std::vector<MigrationStanding> out;
  std::set<std::string> heard_of;
  for (const auto& standing : standings) {
    heard_of.insert(standing.id);
    if (standing.applies_to_app) out.push_back(standing);
  }
  auto add = [&](const std::string& id) {
    if (!heard_of.insert(id).second) return;
    out.push_back({.id = id});
  };
  for (const auto& demand : demands) {
    for (const auto& [id, interval] : demand.uses->listed) add(id);
    for (const auto& id : demand.uses->contains) add(id);
  }
  return out;
}

}  // namespace

GateResult MayRun(const std::string& app, const std::string& version,
                  const std::optional<Uses>& registered, const std::optional<Uses>& given,
                  std::span<const MigrationStanding> standings,
                  std::span<const std::string> closed_versions) {
  std::vector<std::string> drifted;
  for (const auto& standing : standings)
    if (standing.applies_to_app && !standing.fingerprint_matches) drifted.push_back(standing.id);
  if (!drifted.empty())
    return ClosedGate(ErrorKind::kDrift, "IL-G05",
                      fmt::format("the schema is not as recorded: whether {} {} may run can't be "
                                  "judged by the record",
                                  app, version),
                      std::move(drifted), "interlock drift shows the difference");
  std::vector<Demand> demands;
  if (registered) demands.push_back({&*registered, "registered"});
  if (given) demands.push_back({&*given, "given"});
  if (demands.empty())
    return ClosedGate(
        ErrorKind::kRefused, "IL-G01",
        fmt::format("{} {} is unknown: neither registered nor named by a plan", app, version), {},
        fmt::format("interlock app register {} {} --uses FILE", app, version));
  if (std::find(closed_versions.begin(), closed_versions.end(), version) != closed_versions.end())
    return ClosedGate(ErrorKind::kRefused, "IL-G04",
                      fmt::format("{} {} is closed: a contract that it would not survive has begun",
                                  app, version),
                      {},
                      "start a newer version; before the point of no return interlock rollback "
                      "RELEASE opens it again");
  GateResult refusal = OpenGate(fmt::format("{} {} may run", app, version));
  for (const auto& standing : WithUnheardOf(standings, demands)) {
    for (const auto& demand : demands) {
      const auto interval = demand.uses->For(standing.id);
      if (interval.Contains(standing.state)) continue;
      const auto line =
          fmt::format("{} is {}; {} {} supports {} ({})", standing.id, ToString(standing.state),
                      app, version, interval.ToString(), demand.source);
      if (refusal.open)
        refusal = ClosedGate(ErrorKind::kRefused, "IL-G02",
                             fmt::format("{} {} does not support the schema as it is: {} is {}",
                                         app, version, standing.id, ToString(standing.state)),
                             {}, WhatClears(standing.id, standing.state, interval));
      refusal.details.push_back(line);
    }
  }
  return refusal;
}

Uses DefaultUses(RolloutSide side, std::span<const std::string> plan_migrations,
                 std::span<const MigrationStanding> standings) {
  Uses uses;
  for (const auto& id : plan_migrations) {
    uses.listed[id] =
        side == RolloutSide::kFrom ? StateInterval::UpToExpanded() : StateInterval::FromExpanded();
    if (side == RolloutSide::kTo) uses.contains.push_back(id);
  }
  for (const auto& standing : standings) {
    if (uses.listed.contains(standing.id)) continue;
    if (standing.state == SchemaState::kContracting || standing.state == SchemaState::kContracted)
      uses.contains.push_back(standing.id);
  }
  return uses;
}

}  // namespace interlock
