// The step protocol as data: recorded × observed → the next move.  A first run and a resume are the
// same look-ups.
#pragma once

#include <array>
#include <string_view>

#include "model/step.h"

namespace interlock {

/// What the ledger says of a step, folded.
enum class Recorded { kNothing, kIntended, kSucceeded, kFailed, kSuperseded };
std::string_view ToString(Recorded recorded);

enum class Move {
  kRecordIntent,
  kExecute,
  kMendThenExecute,
  kRecordOutcome,
  kFinished,      ///< nothing to do; a superseded step is not judged, so it always is
  kWait,          ///< something still runs on the server: look again later
  kHaltAdopt,     ///< it is there and we did not do it: door `adopt`
  kHaltRetry,     ///< it failed: door `retry`
  kHaltConflict,  ///< something else is in its place
  kHaltDrift,     ///< it was there and is not any more
  kHaltUndecidable
};
std::string_view ToString(Move move);

inline constexpr int kRecordedCount = 5;
inline constexpr int kObservedCount = 6;

/// cells[recorded][observed].  A parameter of the runner, so that the simulation can show that
/// every single cell matters.
struct MoveTable {
  std::array<std::array<Move, kObservedCount>, kRecordedCount> cells;
};

/// The table of docs/concepts.md.
const MoveTable& StandardMoveTable();

/// The next move.  Two rules stand beside the table: a step that only looks may find itself present
/// with nothing recorded, and is not judged again once it succeeded.
Move NextMove(const MoveTable& table, const Step& step, Recorded recorded, Observed observed);

}  // namespace interlock
