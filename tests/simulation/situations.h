// Every cell of the move table as a situation of its own: how a step stands in the ledger and on
// the server when a runner comes by, and what must come of it.
#pragma once

#include <string>
#include <vector>

#include "runner/move_table.h"
#include "simulation/fake_data.h"

namespace interlock::simulation {

struct Situation {
  Recorded recorded;
  Observed observed;
  std::string wanted;  ///< the code of the halt; "" when the release must reach its goal
};

/// One for each cell.
const std::vector<Situation>& AllSituations();

/// Brings a release into the situation with the standard table, then lets a runner with `table` go
/// on.  "" when what came is what is wanted, otherwise what is wrong.
std::string Play(const Situation& situation, const MoveTable& table, const ServerKind& kind);

}  // namespace interlock::simulation
