// interlock approve, attest, pause, abort, override: the words of people, each one an entry.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/plan_source.h"
#include "cli/text_style.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

Result<int> RunApprove(Context& context) {
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const auto release, ReleaseNamed(context, *world, context.args().operands()[0]));
  const std::string must_be = context.args().Get("digest");
  if (!must_be.empty() && !release.digest.starts_with(must_be))
    return Fail(ErrorKind::kStale, "IL-U15",
                "Not approved: what " + release.plan.id + " would do now is not what was reviewed",
                "look at it again: interlock plan " + release.plan.id,
                {"reviewed       " + must_be, "planned now    " + release.digest.substr(0, 16)});
  IL_RETURN_IF_ERROR(Approve(*world, release, context.args().Get("reason")));
  context.out().Print(Green("✓") + " " + context.control().actor.name + " approves " +
                      release.plan.id + ", digest " + release.digest.substr(0, 16));
  context.out().SetData({{"release", release.plan.id},
                         {"digest", release.digest},
                         {"actor", context.control().actor.name}});
  return 0;
}

Result<int> RunAttest(Context& context) {
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const auto release, ReleaseNamed(context, *world, context.args().operands()[0]));
  std::string statement;
  if (context.args().operands().size() > 1) {
    statement = context.args().operands()[1];
  } else {
    std::vector<std::string> asked;
    for (const auto& gate : release.plan.gates)
      if (!gate.attest.empty()) asked.push_back(gate.attest);
    if (asked.size() != 1)
      return Fail(ErrorKind::kUsage, "IL-U03", "Which statement?",
                  "interlock attest " + release.plan.id + " \"STATEMENT\", word by word", asked);
    statement = asked[0];
  }
  IL_RETURN_IF_ERROR(Attest(*world, release, statement, context.args().Get("reason")));
  context.out().Print(Green("✓") + " " + context.control().actor.name + " attests for " +
                      release.plan.id + ": " + statement);
  context.out().SetData({{"release", release.plan.id},
                         {"statement", statement},
                         {"digest", release.digest},
                         {"actor", context.control().actor.name}});
  return 0;
}

Result<int> RunPause(Context& context) {
  const std::string& id = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_RETURN_IF_ERROR(PauseRelease(*world, id, reason));
  context.out().Print("• " + id + " is paused; a run that goes on now stops at its next gate.\n" +
                      "  next:   interlock resume " + id + " --reason …");
  context.out().SetData({{"release", id}, {"paused", true}});
  return 0;
}

Result<int> RunAbort(Context& context) {
  const std::string& id = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_RETURN_IF_ERROR(AbortRelease(*world, id, reason));
  context.out().Print("• " + id + " is abandoned");
  context.out().SetData({{"release", id}, {"state", "abandoned"}});
  return 0;
}

Result<int> RunOverride(Context& context) {
  const auto& operands = context.args().operands();
  IL_ASSIGN(const auto reason, context.Reason());
  IL_RETURN_IF_ERROR(context.ConfirmProtected("Override " + operands[0] + " of " + operands[1]));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_RETURN_IF_ERROR(OverrideGate(*world, operands[1], operands[0], reason));
  context.out().Print("• gate " + operands[0] + " of " + operands[1] +
                      " is overridden; the history keeps who and why");
  context.out().SetData({{"release", operands[1]}, {"gate", operands[0]}});
  return 0;
}

}  // namespace

Command ApproveCommand() {
  Command command;
  command.name = "approve";
  command.summary = "agree to a release; bound to the digest of all that will run";
  command.operands = "RELEASE";
  command.min_operands = command.max_operands = 1;
  command.about =
      "Void as soon as what would run changes.  The releaser's own does not count where "
      "the environment is protected.";
  command.options = {{"digest", "DIGEST", "only if that is what would run (as plan shows it)"}};
  command.examples = {{"interlock approve 2026-11-22-names --reason \"read the plan\"", ""}};
  command.exits = {4, 7, 8, 11, 12};
  command.run = RunApprove;
  return command;
}

Command AttestCommand() {
  Command command;
  command.name = "attest";
  command.summary = "state that a requirement which no program can check is met";
  command.operands = "RELEASE [STATEMENT]";
  command.min_operands = 1;
  command.max_operands = 2;
  command.about =
      "STATEMENT is the plan's, word by word; it may be left out when there is only one.";
  command.examples = {
      {"interlock attest 2026-11-22-names \"The nightly export no longer reads users.name\"", ""}};
  command.exits = {4, 7, 8, 11, 12};
  command.run = RunAttest;
  return command;
}

Command PauseCommand() {
  Command command;
  command.name = "pause";
  command.summary = "hold a release at its next gate; a backfill pauses between batches";
  command.operands = "RELEASE";
  command.min_operands = command.max_operands = 1;
  command.examples = {{"interlock pause 2026-11-22-names --reason \"incident 4711\"", ""}};
  command.exits = {4, 7, 11};
  command.run = RunPause;
  return command;
}

Command AbortCommand() {
  Command command;
  command.name = "abort";
  command.summary = "give up a release that has changed nothing";
  command.operands = "RELEASE";
  command.min_operands = command.max_operands = 1;
  command.examples = {{"interlock abort 2026-11-22-names --reason \"not needed any more\"", ""}};
  command.exits = {4, 7, 11};
  command.run = RunAbort;
  return command;
}

Command OverrideCommand() {
  Command command;
  command.name = "override";
  command.summary = "open one gate of one release by a person's word; never verify, never drift";
  command.operands = "GATE RELEASE";
  command.min_operands = command.max_operands = 2;
  command.about = "GATE is the code at the end of the closed gate's first line (IL-G13).";
  command.examples = {
      {"interlock override IL-G13 2026-11-22-names --reason \"soak agreed with ops\"", ""}};
  command.exits = {3, 4, 7, 11};
  command.run = RunOverride;
  return command;
}

}  // namespace interlock::cli
