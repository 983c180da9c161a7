// interlock check: everything wrong in the project's files, offline; for pull requests.
#include <algorithm>
#include <cstdlib>

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/github_text.h"
#include "cli/project_files.h"
#include "cli/text_style.h"
#include "config/config.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

Result<int> RunCheck(Context& context) {
  const auto& args = context.args();
  const std::string format = args.Get("format", "text");
  if (format != "text" && format != "github")
    return Fail(ErrorKind::kUsage, "IL-U04", "--format " + format + " is not known",
                "one of: text, github");
  IL_ASSIGN(const auto file, FindConfig(args.Get("config")));
  std::optional<std::string> environment;
  if (args.Has("env")) environment = args.Get("env");
  IL_ASSIGN(const auto errors, CheckAll(file, environment, ProcessEnv()));
  json list = json::array();
  for (const auto& error : errors) {
    list.push_back(ErrorJson(error));
    context.out().Print(format == "github" ? GithubAnnotation(error)
                                           : ErrorText(error, "", context.out().options().width));
  }
  context.out().SetData({{"problems", list}});
  if (errors.empty()) {
    context.out().Print(Green("✓") + " nothing is wrong in the project's files");
    return 0;
  }
  const std::string count = Count(static_cast<long long>(errors.size()), "problem");
  return Fail(ErrorKind::kConfig, "IL-U09", "The project's files have " + count,
              "interlock explain CODE  says more of each");
}

}  // namespace

Command CheckCommand() {
  Command command;
  command.name = "check";
  command.summary = "offline: what is wrong in interlock.toml, migrations, plans and uses";
  command.about =
      "Connects to nothing and needs no secret.  All environments are checked unless --env names "
      "one.";
  command.options = {
      {"format", "FORMAT", "text (default) | github: annotations of a pull request"}};
  command.examples = {{"interlock check", ""},
                      {"interlock check --format github", "in a workflow"}};
  command.run = RunCheck;
  return command;
}

}  // namespace interlock::cli
