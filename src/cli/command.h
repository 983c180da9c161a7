// One command of the command line: what --help shows of it, and what it does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"

namespace interlock::cli {

class Context;

struct Example {
  std::string command;
  std::string comment;
};

struct Command {
  std::string name;      ///< "deploy", "ledger verify"
  std::string summary;   ///< one line
  std::string operands;  ///< for the usage line: "PLAN", "[MIGRATION…]"
  int min_operands = 0;
  int max_operands = 0;  ///< -1: any number
  std::string about;     ///< a short paragraph, or ""
  std::vector<Option> options;
  std::vector<Example> examples;
  std::vector<int> exits;  ///< that it may return, besides 0, 1, 64 and 78
  /// The exit code, or the error that gives one.
  std::function<Result<int>(Context&)> run;
};

/// Every command, in the order of `interlock help`.
std::vector<Command> AllCommands();

/// nullptr when there is none of that name.
const Command* FindCommand(const std::vector<Command>& commands, const std::string& name);

/// All commands on one page.
std::string Overview(const std::vector<Command>& commands);
/// Usage, options, exit codes and examples of one.
std::string HelpOf(const Command& command);

}  // namespace interlock::cli
