// interlock.toml, with its environment laid over it, as a Project.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/node.h"
#include "config/overlay.h"
#include "config/problems.h"
#include "config/secret.h"
#include "model/project.h"

namespace interlock::config {

/// The urls are not resolved yet: Project::ledger_url and Database::url are empty, and replicas'
/// are as they stand.
struct ProjectFile {
  Project project;
  std::map<std::string, UrlSource> urls;  ///< by database
  std::optional<UrlSource> ledger;
};

/// Variables have been filled in.  `root` is the file's folder.
ProjectFile ReadProjectFile(const Overlaid& file, const std::string& environment,
                            const std::string& root, Problems& problems);

/// [apps.NAME]; whether its databases exist is the caller's.
App ReadApp(const Node& node, const std::string& name, const Project& project, Problems& problems);

/// `soak`, `quarantine` and, in a floor, `approvals`.
ContractSettings ReadContract(const Node& node, const std::string& name, bool is_floor,
                              Problems& problems);

}  // namespace interlock::config
