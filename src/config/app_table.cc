#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "config/codes.h"
#include "config/project_file.h"
#include "config/table_reader.h"

namespace interlock::config {
namespace {

using std::chrono::milliseconds;

/// The {words} of a text.
std::vector<std::string> Placeholders(const std::string& text) {
  std::vector<std::string> out;
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
    size_t end = open + 1;
    while (end < text.size() &&
           (std::islower(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
      ++end;
    if (end < text.size() && text[end] == '}' && end > open + 1)
      out.push_back(text.substr(open + 1, end - open - 1));
  }
  return out;
}

std::vector<std::string> ReadCommand(TableReader& table, const char* key, Need need,
                                     const std::vector<std::string>& allowed, Problems& problems) {
  std::vector<std::string> out;
  const std::string expected = fmt::format("an argument list such as [\"deploy/{}\"{}]", key,
                                           allowed.empty() ? "" : ", \"{instance}\"");
  for (const Node* word : table.Texts(key, need, expected)) {
    out.push_back(word->text);
    for (const auto& name : Placeholders(word->raw)) {
      if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
      problems.Add(word->at, kPlaceholder, fmt::format("'{{{}}}' means nothing in '{}'", name, key),
                   allowed.empty() ? "no placeholders" : "{instance} or {version}",
                   DidYouMean(name, allowed));
    }
  }
  return out;
}

DriverSettings ReadDriver(const Node& node, const std::string& name, Problems& problems) {
  DriverSettings out;
  TableReader table(node, name, problems);
  table.Get("driver", Node::Type::kString, Need::kRequired, "\"command\"");
  out.driver = "command";
  if (table.Has("driver")) out.driver = table.OneOf("driver", {"command"});
  const std::vector<std::string> both = {"instance", "version"};
  if (table.Has("list") == table.Has("instances"))
    problems.Add(table.Has("list") ? table.At("instances") : table.at(), kAlternatives,
                 table.Has("list") ? name + " has 'list' and 'instances'" : name + " has no 'list'",
                 "exactly one of 'list' or 'instances'",
                 table.Has("list") ? "" : "'list' is a command that prints INSTANCE VERSION lines");
  out.list = ReadCommand(table, "list", Need::kNotEmpty, {}, problems);
  out.instances = table.Names("instances", Need::kNotEmpty);
  out.start = ReadCommand(table, "start", Need::kRequired, both, problems);
  out.stop = ReadCommand(table, "stop", Need::kRequired, both, problems);
  out.healthy = ReadCommand(table, "healthy", Need::kRequired, both, problems);
  out.drain = ReadCommand(table, "drain", Need::kNotEmpty, both, problems);
  out.undrain = ReadCommand(table, "undrain", Need::kNotEmpty, both, problems);
  if (const auto timeout = table.GetDuration("timeout", milliseconds(1))) out.timeout = *timeout;
  table.Finish();
  return out;
}

CensusSettings ReadCensus(const Node* node, const std::string& name, bool is_protected,
                          Problems& problems) {
  CensusSettings out;
  if (is_protected) out.unknown = UnknownSessions::kBlock;
  if (node == nullptr) return out;
  TableReader table(*node, name, problems);
  if (const Node* sessions = table.Text("sessions")) {
    out.sessions = sessions->text;
    const auto found = Placeholders(sessions->text);
    if (!sessions->open && found != std::vector<std::string>{"version"})
      problems.Add(sessions->at, kPlaceholder,
                   fmt::format("'{}' does not hold {{version}} once", sessions->raw),
                   "what the app's database sessions call themselves, such as \"web/{version}\"");
  }
  const auto unknown = table.OneOf("unknown", {"block", "report"});
  if (table.Has("unknown"))
    out.unknown = unknown == "block" ? UnknownSessions::kBlock : UnknownSessions::kReport;
  if (const auto window = table.GetDuration("window")) out.window = *window;
  if (const auto admission = table.GetDuration("admission")) out.admission = *admission;
  table.Finish();
  return out;
}

}  // namespace

App ReadApp(const Node& node, const std::string& name, const Project& project, Problems& problems) {
  App out;
  out.name = name;
  const std::string title = "[apps." + name + "]";
  TableReader table(node, title, problems);
  std::vector<std::string> known;
  for (const auto& [database, value] : project.databases) known.push_back(database);
  const auto databases = table.Texts("databases", Need::kRequired, "a list of names");
  CheckDistinct(databases, "'databases'", problems);
  for (const Node* database : databases) {
    out.databases.push_back(database->text);
    if (!database->open && project.databases.count(database->text) == 0)
      problems.Add(database->at, kUnknownName,
                   fmt::format("there is no database '{}'", database->raw),
                   "one of [databases]: " + Quoted(known), DidYouMean(database->raw, known));
  }
  out.uses_file = table.String("uses");
  out.census = ReadCensus(table.Get("census", Node::Type::kTable), "[apps." + name + ".census]",
                          project.is_protected, problems);
  if (const Node* deploy = table.Get("deploy", Node::Type::kTable))
    out.deploy = ReadDriver(*deploy, "[apps." + name + ".deploy]", problems);
  table.Finish();
  return out;
}

}  // namespace interlock::config
