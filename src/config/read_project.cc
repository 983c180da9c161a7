#include "config/read_project.h"

#include <filesystem>

#include "config/overlay.h"

namespace interlock::config {
namespace {

constexpr char kSetProject[] = "set it in the environment; write $${{ for a literal ${{";

}  // namespace

std::string ChosenEnvironment(const std::optional<std::string>& environment, const Env& env) {
  return environment ? *environment : env("INTERLOCK_ENV").value_or("");
}

ProjectFile ReadProject(const Node& file, const std::string& path, const std::string& environment,
                        const Env& env, Unset unset, Problems& problems) {
  Overlaid overlaid = LayEnvironment(file, environment, problems);
  ExpandVariables(overlaid.project, env, unset, kSetProject, problems);
  ExpandVariables(overlaid.settings, env, unset, kSetProject, problems);
  auto root = std::filesystem::path(path).parent_path().string();
  return ReadProjectFile(overlaid, environment, root.empty() ? "." : root, problems);
}

}  // namespace interlock::config
