#include "cli/run.h"

#include <algorithm>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/output.h"
#include "cli/signals.h"

namespace interlock::cli {
namespace {

/// Needed before parsing, so that a wrong command line is answered in the wanted format, too.
Format FormatOf(const std::vector<std::string>& words) {
  Format format = Format::kPeople;
  for (const auto& word : words) {
    if (word == "--") break;
    if (word == "--json") format = Format::kJson;
    if (word == "--events") return Format::kEvents;
  }
  return format;
}

}  // namespace

int RunInterlock(const std::vector<std::string>& words, std::ostream& out, std::ostream& err) {
  const bool no_color = std::find(words.begin(), words.end(), "--no-color") != words.end();
  Output output(DetectOutput(FormatOf(words), no_color), out, err);
  if (!words.empty() && words.front() == "--version") {
    out << "interlock " INTERLOCK_VERSION "\n";
    return 0;
  }
  const auto commands = AllCommands();
  const auto line = ParseCommandLine(words, commands);
  if (!line) return output.Finish("", tl::unexpected<Error>(line.error()));
  if (line->command == nullptr) {
    if (!line->wants_help) {
      output.Note(Overview(commands));
      return output.Finish("", Fail(ErrorKind::kUsage, "IL-U03", "No command was given",
                                    "interlock deploy PLAN, interlock status, interlock help"));
    }
    output.Print(Overview(commands));
    output.SetData({{"text", Overview(commands)}});
    return output.Finish("help", 0);
  }
  if (line->wants_help) {
    output.Print(HelpOf(*line->command));
    output.SetData({{"text", HelpOf(*line->command)}});
    return output.Finish(line->command->name, 0);
  }
  CatchStopSignals(output.people());
  Context context(commands, line->arguments, output);
  if (const auto settings = context.Settings(); !settings)
    return output.Finish(line->command->name, tl::unexpected<Error>(settings.error()));
  return output.Finish(line->command->name, line->command->run(context));
}

}  // namespace interlock::cli
