#include "engine/postgres/answers.h"
#include "engine/postgres/observe_parts.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

constexpr std::string_view kNotValid = " NOT VALID";

struct FoundConstraint {
  std::string type;
  std::string definition;  ///< without NOT VALID
  bool validated = false;
};

std::string WithoutNotValid(std::string definition) {
  if (definition.ends_with(kNotValid)) definition.resize(definition.size() - kNotValid.size());
  return definition;
}

Result<std::optional<FoundConstraint>> FindConstraint(SqlConnection& connection,
                                                      const TableName& table,
                                                      const std::string& name) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT k.contype, pg_get_constraintdef(k.oid), k.convalidated"
                               " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
                               " JOIN pg_namespace n ON n.oid = c.relnamespace"
                               " WHERE n.nspname = $1 AND c.relname = $2 AND k.conname = $3",
                               {table.schema, table.name, name}));
  if (rows.rows.empty()) return std::nullopt;
  const auto& row = rows.rows.front();
  return FoundConstraint{row.at(0).value_or(""), WithoutNotValid(row.at(1).value_or("")),
                         row.at(2) == "t"};
}

/// How the server prints a CHECK on this table.
Result<std::string> PrintedCheck(SqlConnection& connection, const TableName& table,
                                 const std::string& text) {
  IL_ASSIGN(Scratch scratch, Scratch::Open(connection, table));
  IL_RETURN_IF_ERROR(connection.Execute("ALTER TABLE " + Quote(Scratch::Name()) +
                                        " ADD CONSTRAINT interlock_scratch_check " + text));
  IL_RETURN_IF_ERROR(scratch.Pin());
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k"
                               " WHERE k.conrelid = to_regclass($1)"
                               " AND k.conname = 'interlock_scratch_check'",
                               {Quote(Scratch::Name())}));
  IL_ASSIGN(const SqlValue printed, FirstValue(rows));
  return printed.value_or("");
}

/// A foreign key cannot stand on a temporary table.  ConstraintTwin puts its text together in the
/// order in which the server prints it, so the two differ only in what is quoted.
std::string WithoutQuotes(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != '"' && c != ' ') out += c;
  return out;
}

}  // namespace

Result<Observation> ObserveConstraint(SqlConnection& connection, const TableName& table,
                                      const std::string& name,
                                      const std::optional<std::string>& text) {
  IL_ASSIGN(const auto found, FindConstraint(connection, table, name));
  const std::string what = "constraint " + DisplayName(name);
  if (!found) {
    IL_ASSIGN(const auto kind, RelationKind(connection, table));
    if (!kind) return Seen(Observed::kConflicting, "there is no table " + ToString(table));
    return Seen(Observed::kAbsent, "there is no " + what + " on " + ToString(table));
  }
  const std::string shown = what + " is there" + (found->validated ? "" : ", not validated");
  if (!text) return Seen(Observed::kPresent, shown + "; what it was made from is gone");
  bool same = false;
  if (text->starts_with("CHECK")) {
    const auto wanted = PrintedCheck(connection, table, *text);
    if (!wanted) return Incomparable(wanted.error(), what);
    same = *wanted == found->definition;
  } else {
    same = WithoutQuotes(*text) == WithoutQuotes(found->definition);
  }
  if (!same) return Seen(Observed::kConflicting, what + " is another one: " + found->definition);
  return Seen(Observed::kPresent, shown);
}

Result<Observation> ObserveConstraintGone(SqlConnection& connection,
                                          const action::DropConstraint& drop) {
  IL_ASSIGN(const auto found, FindConstraint(connection, drop.table, drop.name));
  const std::string what = "constraint " + DisplayName(drop.name);
  if (!found) return Seen(Observed::kPresent, what + " is gone");
  return Seen(Observed::kAbsent, what + " is still there");
}

Result<Observation> ObserveValidated(SqlConnection& connection,
                                     const action::ValidateConstraint& validate) {
  IL_ASSIGN(const auto found, FindConstraint(connection, validate.table, validate.name));
  const std::string what = "constraint " + DisplayName(validate.name);
  if (!found)
    return Seen(Observed::kConflicting, "there is no " + what + " on " + ToString(validate.table));
  if (found->validated) return Seen(Observed::kPresent, what + " is validated");
  return Seen(Observed::kAbsent, what + " is not validated yet");
}

}  // namespace interlock::postgres
