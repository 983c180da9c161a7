// Parsing of the command line, exit codes of usage errors, help, version.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/exit_codes.h"
#include "cli/run.h"

namespace interlock::cli {
namespace {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran RunWords(const std::vector<std::string>& words) {
  std::ostringstream out, err;
  Ran ran;
  ran.code = RunInterlock(words, out, err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

Result<CommandLine> Parse(const std::vector<std::string>& words) {
  static const auto commands = AllCommands();
  return ParseCommandLine(words, commands);
}

TEST(CommandLine, GlobalOptionsStandBeforeAndAfterTheCommand) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--env", "prod", "--json", "deploy", "names"},
        {"deploy", "--env=prod", "names", "--json"},
        {"deploy", "names", "--json", "--env", "prod"}}) {
    const auto line = Parse(words);
    ASSERT_TRUE(line) << ToString(line.error());
    EXPECT_EQ(line->command->name, "deploy");
    EXPECT_EQ(line->arguments.Get("env"), "prod");
    EXPECT_TRUE(line->arguments.Has("json"));
    EXPECT_EQ(line->arguments.operands(), std::vector<std::string>{"names"});
  }
}

TEST(CommandLine, CommandsOfTwoWords) {
  const auto line = Parse({"app", "register", "web", "1.42.0", "--uses", "uses.toml"});
  ASSERT_TRUE(line) << ToString(line.error());
  EXPECT_EQ(line->command->name, "app register");
  EXPECT_EQ(line->arguments.operands(), (std::vector<std::string>{"web", "1.42.0"}));
  const auto apart = Parse({"ledger", "--env", "prod", "verify"});
  ASSERT_TRUE(apart) << ToString(apart.error());
  EXPECT_EQ(apart->command->name, "ledger verify");
}

TEST(CommandLine, TheSecondWordMayBeAnOperand) {
  const auto line = Parse({"status", "names"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command->name, "status");
  EXPECT_EQ(line->arguments.operands(), std::vector<std::string>{"names"});
}

TEST(CommandLine, OptionsThatMayBeRepeated) {
  const auto line = Parse({"plan", "p", "--set", "A=1", "--set", "B=2", "-o", "out.json"});
  ASSERT_TRUE(line) << ToString(line.error());
  EXPECT_EQ(line->arguments.All("set"), (std::vector<std::string>{"A=1", "B=2"}));
  EXPECT_EQ(line->arguments.Get("output"), "out.json");
  const auto twice = Parse({"plan", "p", "--env", "a", "--env", "b"});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, "IL-U03");
}

TEST(CommandLine, OptionsAreNotGuessed) {
  const auto line = Parse({"plan", "p", "--detailed"});
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, "IL-U02");
}

TEST(CommandLine, MistypedNamesGetTheNearest) {
  const auto command = Parse({"deplyo", "names"});
  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().code, "IL-U01");
  EXPECT_NE(command.error().hint.find("deploy"), std::string::npos);
  const auto option = Parse({"deploy", "names", "--untill", "released"});
  ASSERT_FALSE(option);
  EXPECT_EQ(option.error().code, "IL-U02");
  EXPECT_NE(option.error().hint.find("--until"), std::string::npos);
  const auto second = Parse({"ledger", "verfy"});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().hint.find("verify"), std::string::npos);
}

TEST(CommandLine, UsageErrorsExitWith64) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"nonsense"},
                                                {"--nonsense"},
                                                {"deploy", "--nonsense"},
                                                {"deploy"},
                                                {"deploy", "one", "two"},
                                                {"deploy", "one", "--app", "web", "--to", "2"},
                                                {"deploy", "--app", "web"},
                                                {"deploy", "one", "--until", "tomorrow"},
                                                {"deploy", "one", "--wait", "soon"},
                                                {"ledger"},
                                                {"contract"},
                                                {"gate", "--app", "web"},
                                                {"adopt"},
                                                {"explain", "IL-Z99"},
                                                {"plan", "--set"}}) {
    const auto ran = RunWords(words);
    EXPECT_EQ(ran.code, 64) << (words.empty() ? "" : words.back()) << "\n" << ran.err;
    EXPECT_NE(ran.err.find("exit 64"), std::string::npos) << ran.err;
  }
}

