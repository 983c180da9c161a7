// Files that a user writes, read into values: interlock.toml, migrations, release plans, uses.
// Every wrong file gets one message (kind kConfig) with file, line, column and what was expected;
// docs/formats.md describes the files, config/codes.h the messages' codes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/migration.h"
#include "model/project.h"
#include "model/release.h"
#include "model/uses.h"

namespace interlock {

/// The value of an environment variable, or nothing when it is not set.
using Env = std::function<std::optional<std::string>(const std::string& name)>;
/// That of this process.
Env ProcessEnv();

/// Reads interlock.toml, lays the environment over it and resolves the urls: url_file is read,
/// url_command is run (in the project's root, without a shell) once all else proved right.
/// Without `environment`, INTERLOCK_ENV chooses; empty means none.
Result<Project> LoadProject(const std::string& path, const std::optional<std::string>& environment,
                            const Env& env);

/// All *.toml of the project's migration folders, sorted by id, hashes filled in.
Result<std::vector<Migration>> LoadMigrations(const Project& project);

/// `sets` (`--set NAME=VALUE`) override the environment in ${VAR}; one that the plan does not use
/// is an error.  The environment's floors are part of the plan that is returned.
Result<Plan> LoadPlan(const std::string& path, const Project& project,
                      const std::vector<Migration>& migrations, const Env& env,
                      const std::map<std::string, std::string>& sets = {});

/// What a release without a plan file needs too: soak, quarantine and approvals at least as the
/// environment demands.  LoadPlan has done it.
void ApplyContractFloor(const Project& project, Plan& plan);

/// Fills `listed`; `contains` is for the caller, who knows the build's migrations.
Result<Uses> LoadUses(const std::string& path);

/// Everything wrong in interlock.toml (all environments, or the one given), the migrations, the
/// plans in `plans/` and the uses files, for `interlock check`.  It needs no secrets: url_file and
/// url_command are left alone, and an unset ${VAR} is no mistake.
/// Fails only when interlock.toml cannot be read at all.
Result<std::vector<Error>> CheckAll(const std::string& path,
                                    const std::optional<std::string>& environment, const Env& env);

}  // namespace interlock
