#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "config/codes.h"
#include "config/files.h"
#include "config/migration_file.h"
#include "config/plan_file.h"
#include "config/read_project.h"
#include "config/variables.h"

namespace interlock {

using namespace config;  // NOLINT(google-build-using-namespace): the room's own parts

namespace {

std::string NotUsed(const std::string& name, const std::set<std::string>& asked) {
  return DidYouMean(name, std::vector<std::string>(asked.begin(), asked.end()));
}

}  // namespace

Env ProcessEnv() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<Project> LoadProject(const std::string& path, const std::optional<std::string>& environment,
                            const Env& env) {
  IL_ASSIGN(const Node file, ReadToml(path, kMakeProject));
  Problems problems(path);
  ProjectFile read =
      ReadProject(file, path, ChosenEnvironment(environment, env), env, Unset::kWrong, problems);
  if (!problems.empty()) return Fail(problems.First());
  Project& project = read.project;
  for (const auto& [name, source] : read.urls)
    project.databases[name].url = ResolveUrl(source, project.root, problems);
  if (read.ledger) project.ledger_url = ResolveUrl(*read.ledger, project.root, problems);
  if (!problems.empty()) return Fail(problems.First());
  return std::move(project);
}

Result<std::vector<Migration>> LoadMigrations(const Project& project) {
  IL_ASSIGN(auto files, ReadMigrationFiles(project));
  std::vector<Migration> out;
  for (auto& file : files) {
    if (!file.problems.empty()) return Fail(file.problems.First());
    out.push_back(std::move(file.migration));
  }
  return out;
}

Result<Plan> LoadPlan(const std::string& path, const Project& project,
                      const std::vector<Migration>& migrations, const Env& env,
                      const std::map<std::string, std::string>& sets) {
  IL_ASSIGN(Node root, ReadToml(path, kMakePlan));
  Problems problems(path);
  std::set<std::string> asked;
  const Env with_sets = [&](const std::string& name) -> std::optional<std::string> {
    asked.insert(name);
    const auto found = sets.find(name);
    return found == sets.end() ? env(name) : std::optional(found->second);
  };
  ExpandVariables(root, with_sets, Unset::kWrong, kSetPlan, problems);
  Plan plan = ReadPlanFile(root, path, project, migrations, problems);
  for (const auto& [name, value] : sets)
    if (asked.count(name) == 0)
      problems.Add({}, kVariable, fmt::format("the plan has no ${{{}}} for --set", name), "",
                   NotUsed(name, asked));
  if (!problems.empty()) return Fail(problems.First());
  ApplyContractFloor(project, plan);
  return plan;
}

void ApplyContractFloor(const Project& project, Plan& plan) {
  const auto& floor = project.contract_floor;
  auto raise = [](auto& value, const auto& least) {
    if (least && (!value || *value < *least)) value = least;
  };
  raise(plan.contract.soak, floor.soak);
  raise(plan.contract.quarantine, floor.quarantine);
  raise(plan.contract.approvals, floor.approvals);
  for (auto& gate : plan.gates)
    if (gate.before == GatePoint::kContract)
      plan.contract.approvals = std::max(plan.contract.approvals.value_or(0), gate.approvals);
  const int approvals = plan.contract.approvals.value_or(0);
  const bool asked = std::any_of(plan.gates.begin(), plan.gates.end(), [&](const GateSpec& gate) {
    return gate.before == GatePoint::kContract && gate.approvals >= approvals;
  });
  if (!asked && approvals > 0) plan.gates.push_back({GatePoint::kContract, "", approvals});
}

Result<Uses> LoadUses(const std::string& path) {
  IL_ASSIGN(const Node root, ReadToml(path, kMakeUses));
  Problems problems(path);
  Uses uses = ReadUsesFile(root, nullptr, problems);
  if (!problems.empty()) return Fail(problems.First());
  return uses;
}

}  // namespace interlock
