// A release plan and the states of a release being carried out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "model/project.h"
#include "model/uses.h"

namespace interlock {

enum class GatePoint { kExpand, kRollout, kCutOver, kContract };
std::string_view ToString(GatePoint point);
Result<GatePoint> ParseGatePoint(std::string_view text);

/// "1", "50%", "100%": how many instances are moved when the batch is done, cumulative.
struct Batch {
  int count = 0;
  bool percent = false;
  bool operator==(const Batch&) const = default;
};

struct Rollout {
  std::string app;
  std::string from;  ///< "" = what the census shows
  std::string to;
  std::vector<Batch> batches;  ///< never empty; the last one is 100%
  Duration bake{0};
  bool operator==(const Rollout&) const = default;
};

/// A gate that a plan asks for: an attestation or a number of approvals before a point.
struct GateSpec {
  GatePoint before = GatePoint::kContract;
  std::string attest;  ///< statement, or ""
  int approvals = 0;
  bool operator==(const GateSpec&) const = default;
};

struct Plan {
  std::string id;
  std::string summary;
  std::vector<std::string> migrations;
  std::vector<Rollout> rollouts;
  std::vector<GateSpec> gates;
  ContractSettings contract;
  std::string file;
};

enum class ReleaseState {
  kPlanned,
  kExpanding,
  kRollingOut,
  kReleased,
  kContracting,
  kFinished,
  kRolledBack,
  kAbandoned
};
/// The design's words: "rolling out", "rolled back".
std::string_view ToString(ReleaseState state);
Result<ReleaseState> ParseReleaseState(std::string_view text);

}  // namespace interlock
