#include "base/text.h"
#include "engine/mysql/observe_parts.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/rows_in_the_way.h"

namespace interlock::mysql {
namespace {

/// How the server prints a CHECK on this table.
Result<std::string> PrintedCheck(MySqlConnection& connection, const TableName& name,
                                 const TableText& table, const std::string& check) {
  auto elements = ColumnsFor(table, check);
  // Without a name: those are the database's, not the table's, on MySQL.
  elements.push_back(check);
  IL_ASSIGN(const Scratch scratch, Scratch::Make(connection, name.schema, elements, table.charset));
  IL_ASSIGN(const TableText shown, scratch.Show());
  for (const auto& constraint : shown.table.constraints)
    if (constraint.kind == ConstraintKind::kCheck) return constraint.definition;
  return Fail(ErrorKind::kFailed, "IL-E25", "the server shows no CHECK of this text");
}

/// `wanted`: as the server prints it.
Observation Compare(const Constraint& found, const std::string& wanted) {
  const std::string what = "constraint " + DisplayName(found.name);
  if (wanted != found.definition)
    return Seen(Observed::kConflicting, what + " is another one: " + found.definition);
  return Seen(Observed::kPresent, what + " is there");
}

/// What has the name, or the observation when nothing has.
Result<const Constraint*> Find(const std::optional<TableText>& table, const std::string& name,
                               const TableName& of, Observation& none) {
  if (!table) {
    none = NoTable(of);
    return nullptr;
  }
  none = Seen(Observed::kAbsent,
              "there is no constraint " + DisplayName(name) + " on " + ToString(of));
  return table->table.FindConstraint(name);
}

}  // namespace

Result<Observation> ObserveNotNullCheck(MySqlConnection& connection,
                                        const action::AddNotNullCheck& add) {
  IL_ASSIGN(const auto table, ShowTable(connection, add.table));
  Observation none;
  IL_ASSIGN(const Constraint* found, Find(table, add.name, add.table, none));
  if (found == nullptr) return none;
  const auto wanted =
      PrintedCheck(connection, add.table, *table, "CHECK (" + Quote(add.column) + " IS NOT NULL)");
  if (!wanted) return Incomparable(wanted.error(), "constraint " + DisplayName(add.name));
  return Compare(*found, *wanted);
}

Result<Observation> ObserveConstraintTwin(MySqlConnection& connection,
                                          const action::CopyConstraint& copy,
                                          const std::map<std::string, std::string>& columns) {
  IL_ASSIGN(const auto table, ShowTable(connection, copy.table));
  Observation none;
  IL_ASSIGN(const Constraint* found, Find(table, copy.name, copy.table, none));
  if (found == nullptr) return none;
  const auto twin = ConstraintTwin(*table, copy.source, columns);
  if (!twin)
    return Seen(Observed::kPresent, "constraint " + DisplayName(copy.name) +
                                        " is there; what it was made from is gone");
  return Compare(*found, twin->printed);
}

Result<Observation> ObserveConstraintGone(MySqlConnection& connection,
                                          const action::DropConstraint& drop) {
  IL_ASSIGN(const auto table, ShowTable(connection, drop.table));
  if (!table) return NoTable(drop.table);
  const std::string what = "constraint " + DisplayName(drop.name);
  // A unique one is an index there.
  const bool there =
      table->table.FindConstraint(drop.name) != nullptr ||
      (table->table.FindIndex(drop.name) != nullptr && table->table.FindIndex(drop.name)->unique);
  return Seen(there ? Observed::kAbsent : Observed::kPresent,
              what + (there ? " is still there" : " is gone"));
}

Result<Observation> ObserveValidated(MySqlConnection& connection,
                                     const action::ValidateConstraint& validate) {
  IL_ASSIGN(const auto table, ShowTable(connection, validate.table));
  Observation none;
  IL_ASSIGN(const Constraint* found, Find(table, validate.name, validate.table, none));
  if (found == nullptr) return Seen(Observed::kConflicting, none.detail);
  const std::string what = "constraint " + DisplayName(validate.name);
  const auto query = OrphanQuery(*table, validate.name);
  if (!query) return Seen(Observed::kPresent, what + " was checked when it was added");
  IL_ASSIGN(const auto rows, Orphans(connection, *query));
  if (rows.empty()) return Seen(Observed::kPresent, what + " holds for every row");
  return Seen(Observed::kAbsent, what + " does not hold: " + rows.front());
}

}  // namespace interlock::mysql
