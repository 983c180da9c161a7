// Interrupts as a flag: a run ends at its next safe point, never in the middle.
#pragma once

namespace interlock::cli {

/// SIGINT and SIGTERM are counted.  With `say`, the first two say on stderr what they do.
void CatchStopSignals(bool say);
bool StopRequested();
/// A second one came.
bool StopInsisted();

/// While a question stands on the terminal an interrupt ends the program: nothing has begun.
class InterruptibleQuestion {
 public:
  InterruptibleQuestion();
  ~InterruptibleQuestion();
  InterruptibleQuestion(const InterruptibleQuestion&) = delete;
  InterruptibleQuestion& operator=(const InterruptibleQuestion&) = delete;
};

}  // namespace interlock::cli
