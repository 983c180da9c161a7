#include "cli/doctor.h"

#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "cli/text_style.h"
#include "ledger/fold.h"

namespace interlock::cli {

std::string_view ToString(Finding finding) {
  switch (finding) {
    case Finding::kOk:
      return "ok";
    case Finding::kWarn:
      return "warn";
    case Finding::kStop:
      return "stop";
  }
  return "stop";
}

namespace {

void CheckReplicas(Engine& engine, Session& session, const std::string& where,
                   std::vector<CheckLine>& lines) {
  const auto& configured = engine.database().replicas;
  for (size_t i = 0; i < configured.size(); ++i) {
    const std::string name = "replica " + std::to_string(i + 1);
    const auto replica = engine.ConnectReplica(i);
    if (replica) {
      lines.push_back({Finding::kOk, where, name, "reachable", ""});
    } else {
      lines.push_back({Finding::kStop, where, name, replica.error().message,
                       "a replica that cannot be read keeps the rollout's gate closed"});
    }
  }
  const auto attached = session.AttachedReplicas();
  if (!attached) {
    lines.push_back({Finding::kWarn, where, "attached replicas", attached.error().message,
                     attached.error().hint});
  } else if (attached->size() > configured.size()) {
    std::vector<std::string> names;
    for (const auto& replica : *attached) names.push_back(replica.name);
    lines.push_back({Finding::kStop, where, "attached replicas",
                     std::to_string(attached->size()) + " attached (" + Join(names, ", ") + "), " +
                         std::to_string(configured.size()) + " configured",
                     "add them to `replicas`: their schema and sessions count too"});
  } else {
    lines.push_back({Finding::kOk, where, "attached replicas",
                     std::to_string(attached->size()) + ", all configured", ""});
  }
}

void CheckLedger(Engine& engine, const std::string& where, std::vector<CheckLine>& lines) {
  const auto ledger = engine.OpenLedger("doctor");
  if (!ledger) {
    lines.push_back({Finding::kStop, where, "ledger", ledger.error().message, ledger.error().hint});
    return;
  }
  const auto exists = (*ledger)->Exists();
  if (!exists) {
    lines.push_back({Finding::kStop, where, "ledger", exists.error().message, exists.error().hint});
    return;
  }
  if (!*exists) {
    lines.push_back({Finding::kOk, where, "ledger", "none yet: the first deploy begins it", ""});
    return;
  }
  const auto entries = (*ledger)->Read(engine.database().name);
  DatabaseHistory history;
  auto status = entries ? Fold(history, *entries) : Result<void>(tl::unexpected(entries.error()));
  if (!status) {
    lines.push_back(
        {Finding::kStop, where, "ledger", status.error().message, "interlock ledger verify"});
    return;
  }
  const auto open = history.OpenIntents();
  lines.push_back({Finding::kOk, where, "ledger",
                   std::to_string(entries->size()) + " entries of project " + history.project +
                       (open.empty() ? "" : "; cut in the middle of " + Join(open, ", ")),
                   ""});
}

}  // namespace

std::vector<CheckLine> CheckEngine(Engine& engine, Clock& clock) {
  const std::string where = "database " + engine.database().name;
  std::vector<CheckLine> lines;
  const Duration begun = clock.Elapsed();
  const auto session = engine.Connect(true);
  if (!session) {
    lines.push_back({Finding::kStop, where, "connection", session.error().message,
                     session.error().hint, session.error().kind == ErrorKind::kUnreachable});
    return lines;
  }
  lines.push_back(
      {Finding::kOk, where, "connection", "made in " + HumanDuration(clock.Elapsed() - begun), ""});
  if (const auto mode = (*session)->ProveSessionMode(); mode) {
    lines.push_back({Finding::kOk, where, "session mode", "proved: no pooler in between", ""});
  } else {
    lines.push_back({Finding::kStop, where, "session mode", mode.error().message,
                     mode.error().hint.empty() ? "connect to the server itself, or to a pool in "
                                                 "session mode"
                                               : mode.error().hint});
  }
  if (const auto catalog = (*session)->ReadCatalog(); catalog) {
    lines.push_back({Finding::kOk, where, "catalog",
                     Count(static_cast<long long>(catalog->tables.size()), "table") + " read", ""});
  } else {
    lines.push_back(
        {Finding::kStop, where, "catalog", catalog.error().message, catalog.error().hint});
  }
  if (const auto sessions = (*session)->Sessions(); sessions && !sessions->complete)
    lines.push_back({Finding::kWarn, where, "sessions", sessions->why_incomplete,
                     "a driver that lists every instance makes up for it"});
  CheckReplicas(engine, **session, where, lines);
  CheckLedger(engine, where, lines);
  return lines;
}

std::vector<CheckLine> CheckApps(const Project& project) {
  std::vector<CheckLine> lines;
  for (const auto& [name, app] : project.apps) {
    const std::string where = "app " + name;
    for (const auto* command : {&app.deploy.list, &app.deploy.start, &app.deploy.stop,
                                &app.deploy.healthy, &app.deploy.drain, &app.deploy.undrain}) {
      if (command->empty() || command->front().find('/') == std::string::npos) continue;
      std::filesystem::path program(command->front());
      if (program.is_relative()) program = std::filesystem::path(project.root) / program;
      if (access(program.c_str(), X_OK) != 0)
        lines.push_back({Finding::kStop, where, "driver", program.string() + " cannot be executed",
                         "look whether it is there and has mode +x"});
    }
    if (app.deploy.driver.empty() && app.census.sessions.empty()) {
      lines.push_back({Finding::kWarn, where, "census",
                       "neither a driver nor census.sessions: its versions cannot be seen",
                       "give its sessions an application_name with the version, and set "
                       "census.sessions = \"" +
                           name + "/{version}\""});
    } else {
      lines.push_back(
          {Finding::kOk, where, "census",
           app.deploy.driver.empty()
               ? "by sessions"
               : "by its driver" + std::string(app.census.sessions.empty() ? "" : " and sessions"),
           ""});
    }
  }
  return lines;
}

}  // namespace interlock::cli
