// A planned release for people and as JSON: steps, locks, rows, hazards, gates, the way back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runner/planner.h"

namespace interlock::cli {

struct PlannedStepView {
  std::size_t number = 0;
  Step step;
  std::string database;
  std::int64_t rows = -1;        ///< the server's estimate for its table; -1 unknown
  bool done = false;             ///< by the record
  std::vector<std::string> sql;  ///< when asked for
};

struct GateView {
  std::string before;
  std::string text;
  bool open = false;
  bool known = false;  ///< whether `open` was asked now
};

struct PlanView {
  std::string id;
  std::string summary;
  Digest digest;
  std::vector<PlannedMigration> migrations;
  std::vector<PlannedStepView> steps;  ///< in the order of execution
  std::vector<GateView> gates;
  std::vector<Rollout> rollouts;
  std::size_t no_return = 0;  ///< number of the first irreversible step; 0: none
  bool pending = true;        ///< something is left to do
};

/// Reads catalogs and, with `sql`, renders each step as it would be sent.  Writes nothing.
Result<PlanView> ViewPlan(World& world, const PlannedRelease& release, bool sql);

std::string PlanText(const PlanView& view);
nlohmann::json ToJson(const PlanView& view);

}  // namespace interlock::cli
