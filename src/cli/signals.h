// Interrupts as a flag: a run ends at its next safe point, never in the middle.
#pragma once

namespace interlock::cli {

/// SIGINT and SIGTERM set the flag, however often they come.  With `say`, the first one says so on
/// stderr.
void CatchStopSignals(bool say);
bool StopRequested();

/// While a question stands on the terminal an interrupt ends the program: nothing has begun.
class InterruptibleQuestion {
 public:
  InterruptibleQuestion();
  ~InterruptibleQuestion();
  InterruptibleQuestion(const InterruptibleQuestion&) = delete;
  InterruptibleQuestion& operator=(const InterruptibleQuestion&) = delete;
};

}  // namespace interlock::cli
