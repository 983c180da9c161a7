#include "config/migration_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "base/text.h"
#include "config/change_reader.h"
#include "config/codes.h"
#include "config/files.h"
#include "config/table_reader.h"

namespace interlock::config {
namespace {

using ById = std::map<std::string, MigrationFile*>;

void ReadAfter(TableReader& table, MigrationFile& out) {
  const auto nodes = table.Texts("after");
  CheckDistinct(nodes, "'after'", out.problems);
  for (const Node* node : nodes) {
    MigrationRef ref;
    const size_t at = node->text.find('@');
    ref.id = node->text.substr(0, at);
    if (at != std::string::npos) {
      const auto state = node->text.substr(at + 1);
      if (state != "expanded" && state != "contracted")
        out.problems.Add(node->at, kWrongValue, fmt::format("'{}' waits for no state", node->text),
                         "ID, ID@expanded or ID@contracted",
                         DidYouMean(state, {"expanded", "contracted"}));
      ref.state = state == "contracted" ? SchemaState::kContracted : SchemaState::kExpanded;
    }
    if (!IsId(ref.id))
      out.problems.Add(node->at, kWrongId, fmt::format("'{}' is no migration's id", ref.id),
                       "ID, ID@expanded or ID@contracted");
    out.migration.after.push_back(std::move(ref));
    out.after_at.push_back(node->at);
  }
}

void ReadHead(const Node& node, MigrationFile& out) {
  TableReader table(node, "[migration]", out.problems);
  table.Forbid("id", "a migration's id is its file's stem, here " + out.migration.id);
  out.migration.database = table.String("database", Need::kRequired);
  out.database_at = table.At("database");
  out.migration.summary = table.String("summary", Need::kRequired);
  out.migration.why = table.String("why");
  out.migration.refs = table.Names("refs");
  ReadAfter(table, out);
  table.Finish();
}

void CheckReferences(MigrationFile& file, const Project& project, const ById& files) {
  const auto& migration = file.migration;
  if (!migration.database.empty() && project.databases.count(migration.database) == 0) {
    std::vector<std::string> known;
    for (const auto& [name, value] : project.databases) known.push_back(name);
    file.problems.Add(file.database_at, kUnknownName,
                      fmt::format("there is no database '{}'", migration.database),
                      "one of [databases] in interlock.toml: " + Quoted(known),
                      DidYouMean(migration.database, known));
  }
  for (size_t i = 0; i < migration.after.size(); ++i) {
    const auto& id = migration.after[i].id;
    if (!IsId(id) || files.count(id) != 0) continue;
    std::vector<std::string> known;
    for (const auto& [name, value] : files) known.push_back(name);
    file.problems.Add(file.after_at[i], kUnknownName, fmt::format("there is no migration '{}'", id),
                      "the stem of a file in " + Join(project.migration_folders, ", "),
                      DidYouMean(id, known));
  }
}

/// A cycle through `start` that has no smaller id, so that each one is reported once; the first
/// step is start.after[index].
void CheckCycle(MigrationFile& start, const ById& files) {
  const std::string& id = start.migration.id;
  for (size_t i = 0; i < start.migration.after.size(); ++i) {
    std::map<std::string, std::string> came_from{{start.migration.after[i].id, id}};
    std::deque<std::string> open{start.migration.after[i].id};
    while (!open.empty() && open.front() != id) {
      const auto at = open.front();
      open.pop_front();
      const auto found = files.find(at);
      if (at < id || found == files.end()) continue;
      for (const auto& next : found->second->migration.after)
        if (came_from.emplace(next.id, at).second) open.push_back(next.id);
    }
    if (open.empty()) continue;
    std::vector<std::string> path{id};
    for (auto at = came_from[id]; at != id; at = came_from[at]) path.push_back(at);
    path.push_back(id);
    std::reverse(path.begin(), path.end());
    start.problems.Add(start.after_at[i], kOrder, "'after' runs in a circle: " + Join(path, " -> "),
                       "migrations that can be put in an order",
                       "take one of these out of 'after'");
    return;
  }
}

}  // namespace

MigrationFile ReadMigrationFile(const Node& root, const std::string& id, const std::string& file) {
  MigrationFile out;
  out.problems = Problems(file);
  out.migration.id = id;
  out.migration.file = file;
  TableReader top(root, "the file", out.problems);
  if (const Node* head = top.Get("migration", Node::Type::kTable, Need::kRequired,
                                 "a table [migration] with database and summary"))
    ReadHead(*head, out);
  for (const Node* node : top.Tables("change", Need::kRequired, "one or more [[change]] tables"))
    if (auto change = ReadChange(*node, out.problems))
      out.migration.changes.push_back(std::move(*change));
  top.Finish();
  out.migration.hash = ContentHash(out.migration);
  return out;
}

Result<std::vector<MigrationFile>> ReadMigrationFiles(const Project& project) {
  std::vector<MigrationFile> out;
  for (const auto& folder : project.migration_folders) {
    IL_ASSIGN(const auto names, TomlFiles(Beneath(project.root, folder),
                                          "make it, or correct 'migrations' in interlock.toml"));
    for (const auto& name : names) {
      const auto id = Stem(name);
      const auto root = ReadToml(name, "");
      if (root) {
        out.push_back(ReadMigrationFile(*root, id, name));
      } else {
        out.emplace_back();
        out.back().migration.id = id;
        out.back().migration.file = name;
        out.back().problems = Problems(name);
        out.back().problems.AddPlaced(root.error());
      }
      if (!IsId(id))
        out.back().problems.Add({}, kWrongId, fmt::format("'{}' cannot be a migration's id", id),
                                kIdRule, "rename the file");
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const MigrationFile& a, const MigrationFile& b) {
    return a.migration.id < b.migration.id;
  });
  ById files;
  for (auto& file : out) {
    const auto [at, is_new] = files.emplace(file.migration.id, &file);
    if (!is_new)
      file.problems.Add({}, kDuplicate,
                        fmt::format("migration '{}' is there twice", file.migration.id),
                        "one file of that name", "the other one is " + at->second->migration.file);
  }
  for (auto& file : out) {
    CheckReferences(file, project, files);
    CheckCycle(file, files);
  }
  return out;
}

}  // namespace interlock::config
