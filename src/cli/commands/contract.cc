// interlock contracts, contract: what is still to be taken away, and taking it away.
#include <algorithm>

#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/plan_source.h"
#include "cli/release_command.h"
#include "cli/release_view.h"
#include "cli/text_style.h"
#include "runner/gatekeeper.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

struct Pending {
  std::string migration;
  std::string database;
  std::string release;
  SchemaState state = SchemaState::kExpanded;
  Timestamp since = 0;
  std::vector<std::string> held;  ///< what holds it back, as far as looking tells
};

bool IsOut(ReleaseState state) {
  return state == ReleaseState::kReleased || state == ReleaseState::kContracting;
}

/// Persons and live versions are asked now; what needs time is told from the record.
Result<std::vector<std::string>> HeldBack(World& world, const ReleaseView& view,
                                          const MigrationView& migration, Timestamp now) {
  std::vector<std::string> held;
  if (!IsOut(view.state)) {
    held.push_back("release " + view.id + " is " + std::string(ToString(view.state)) +
                   ": its applications are not out yet");
    return held;
  }
  Gatekeeper gates(world, true);
  IL_ASSIGN(const auto release, RecordedRelease(world, view.id));
  IL_ASSIGN(const auto persons, gates.Persons(release, GatePoint::kContract));
  if (!persons.open) held.push_back(persons.headline + "  " + persons.code);
  for (const auto& planned : release.migrations) {
    if (planned.migration.id != migration.id) continue;
    IL_ASSIGN(const auto live,
              gates.Live(release, planned, SchemaState::kContracted, CensusDemand::kComplete));
    if (!live.open) {
      held.push_back(live.headline + "  " + live.code);
      for (const auto& line : live.details) held.push_back("  " + line);
    }
  }
  const Duration soak = std::max(release.plan.contract.soak.value_or(Duration(0)),
                                 world.project().contract_floor.soak.value_or(Duration(0)));
  const auto* recorded = world.book().Find(view.id);
  const Timestamp begun = recorded->released_at != 0 ? recorded->released_at : migration.state_at;
  if (held.empty() && begun + soak.count() > now)
    held.push_back("soak: " + HumanDuration(Duration(begun + soak.count() - now)) +
                   " to go, unless an old version is seen again");
  return held;
}

Result<std::vector<Pending>> PendingContracts(World& world, Timestamp now) {
  std::vector<Pending> out;
  for (const auto& view : ViewReleases(world)) {
    if (view.ended) continue;
    for (const auto& migration : view.migrations) {
      if (!migration.pending_contract) continue;
      Pending pending{migration.id,    migration.database, view.id,
                      migration.state, migration.state_at, {}};
      IL_ASSIGN(pending.held, HeldBack(world, view, migration, now));
      out.push_back(std::move(pending));
    }
  }
  return out;
}

Result<int> RunContracts(Context& context) {
  IL_ASSIGN(auto* world, context.Open());
  const Timestamp now = context.clock().Now();
  IL_ASSIGN(const auto pending, PendingContracts(*world, now));
  json list = json::array();
  std::string text;
  for (const auto& item : pending) {
    list.push_back({{"migration", item.migration},
                    {"database", item.database},
                    {"release", item.release},
                    {"state", std::string(ToString(item.state))},
                    {"since", FormatTimestamp(item.since)},
                    {"held_back_by", item.held}});
    text += Bold(item.migration) + "  of " + item.release + ", " +
            std::string(ToString(item.state)) + " for " +
            HumanDuration(Duration(now - item.since)) + "\n";
    if (item.held.empty())
      text += "  " + Green("due") + ": interlock contract " + item.migration + "\n";
    for (const auto& line : item.held) text += "  held back: " + line + "\n";
  }
  context.out().Print(text.empty() ? "No contract is pending." : text);
  context.out().SetData({{"contracts", list}});
  return 0;
}

