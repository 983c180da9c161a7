// The command line as values: options by name, operands, and the messages for a wrong one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace interlock::cli {

struct Option {
  std::string name;   ///< "until", or "output,o" with a short form
  std::string value;  ///< "STATE"; "" for a switch
  std::string help;
  bool many = false;  ///< may be given several times
};

struct Command;

/// Options that every command takes.
const std::vector<Option>& GlobalOptions();

class Arguments {
 public:
  bool Has(const std::string& name) const { return values_.contains(name); }
  /// The last value given, or `otherwise`.
  std::string Get(const std::string& name, const std::string& otherwise = {}) const;
  std::vector<std::string> All(const std::string& name) const;
  /// kUsage (IL-U04) when it is no duration.
  Result<Duration> GetDuration(const std::string& name, Duration otherwise) const;
  const std::vector<std::string>& operands() const { return operands_; }

  /// For tests and for the parser.
  void Add(const std::string& name, const std::string& value) { values_[name].push_back(value); }
  void AddOperand(const std::string& operand) { operands_.push_back(operand); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> operands_;
};

struct CommandLine {
  const Command* command = nullptr;  ///< nullptr: none was given
  Arguments arguments;
  bool wants_help = false;
};

/// Global options may stand before and after the command's name, which has one or two words.
/// kUsage: IL-U01 unknown command, IL-U02 unknown option, IL-U03 anything else that is wrong, each
/// with the nearest name.  Pure.
Result<CommandLine> ParseCommandLine(const std::vector<std::string>& words,
                                     const std::vector<Command>& commands);

}  // namespace interlock::cli
