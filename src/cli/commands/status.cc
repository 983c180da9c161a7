// interlock status: what state each release is in, why it stopped, whether it is safe so.
#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/release_view.h"
#include "cli/signals.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

constexpr size_t kEndedShown = 5;

std::string Age(Timestamp since, Timestamp now) {
  return since == 0 ? "" : HumanDuration(Duration(now - since));
}

std::string Details(const ReleaseView& view, Timestamp now) {
  std::string out = Bold(view.id) + (view.summary.empty() ? "" : "  " + view.summary) + "\n";
  std::vector<std::vector<std::string>> rows;
  rows.push_back(
      {"state", std::string(ToString(view.state)) +
                    (view.since == 0 ? ", not begun" : ", for " + Age(view.since, now))});
  if (view.steps > 0)
    rows.push_back(
        {"steps", std::to_string(view.steps_done) + " of " + std::to_string(view.steps) + " done"});
  if (view.next_step.empty() && !view.next_summary.empty())
    rows.push_back({"to come", view.next_summary});
  if (!view.next_step.empty())
    rows.push_back(
        {"next step",
         view.next_step + (view.next_summary.empty() ? "" : "  (" + view.next_summary + ")")});
  if (!view.running.empty()) rows.push_back({"running", "by " + view.running});
  if (!view.pauses.empty()) rows.push_back({"pauses", view.pauses});
  for (size_t i = 0; i < view.stopped.size(); ++i)
    rows.push_back({i == 0 ? "stopped" : "", view.stopped[i]});
  for (const auto& migration : view.migrations)
    rows.push_back({"migration", migration.id + " is " + std::string(ToString(migration.state)) +
                                     (migration.pending_contract
                                          ? ", contract pending for " + Age(migration.state_at, now)
                                          : "")});
  rows.push_back({"safe?", view.safety});
  if (!view.next_command.empty()) rows.push_back({"next", view.next_command});
  return out + Columns(rows, 2);
}

std::string Summary(const std::vector<ReleaseView>& views, Timestamp now) {
  std::string out;
  std::vector<std::vector<std::string>> ended;
  for (const auto& view : views) {
    if (view.ended) {
      ended.push_back({view.id, std::string(ToString(view.state)), Age(view.since, now) + " ago"});
    } else {
      out += Details(view, now) + "\n";
    }
  }
  if (out.empty()) out = "No release is open.\n";
  if (ended.size() > kEndedShown)
    ended.erase(ended.begin(), ended.end() - static_cast<std::ptrdiff_t>(kEndedShown));
  if (!ended.empty()) out += Bold("Ended") + "\n" + Columns(ended, 2);
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

Result<void> Show(Context& context, World& world, bool watching) {
  const auto views = ViewReleases(world);
  const Timestamp now = context.clock().Now();
  nlohmann::json releases = nlohmann::json::array();
  std::string text;
  if (context.args().operands().empty()) {
    for (const auto& view : views) releases.push_back(ToJson(view));
    text = Summary(views, now);
    context.out().SetData({{"releases", releases}});
  } else {
    const std::string& id = context.args().operands()[0];
    const auto view = ViewOf(world, id);
    if (!view) {
      const std::string near = NearestName(id, world.book().history().order);
      return Fail(
          ErrorKind::kUsage, "IL-R55", "There is no release " + id,
          near.empty() ? "interlock status lists all releases" : "did you mean " + near + "?");
    }
    text = Details(*view, now);
    context.out().SetData({{"release", ToJson(*view)}});
  }
  if (watching && context.out().options().terminal) std::fputs("\x1b[H\x1b[2J", stdout);
  context.out().Print(text);
  return {};
}

Result<int> RunStatus(Context& context) {
  IL_ASSIGN(auto* world, context.Open());
  const bool watch = context.args().Has("watch");
  IL_RETURN_IF_ERROR(Show(context, *world, watch));
  while (watch && !StopRequested()) {
    for (int i = 0; i < 10 && !StopRequested(); ++i)
      context.clock().Sleep(std::chrono::milliseconds(200));
    if (StopRequested()) break;
    IL_RETURN_IF_ERROR(world->Refresh());
    IL_RETURN_IF_ERROR(Show(context, *world, true));
  }
  return 0;
}

}  // namespace

Command StatusCommand() {
  Command command;
  command.name = "status";
  command.summary = "what state, why stopped, whether it is safe so, what to do next";
  command.operands = "[RELEASE]";
  command.max_operands = 1;
  command.options = {{"watch", "", "again every two seconds, until interrupted"}};
  command.examples = {{"interlock status", ""}, {"interlock status 2026-11-22-names", ""}};
  command.exits = {7, 8, 11};
  command.run = RunStatus;
  return command;
}

}  // namespace interlock::cli
