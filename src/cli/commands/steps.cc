// interlock adopt, retry: the doors of the step protocol.
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/text_style.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

Result<int> Use(Context& context,
                Result<void> (*door)(World&, const std::string&, const std::string&),
                const std::string& said) {
  const std::string& step = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(auto* world, context.OpenToWrite());
  const auto status = door(*world, step, reason);
  world->ReleaseClaims();
  IL_RETURN_IF_ERROR(status);
  context.out().Print("• step " + step + " " + said);
  context.out().SetData({{"step", step}});
  return 0;
}

}  // namespace

Command AdoptCommand() {
  Command command;
  command.name = "adopt";
  command.summary = "a step whose work is there already and right counts as done";
  command.operands = "STEP";
  command.min_operands = command.max_operands = 1;
  command.about = "Looks first: refused unless the server shows exactly what the step would make.";
  command.examples = {
      {"interlock adopt 0003-email-index/expand/1-create-index --reason \"built by hand\"", ""}};
  command.exits = {4, 6, 7, 8, 11};
  command.run = [](Context& context) {
    return Use(context, AdoptStep, "is adopted; the next deploy goes on after it");
  };
  return command;
}

Command RetryCommand() {
  Command command;
  command.name = "retry";
  command.summary = "a step that failed may be tried again by the next deploy";
  command.operands = "STEP";
  command.min_operands = command.max_operands = 1;
  command.examples = {
      {"interlock retry 0002-split-name/verify/1-verify --reason \"rows are mended\"", ""}};
  command.exits = {4, 6, 7, 11};
  command.run = [](Context& context) {
    return Use(context, RetryStep, "may be tried again; the next deploy does");
  };
  return command;
}

}  // namespace interlock::cli
