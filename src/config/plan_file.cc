#include "config/plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "config/codes.h"
#include "config/files.h"
#include "config/project_file.h"
#include "config/table_reader.h"

namespace interlock::config {
namespace {

void ReadMigrationList(TableReader& table, const Project& project,
                       const std::vector<Migration>& migrations, Plan& plan, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& migration : migrations) known.push_back(migration.id);
  const auto nodes = table.Texts("migrations");
  CheckDistinct(nodes, "'migrations'", problems);
  std::set<std::string> before;
  for (const Node* node : nodes) {
    plan.migrations.push_back(node->text);
    if (node->open) continue;
    const auto found = std::find_if(migrations.begin(), migrations.end(),
                                    [&](const Migration& m) { return m.id == node->text; });
    if (found == migrations.end()) {
      problems.Add(node->at, kUnknownName, fmt::format("there is no migration '{}'", node->raw),
                   "the stem of a file in the project's migration folders",
                   DidYouMean(node->raw, known));
      continue;
    }
    if (!found->database.empty() && project.databases.count(found->database) == 0)
      problems.Add(node->at, kUnknownName,
                   fmt::format("migration '{}' is for the database '{}', which is not configured",
                               node->raw, found->database),
                   "a migration of a database in interlock.toml");
    for (const Node* other : nodes)
      if (before.count(other->text) == 0 && other != node &&
          std::any_of(found->after.begin(), found->after.end(),
                      [&](const MigrationRef& ref) { return ref.id == other->text; }))
        problems.Add(
            node->at, kOrder,
            fmt::format("'{}' comes after '{}', which follows it here", node->raw, other->raw),
            fmt::format("'{}' first", other->raw));
    before.insert(node->text);
  }
}

std::optional<Batch> ParseBatch(const Node& node) {
  if (node.type == Node::Type::kInteger) {
    if (node.integer < 1 || node.integer > 1'000'000) return std::nullopt;
    return Batch{static_cast<int>(node.integer), false};
  }
  if (node.type != Node::Type::kString || node.text.empty() || node.text.back() != '%')
    return std::nullopt;
  int percent = 0;
  const char* end = node.text.data() + node.text.size() - 1;
  const auto [at, error] = std::from_chars(node.text.data(), end, percent);
  if (error != std::errc() || at != end || percent < 1 || percent > 100) return std::nullopt;
  return Batch{percent, true};
}

std::string Text(const Batch& batch) {
  return batch.percent ? fmt::format("\"{}%\"", batch.count) : std::to_string(batch.count);
}

std::vector<Batch> ReadBatches(TableReader& table, Problems& problems) {
  std::vector<Batch> out;
  const Node* list = table.Get("batches", Node::Type::kArray, Need::kOptional,
                               "a list such as [1, \"50%\", \"100%\"]");
  if (list == nullptr) return {Batch{100, true}};
  for (const auto& item : list->items) {
    if (item.open) return {Batch{100, true}};
    const auto batch = ParseBatch(item);
    if (!batch) {
      problems.Add(item.at, kBatches,
                   item.type == Node::Type::kString
                       ? fmt::format("'{}' is no batch", item.raw)
                       : fmt::format("'batches' holds {}", item.type == Node::Type::kInteger
                                                               ? std::to_string(item.integer)
                                                               : std::string(TypeName(item.type))),
                   "a number from 1 on, or \"1%\" to \"100%\"");
      return {Batch{100, true}};
    }
    // A number and a share cannot be compared without knowing how many instances there are.
    for (const auto& earlier : out) {
      const bool is_all = earlier.percent && earlier.count == 100;
      if (!is_all && (earlier.percent != batch->percent || earlier.count < batch->count)) continue;
      problems.Add(item.at, kBatches,
                   fmt::format("batch {} does not go beyond {}", Text(*batch), Text(earlier)),
                   "batches that grow", "each one counts all instances moved so far");
      return {Batch{100, true}};
    }
    out.push_back(*batch);
  }
  if (out.empty() || out.back() != Batch{100, true}) {
    problems.Add(
        out.empty() ? list->at : list->items.back().at, kBatches,
        out.empty() ? "'batches' is empty" : fmt::format("the last batch is {}", Text(out.back())),
        "\"100%\" as the last one");
    return {Batch{100, true}};
  }
  return out;
}

std::string ReadVersion(TableReader& table, const char* key, Need need, Problems& problems) {
  const Node* node = table.Text(key, need);
  if (node == nullptr) return "";
  if (node->text.find_first_of(" \t\r\n") != std::string::npos)
    problems.Add(node->at, kWrongValue, fmt::format("'{}' holds white space", key),
                 "a version such as \"1.42.0\"");
  return node->text;
}

Rollout ReadRollout(const Node& node, const Project& project, Problems& problems) {
  Rollout out;
  TableReader table(node, "[[rollout]]", problems);
  if (const Node* app = table.Text("app", Need::kRequired)) {
    out.app = app->text;
    std::vector<std::string> known;
    for (const auto& [name, value] : project.apps) known.push_back(name);
    const auto found = project.apps.find(app->text);
    if (found == project.apps.end()) {
      if (!app->open)
        problems.Add(app->at, kUnknownName, fmt::format("there is no app '{}'", app->raw),
                     known.empty() ? "a table [apps." + app->raw + "] in interlock.toml"
                                   : "one of [apps] in interlock.toml: " + Quoted(known),
                     DidYouMean(app->raw, known));
    } else if (found->second.deploy.driver.empty()) {
      problems.Add(app->at, kUnknownName, fmt::format("app '{}' has no driver", app->raw),
                   fmt::format("a table [apps.{}.deploy] in interlock.toml", app->raw));
    }
  }
  out.from = ReadVersion(table, "from", Need::kOptional, problems);
  out.to = ReadVersion(table, "to", Need::kRequired, problems);
  if (!out.to.empty() && out.to == out.from)
    problems.Add(table.At("to"), kWrongValue, "'from' and 'to' are the same version",
                 "two versions");
  out.batches = ReadBatches(table, problems);
  if (const auto bake = table.GetDuration("bake")) out.bake = *bake;
  table.Finish();
  return out;
}

GateSpec ReadGate(const Node& node, Problems& problems) {
  GateSpec out;
  TableReader table(node, "[[gate]]", problems);
  if (const Node* before = table.Text("before", Need::kRequired)) {
    if (const auto point = ParseGatePoint(before->text)) {
      out.before = *point;
    } else {
      const std::vector<std::string> words = {"expand", "rollout", "cut_over", "contract"};
      Error error = point.error();
      error.hint = DidYouMean(before->raw, words);
      if (!before->open) problems.Add(*before, error, Quoted(words));
    }
  }
  if (table.Has("attest") == table.Has("approvals"))
    problems.Add(table.Has("attest") ? table.At("approvals") : node.at, kAlternatives,
                 table.Has("attest") ? "a [[gate]] has 'attest' and 'approvals'"
                                     : "a [[gate]] asks for nothing",
                 "exactly one of 'attest' or 'approvals'",
                 table.Has("attest") ? "write two gates" : "");
  out.attest = table.String("attest");
  out.approvals = table.Integer("approvals", 1, 100).value_or(0);
  table.Finish();
  return out;
}

/// A plan may ask for more than its environment, never for less.
void CheckFloor(const Node* contract, const std::vector<const Node*>& gates,
                const std::vector<GateSpec>& specs, const ContractSettings& plan,
                const Project& project, Problems& problems) {
  const auto& floor = project.contract_floor;
  auto check = [&](const char* key, const std::optional<Duration>& wanted,
                   const std::optional<Duration>& least) {
    if (wanted && least && *wanted < *least)
      problems.Add(contract->Find(key)->at, kFloor,
                   fmt::format("{} = \"{}\" is below what environment '{}' demands", key,
                               FormatDuration(*wanted), project.environment),
                   fmt::format("at least \"{}\"", FormatDuration(*least)));
  };
  check("soak", plan.soak, floor.soak);
  check("quarantine", plan.quarantine, floor.quarantine);
  for (size_t i = 0; i < specs.size(); ++i) {
    const Node* approvals = gates[i]->Find("approvals");
    if (specs[i].before != GatePoint::kContract || specs[i].approvals == 0) continue;
    if (specs[i].approvals < floor.approvals.value_or(0))
      problems.Add(approvals->at, kFloor,
                   fmt::format("approvals = {} is below what environment '{}' demands",
                               specs[i].approvals, project.environment),
                   fmt::format("at least {}", *floor.approvals));
  }
}

}  // namespace

