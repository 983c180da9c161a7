// The TOML files that a user writes: interlock.toml (p), a migration (m), a plan (r), uses (u).
#include <nlohmann/json.hpp>

#include "config/migration_file.h"
#include "config/plan_file.h"
#include "config/read_project.h"
#include "config/toml_reader.h"
#include "config/variables.h"
#include "fuzz/fuzz.h"
#include "model/json.h"
#include "model/release_json.h"
#include "planning/planning.h"
#include "planning/plans.h"

namespace interlock::fuzz {
namespace {

using config::Node;
using config::Problems;

std::optional<std::string> Variable(const std::string& name) {
  if (name == "URL") return "postgresql://shop@db/shop";
  if (name == "ODD") return "${URL} \" ' \n";
  return std::nullopt;
}

void RequirePlaced(const Problems& problems) {
  for (const auto& error : problems.Sorted()) {
    RequireUsable(error);
    Require(error.kind == ErrorKind::kConfig, "a wrong file is a wrong configuration",
            ToString(error));
    Require(error.message.starts_with(problems.file()), "it says which file", ToString(error));
  }
}

void Plan(const Migration& migration) {
  const Catalog catalog = Shop();
  const auto steps = PlanMigration(migration, {catalog, {}, {}});
  if (!steps) return RequireUsable(steps.error());
  const auto again = StepsFromJson(ToJson(*steps));
  Require(again && CanonicalJson(ToJson(*again)) == CanonicalJson(ToJson(*steps)),
          "steps come back from the ledger as they were",
          again ? std::string() : ToString(again.error()));
  for (const auto& step : *steps)
    Require(!step.id.empty() && !step.summary.empty(), "a step has an id and a summary");
  AfterExpand(catalog, *steps);
}

void ReadMigration(const Node& node) {
  const auto file = config::ReadMigrationFile(node, "0002-x", "0002-x.toml");
  RequirePlaced(file.problems);
  if (!file.problems.empty()) return;
  const auto again = MigrationFromJson(ToJson(file.migration));
  Require(again && CanonicalJson(ToJson(*again)) == CanonicalJson(ToJson(file.migration)),
          "a migration comes back as it was");
  Require(ContentHash(*again) == file.migration.hash, "and so does its hash");
  Plan(file.migration);
}

void ReadProjectIn(const Node& node, const std::string& environment) {
  Problems problems("interlock.toml");
  config::ReadProject(node, "root/interlock.toml", environment, Variable, config::Unset::kWrong,
                      problems);
  RequirePlaced(problems);
}

Project SmallProject() {
  Project project;
  project.name = "shop";
  project.databases["main"].name = "main";
  project.apps["web"].name = "web";
  project.apps["web"].databases = {"main"};
  return project;
}

void ReadPlan(Node node) {
  Problems problems("plan.toml");
  config::ExpandVariables(node, Variable, config::Unset::kWrong, "set {}", problems);
  const auto plan = config::ReadPlanFile(node, "plan.toml", SmallProject(),
                                         {MigrationOf("0002-split-name", {})}, problems);
  RequirePlaced(problems);
  if (!problems.empty()) return;
  const auto again = PlanFromJson(ToJson(plan));
  Require(again && CanonicalJson(ToJson(*again)) == CanonicalJson(ToJson(plan)),
          "a plan comes back as it was");
}

void ReadUses(const Node& node) {
  const std::vector<std::string> known = {"0001-create-users", "0002-split-name"};
  Problems problems("uses.toml");
  const auto uses = config::ReadUsesFile(node, &known, problems);
  RequirePlaced(problems);
  if (!problems.empty()) return;
  const auto again = UsesFromJson(ToJson(uses));
  Require(again && *again == uses, "uses come back as they were");
}

}  // namespace
}  // namespace interlock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace interlock::fuzz;
  const Input input(data, size);
  const auto node = interlock::config::ParseToml(input.text, "x.toml");
  if (!node) {
    RequireUsable(node.error());
    return 0;
  }
  if (input.which == 'm') ReadMigration(*node);
  if (input.which == 'r') ReadPlan(*node);
  if (input.which == 'u') ReadUses(*node);
  if (input.which == 'p')
    for (const char* environment : {"", "prod"}) ReadProjectIn(*node, environment);
  return 0;
}