Result<void> RequireNamesKnown(const std::vector<std::string>& names,
                               const std::vector<ReleaseView>& views) {
  for (const auto& name : names) {
    std::vector<std::string> known;
    bool found = false;
    for (const auto& view : views)
      for (const auto& migration : view.migrations) {
        known.push_back(migration.id);
        found |= migration.id == name && !view.ended && migration.pending_contract;
        if (migration.id == name && migration.state == SchemaState::kContracted) found = true;
      }
    if (found) continue;
    const std::string near = NearestName(name, known);
    return Fail(ErrorKind::kUsage, "IL-U21", "Migration " + name + " has no pending contract",
                near.empty() || near == name ? "interlock contracts lists what is pending"
                                             : "did you mean " + near + "?");
  }
  return {};
}

Result<int> RunContract(Context& context) {
  const auto& names = context.args().operands();
  const bool due = context.args().Has("due");
  if (due == !names.empty())
    return Fail(ErrorKind::kUsage, "IL-U03", "Which contracts?",
                "interlock contract MIGRATION …, or --due for all whose gates are open");
  IL_RETURN_IF_ERROR(
      context.ConfirmProtected("Contract " + (due ? "all that is due" : Join(names, ", "))));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  const auto views = ViewReleases(*world);
  IL_RETURN_IF_ERROR(RequireNamesKnown(names, views));
  DeployOptions options;
  IL_ASSIGN(options.wait, context.args().GetDuration("wait", Duration(0)));
  options.reason = context.args().Get("reason");
  options.contract_only = true;
  json done = json::array();
  json held = json::array();
  for (const auto& view : views) {
    std::vector<std::string> wanted;
    for (const auto& migration : view.migrations)
      if (!view.ended && migration.pending_contract &&
          (due ? IsOut(view.state)
               : std::find(names.begin(), names.end(), migration.id) != names.end()))
        wanted.push_back(migration.id);
    // One at a time: one that is held back must not keep the next from its turn.
    for (const auto& migration : wanted) {
      IL_ASSIGN(const auto release, RecordedRelease(*world, view.id));
      Announce(context, release);
      ReleaseRunner runner(*world, context.bulk(), options);
      const auto result = runner.Contract(view.id, {migration});
      if (!result) {
        const auto kind = result.error().kind;
        const bool closed = kind == ErrorKind::kNotYet || kind == ErrorKind::kWaitsForPerson;
        if (!due || !closed) return Conclude(context, *world, view.id, result);
        context.out().Print(Yellow("◦") + " " + migration + ": " + result.error().message + "  " +
                            result.error().code);
        held.push_back({{"migration", migration}, {"error", ErrorJson(result.error())}});
        continue;
      }
      context.out().Print(Green("✓") + " " + migration + " is contracted; release " + view.id +
                          " is " + std::string(ToString(result->state)));
      done.push_back(migration);
    }
  }
  if (done.empty() && held.empty())
    context.out().Print(due ? "No contract is pending." : "Already contracted.");
  context.out().SetData({{"contracted", done}, {"held_back", held}});
  return 0;
}

}  // namespace

Command ContractsCommand() {
  Command command;
  command.name = "contracts";
  command.summary = "pending contracts, how old, and what holds each back";
  command.examples = {{"interlock contracts", ""}};
  command.exits = {7, 8, 11};
  command.run = RunContracts;
  return command;
}

Command ContractCommand() {
  Command command;
  command.name = "contract";
  command.summary = "carry out pending contracts";
  command.operands = "MIGRATION … | --due";
  command.max_operands = -1;
  command.about =
      "Takes the old shape away once its gates are open: no version that needs it lives, the soak "
      "is over, persons agreed.  With --due a gate that is not open yet is no error, which suits "
      "cron; a named migration that is held back ends with the gate's exit code.";
  command.options = {{"due", "", "all pending contracts whose gates open within --wait"}};
  command.examples = {{"interlock contract --due", "from cron"},
                      {"interlock contract 0002-split-name --wait 10m", ""}};
  command.exits = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 75};
  command.run = RunContract;
  return command;
}

}  // namespace interlock::cli
