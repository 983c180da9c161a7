// The steps that move or compare rows, as the step runner sees them: look at the checkpoints, do.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "runner/control.h"
#include "runner/link.h"

namespace interlock {

class BulkWork {
 public:
  virtual ~BulkWork() = default;
  /// Of a Backfill: by its checkpoints on the server.  Of a Verify: always absent, since only
  /// looking again tells.
  virtual Result<Observation> Observe(DatabaseLink& link, const Step& step) = 0;
  /// Does it, or goes on with it; returns the counts as evidence.  kVerification with the first
  /// keys when rows differ, or do not survive the round trip and the change is not `lossy`.
  virtual Result<nlohmann::json> Execute(DatabaseLink& link, const Step& step,
                                         const StatementTag& tag) = 0;
  /// Brings the copy that `step` swaps in up to date, as far as writers let it; nothing where no
  /// copy stands aside.
  virtual Result<void> CatchUp(DatabaseLink& /*link*/, const Step& /*step*/,
                               const StatementTag& /*tag*/) {
    return {};
  }
};

/// Whether the step swaps what a copy has filled: what was written meanwhile comes over first.
bool NeedsCatchUp(const Step& step);

}  // namespace interlock
