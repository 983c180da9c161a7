// interlock doctor: what would stop a release, and the mend; changes nothing.
#include "cli/doctor.h"

#include "cli/commands/all.h"
#include "cli/context.h"
#include "cli/engines.h"
#include "cli/text_style.h"
#include "engine/mysql/connection.h"
#include "engine/postgres/connection.h"

namespace interlock::cli {
namespace {

using nlohmann::json;

std::string Marked(Finding finding) {
  const std::string text(ToString(finding));
  switch (finding) {
    case Finding::kOk:
      return Green(text);
    case Finding::kWarn:
      return Yellow(text);
    case Finding::kStop:
      return Red(text);
  }
  return text;
}

/// What is each server's own.
std::vector<CheckLine> CheckServer(const Database& database) {
  constexpr const char* kName = "interlock doctor";
  if (SchemeOf(database.url) == "mysql") {
    mysql::ConnectOptions options;
    options.program_name = kName;
    const auto connection = mysql::MySqlConnection::Open(database.url, options);
    return connection ? CheckMySql(**connection, database) : std::vector<CheckLine>();
  }
  postgres::ConnectOptions options;
  options.application_name = kName;
  const auto connection = postgres::PgConnection::Open(database.url, options);
  return connection ? CheckPostgres(**connection, database) : std::vector<CheckLine>();
}

Result<int> RunDoctor(Context& context) {
  IL_ASSIGN(const auto* project, context.project());
  std::vector<CheckLine> lines;
  auto add = [&](std::vector<CheckLine> more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  };
  for (const auto& [name, database] : project->databases) {
    IL_ASSIGN(auto* engine, context.EngineOf(name));
    add(CheckEngine(*engine, context.clock()));
    if (lines.back().what != "connection") add(CheckServer(database));
  }
  if (context.home() != nullptr) {
    const auto exists = context.home()->Exists();
    lines.push_back({exists ? Finding::kOk : Finding::kStop, "ledger home", "connection",
                     exists ? (*exists ? "is there" : "none yet: the first deploy makes it")
                            : exists.error().message,
                     exists ? "" : exists.error().hint});
  }
  add(CheckApps(*project));
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  int stops = 0;
  bool unreachable = false;
  for (const auto& line : lines) {
    list.push_back({{"finding", std::string(ToString(line.finding))},
                    {"where", line.where},
                    {"what", line.what},
                    {"shown", line.shown},
                    {"mend", line.mend}});
    rows.push_back({Marked(line.finding), line.where, line.what, line.shown});
    if (!line.mend.empty()) rows.push_back({"", "", "", "→ " + line.mend});
    stops += line.finding == Finding::kStop ? 1 : 0;
    unreachable |= line.unreachable;
  }
  context.out().Print(Columns(rows));
  context.out().SetData({{"checks", list}});
  if (stops == 0) return 0;
  return Fail(unreachable ? ErrorKind::kUnreachable : ErrorKind::kRefused, "IL-U22",
              Count(stops, "finding") + " would stop a release",
              "mend the lines marked `stop`, then run interlock doctor again");
}

}  // namespace

Command DoctorCommand() {
  Command command;
  command.name = "doctor";
  command.summary = "connections, privileges, settings, poolers: what would stop a release";
  command.about = "Changes nothing.  Each line is ok, warn or stop, with the mend.";
  command.examples = {{"interlock doctor --env prod", ""}};
  command.exits = {4, 11};
  command.run = RunDoctor;
  return command;
}

}  // namespace interlock::cli