Plan ReadPlanFile(const Node& root, const std::string& file, const Project& project,
                  const std::vector<Migration>& migrations, Problems& problems) {
  Plan out;
  out.file = file;
  TableReader top(root, "the plan", problems);
  if (const Node* release = top.Get("release", Node::Type::kTable, Need::kRequired,
                                    "a table [release] with the release's id")) {
    TableReader table(*release, "[release]", problems);
    if (const Node* id = table.Text("id", Need::kRequired)) {
      out.id = id->text;
      if (!IsId(id->text)) {
        problems.Add(id->at, kWrongId, fmt::format("'{}' cannot be a release's id", id->raw),
                     kIdRule);
      } else if (id->text != Stem(file)) {
        problems.Add(id->at, kWrongId, fmt::format("the id '{}' is not the file's name", id->raw),
                     fmt::format("id = \"{}\"", Stem(file)), "or rename the file");
      }
    }
    out.summary = table.String("summary");
    ReadMigrationList(table, project, migrations, out, problems);
    table.Finish();
  }
  for (const Node* node : top.Tables("rollout", Need::kOptional, "[[rollout]] tables")) {
    Rollout rollout = ReadRollout(*node, project, problems);
    for (const auto& earlier : out.rollouts)
      if (!rollout.app.empty() && earlier.app == rollout.app)
        problems.Add(node->Find("app")->at, kDuplicate,
                     fmt::format("app '{}' is rolled out twice", rollout.app), "one [[rollout]]");
    out.rollouts.push_back(std::move(rollout));
  }
  const Node* contract = top.Get("contract", Node::Type::kTable);
  if (contract != nullptr) out.contract = ReadContract(*contract, "[contract]", false, problems);
  const auto gates = top.Tables("gate", Need::kOptional, "[[gate]] tables");
  for (const Node* node : gates) out.gates.push_back(ReadGate(*node, problems));
  CheckFloor(contract, gates, out.gates, out.contract, project, problems);
  top.Finish();
  if (out.migrations.empty() && out.rollouts.empty() && problems.empty())
    problems.Add({1, 1}, kMissingKey, "the plan does nothing",
                 "migrations in [release], or a [[rollout]]");
  return out;
}

