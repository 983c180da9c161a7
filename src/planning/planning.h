// Change × Catalog × Capabilities → Steps.  Pure: the same input gives the same steps.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/alteration.h"
#include "model/capabilities.h"
#include "model/catalog.h"
#include "model/migration.h"
#include "model/step.h"

namespace interlock {

/// What else is open on the database: sync specs of migrations that are not contracted.
struct PlanningInput {
  const Catalog& catalog;
  Capabilities capabilities;
  std::vector<SyncSpec> open_specs;
  /// What the server says of each alter_table of the migration, by the change's number from 1.
  std::map<int, ForeseenAlter> foreseen{};
  /// Tables that other migrations alter and whose former shape is still kept: table → migration.
  std::map<TableName, std::string> open_alterations{};
};

/// All steps of the migration, expand to contract, in order of execution.  kRefused (IL-P…) when
/// the schema as it is does not allow it, naming the object and the way out.
Result<std::vector<Step>> PlanMigration(const Migration& migration, const PlanningInput& input);

/// The catalog as it will be once the expand, backfill and verify steps are done: what a migration
/// later in the same plan will meet.  Pure.
Catalog AfterExpand(Catalog catalog, const std::vector<Step>& steps);

/// Column a quarantined one is renamed to: at most `max_bytes` long, unique by a digest.
std::string QuarantineName(const std::string& column, const std::string& migration,
                           std::size_t max_bytes);

}  // namespace interlock
