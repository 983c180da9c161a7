// interlock deploy, apply, resume, rollback: what carries a release on, or takes it back.
#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/plan_source.h"
#include "cli/release_command.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

const std::vector<int> kRunExits{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 75};

Result<Until> ParseUntil(const std::string& text) {
  if (text == "expanded") return Until::kExpanded;
  if (text == "released") return Until::kReleased;
  if (text == "contracted") return Until::kContracted;
  return Fail(ErrorKind::kUsage, "IL-U04", "--until " + text + " names no state",
              "one of: expanded, released, contracted");
}

Result<DeployOptions> OptionsOf(const Context& context) {
  DeployOptions options;
  IL_ASSIGN(options.wait, context.args().GetDuration("wait", Duration(0)));
  IL_ASSIGN(options.until, ParseUntil(context.args().Get("until", "contracted")));
  options.reason = context.args().Get("reason");
  return options;
}

Result<int> RunDeploy(Context& context) {
  const auto& args = context.args();
  const bool of_app = args.Has("app") || args.Has("to");
  if (of_app == !args.operands().empty() || args.Has("app") != args.Has("to"))
    return Fail(ErrorKind::kUsage, "IL-U03", "Deploy what?",
                "interlock deploy PLAN, or interlock deploy --app APP --to VERSION");
  IL_ASSIGN(auto options, OptionsOf(context));
  PlanSource source;
  if (!of_app) {
    IL_ASSIGN(source, SourceOf(context, args.operands()[0]));
  }
  IL_RETURN_IF_ERROR(context.ConfirmProtected(
      "Deploy " + (of_app ? args.Get("app") + " " + args.Get("to") : source.plan.id)));
  IL_ASSIGN(auto* world, context.OpenToPlan());
  if (of_app) {
    IL_ASSIGN(source, SourceOfApp(context, *world, args.Get("app"), args.Get("to")));
  }
  IL_ASSIGN(const auto release, PlanToWrite(*world, source));
  Announce(context, release);
  ReleaseRunner runner(*world, context.bulk(), options);
  return Conclude(context, *world, release.plan.id, runner.Deploy(release));
}

Result<int> RunApply(Context& context) {
  IL_ASSIGN(const auto* project, context.project());
  if (project->is_protected)
    return Fail(ErrorKind::kRefused, "IL-U20",
                "apply asks no gates, and environment " + project->environment + " is protected",
                "interlock deploy PLAN");
  IL_ASSIGN(auto* world, context.OpenToPlan());
  PlanSource source;
  if (!context.args().operands().empty()) {
    IL_ASSIGN(source, SourceOf(context, context.args().operands()[0]));
  } else {
    // Every migration that no release has carried out yet, in one release of its own.
    IL_ASSIGN(const auto* migrations, context.migrations());
    source.migrations = *migrations;
    for (const auto& migration : *migrations) {
      const auto& known = world->link(migration.database).history().migrations;
      const auto found = known.find(migration.id);
      if (found == known.end() || found->second.state == SchemaState::kAbsent)
        source.plan.migrations.push_back(migration.id);
    }
    if (source.plan.migrations.empty()) {
      context.out().Print("Nothing to apply: every migration is applied.");
      context.out().SetData({{"applied", nlohmann::json::array()}});
      return 0;
    }
    source.plan.id = "apply-" + source.plan.migrations.back();
    for (int number = 2; world->book().Find(source.plan.id) != nullptr &&
                         world->book().Find(source.plan.id)->ended();
         ++number)
      source.plan.id = "apply-" + source.plan.migrations.back() + "-" + std::to_string(number);
    source.plan.summary = "apply " + Join(source.plan.migrations, ", ");
  }
  source.plan.rollouts.clear();
  source.plan.gates.clear();
  source.plan.contract = {};
  source.must_be.reset();
  IL_ASSIGN(const auto release, PlanToWrite(*world, source));
  Announce(context, release);
  DeployOptions options;
  options.gates = false;
  options.reason = context.args().Get("reason");
  ReleaseRunner runner(*world, context.bulk(), options);
  return Conclude(context, *world, release.plan.id, runner.Deploy(release));
}

