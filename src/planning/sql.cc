// sql: the user's own steps, each in the phase it names.
#include <fmt/format.h>

#include "base/text.h"
#include "planning/expression.h"
#include "planning/kinds.h"

namespace interlock::planning {
namespace {

/// The user's query says how far a step is; that of its undo is the same, read backwards.
std::string ReadBackwards(std::string observe) {
  observe.erase(observe.find_last_not_of(" \t\r\n;") + 1);
  return fmt::format(
      "SELECT CASE (\n{}\n) WHEN 'absent' THEN 'present' WHEN 'present' THEN 'absent' "
      "WHEN 'partial' THEN 'partial' ELSE 'conflicting' END",
      observe);
}

Result<void> CheckStep(const Draft& draft, const change::SqlStep& step) {
  const auto lacks = [&](const char* what, const char* hint) {
    return Fail(ErrorKind::kRefused, "IL-P18",
                fmt::format("the sql step '{}' has no `{}`", step.name, what), hint);
  };
  if (step.name.empty()) return lacks("name", "give each step a short name");
  if (Tokenize(step.sql).empty()) return lacks("sql", "write the statements it runs");
  if (step.touches.empty())
    return lacks("touches",
                 "list every object whose definition it changes, such as "
                 "`touches = [\"table public.users\"]`");
  if (Tokenize(step.observe).empty())
    return lacks("observe", "write a query that gives absent, partial, present or conflicting");
  for (const auto& ref : step.touches)
    if (ref.kind == ObjectKind::kColumn)
      IL_RETURN_IF_ERROR(draft.CheckNotInSync(ref.table, {ref.member}, Draft::Own::kRefuse));
  return {};
}

}  // namespace

Result<void> PlanChange(Draft& draft, const change::Sql& change) {
  if (change.steps.empty())
    return Fail(ErrorKind::kRefused, "IL-P18", "an sql change has no steps",
                "give it at least one `[[change.step]]`");
  // What follows a step without return in the file follows it in the plan too.
  ContractRank rank = ContractRank::kTighten;
  for (change::SqlStep item : change.steps) {
    for (auto& ref : item.touches) ref.table = draft.catalog().Resolve(ref.table);
    IL_RETURN_IF_ERROR(CheckStep(draft, item));
    const bool final = item.undo.empty() && item.phase == Phase::kContract;
    if (final) rank = ContractRank::kDrop;
    std::vector<std::string> hazards;
    if (item.undo.empty() && !final)
      hazards.emplace_back("it has no `undo`: a rollback leaves what it did");
    for (const auto& ref : item.touches)
      if (ref.kind == ObjectKind::kTable)
        if (const auto open = draft.OpenMigrations(ref.table); !open.empty())
          hazards.push_back(
              fmt::format("{} is kept in sync by {}: the SQL must leave the columns "
                          "and the trigger of that alone",
                          ToString(ref.table), Join(open, ", ")));
    Step& step = draft.Add(item.phase, action::RunSql{item}, std::move(hazards),
                           item.phase == Phase::kContract ? rank : ContractRank::kTighten);
    step.irreversible = final;
    if (item.undo.empty()) continue;
    change::SqlStep undo = item;
    undo.name += " (undo)";
    undo.sql = item.undo;
    undo.observe = ReadBackwards(item.observe);
    undo.undo.clear();
    step.undo = action::RunSql{undo};
  }
  return {};
}

}  // namespace interlock::planning
