// The project's files as commands name them: interlock.toml found upward, plans by path or id.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/migration.h"
#include "model/project.h"
#include "model/release.h"

namespace interlock::cli {

using Settings = std::map<std::string, std::string>;

/// `named`, or interlock.toml in this folder or the nearest one above.  kConfig (IL-U10) says where
/// it was looked for.
Result<std::string> FindConfig(const std::string& named);
Result<Project> ReadProject(const std::string& file, const std::string& environment);
Result<Plan> ReadPlan(const std::string& file, const Project& project,
                      const std::vector<Migration>& migrations, const Settings& settings);
/// What a build supports: the file's list ("" = none), and the migrations that the build contains.
Result<Uses> ReadUses(const std::string& file, const std::vector<Migration>& migrations);
/// Of an application's `uses` in interlock.toml; nothing when it has none.
std::string UsesFileOf(const Project& project, const App& app);

/// Plan files in plans/, by the file's stem.
std::map<std::string, std::string> PlanFiles(const Project& project);
/// A path that exists, or the stem of a file in plans/.  kUsage (IL-U11) with the nearest one.
Result<std::string> FindPlan(const Project& project, const std::string& named);

Result<std::string> ReadText(const std::string& file);
/// Replaces the file as a whole, with the given permissions; an old one is not touched on failure.
Result<void> WriteText(const std::string& file, const std::string& text, unsigned mode);

/// kUsage when the project has no application of that name.
Result<void> RequireApp(const Project& project, const std::string& app);

}  // namespace interlock::cli
