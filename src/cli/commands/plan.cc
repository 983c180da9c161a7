// interlock plan: what a release will do, step by step; writes nothing to any server.
#include "cli/bundle.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/exit_codes.h"
#include "cli/plan_source.h"
#include "cli/plan_text.h"
#include "cli/project_files.h"

namespace interlock::cli {
namespace {

Result<int> RunPlan(Context& context) {
  const auto& args = context.args();
  IL_ASSIGN(const auto source, SourceOf(context, args.operands()[0]));
  IL_ASSIGN(auto* world, context.Open());
  IL_ASSIGN(const auto release, PlanFrom(*world, source));
  IL_ASSIGN(const auto view, ViewPlan(*world, release, args.Has("sql")));
  context.out().Print(PlanText(view));
  context.out().SetData(ToJson(view));
  if (args.Has("output")) {
    IL_RETURN_IF_ERROR(WriteText(args.Get("output"), WriteBundle(release), 0644));
    context.out().Print("\nBundle written to " + args.Get("output") + ":  interlock deploy " +
                        args.Get("output"));
  }
  return args.Has("detailed-exitcode") && view.pending ? kExitChangesPending : 0;
}

}  // namespace

Command PlanCommand() {
  Command command;
  command.name = "plan";
  command.summary = "every step with its lock, rows, hazards; gates; the way back.  Writes nothing";
  command.operands = "PLAN";
  command.min_operands = command.max_operands = 1;
  command.about =
      "Plans against the schema as it is now.  A bundle holds the plan, its migrations and the "
      "digest of all that will run: deploy takes it only while that is still the same.";
  command.options = {{"sql", "", "each step's statements"},
                     {"output,o", "BUNDLE", "write a bundle for deploy"},
                     {"detailed-exitcode", "", "2 when something is left to do"}};
  command.examples = {
      {"interlock plan 2026-11-22-names --sql", ""},
      {"interlock plan 2026-11-22-names -o names.json", "then: interlock deploy names.json"}};
  command.exits = {2, 4, 7, 8, 11, 12};
  command.run = RunPlan;
  return command;
}

}  // namespace interlock::cli