TEST(CommandLine, ValuesThatNoCommandReadsAreLookedAtAllTheSame) {
  const auto ran = RunWords({"version", "--set", "WEB_VERSION"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_NE(ran.err.find("IL-U04"), std::string::npos);
}

TEST(CommandLine, HelpOfHalfACommandListsTheWholeOnes) {
  const auto ran = RunWords({"help", "ledger"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_NE(ran.err.find("one of: ledger verify, ledger anchor, ledger export, ledger reconcile"),
            std::string::npos)
      << ran.err;
}

TEST(CommandLine, AWrongCommandLineIsAnsweredInTheWantedFormat) {
  const auto ran = RunWords({"deplyo", "--json"});
  EXPECT_EQ(ran.code, 64);
  EXPECT_EQ(ran.err, "");
  const auto envelope = nlohmann::json::parse(ran.out);
  EXPECT_EQ(envelope["ok"], false);
  EXPECT_EQ(envelope["exit"], 64);
  EXPECT_EQ(envelope["error"]["code"], "IL-U01");
  EXPECT_EQ(envelope["error"]["kind"], "usage");
}

TEST(CommandLine, Version) {
  EXPECT_EQ(RunWords({"--version"}).out, "interlock " INTERLOCK_VERSION "\n");
  EXPECT_EQ(RunWords({"version"}).out, "interlock " INTERLOCK_VERSION "\n");
  EXPECT_EQ(nlohmann::json::parse(RunWords({"version", "--json"}).out)["data"]["version"],
            INTERLOCK_VERSION);
}

TEST(CommandLine, EveryCommandHasHelpWithExitCodesAndAnExample) {
  for (const auto& command : AllCommands()) {
    std::vector<std::string> words{"--help"};
    std::istringstream name(command.name);
    for (std::string word; name >> word;) words.push_back(word);
    const auto ran = RunWords(words);
    EXPECT_EQ(ran.code, 0) << command.name;
    EXPECT_NE(ran.out.find("  interlock " + command.name), std::string::npos) << command.name;
    EXPECT_NE(ran.out.find("Exit codes:"), std::string::npos) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const auto& example : command.examples)
      EXPECT_TRUE(example.command.starts_with("interlock " + command.name)) << example.command;
    for (const int code : command.exits) EXPECT_NE(ExitMeaningOf(code), "") << command.name;
  }
}

TEST(CommandLine, ExamplesInHelpParse) {
  for (const auto& command : AllCommands())
    for (const auto& example : command.examples) {
      std::vector<std::string> words;
      std::string word;
      bool quoted = false;
      for (const char c : example.command + " ") {
        if (c == '"') {
          quoted = !quoted;
        } else if (c == '>' && !quoted) {
          break;
        } else if (c == ' ' && !quoted) {
          if (!word.empty()) words.push_back(word);
          word.clear();
        } else {
          word += c;
        }
      }
      words.erase(words.begin());
      const auto line = Parse(words);
      EXPECT_TRUE(line) << example.command << "\n"
                        << (line ? std::string() : ToString(line.error()));
    }
}

TEST(CommandLine, NamesOfCommandsAndOptionsAreUnique) {
  std::set<std::string> names;
  for (const auto& command : AllCommands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    std::set<std::string> options;
    for (const auto& option : GlobalOptions()) options.insert(option.name);
    for (const auto& option : command.options)
      EXPECT_TRUE(options.insert(option.name).second) << command.name << " " << option.name;
  }
}

TEST(ExitCodes, EveryKindHasAMeaning) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::kConfig); ++i)
    EXPECT_NE(ExitMeaningOf(ExitCode(static_cast<ErrorKind>(i))), "") << i;
}

}  // namespace
}  // namespace interlock::cli
