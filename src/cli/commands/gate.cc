// interlock gate: may this version run against the schema as it is now?  For start scripts.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/project_files.h"
#include "cli/release_command.h"
#include "cli/signals.h"
#include "cli/text_style.h"
#include "interlocking/message.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

constexpr Duration kPoll = std::chrono::seconds(1);

Result<int> RunGate(Context& context) {
  const auto& args = context.args();
  if (!args.Has("app") || !args.Has("version"))
    return Fail(ErrorKind::kUsage, "IL-U03", "interlock gate needs --app and --version",
                "interlock gate --app web --version 1.42.0");
  IL_ASSIGN(const auto wait, args.GetDuration("wait", Duration(0)));
  IL_ASSIGN(const auto* project, context.project());
  std::optional<Uses> uses;
  if (args.Has("uses")) {
    IL_ASSIGN(const auto* migrations, context.migrations());
    IL_ASSIGN(uses, ReadUses(args.Get("uses"), *migrations));
  }
  const auto app = project->apps.find(args.Get("app"));
  std::vector<std::string> databases;
  if (app != project->apps.end()) databases = app->second.databases;
  IL_ASSIGN(auto* world, context.OpenForGate(databases));
  auto& clock = context.clock();
  const Duration until = clock.Elapsed() + wait;
  std::string said;
  while (true) {
    IL_ASSIGN(const auto gate, AskGate(*world, args.Get("app"), args.Get("version"), uses));
    context.out().SetData(ToJson(gate));
    if (gate.open) {
      context.out().Print(Green("✓") + " " + args.Get("app") + " " + args.Get("version") +
                          " may run" + (gate.headline.empty() ? "" : ": " + gate.headline));
      return 0;
    }
    if (clock.Elapsed() >= until || StopRequested()) return Fail(ToError(gate));
    if (gate.headline != said) {
      context.out().Print(GateText(gate, clock.Now()));
      context.out().Event(EventJson({"waiting", "", "", gate.headline, ToJson(gate)}, clock.Now()));
    }
    said = gate.headline;
    clock.Sleep(std::min<Duration>(kPoll, until - clock.Elapsed()));
    IL_RETURN_IF_ERROR(world->Refresh());
  }
}

}  // namespace

Command GateCommand() {
  Command command;
  command.name = "gate";
  command.summary = "may this version run against the schema as it is now?";
  command.about =
      "For start scripts and health checks: exit 0 says yes.  Asks the application's own "
      "databases; "
      "with --wait it asks again every second and prints the reason at each change.";
  command.options = {{"app", "APP", "application of interlock.toml"},
                     {"version", "VERSION", "the version that is to start"},
                     {"uses", "FILE", "what it supports, where it is not registered"}};
  command.examples = {{"interlock gate --app web --version 1.42.0 --wait 30s", ""}};
  command.exits = {4, 5, 7, 8, 11, 75};
  command.run = RunGate;
  return command;
}

}  // namespace interlock::cli
