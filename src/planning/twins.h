// What becomes of indexes and constraints whose columns are replaced: DROP COLUMN would take them
// along without a word, so each gets a twin on the new column first, or is named in `drops`.
#pragma once

#include <string>
#include <vector>

#include "planning/draft.h"

namespace interlock::planning {

struct Twins {
  std::vector<action::CopyIndex> indexes;         ///< not unique: built with the backfill
  std::vector<action::CopyIndex> unique_indexes;  ///< the old version could violate them: contract
  std::vector<action::CopyConstraint> checks;
  std::vector<action::CopyConstraint> foreign_keys;
  std::vector<std::string> unvalidated;  ///< names of twins whose sources were never validated
  std::vector<std::string> constraint_sources;  ///< unique constraints that live on as indexes only
  std::vector<std::string> dropped;             ///< names of what goes without a twin
};

/// A twin needs exactly one old and one new column in the change, since only then is it plain which
/// stands for which.  IL-P09 for what can have none and is not in `drops`.
Result<Twins> FindTwins(const Draft& draft, const Table& table,
                        const std::vector<std::string>& old_columns,
                        const std::vector<std::string>& new_columns,
                        const std::vector<std::string>& drops);

/// The twins that hold nothing up, after the backfill.
void AddBackfillTwins(Draft& draft, const Twins& twins);
/// The twins that tighten, at contract.
void AddContractTwins(Draft& draft, const Twins& twins);

}  // namespace interlock::planning
