// A step: the smallest piece of work whose completion can be read back from the server.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/action.h"

namespace interlock {

/// The strongest lock a step takes on its table, in the words of plan's output.
enum class LockLevel {
  kNone,                  ///< reads only
  kRowLocks,              ///< batches of row locks
  kShareUpdateExclusive,  ///< reads and writes go on
  kShareRowExclusive,     ///< reads go on; writes wait for a moment
  kAccessExclusive        ///< everything waits for a moment
};
std::string_view ToString(LockLevel lock);

struct Step {
  std::string id;  ///< "0002-split-name/expand/2-install-sync"; unique on a database
  std::string migration;
  Phase phase = Phase::kExpand;
  Action action;
  std::vector<ObjectRef> touches;
  LockLevel lock = LockLevel::kNone;
  /// One transaction does it all, so `partial` cannot be.
  bool transactional = true;
  /// It only looks or refreshes (verify, ANALYZE, VALIDATE): finding it present already is fine.
  bool only_looks = false;
  /// It waits by design (concurrent builds, VALIDATE): a short lock_timeout must not govern it.
  bool waits = false;
  /// After it there is no way back for its migration.
  bool irreversible = false;
  std::optional<Action> undo;        ///< nothing to undo when empty and not irreversible
  std::string summary;               ///< "add columns first_name, last_name to public.users"
  std::vector<std::string> hazards;  ///< one line each, for plan
};

/// Step ids count from 1 in the order of execution within their phase.
/// The steps that undo `done` (in execution order), last first; ids are "<id>/undo".  Pure.
std::vector<Step> UndoSteps(const std::vector<Step>& done);

/// What the sync trigger of the step's table covers without and with the step.
struct SyncContext {
  std::vector<SyncSpec> before;
  std::vector<SyncSpec> after;
};

enum class Observed { kAbsent, kPartial, kPresent, kRunning, kConflicting, kUndecidable };
std::string_view ToString(Observed observed);

/// What the server shows of a step, and what it was judged by.
struct Observation {
  Observed state = Observed::kUndecidable;
  std::string
      detail;  ///< for people: "index users_email_idx is INVALID", "pid 4411 still builds it"
};

}  // namespace interlock
