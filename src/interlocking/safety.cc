#include "interlocking/safety.h"

#include <fmt/format.h>

#include <array>

namespace interlock {
namespace {

constexpr std::array kInOrder{SchemaState::kAbsent, SchemaState::kExpanding, SchemaState::kExpanded,
                              SchemaState::kContracting, SchemaState::kContracted};

std::string Seen(const VersionUses& version) {
  return version.seen.empty() ? "" : fmt::format(" ({})", version.seen);
}

}  // namespace

GateResult SafetyRule(std::span<const VersionUses> versions, const SchemaStates& states) {
  GateResult refusal = OpenGate();
  auto refuse = [&](std::string code, std::string line, std::string clears) {
    if (refusal.open) {
      refusal = ClosedGate(ErrorKind::kRefused, std::move(code), line, {}, std::move(clears));
      return;
    }
    refusal.details.push_back(std::move(line));
  };
  for (const auto& version : versions) {
    if (!version.uses) {
      refuse("IL-G01",
             fmt::format("{} {} is unknown: neither registered nor named by a plan{}", version.app,
                         version.version, Seen(version)),
             fmt::format("interlock app register {} {} --uses FILE", version.app, version.version));
      continue;
    }
    for (const auto& [migration, state] : states) {
      const auto interval = version.uses->For(migration);
      if (interval.Contains(state)) continue;
      refuse("IL-G02",
             fmt::format("{} {} does not support {} {}: it supports {}{}", version.app,
                         version.version, migration, ToString(state), interval.ToString(),
                         Seen(version)),
             fmt::format("clears when {} {} no longer runs, or a version that supports it is "
                         "registered in its place",
                         version.app, version.version));
    }
  }
  return refusal;
}

std::string WhatClears(const std::string& migration, SchemaState state,
                       const StateInterval& interval) {
  bool passed = false;
  for (const auto candidate : kInOrder) {
    if (candidate == state) passed = true;
    if (passed && interval.Contains(candidate))
      return fmt::format("clears when {} is {}", migration, ToString(candidate));
  }
  if (state == SchemaState::kContracted)
    return fmt::format("{} is contracted for good: start a version that supports that", migration);
  return fmt::format("clears if {} is rolled back; otherwise start a version that supports {}",
                     migration, ToString(state));
}

}  // namespace interlock