Result<int> RunResume(Context& context) {
  const std::string& id = context.args().operands()[0];
  IL_ASSIGN(auto options, OptionsOf(context));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const auto release, RecordedRelease(*world, id));
  if (world->book().Find(id)->paused) {
    IL_ASSIGN(const auto reason, context.Reason());
    IL_RETURN_IF_ERROR(ResumeRelease(*world, id, reason));
    context.out().Print("• " + id + " goes on: the pause is lifted");
  }
  if (context.args().Has("only-lift")) return 0;
  IL_RETURN_IF_ERROR(context.ConfirmProtected("Carry on " + id));
  Announce(context, release);
  ReleaseRunner runner(*world, context.bulk(), options);
  return Conclude(context, *world, id, runner.Deploy(release));
}

Result<int> RunRollback(Context& context) {
  const std::string& id = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(auto options, OptionsOf(context));
  options.reason = reason;
  IL_RETURN_IF_ERROR(context.ConfirmProtected("Roll back " + id));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const auto release, RecordedRelease(*world, id));
  ReleaseRunner runner(*world, context.bulk(), options);
  return Conclude(context, *world, release.plan.id, runner.Rollback(id));
}

const Option kUntil{"until", "STATE", "stop at: expanded | released | contracted (default)"};

}  // namespace

Command DeployCommand() {
  Command command;
  command.name = "deploy";
  command.summary = "carry a release on, as far as its gates are open";
  command.operands = "PLAN | BUNDLE | --app APP --to VERSION";
  command.max_operands = 1;
  command.about =
      "PLAN is a path, or the id of a plan in plans/.  Running it again goes on from where the "
      "world really is; what is done is seen to be done.  It ends with 0 when the applications are "
      "out; contracts that are not due yet are listed and left pending.";
  command.options = {{"app", "APP", "deploy one application without a plan"},
                     {"to", "VERSION", "the version it goes to"},
                     kUntil};
  command.examples = {{"interlock deploy 2026-11-22-names", "plans/2026-11-22-names.toml"},
                      {"interlock deploy plans/names.toml --set WEB_VERSION=1.42.0 --wait 10m", ""},
                      {"interlock deploy --app web --to 1.42.1", "no schema change"}};
  command.exits = kRunExits;
  command.run = RunDeploy;
  return command;
}

Command ApplyCommand() {
  Command command;
  command.name = "apply";
  command.summary = "development and CI: everything to contracted, without gates";
  command.operands = "[PLAN]";
  command.max_operands = 1;
  command.about =
      "Without PLAN: every migration that is not applied yet.  No application is rolled out and no "
      "gate is asked, so a protected environment refuses it.";
  command.examples = {{"interlock apply", "an empty database to the newest schema"}};
  command.exits = {4, 5, 6, 7, 8, 9, 10, 11, 13};
  command.run = RunApply;
  return command;
}

Command ResumeCommand() {
  Command command;
  command.name = "resume";
  command.summary = "lift a pause, and carry a release on from the ledger alone";
  command.operands = "RELEASE";
  command.min_operands = command.max_operands = 1;
  command.about = "Needs no plan and no migration file: the ledger holds all that will run.";
  command.options = {kUntil, {"only-lift", "", "lift the pause and do nothing further"}};
  command.examples = {{"interlock resume 2026-11-22-names --reason \"incident is over\"", ""}};
  command.exits = kRunExits;
  command.run = RunResume;
  return command;
}

Command RollbackCommand() {
  Command command;
  command.name = "rollback";
  command.summary = "take the applications back, then undo the schema change";
  command.operands = "RELEASE";
  command.min_operands = command.max_operands = 1;
  command.about =
      "Possible, without losing a write, at every moment before the point of no return (the last "
      "and smallest step of a contract); refused beforehand afterwards, and while another "
      "release's "
      "version that lives needs the new shape.";
  command.examples = {{"interlock rollback 2026-11-22-names --reason \"error rate doubled\"", ""}};
  command.exits = kRunExits;
  command.run = RunRollback;
  return command;
}

}  // namespace interlock::cli
