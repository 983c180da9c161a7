// The table of the row rule: who writes what, and how both sides must look afterwards.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "model/sync.h"

namespace interlock::testing {

/// A table with rows from before its trigger, and what is synced on it.
struct Shape {
  const char* create;  ///< with the rows from before; then the new columns
  SyncSpec spec;
  const char* query;  ///< what a case's expectations show
};

struct RuleCase {
  const char* name;
  const char* shape;
  const char* write;
  const char* after_write;  ///< rows; nullptr: the write is refused, `after_backfill` is shown
  const char* after_backfill;
  int lossy = 0;      ///< what verify counts in the end
  int sightings = 0;  ///< writes through the old shape
};
inline void PrintTo(const RuleCase& rule_case, std::ostream* out) { *out << rule_case.name; }

const Shape& ShapeNamed(const std::string& name);
const std::vector<RuleCase>& RuleCases();

}  // namespace interlock::testing
