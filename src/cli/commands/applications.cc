// interlock app register, census, census forget: which versions there are, and which are alive.
#include "base/text.h"
#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/project_files.h"
#include "cli/text_style.h"
#include "runner/doors.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

Result<int> RunRegister(Context& context) {
  const auto& operands = context.args().operands();
  IL_ASSIGN(const auto* project, context.project());
  IL_ASSIGN(const auto* migrations, context.migrations());
  std::string file = context.args().Get("uses");
  if (const auto app = project->apps.find(operands[0]); file.empty() && app != project->apps.end())
    file = UsesFileOf(*project, app->second);
  IL_ASSIGN(const auto uses, ReadUses(file, *migrations));
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_RETURN_IF_ERROR(RegisterApp(*world, operands[0], operands[1], uses));
  std::vector<std::vector<std::string>> rows;
  json listed = json::object();
  for (const auto& [migration, interval] : uses.listed) {
    rows.push_back({migration, interval.ToString()});
    listed[migration] = interval.ToString();
  }
  context.out().Print(Green("✓") + " " + operands[0] + " " + operands[1] +
                      " is registered; its build contains " +
                      Count(static_cast<long long>(uses.contains.size()), "migration"));
  if (!rows.empty()) context.out().Print(Columns(rows, 2));
  context.out().SetData({{"app", operands[0]},
                         {"version", operands[1]},
                         {"listed", listed},
                         {"contains", uses.contains}});
  return 0;
}

json ToJson(const Census& census) {
  json versions = json::object();
  for (const auto& [version, sightings] : census.versions) {
    versions[version] = json::array();
    for (const auto& sighting : sightings) versions[version].push_back(Describe(sighting));
  }
  json unknown = json::array();
  for (const auto& session : census.unknown)
    unknown.push_back({{"pid", session.id},
                       {"server", session.server},
                       {"name", session.name},
                       {"user", session.user},
                       {"host", session.host}});
  return {{"app", census.app},
          {"at", FormatTimestamp(census.at)},
          {"versions", versions},
          {"unknown_sessions", unknown},
          {"unknown_blocks", census.unknown_blocks},
          {"undecidable", census.undecidable},
          {"notes", census.notes},
          {"forgotten", census.forgotten}};
}

std::string CensusText(const std::string& database, const Census& census) {
  std::string out = Bold(census.app) + "  on " + database + "\n";
  if (census.versions.empty()) out += "  no version is seen\n";
  for (const auto& [version, sightings] : census.versions) {
    out += "  " + (version.empty() ? std::string("version unknown") : version) + "  (" +
           Count(static_cast<long long>(sightings.size()), "sighting") + ")\n";
    for (const auto& sighting : sightings) out += "    " + Describe(sighting) + "\n";
  }
  for (const auto& session : census.unknown)
    out += "  " + Yellow(census.unknown_blocks ? "unknown, blocks" : "unknown") + ": pid " +
           std::to_string(session.id) + " \"" + session.name + "\" of " + session.user +
           (session.host.empty() ? "" : " from " + session.host) + "\n";
  for (const auto& line : census.undecidable)
    out += "  " + Yellow("undecidable") + ": " + line + "\n";
  for (const auto& line : census.notes) out += "  note: " + line + "\n";
  for (const auto& line : census.forgotten) out += "  forgotten: " + line + "\n";
  return out;
}

/// Whether an instance, a host or a session of that name counts now.
Result<bool> IsSeen(World& world, const std::string& name) {
  for (const auto& [database, link] : world.links()) {
    IL_ASSIGN(const auto censuses, world.CountAll(database));
    for (const auto& census : censuses) {
      for (const auto& [version, sightings] : census.versions)
        for (const auto& sighting : sightings)
          if (sighting.name == name || sighting.host == name) return true;
      for (const auto& session : census.unknown)
        if (session.name == name || session.host == name) return true;
    }
  }
  return false;
}

Result<int> RunCensus(Context& context) {
  if (context.args().Has("app")) {
    IL_ASSIGN(const auto* project, context.project());
    IL_RETURN_IF_ERROR(RequireApp(*project, context.args().Get("app")));
  }
  IL_ASSIGN(auto* world, context.Open());
  json list = json::array();
  std::string text;
  for (const auto& [database, link] : world->links()) {
    IL_ASSIGN(const auto censuses, world->CountAll(database));
    for (const auto& census : censuses) {
      if (context.args().Has("app") && census.app != context.args().Get("app")) continue;
      json item = ToJson(census);
      item["database"] = database;
      list.push_back(std::move(item));
      text += CensusText(database, census);
    }
  }
  context.out().Print(text.empty() ? "No application uses these databases." : text);
  context.out().SetData({{"census", list}});
  return 0;
}

Result<int> RunForget(Context& context) {
  const std::string& name = context.args().operands()[0];
  IL_ASSIGN(const auto reason, context.Reason());
  IL_ASSIGN(auto* world, context.OpenToWrite());
  IL_ASSIGN(const bool seen, IsSeen(*world, name));
  IL_RETURN_IF_ERROR(ForgetInstance(*world, name, reason));
  context.out().Print("• " + name + " no longer counts, until it does something again");
  if (!seen)
    context.out().Print(Yellow("  nothing of that name is seen now") +
                        ": interlock census shows the names of what is");
  context.out().SetData({{"instance", name}, {"seen", seen}});
  return 0;
}

}  // namespace

Command AppRegisterCommand() {
  Command command;
  command.name = "app register";
  command.summary = "tell the database what a version supports and which migrations it contains";
  command.operands = "APP VERSION";
  command.min_operands = command.max_operands = 2;
  command.about =
      "Run it where the version is built: the migrations of this checkout are those it contains.  "
      "One that it contains and does not list is supported from expanded on, one that it does not "
      "contain up to expanded.";
  command.options = {{"uses", "FILE", "default: the application's `uses` in interlock.toml"}};
  command.examples = {{"interlock app register web 1.42.0", "in the build's checkout"}};
  command.exits = {4, 7, 11};
  command.run = RunRegister;
  return command;
}

Command CensusCommand() {
  Command command;
  command.name = "census";
  command.summary = "which application versions are alive, and how it is known";
  command.options = {{"app", "APP", "only this one"}};
  command.examples = {{"interlock census", ""}};
  command.exits = {7, 8, 11};
  command.run = RunCensus;
  return command;
}

Command CensusForgetCommand() {
  Command command;
  command.name = "census forget";
  command.summary = "a person vouches that an instance, host or session name is gone";
  command.operands = "NAME";
  command.min_operands = command.max_operands = 1;
  command.examples = {{"interlock census forget batch-7 --reason \"host is scrapped\"", ""}};
  command.exits = {4, 7, 11};
  command.run = RunForget;
  return command;
}

}  // namespace interlock::cli
