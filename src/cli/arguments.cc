#include "cli/arguments.h"

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.h"
#include "cli/command.h"

namespace interlock::cli {
namespace {

namespace po = boost::program_options;

/// po's name for what is no option; no one types it.
constexpr const char* kOperand = "operand\x01";

std::string LongName(const Option& option) { return option.name.substr(0, option.name.find(',')); }

/// Whether the word is a global option, and whether the next word is its value.
bool IsGlobal(const std::string& word, bool* takes_next) {
  *takes_next = false;
  if (word == "-h" || word == "--help") return true;
  if (!word.starts_with("--")) return false;
  const auto equals = word.find('=');
  const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
  for (const auto& option : GlobalOptions()) {
    if (LongName(option) != name) continue;
    *takes_next = !option.value.empty() && equals == std::string::npos;
    return true;
  }
  return false;
}

struct CommandWords {
  std::string first, second;  ///< the first two words that are no options
  std::size_t first_at = 0, second_at = 0;
  std::string option;  ///< an option before the command that is no global one
};

CommandWords FindCommandWords(const std::vector<std::string>& words) {
  CommandWords out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    bool takes_next = false;
    if (IsGlobal(words[i], &takes_next)) {
      if (takes_next) ++i;
      continue;
    }
    if (words[i].starts_with("-") && words[i].size() > 1) {
      if (out.first.empty()) out.option = words[i];
      return out;
    }
    if (out.first.empty()) {
      out.first = words[i];
      out.first_at = i;
    } else {
      out.second = words[i];
      out.second_at = i;
      return out;
    }
  }
  return out;
}

Error Usage(std::string code, std::string message, std::string hint) {
  return {ErrorKind::kUsage, std::move(code), std::move(message), {}, std::move(hint)};
}

std::string DidYouMean(const std::string& name, const std::vector<std::string>& names,
                       const std::string& otherwise) {
  const std::string nearest = NearestName(name, names);
  return nearest.empty() ? otherwise : "did you mean  " + nearest + " ?";
}

Error UnknownCommand(const CommandWords& found, const std::vector<Command>& commands) {
  std::vector<std::string> names, seconds;
  for (const auto& command : commands) {
    names.push_back(command.name);
    if (command.name.starts_with(found.first + " "))
      seconds.push_back(command.name.substr(found.first.size() + 1));
  }
  if (!seconds.empty())
    return Usage("IL-U01",
                 found.second.empty()
                     ? "'" + found.first + "' needs a second word"
                     : "There is no command '" + found.first + " " + found.second + "'",
                 "one of: " + Join(seconds, ", "));
  return Usage("IL-U01", "There is no command '" + found.first + "'",
               DidYouMean(found.first, names, "interlock help  lists all commands"));
}

Error UnknownOption(std::string name, const Command* command) {
  name = name.substr(0, name.find('='));
  std::vector<std::string> names{"--help"};
  auto add = [&](const std::vector<Option>& options) {
    for (const auto& option : options) names.push_back("--" + LongName(option));
  };
  add(GlobalOptions());
  if (command != nullptr) add(command->options);
  const std::string of = command != nullptr ? "interlock " + command->name : "interlock";
  return Usage("IL-U02", of + " has no option " + name,
               DidYouMean(name, names, of + " --help  lists its options"));
}

void Declare(po::options_description& description, const std::vector<Option>& options) {
  for (const auto& option : options) {
    if (option.value.empty()) {
      description.add_options()(option.name.c_str(), "");
    } else {
      description.add_options()(option.name.c_str(),
                                po::value<std::vector<std::string>>()->composing(), "");
    }
  }
}

Result<Arguments> ParseOptions(const Command& command, const std::vector<std::string>& words) {
  po::options_description description;
  description.add_options()("help,h", "")(kOperand, po::value<std::vector<std::string>>(), "");
  Declare(description, GlobalOptions());
  Declare(description, command.options);
  po::positional_options_description operands;
  operands.add(kOperand, -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  const std::string help = "interlock " + command.name + " --help  shows how it is used";
  po::variables_map map;
  try {
    po::store(
        po::command_line_parser(words).options(description).positional(operands).style(style).run(),
        map);
  } catch (const po::unknown_option& error) {
    return Fail(UnknownOption(error.get_option_name(), &command));
  } catch (const po::error& error) {
    return Fail(Usage("IL-U03", error.what(), help));
  }
  Arguments arguments;
  if (map.count("help") != 0) arguments.Add("help", "");
  if (map.count(kOperand) != 0)
    for (const auto& operand : map[kOperand].as<std::vector<std::string>>())
      arguments.AddOperand(operand);
  auto take = [&](const std::vector<Option>& options) -> Result<void> {
    for (const auto& option : options) {
      const std::string name = LongName(option);
      if (map.count(name) == 0) continue;
      if (option.value.empty()) {
        arguments.Add(name, "");
        continue;
      }
      const auto& values = map[name].as<std::vector<std::string>>();
      if (values.size() > 1 && !option.many)
        return Fail(Usage("IL-U03",
                          "--" + name + " is given " + std::to_string(values.size()) +
                              " times, and takes one value",
                          help));
      for (const auto& value : values) arguments.Add(name, value);
    }
    return {};
  };
  IL_RETURN_IF_ERROR(take(GlobalOptions()));
  IL_RETURN_IF_ERROR(take(command.options));
  return arguments;
}

Result<void> CheckOperands(const Command& command, const Arguments& arguments) {
  const int given = static_cast<int>(arguments.operands().size());
  const std::string help = "usage: interlock " + command.name + " " + command.operands +
                           "   (interlock " + command.name + " --help)";
  if (given < command.min_operands)
    return Fail(Usage("IL-U03", "interlock " + command.name + " needs " + command.operands, help));
  if (command.max_operands >= 0 && given > command.max_operands)
    return Fail(Usage("IL-U03",
                      "'" + arguments.operands()[static_cast<size_t>(command.max_operands)] +
                          "' is one word too many for interlock " + command.name,
                      help));
  return {};
}

}  // namespace

const std::vector<Option>& GlobalOptions() {
  static const std::vector<Option> options{
      {"env", "NAME", "environment of interlock.toml (default: INTERLOCK_ENV)"},
      {"config", "FILE", "default: interlock.toml here or in a folder above"},
      {"set", "NAME=VALUE", "value of ${NAME} in the files, before the environment's", true},
      {"actor", "WHO", "who acts, for the ledger (default: INTERLOCK_ACTOR, else user@host)"},
      {"reason", "TEXT", "why, for the ledger"},
      {"wait", "DURATION", "how long to wait for gates that open by themselves (30s, 10m, 2h)"},
      {"json", "", "one JSON envelope on stdout, on success and on failure"},
      {"events", "", "one JSON object a line while it runs; the envelope is the last"},
      {"no-input", "", "never ask"},
      {"no-color", "", "no colours (also: NO_COLOR)"},
  };
  return options;
}

std::string Arguments::Get(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second.back();
}

std::vector<std::string> Arguments::All(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

Result<Duration> Arguments::GetDuration(const std::string& name, Duration otherwise) const {
  if (!Has(name)) return otherwise;
  auto parsed = ParseDuration(Get(name));
  if (!parsed)
    return Fail(Usage("IL-U04", "--" + name + ": " + parsed.error().message, parsed.error().hint));
  return parsed;
}

Result<CommandLine> ParseCommandLine(const std::vector<std::string>& words,
                                     const std::vector<Command>& commands) {
  const CommandWords found = FindCommandWords(words);
  CommandLine line;
  if (found.first.empty()) {
    if (!found.option.empty()) return Fail(UnknownOption(found.option, nullptr));
    line.wants_help = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word == "--help" || word == "-h";
    });
    return line;
  }
  auto rest = words;
  line.command =
      found.second.empty() ? nullptr : FindCommand(commands, found.first + " " + found.second);
  if (line.command != nullptr)
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(found.second_at));
  if (line.command == nullptr) line.command = FindCommand(commands, found.first);
  if (line.command == nullptr) return Fail(UnknownCommand(found, commands));
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(found.first_at));
  IL_ASSIGN(line.arguments, ParseOptions(*line.command, rest));
  line.wants_help = line.arguments.Has("help");
  if (!line.wants_help) IL_RETURN_IF_ERROR(CheckOperands(*line.command, line.arguments));
  return line;
}

}  // namespace interlock::cli
