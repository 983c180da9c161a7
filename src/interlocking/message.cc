#include "interlocking/message.h"

namespace interlock {

Error ToError(const GateResult& gate) {
  return Error{gate.kind, gate.code, gate.headline, gate.details, gate.clears};
}

Result<void> Require(const GateResult& gate) {
  if (gate.open) return {};
  return Fail(ToError(gate));
}

}  // namespace interlock
