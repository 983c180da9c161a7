// interlock explain, version, help.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/explain_table.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

Result<int> RunExplain(Context& context) {
  const auto& operands = context.args().operands();
  if (operands.empty()) {
    std::vector<std::vector<std::string>> rows;
    json list = json::array();
    for (const auto& item : Explanations()) {
      rows.push_back({std::string(item.code), std::string(item.title)});
      list.push_back({{"code", item.code}, {"title", item.title}});
    }
    context.out().Print(Columns(rows));
    context.out().SetData({{"codes", list}});
    return 0;
  }
  std::string code = Upper(operands[0]);
  if (!code.starts_with("IL-")) code = "IL-" + code;
  const auto* found = Explain(code);
  if (found == nullptr) {
    std::vector<std::string> codes;
    for (const auto& item : Explanations()) codes.emplace_back(item.code);
    const std::string near = NearestName(code, codes);
    return Fail(
        ErrorKind::kUsage, "IL-U08", "There is no code " + operands[0],
        near.empty() ? "interlock explain  lists all of them" : "did you mean " + near + "?");
  }
  context.out().Print(Bold(std::string(found->code) + "  " + std::string(found->title)) + "\n" +
                      Wrap(found->meaning, 90, 0) + "\n\n" + Wrap(found->todo, 90, 0));
  context.out().SetData({{"code", found->code},
                         {"title", found->title},
                         {"meaning", found->meaning},
                         {"todo", found->todo}});
  return 0;
}

Result<int> RunVersion(Context& context) {
  context.out().Print("interlock " INTERLOCK_VERSION);
  context.out().SetData({{"version", INTERLOCK_VERSION}});
  return 0;
}

Result<int> RunHelp(Context& context) {
  const auto& operands = context.args().operands();
  std::string text = Overview(context.commands());
  if (!operands.empty()) {
    const std::string name = Join(operands, " ");
    const auto* command = FindCommand(context.commands(), name);
    if (command == nullptr) {
      std::vector<std::string> names, longer;
      for (const auto& item : context.commands()) {
        names.push_back(item.name);
        if (item.name.starts_with(name + " ")) longer.push_back(item.name);
      }
      if (!longer.empty())
        return Fail(ErrorKind::kUsage, "IL-U01", "'" + name + "' needs a second word",
                    "one of: " + Join(longer, ", "));
      const std::string near = NearestName(name, names);
      return Fail(
          ErrorKind::kUsage, "IL-U01", "There is no command '" + name + "'",
          near.empty() ? "interlock help  lists all commands" : "did you mean  " + near + " ?");
    }
    text = HelpOf(*command);
  }
  context.out().Print(text);
  context.out().SetData({{"text", text}});
  return 0;
}

}  // namespace

Command ExplainCommand() {
  Command command;
  command.name = "explain";
  command.summary = "what a message's code means, and what to do";
  command.operands = "[CODE]";
  command.max_operands = 1;
  command.examples = {{"interlock explain IL-G03", ""}, {"interlock explain", "all codes"}};
  command.run = RunExplain;
  return command;
}

Command VersionCommand() {
  Command command;
  command.name = "version";
  command.summary = "which interlock this is";
  command.examples = {{"interlock version", "also: interlock --version"}};
  command.run = RunVersion;
  return command;
}

Command HelpCommand() {
  Command command;
  command.name = "help";
  command.summary = "all commands, or one";
  command.operands = "[COMMAND]";
  command.max_operands = 2;
  command.examples = {{"interlock help deploy", "the same as interlock deploy --help"}};
  command.run = RunHelp;
  return command;
}

}  // namespace interlock::cli
