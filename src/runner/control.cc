#include "runner/control.h"

namespace interlock {

Result<void> CheckStop(const RunControl& control, const std::string& where) {
  if (!control.stop_requested()) return {};
  return Fail(
      ErrorKind::kStopped, "IL-R10", "Stopped on request " + where,
      "run the same command again to continue; interlock status says whether it is safe so");
}

}  // namespace interlock
