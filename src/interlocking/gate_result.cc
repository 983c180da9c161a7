#include "interlocking/gate_result.h"

#include <algorithm>
#include <utility>

namespace interlock {
namespace {

// Lower is graver: what is said first decides the exit code.
int Severity(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUndecidable:
      return 0;
    case ErrorKind::kDrift:
      return 1;
    case ErrorKind::kRefused:
      return 2;
    case ErrorKind::kStale:
      return 3;
    case ErrorKind::kWaitsForPerson:
      return 4;
    case ErrorKind::kNotYet:
      return 5;
    default:
      return 2;
  }
}

}  // namespace

GateResult OpenGate(std::string shown) {
  GateResult gate;
  gate.headline = std::move(shown);
  return gate;
}

GateResult ClosedGate(ErrorKind kind, std::string code, std::string headline,
                      std::vector<std::string> details, std::string clears,
                      std::optional<Timestamp> clears_at) {
  return GateResult{
      false,    kind, std::move(code), std::move(headline), std::move(details), std::move(clears),
      clears_at};
}

GateResult CombineGates(std::span<const GateResult> gates) {
  const GateResult* first = nullptr;
  for (const auto& gate : gates)
    if (!gate.open && (first == nullptr || Severity(gate.kind) < Severity(first->kind)))
      first = &gate;
  if (first == nullptr) {
    GateResult open = OpenGate();
    for (const auto& gate : gates) {
      if (!gate.headline.empty()) open.details.push_back(gate.headline);
      open.details.insert(open.details.end(), gate.details.begin(), gate.details.end());
    }
    return open;
  }
  GateResult combined = *first;
  for (const auto& gate : gates) {
    if (gate.open || &gate == first) continue;
    combined.details.push_back(gate.headline + "  [" + gate.code + "]");
    for (const auto& line : gate.details) combined.details.push_back("  " + line);
    if (!gate.clears.empty() && gate.clears != first->clears)
      combined.details.push_back("  " + gate.clears);
    if (!gate.clears_at || !combined.clears_at)
      combined.clears_at.reset();
    else
      combined.clears_at = std::max(*combined.clears_at, *gate.clears_at);
  }
  return combined;
}

}  // namespace interlock
