// A bundle: one JSON file with a plan, its migrations and the digest of all that will run, so that
// what was reviewed is what is deployed.
#pragma once

#include <string>
#include <vector>

#include "runner/planner.h"

namespace interlock::cli {

struct Bundle {
  Plan plan;
  std::vector<Migration> migrations;
  Digest digest;
};

/// Pretty-printed, keys sorted, with a line end.  Pure.
std::string WriteBundle(const PlannedRelease& release);
/// kConfig (IL-U14) on anything WriteBundle would not have written, or a migration whose contents
/// do not give its hash.
Result<Bundle> ReadBundle(const std::string& text, const std::string& file);

}  // namespace interlock::cli
