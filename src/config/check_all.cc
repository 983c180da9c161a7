#include <filesystem>
#include <set>

#include "config/codes.h"
#include "config/config.h"
#include "config/files.h"
#include "config/migration_file.h"
#include "config/overlay.h"
#include "config/plan_file.h"
#include "config/read_project.h"
#include "config/variables.h"

namespace interlock {

using namespace config;  // NOLINT(google-build-using-namespace): the room's own parts

namespace {

class Checker {
 public:
  Checker(std::string path, const Env& env) : path_(std::move(path)), env_(env) {}

  /// The project to check the other files with.
  Project CheckProject(const Node& file, const std::string& environment) {
    Problems problems(path_);
    Project chosen = Read(file, environment, problems);
    const auto names = EnvironmentNames(file);
    // What an environment supplies may be missing without one.
    for (auto& error : problems.Sorted()) {
      const bool may_come = environment.empty() && !names.empty() &&
                            (error.code == kMissingKey || error.code == kAlternatives);
      if (!may_come) Add(std::move(error));
    }
    if (!environment.empty()) return chosen;
    for (const auto& name : names) {
      Problems more(path_);
      Read(file, name, more);
      for (auto& error : more.Sorted()) Add(std::move(error));
    }
    return chosen;
  }

  std::vector<Migration> CheckMigrations(const Project& project) {
    std::vector<Migration> out;
    auto files = ReadMigrationFiles(project);
    if (!files) {
      Add(files.error());
      return out;
    }
    for (auto& file : *files) {
      for (auto& error : file.problems.Sorted()) Add(std::move(error));
      // One message is enough: plans that name it are not wrong as well.
      if (project.databases.count(file.migration.database) == 0) file.migration.database.clear();
      out.push_back(std::move(file.migration));
    }
    return out;
  }

  void CheckPlans(const Project& project, const std::vector<Migration>& migrations) {
    const auto folder = Beneath(project.root, "plans");
    if (!std::filesystem::is_directory(folder)) return;
    const auto files = TomlFiles(folder, "");
    if (!files) {
      Add(files.error());
      return;
    }
    for (const auto& file : *files) {
      auto root = ReadToml(file, kMakePlan);
      if (!root) {
        Add(root.error());
        continue;
      }
      Problems problems(file);
      ExpandVariables(*root, env_, Unset::kLeaveOpen, kSetPlan, problems);
      ReadPlanFile(*root, file, project, migrations, problems);
      for (auto& error : problems.Sorted()) Add(std::move(error));
    }
  }

  void CheckUses(const Project& project, const std::vector<Migration>& migrations) {
    std::vector<std::string> known;
    for (const auto& migration : migrations) known.push_back(migration.id);
    for (const auto& [name, app] : project.apps) {
      if (app.uses_file.empty() || app.uses_file.find("${") != std::string::npos) continue;
      const auto file = Beneath(project.root, app.uses_file);
      const auto root = ReadToml(file, kMakeUses);
      if (!root) {
        Add(root.error());
        continue;
      }
      Problems problems(file);
      ReadUsesFile(*root, &known, problems);
      for (auto& error : problems.Sorted()) Add(std::move(error));
    }
  }

  std::vector<Error> Take() { return std::move(errors_); }

 private:
  Project Read(const Node& file, const std::string& environment, Problems& problems) {
    return ReadProject(file, path_, environment, env_, Unset::kLeaveOpen, problems).project;
  }
  void Add(Error error) {
    if (said_.insert(error.message).second) errors_.push_back(std::move(error));
  }

  std::string path_;
  const Env& env_;
  std::set<std::string> said_;
  std::vector<Error> errors_;
};

}  // namespace

Result<std::vector<Error>> CheckAll(const std::string& path,
                                    const std::optional<std::string>& environment, const Env& env) {
  const auto file = ReadToml(path, kMakeProject);
  if (!file) {
    if (file.error().code == kUnreadable) return Fail(file.error());
    return std::vector<Error>{file.error()};
  }
  Checker checker(path, env);
  const Project project = checker.CheckProject(*file, ChosenEnvironment(environment, env));
  const auto migrations = checker.CheckMigrations(project);
  checker.CheckPlans(project, migrations);
  checker.CheckUses(project, migrations);
  return checker.Take();
}

}  // namespace interlock
