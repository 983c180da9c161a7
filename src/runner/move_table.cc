#include "runner/move_table.h"

namespace interlock {

std::string_view ToString(Recorded recorded) {
  switch (recorded) {
    case Recorded::kNothing:
      return "nothing";
    case Recorded::kIntended:
      return "intended";
    case Recorded::kSucceeded:
      return "succeeded";
    case Recorded::kFailed:
      return "failed";
    case Recorded::kSuperseded:
      return "superseded";
  }
  return "nothing";
}

std::string_view ToString(Move move) {
  switch (move) {
    case Move::kRecordIntent:
      return "record intent";
    case Move::kExecute:
      return "execute";
    case Move::kMendThenExecute:
      return "mend, then execute";
    case Move::kRecordOutcome:
      return "record outcome";
    case Move::kFinished:
      return "finished";
    case Move::kWait:
      return "wait";
    case Move::kHaltAdopt:
      return "halt: adopt?";
    case Move::kHaltRetry:
      return "halt: retry?";
    case Move::kHaltConflict:
      return "halt: conflict";
    case Move::kHaltDrift:
      return "halt: drift";
    case Move::kHaltUndecidable:
      return "halt: undecidable";
  }
  return "halt: undecidable";
}

const MoveTable& StandardMoveTable() {
  using enum Move;
  // columns: absent, partial, present, running, conflicting, undecidable
  static const MoveTable table{{{
      {kRecordIntent, kHaltAdopt, kHaltAdopt, kWait, kHaltConflict, kHaltUndecidable},
      {kExecute, kMendThenExecute, kRecordOutcome, kWait, kHaltConflict, kHaltUndecidable},
      {kHaltDrift, kHaltDrift, kFinished, kWait, kHaltDrift, kHaltUndecidable},
      {kHaltRetry, kHaltRetry, kHaltAdopt, kWait, kHaltConflict, kHaltUndecidable},
      {kFinished, kFinished, kFinished, kWait, kFinished, kFinished},
  }}};
  return table;
}

Move NextMove(const MoveTable& table, const Step& step, Recorded recorded, Observed observed) {
  if (step.only_looks && recorded == Recorded::kNothing &&
      (observed == Observed::kPresent || observed == Observed::kPartial))
    return Move::kRecordIntent;
  if (MayBeNeedless(step.action) && recorded == Recorded::kNothing &&
      observed == Observed::kPresent)
    return Move::kRecordIntent;
  if (step.only_looks && recorded == Recorded::kSucceeded && observed != Observed::kRunning)
    return Move::kFinished;
  return table.cells[static_cast<size_t>(recorded)][static_cast<size_t>(observed)];
}

}  // namespace interlock
