#include "planning/plans.h"

#include "base/text.h"
#include "planning/steps.h"

namespace interlock {
namespace {

std::string TouchText(const std::vector<ObjectRef>& refs) {
  std::vector<std::string> out;
  for (const auto& ref : refs) out.push_back(ToString(ref));
  return Join(out, ", ");
}

/// id [lock, manner] summary / touches / undo / hazards
std::string StepText(const Step& step) {
  std::string out = step.id + " [" + std::string(ToString(step.lock));
  if (step.waits) out += ", waits";
  if (!step.transactional) out += ", no transaction";
  if (step.only_looks) out += ", only looks";
  if (step.irreversible) out += ", for good";
  out += "] " + step.summary + "\n";
  if (!step.touches.empty()) out += "  touches " + TouchText(step.touches) + "\n";
  if (step.undo) out += "  undo: " + planning::StepFor(*step.undo, Catalog{}, {}).summary + "\n";
  for (const auto& hazard : step.hazards) out += "  ! " + hazard + "\n";
  return out;
}

Result<std::vector<Step>> Planned(const Migration& migration, const Catalog& catalog,
                                  const std::vector<SyncSpec>& open, const Capabilities& server) {
  return PlanMigration(migration, {catalog, server, open});
}

}  // namespace

Catalog EmptyCatalog() {
  Catalog catalog;
  catalog.engine = "postgresql";
  catalog.server_major = 15;
  catalog.default_schema = "public";
  return catalog;
}

Table& TableIn(Catalog& catalog, const std::string& name) {
  Table& table = catalog.tables[{"public", name}];
  if (table.columns.empty()) {
    table.name = {"public", name};
    table.owner = "shop";
    table.row_estimate = 1000;
    table.columns.push_back(PlainColumn("id", "bigint", false));
    table.constraints.push_back({name + "_pkey",
                                 ConstraintKind::kPrimaryKey,
                                 "PRIMARY KEY (id)",
                                 {"id"},
                                 std::nullopt,
                                 {},
                                 true});
    table.indexes.push_back({name + "_pkey", "", {"id"}, true, true, name + "_pkey"});
  }
  return table;
}

Catalog Shop() {
  Catalog catalog = EmptyCatalog();
  Table& users = TableIn(catalog, "users");
  users.columns.push_back(PlainColumn("name", "text", false));
  for (const char* name : {"email", "fax", "note"}) users.columns.push_back(PlainColumn(name));
  users.indexes.push_back(PlainIndex("users_email_idx", {"email"}));
  return catalog;
}

Column PlainColumn(const std::string& name, const std::string& type, bool nullable) {
  Column column;
  column.name = name;
  column.type = type;
  column.nullable = nullable;
  return column;
}

Index PlainIndex(const std::string& name, std::vector<std::string> columns, bool unique) {
  return {name, "CREATE INDEX", std::move(columns), unique, true, ""};
}

Constraint CheckOn(const std::string& name, std::vector<std::string> columns) {
  return {name, ConstraintKind::kCheck, "CHECK (true)", std::move(columns), std::nullopt, {}, true};
}

Constraint ForeignKeyTo(const std::string& name, std::vector<std::string> columns,
                        const TableName& table, std::vector<std::string> referenced) {
  return {name,  ConstraintKind::kForeignKey, "FOREIGN KEY", std::move(columns),
          table, std::move(referenced),       true};
}

Constraint UniqueOn(const std::string& name, std::vector<std::string> columns) {
  return {name, ConstraintKind::kUnique, "UNIQUE", std::move(columns), std::nullopt, {}, true};
}

Migration MigrationOf(const std::string& id, std::vector<Change> changes) {
  Migration migration;
  migration.id = id;
  migration.database = "main";
  migration.changes = std::move(changes);
  return migration;
}

std::string PlanText(const Migration& migration, const Catalog& catalog,
                     const std::vector<SyncSpec>& open, const Capabilities& server) {
  const auto steps = Planned(migration, catalog, open, server);
  if (!steps) return ToString(steps.error());
  std::string out = "\n";
  for (const auto& step : *steps) out += StepText(step);
  return out;
}

std::string PlanText(const Change& change, const Catalog& catalog,
                     const std::vector<SyncSpec>& open, const Capabilities& server) {
  return PlanText(MigrationOf("0002-x", {change}), catalog, open, server);
}

std::string StepIds(const Migration& migration, const Catalog& catalog,
                    const std::vector<SyncSpec>& open) {
  const auto steps = Planned(migration, catalog, open, {});
  if (!steps) return ToString(steps.error());
  std::string out = "\n";
  for (const auto& step : *steps) out += step.id + "\n";
  return out;
}

std::string Refusal(const Migration& migration, const Catalog& catalog,
                    const std::vector<SyncSpec>& open, const Capabilities& server) {
  const auto steps = Planned(migration, catalog, open, server);
  if (steps) return "planned";
  const Error& error = steps.error();
  if (error.kind != ErrorKind::kRefused) return "not refused: " + ToString(error);
  return error.code + " " + error.message + "\n" + error.hint;
}

std::string Refusal(const Change& change, const Catalog& catalog, const std::vector<SyncSpec>& open,
                    const Capabilities& server) {
  return Refusal(MigrationOf("0002-x", {change}), catalog, open, server);
}

}  // namespace interlock
