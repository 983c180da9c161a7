// The safety rule: every running version supports the schema state that it sees.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "interlocking/gate_result.h"
#include "model/uses.h"

namespace interlock {

/// States of one database's migrations, by id.
using SchemaStates = std::map<std::string, SchemaState>;

/// A version that runs or is about to, and what it supports.
struct VersionUses {
  std::string app;
  std::string version;
  std::optional<Uses> uses;  ///< nothing: neither registered nor named by a plan
  std::string seen;  ///< for messages: "instance web-2", "session pid 4411", "about to start"
};

/// THE rule, for one database: open when every version supports every one of `states` (those that
/// are to hold after a step, together with those it leaves alone; others are not judged). Otherwise
/// IL-G01 or IL-G02 names application, version, migration, state and the interval.  Versions of
/// applications that do not use this database must not be passed.  Pure.
GateResult SafetyRule(std::span<const VersionUses> versions, const SchemaStates& states);

/// What would bring `state` into `interval`, for people: "clears when 0002-split-name is expanded".
std::string WhatClears(const std::string& migration, SchemaState state,
                       const StateInterval& interval);

}  // namespace interlock
