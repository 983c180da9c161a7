#include "ledger/fence.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "ledger/chain.h"

namespace interlock {

std::string ObjectsOf(const Fence& fence) {
  std::vector<std::string> objects;
  for (const auto& claim : fence) objects.push_back(claim.object);
  std::sort(objects.begin(), objects.end());
  return nlohmann::json(objects).dump();
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

Result<void> RequireTokens(const Fence& fence, const std::map<std::string, std::uint64_t>& known) {
  Result<void> out;
  for (const auto& claim : fence) {
    const auto found = known.find(claim.object);
    auto held = RequireToken(claim, found == known.end() ? 0 : found->second);
    if (held) continue;
    if (held.error().kind != ErrorKind::kFenced) return held;
    if (out) out = std::move(held);
  }
  return out;
}

}  // namespace interlock
