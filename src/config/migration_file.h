// One migration file as a Migration, and what must hold among all of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/problems.h"
#include "model/migration.h"
#include "model/project.h"

namespace interlock::config {

struct MigrationFile {
  Migration migration;
  Position database_at;
  std::vector<Position> after_at;  ///< one for each of migration.after
  Problems problems{""};
};

/// `id` is the file's stem.
MigrationFile ReadMigrationFile(const Node& root, const std::string& id, const std::string& file);

/// Every file of the project's folders, sorted by id, with its own problems and with those among
/// them: databases and migrations that do not exist, ids twice, cycles.
/// Fails when a folder cannot be read.
Result<std::vector<MigrationFile>> ReadMigrationFiles(const Project& project);

}  // namespace interlock::config
