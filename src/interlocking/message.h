// Turns a closed gate into the Error that a command ends with.
#pragma once

#include "base/error.h"
#include "base/result.h"
#include "interlocking/gate_result.h"

namespace interlock {

/// The hint is what clears it.  REQUIRES: the gate is closed.
Error ToError(const GateResult& gate);

/// Nothing when open, ToError otherwise.
Result<void> Require(const GateResult& gate);

}  // namespace interlock
