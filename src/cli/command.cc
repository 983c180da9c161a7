#include "cli/command.h"

#include <algorithm>

#include "base/text.h"
#include "cli/exit_codes.h"
#include "cli/text_style.h"

namespace interlock::cli {
namespace {

std::string Flag(const Option& option) {
  const auto comma = option.name.find(',');
  std::string flag = "--" + option.name.substr(0, comma);
  if (comma != std::string::npos) flag = "-" + option.name.substr(comma + 1) + ", " + flag;
  return option.value.empty() ? flag : flag + " " + option.value;
}

std::string OptionLines(const std::vector<Option>& options) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& option : options) rows.push_back({Flag(option), option.help});
  return Columns(rows, 2);
}

}  // namespace

const Command* FindCommand(const std::vector<Command>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

std::string Overview(const std::vector<Command>& commands) {
  std::string out =
      "interlock " INTERLOCK_VERSION
      ": deploys releases that change a database schema\n\n"
      "  interlock COMMAND …        interlock COMMAND --help for its options and an example\n\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& command : commands) rows.push_back({command.name, command.summary});
  out += Columns(rows, 2);
  out += "\nEverywhere:\n" + OptionLines(GlobalOptions());
  return out;
}

std::string HelpOf(const Command& command) {
  std::string out = "interlock " + command.name + ": " + command.summary + "\n\n";
  out += "  interlock " + command.name;
  if (!command.operands.empty()) out += " " + command.operands;
  out += " [options]\n";
  if (!command.about.empty()) out += "\n" + Wrap(command.about, 96, 0) + "\n";
  if (!command.options.empty()) out += "\nOptions:\n" + OptionLines(command.options);
  out += "\nEverywhere:\n" + OptionLines(GlobalOptions());
  auto exits = command.exits;
  exits.insert(exits.end(), {0, 1, 64, 78});
  std::sort(exits.begin(), exits.end());
  exits.erase(std::unique(exits.begin(), exits.end()), exits.end());
  std::vector<std::vector<std::string>> rows;
  for (const int code : exits)
    rows.push_back({PadLeft(std::to_string(code), 2), std::string(ExitMeaningOf(code))});
  out += "\nExit codes:\n" + Columns(rows, 2);
  out += command.examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n";
  rows.clear();
  for (const auto& example : command.examples)
    rows.push_back({example.command, example.comment.empty() ? "" : "# " + example.comment});
  out += Columns(rows, 2);
  return out;
}

}  // namespace interlock::cli
