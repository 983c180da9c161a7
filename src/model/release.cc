#include "model/release.h"

#include <array>
#include <utility>

namespace interlock {
namespace {

constexpr std::array<std::pair<GatePoint, std::string_view>, 4> kPoints{{
    {GatePoint::kExpand, "expand"},
    {GatePoint::kRollout, "rollout"},
    {GatePoint::kCutOver, "cut_over"},
    {GatePoint::kContract, "contract"},
}};

constexpr std::array<std::pair<ReleaseState, std::string_view>, 8> kReleaseStates{{
    {ReleaseState::kPlanned, "planned"},
    {ReleaseState::kExpanding, "expanding"},
    {ReleaseState::kRollingOut, "rolling out"},
    {ReleaseState::kReleased, "released"},
    {ReleaseState::kContracting, "contracting"},
    {ReleaseState::kFinished, "finished"},
    {ReleaseState::kRolledBack, "rolled back"},
    {ReleaseState::kAbandoned, "abandoned"},
}};

}  // namespace

std::string_view ToString(GatePoint point) {
  for (const auto& [value, text] : kPoints)
    if (value == point) return text;
  return "contract";
}

Result<GatePoint> ParseGatePoint(std::string_view text) {
  for (const auto& [value, name] : kPoints)
    if (name == text) return value;
  return Fail(ErrorKind::kConfig, "IL-C24", "'" + std::string(text) + "' is no point of a release",
              "one of expand, rollout, cut_over, contract");
}

std::string_view ToString(ReleaseState state) {
  for (const auto& [value, text] : kReleaseStates)
    if (value == state) return text;
  return "planned";
}

Result<ReleaseState> ParseReleaseState(std::string_view text) {
  for (const auto& [value, name] : kReleaseStates)
    if (name == text) return value;
  return Fail(ErrorKind::kCorrupt, "IL-L22", "'" + std::string(text) + "' is no release state");
}

}  // namespace interlock
