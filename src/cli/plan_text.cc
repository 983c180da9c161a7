#include "cli/plan_text.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/text_style.h"
#include "model/json.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

std::string Undo(const Step& step) {
  if (step.irreversible) return Red("no way back");
  return step.undo ? "undo: yes" : "nothing to undo";
}

std::string BatchText(const Batch& batch) {
  return std::to_string(batch.count) + (batch.percent ? "%" : "");
}

void AddStep(std::string& out, const PlannedStepView& item, size_t number_width) {
  const auto& step = item.step;
  const std::string number = PadLeft(std::to_string(item.number), number_width);
  out += "  " + (item.done ? Green("✓") : std::string(" ")) + number + "  " +
         PadRight(ToString(step.phase), 8) + "  " + step.summary + "\n";
  std::vector<std::string> facts;
  facts.push_back("lock: " + std::string(ToString(step.lock)));
  if (item.rows >= 0 && step.lock != LockLevel::kNone)
    facts.push_back("about " + Count(item.rows, "row"));
  if (step.waits) facts.push_back("waits by design");
  if (!step.transactional) facts.push_back("in several transactions");
  facts.push_back(Undo(step));
  const std::string indent(number_width + 15, ' ');
  out += indent + Dim(Join(facts, " · ")) + "\n";
  for (const auto& hazard : step.hazards) out += indent + Yellow("! " + hazard) + "\n";
  for (const auto& statement : item.sql)
    for (const auto& line : Split(statement, '\n')) out += indent + line + "\n";
}

}  // namespace

std::string PlanText(const PlanView& view) {
  std::string out = Bold(view.id) + (view.summary.empty() ? "" : ": " + view.summary) + "\n";
  out += Dim("digest " + view.digest.substr(0, 16)) + "\n";
  const size_t width = std::to_string(view.steps.size()).size();
  for (const auto& planned : view.migrations) {
    out += "\n" + Bold(planned.migration.id) + "  on " + planned.migration.database + ": " +
           planned.migration.summary + "\n";
    if (!planned.migration.why.empty()) {
      out += "  why: " + planned.migration.why;
      if (!planned.migration.refs.empty()) out += " (" + Join(planned.migration.refs, ", ") + ")";
      out += "\n";
    }
    for (const auto& item : view.steps)
      if (item.step.migration == planned.migration.id &&
          item.database == planned.migration.database)
        AddStep(out, item, width);
  }
  if (!view.rollouts.empty()) {
    out += "\n" + Bold("Rollout") + "\n";
    for (const auto& rollout : view.rollouts) {
      std::vector<std::string> batches;
      for (const auto& batch : rollout.batches) batches.push_back(BatchText(batch));
      out += "  " + rollout.app + ": " + (rollout.from.empty() ? "what runs" : rollout.from) +
             " → " + rollout.to + ", batches " + Join(batches, ", ");
      if (rollout.bake > Duration(0)) out += ", healthy for " + HumanDuration(rollout.bake);
      out += "\n";
    }
  }
  if (!view.gates.empty()) {
    out += "\n" + Bold("Gates") + "\n";
    for (const auto& gate : view.gates)
      out += "  before " + PadRight(gate.before, 8) + "  " +
             (!gate.known ? std::string("·")
              : gate.open ? Green("✓")
                          : Yellow("◦")) +
             " " + gate.text + "\n";
  }
  out += "\n" + Bold("The way back") + "\n";
  if (view.steps.empty()) {
    out += "  No schema change: rollback moves the applications back.\n";
  } else if (view.no_return == 0) {
    out += "  At every step rollback loses nothing; there is no point of no return.\n";
  } else {
    const auto& item = view.steps[view.no_return - 1];
    const auto& step = item.step;
    if (item.done) {
      out += "  Step " + std::to_string(view.no_return) + ", " + step.summary +
             ", is done: the point of no return is passed.\n";
    } else {
      out += "  Until step " + std::to_string(view.no_return) +
             " begins, rollback loses nothing.\n" + "  Point of no return: step " +
             std::to_string(view.no_return) + ", " + step.summary + ".\n";
    }
  }
  if (!view.pending) out += "\nNothing is left to do.\n";
  return out;
}

json ToJson(const PlanView& view) {
  json steps = json::array();
  for (const auto& item : view.steps) {
    json step{{"number", item.number},
              {"id", item.step.id},
              {"migration", item.step.migration},
              {"database", item.database},
              {"phase", std::string(ToString(item.step.phase))},
              {"action", std::string(ActionName(item.step.action))},
              {"summary", item.step.summary},
              {"lock", std::string(ToString(item.step.lock))},
              {"rows", item.rows < 0 ? json(nullptr) : json(item.rows)},
              {"hazards", item.step.hazards},
              {"undo", item.step.undo.has_value()},
              {"irreversible", item.step.irreversible},
              {"waits", item.step.waits},
              {"done", item.done}};
    if (!item.sql.empty()) step["sql"] = item.sql;
    steps.push_back(std::move(step));
  }
  json gates = json::array();
  for (const auto& gate : view.gates)
    gates.push_back({{"before", gate.before},
                     {"text", gate.text},
                     {"open", gate.known ? json(gate.open) : json(nullptr)}});
  json rollouts = json::array();
  for (const auto& rollout : view.rollouts) {
    json batches = json::array();
    for (const auto& batch : rollout.batches) batches.push_back(BatchText(batch));
    rollouts.push_back({{"app", rollout.app},
                        {"from", rollout.from},
                        {"to", rollout.to},
                        {"batches", batches},
                        {"bake", FormatDuration(rollout.bake)}});
  }
  return {{"id", view.id},
          {"summary", view.summary},
          {"digest", view.digest},
          {"steps", steps},
          {"gates", gates},
          {"rollouts", rollouts},
          {"point_of_no_return", view.no_return == 0 ? json(nullptr) : json(view.no_return)},
          {"pending", view.pending}};
}

}  // namespace interlock::cli
