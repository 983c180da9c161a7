#include "config/project_file.h"

#include <fmt/format.h>

#include "config/codes.h"
#include "config/files.h"
#include "config/table_reader.h"

namespace interlock::config {
namespace {

using std::chrono::milliseconds;

void ReadFormat(TableReader& file, Problems& problems) {
  const Node* format = file.Get("format", Node::Type::kInteger, Need::kOptional, "format = 1");
  if (!file.Has("format"))
    problems.Add({1, 1}, kFormat, "the file does not say its format", "format = 1 at the top");
  if (format == nullptr || format->integer == 1) return;
  problems.Add(format->at, kFormat, fmt::format("format {} is not known", format->integer),
               "format = 1", format->integer > 1 ? "a newer interlock may know it" : "");
}

void ReadProjectTable(const Node& node, Project& project, Problems& problems) {
  TableReader table(node, "[project]", problems);
  if (const Node* name = table.Text("name", Need::kRequired)) {
    project.name = name->text;
    if (!name->open && !IsId(name->text))
      problems.Add(name->at, kWrongId, fmt::format("'{}' is no project name", name->raw), kIdRule);
  }
  project.migration_folders = table.Names("migrations", Need::kNotEmpty);
  if (project.migration_folders.empty()) project.migration_folders = {"migrations"};
  table.Finish();
}

BackfillSettings ReadBackfill(const Node& node, const std::string& name, Problems& problems) {
  BackfillSettings out;
  TableReader table(node, name, problems);
  if (const auto workers = table.Integer("workers", 1, 64)) out.workers = *workers;
  if (const auto time = table.GetDuration("batch_time", milliseconds(1))) out.batch_time = *time;
  if (const auto ratio = table.Integer("nice_ratio", 0, 100)) out.nice_ratio = *ratio;
  if (const auto lag = table.GetDuration("max_replica_lag")) out.max_replica_lag = *lag;
  constexpr int kMost = 2'000'000'000;
  if (const auto most = table.Integer("max_threads_running", 0, kMost))
    out.max_threads_running = *most;
  if (const auto most = table.Integer("max_history_list_length", 0, kMost))
    out.max_history_list_length = *most;
  if (const auto most = table.Integer("max_log_backlog", 0, kMost)) out.max_log_backlog = *most;
  table.Finish();
  return out;
}

std::pair<Database, UrlSource> ReadDatabase(const Node& node, const std::string& name,
                                            Problems& problems) {
  const std::string title = "[databases." + name + "]";
  Database out;
  out.name = name;
  TableReader table(node, title, problems);
  UrlSource url = ReadUrlSource(table, problems);
  out.owns = table.Names("owns");
  out.ignore = table.Names("ignore");
  out.others = table.Names("others");
  for (const Node* replica : table.Texts("replicas")) {
    out.replicas.push_back(replica->text);
    if (replica->open) continue;
    if (const auto expected = NormalizeUrl(out.replicas.back()); !expected.empty())
      problems.Add(replica->at, kSecret, "the replica's url begins with no known scheme", expected);
  }
  if (const auto timeout = table.GetDuration("lock_timeout", milliseconds(1)))
    out.lock_timeout = *timeout;
  if (const auto budget = table.GetDuration("lock_budget", milliseconds(1)))
    out.lock_budget = *budget;
  if (const auto age = table.GetDuration("end_blockers_after")) out.end_blockers_after = *age;
  if (const auto rows = table.Integer("in_place_rows", 0, 2'000'000'000)) out.in_place_rows = *rows;
  if (const Node* backfill = table.Get("backfill", Node::Type::kTable))
    out.backfill = ReadBackfill(*backfill, "[databases." + name + ".backfill]", problems);
  table.Finish();
  return {std::move(out), std::move(url)};
}

void CheckTableName(const Member& member, const char* what, Problems& problems) {
  if (!IsId(member.key))
    problems.Add(member.at, kWrongId, fmt::format("'{}' is no {} name", member.key, what), kIdRule);
}

void ReadEnvironmentSettings(const Node& settings, const std::string& environment, Project& project,
                             Problems& problems) {
  project.environment = environment;
  if (const Node* value = settings.Find("protected")) project.is_protected = value->boolean;
  if (const Node* contract = settings.Find("contract"))
    project.contract_floor =
        ReadContract(*contract, "[environments." + environment + "] contract", true, problems);
}

}  // namespace

ContractSettings ReadContract(const Node& node, const std::string& name, bool is_floor,
                              Problems& problems) {
  ContractSettings out;
  TableReader table(node, name, problems);
  out.soak = table.GetDuration("soak");
  out.quarantine = table.GetDuration("quarantine");
  if (is_floor) {
    out.approvals = table.Integer("approvals", 0, 100);
  } else {
    table.Forbid("approvals", "add a [[gate]] with before = \"contract\" and approvals = 1");
  }
  table.Finish();
  return out;
}

ProjectFile ReadProjectFile(const Overlaid& file, const std::string& environment,
                            const std::string& root, Problems& problems) {
  ProjectFile out;
  Project& project = out.project;
  project.root = root;
  TableReader top(file.project, "interlock.toml", problems);
  ReadFormat(top, problems);
  if (const Node* table = top.Get("project", Node::Type::kTable, Need::kRequired))
    ReadProjectTable(*table, project, problems);
  ReadEnvironmentSettings(file.settings, environment, project, problems);
  if (const Node* ledger = top.Get("ledger", Node::Type::kTable)) {
    TableReader table(*ledger, "[ledger]", problems);
    out.ledger = ReadUrlSource(table, problems);
    table.Finish();
  }
  if (const Node* databases = top.Get("databases", Node::Type::kTable, Need::kRequired,
                                      "a table such as [databases.main]")) {
    for (const auto& member : databases->members) {
      CheckTableName(member, "database", problems);
      auto [database, url] = ReadDatabase(member.value, member.key, problems);
      project.databases[member.key] = std::move(database);
      out.urls[member.key] = std::move(url);
    }
    if (databases->members.empty())
      problems.Add(databases->at, kMissingKey, "[databases] is empty",
                   "a table such as [databases.main]");
    if (databases->members.size() > 1 && !out.ledger)
      problems.Add(databases->members[1].at, kMissingKey,
                   "there are several databases and no [ledger]",
                   "[ledger] with the url of the database that keeps the releases");
  }
  if (const Node* apps = top.Get("apps", Node::Type::kTable))
    for (const auto& member : apps->members) {
      CheckTableName(member, "app", problems);
      project.apps[member.key] = ReadApp(member.value, member.key, project, problems);
    }
  top.Get("environments", Node::Type::kTable);
  for (const char* key : {"protected", "contract"})
    top.Forbid(key, fmt::format("'{}' belongs to an environment: [environments.prod]", key));
  top.Finish();
  return out;
}

}  // namespace interlock::config