Uses ReadUsesFile(const Node& root, const std::vector<std::string>* known, Problems& problems) {
  Uses out;
  TableReader top(root, "the uses file", problems);
  if (const Node* uses = top.Get("uses", Node::Type::kTable, Need::kRequired,
                                 "a table [uses] of \"MIGRATION\" = \"expanded..\"")) {
    for (const auto& member : uses->members) {
      if (!IsId(member.key)) {
        problems.Add(member.at, kWrongId, fmt::format("'{}' is no migration's id", member.key),
                     kIdRule);
      } else if (known != nullptr &&
                 std::find(known->begin(), known->end(), member.key) == known->end()) {
        problems.Add(member.at, kUnknownName, fmt::format("there is no migration '{}'", member.key),
                     "the stem of a file in the project's migration folders",
                     DidYouMean(member.key, *known));
      }
      if (member.value.type != Node::Type::kString) {
        problems.Add(member.value.at, kWrongType,
                     fmt::format("'{}' is {}", member.key, TypeName(member.value.type)),
                     "schema states such as \"expanded..\" or \"..expanded\"");
      } else if (auto states = StateInterval::Parse(member.value.text)) {
        out.listed.emplace(member.key, *states);
      } else {
        problems.Add(member.value, states.error(),
                     "schema states such as \"expanded..\" or \"..expanded\"");
      }
    }
  }
  top.Finish();
  return out;
}

}  // namespace interlock::config
