// Schema states of a migration, and which of them an application version supports.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace interlock {

enum class SchemaState { kAbsent, kExpanding, kExpanded, kContracting, kContracted };
std::string_view ToString(SchemaState state);
Result<SchemaState> ParseSchemaState(std::string_view text);

/// A set of schema states, written "expanded..", "..expanded", "absent..expanded", "expanded".
class StateInterval {
 public:
  /// kConfig when it names no states, or runs backwards.
  static Result<StateInterval> Parse(std::string_view text);
  /// expanded and everything after: what a build that contains a migration supports.
  static StateInterval FromExpanded();
  /// everything up to expanded: what a build that does not contain it supports.
  static StateInterval UpToExpanded();
  bool Contains(SchemaState state) const;
  std::string ToString() const;
  bool operator==(const StateInterval&) const = default;

 private:
  SchemaState first_ = SchemaState::kAbsent;
  SchemaState last_ = SchemaState::kContracted;
};

/// What one version of an application supports.
struct Uses {
  std::map<std::string, StateInterval> listed;  ///< by migration id
  /// Migrations that the version's build contained.  One in here and not listed is "expanded..",
  /// one not in here is "..expanded".
  std::vector<std::string> contains;
  bool operator==(const Uses&) const = default;

  StateInterval For(const std::string& migration) const;
};

}  // namespace interlock
