#include "engine/postgres/prove.h"

#include <map>
#include <string>
#include <utility>

#include "engine/postgres/column_types.h"
#include "engine/postgres/errors.h"
#include "engine/postgres/expression.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

constexpr const char* kProof = "pg_temp.interlock_proof";
constexpr const char* kResult = "\"~interlock_result\"";

/// Which expression a message is about.
struct Place {
  const SyncSpec& spec;
  std::string part;  ///< "up of first_name"
  std::string expression;
};

Error About(const Place& place, Error error) {
  error.message = place.spec.id + ", " + place.part + ": " + error.message;
  return error;
}

/// What the server refuses for good becomes a wrong file; a lost connection stays one.
Error Refusal(const Place& place, Error error, const std::string& code, const std::string& what) {
  if (error.kind != ErrorKind::kFailed) return About(place, std::move(error));
  error.kind = ErrorKind::kConfig;
  error.code = code;
  error.message = place.expression + ": " + what + ": " + error.message;
  error.hint =
      "an expression must be immutable (no now(), no session settings), use only columns of the "
      "other side, and take NULL";
  return About(place, std::move(error));
}

std::map<std::string, std::string> Itself(const std::vector<std::string>& columns) {
  std::map<std::string, std::string> out;
  for (const auto& column : columns) out[column] = Quote(column);
  return out;
}

Result<void> Run(SqlConnection& connection, const std::string& sql) {
  IL_RETURN_IF_ERROR(connection.Execute(sql, {}));
  return {};
}

/// `create` makes the proof's table with the columns that the expression may use, all nullable.
/// May leave the transaction to be rolled back to its savepoint.
Result<void> ProveGenerated(SqlConnection& connection, const Place& place,
                            const std::vector<std::string>& inputs, const std::string& create,
                            const std::string& type) {
  auto rewritten = QualifyColumns(place.expression, place.spec.table, Itself(inputs));
  if (!rewritten) return Fail(About(place, std::move(rewritten).error()));
  if (auto made = Run(connection, create); !made) {
    return Fail(About(place, std::move(made).error()));
  }
  const std::string add = std::string("ALTER TABLE ") + kProof + " ADD COLUMN " + kResult + " " +
                          type + " GENERATED ALWAYS AS (" + Enclose(*rewritten) + "::" + type +
                          ") STORED";
  if (auto added = Run(connection, add); !added) {
    return Fail(Refusal(place, std::move(added).error(), "IL-E53",
                        "the server does not take it as a sync expression"));
  }
  if (auto row = Run(connection, std::string("INSERT INTO ") + kProof + " DEFAULT VALUES"); !row) {
    // A domain that takes no NULL: then NULL cannot occur either.
    const std::string state = SqlState(row.error());
    if (state != "23502" && state != "23514") {
      return Fail(
          Refusal(place, std::move(row).error(), "IL-E54", "it fails when columns are NULL"));
    }
  }
  return {};
}

class Prover {
 public:
  Prover(SqlConnection& connection, const SyncSpec& spec, ColumnTypes types)
      : connection_(connection), spec_(spec), types_(std::move(types)) {}

  Result<void> All() {
    std::vector<std::string> new_names;
    for (const auto& derived : spec_.new_columns) new_names.push_back(derived.column.name);
    IL_ASSIGN(const std::string old_side, OldSide());
    for (const auto& derived : spec_.new_columns) {
      IL_RETURN_IF_ERROR(One({spec_, "up of " + derived.column.name, derived.up}, spec_.old_columns,
                             old_side, TypeOfNew(derived.column)));
    }
    for (const auto& [column, expression] : spec_.down) {
      const auto type = types_.find(column);
      if (type == types_.end()) return Missing(column);
      IL_RETURN_IF_ERROR(
          One({spec_, "down of " + column, expression}, new_names, NewSide(), type->second.name));
    }
    for (const auto& [column, expression] : spec_.fills) {
      IL_RETURN_IF_ERROR(Fill({spec_, "fill of " + column, expression}, column));
    }
    return {};
  }

 private:
  Result<void> One(const Place& place, const std::vector<std::string>& inputs,
                   const std::string& create, const std::string& type) {
    IL_RETURN_IF_ERROR(Run(connection_, "SAVEPOINT interlock_proof"));
    IL_RETURN_IF_ERROR(ProveGenerated(connection_, place, inputs, create, type));
    return Run(connection_, "ROLLBACK TO SAVEPOINT interlock_proof");
  }

