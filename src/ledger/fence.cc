#include "ledger/fence.h"

#include <algorithm>
#include <string>

#include "ledger/chain.h"

namespace interlock {

Fence InLockOrder(Fence fence) {
  std::sort(fence.begin(), fence.end(),
            [](const HeldClaim& a, const HeldClaim& b) { return a.object < b.object; });
  return fence;
}

Result<void> RequireToken(const HeldClaim& held, std::uint64_t known) {
  if (known == held.token) return {};
  if (known > held.token)
    return Fail(
        ErrorKind::kFenced, "IL-R61",
        "another runner has taken the claim on " + held.object + " over",
        "this one does nothing more; interlock status shows how the other one fares",
        {"its token is " + std::to_string(known) + ", ours was " + std::to_string(held.token)});
  return Fail(ErrorKind::kUndecidable, "IL-R20",
              "This run holds token " + std::to_string(held.token) + " of the claim on " +
                  held.object + ", and the server now reached knows of " +
                  (known == 0 ? "no such claim" : "token " + std::to_string(known) + " at most"),
              std::string(kLacksEntriesHint));
}

}  // namespace interlock