  /// A fill need not be immutable; a WHERE clause refuses aggregates, window calls and sets.
  Result<void> Fill(const Place& place, const std::string& column) {
    std::map<std::string, std::string> columns;
    for (const auto& [name, type] : types_) {
      const auto renamed = spec_.renamed.find(name);
      columns[name] = "t." + Quote(renamed == spec_.renamed.end() ? name : renamed->second);
    }
    auto rewritten = QualifyColumns(place.expression, spec_.table, columns);
    if (!rewritten) return Fail(About(place, std::move(rewritten).error()));
    const auto type = types_.find(column);
    std::string value = Enclose(*rewritten);
    if (type != types_.end()) value += "::" + type->second.name;
    auto explained = Run(connection_, "EXPLAIN SELECT 1 FROM " + Quote(spec_.table) +
                                          " AS t WHERE " + value + " IS DISTINCT FROM NULL");
    if (!explained) {
      return Fail(Refusal(place, std::move(explained).error(), "IL-E53",
                          "the server does not take it as a fill"));
    }
    return {};
  }

  tl::unexpected<Error> Missing(const std::string& column) const {
    return Fail(ErrorKind::kRefused, "IL-E55",
                spec_.id + ": there is no column " + column + " in " + ToString(spec_.table));
  }

  /// Types, lengths and collations of the old columns as they are.
  Result<std::string> OldSide() const {
    std::string columns;
    for (const auto& column : spec_.old_columns) {
      const auto renamed = spec_.renamed.find(column);
      const std::string real = renamed == spec_.renamed.end() ? column : renamed->second;
      if (!types_.contains(column)) return Missing(column);
      columns += (columns.empty() ? "" : ", ") + Quote(real) + " AS " + Quote(column);
    }
    return std::string("CREATE TEMP TABLE interlock_proof AS SELECT ") + columns + " FROM ONLY " +
           Quote(spec_.table) + " WITH NO DATA";
  }

  std::string NewSide() const {
    std::string columns;
    for (const auto& derived : spec_.new_columns) {
      columns += (columns.empty() ? "" : ", ") + Quote(derived.column.name) + " " +
                 TypeOfNew(derived.column);
    }
    return "CREATE TEMP TABLE interlock_proof (" + columns + ")";
  }

  std::string TypeOfNew(const ColumnSpec& column) const {
    const auto type = types_.find(column.name);
    return type == types_.end() ? column.type : type->second.name;
  }

  SqlConnection& connection_;
  const SyncSpec& spec_;
  const ColumnTypes types_;
};

/// A role that a policy hides rows from could neither fill nor compare all of them.
Result<void> RequireAllRows(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows active,
            connection.Execute("SELECT pg_catalog.row_security_active(t.oid) FROM (SELECT "
                               "pg_catalog.to_regclass($1)::pg_catalog.oid AS oid) AS t WHERE "
                               "t.oid IS NOT NULL",
                               {Quote(table)}));
  if (active.rows.empty() || active.rows[0][0] != "t") return {};
  return Fail(ErrorKind::kRefused, "IL-E65",
              "row security of " + ToString(table) +
                  " applies to this role: rows that a policy hides would be neither filled nor "
                  "compared, and lost by the contract",
              "run as a role with BYPASSRLS; or, as the table's owner, ALTER TABLE " +
                  Quote(table) + " NO FORCE ROW LEVEL SECURITY");
}

}  // namespace

Result<void> ProveExpressions(SqlConnection& connection, const SyncSpec& spec) {
  IL_RETURN_IF_ERROR(RequireAllRows(connection, spec.table));
  IL_ASSIGN(ColumnTypes types, ReadColumnTypes(connection, spec.table, {spec}, {}));
  IL_ASSIGN(SqlTransaction transaction, SqlTransaction::Begin(connection));
  IL_RETURN_IF_ERROR(Run(
      connection, "SET LOCAL search_path = pg_catalog, " + Quote(spec.table.schema) + ", pg_temp"));
  return Prover(connection, spec, std::move(types)).All();
}

}  // namespace interlock::postgres
