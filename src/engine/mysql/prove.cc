#include "engine/mysql/prove.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/mysql/column_types.h"
#include "engine/mysql/expression.h"
#include "engine/mysql/quote.h"
#include "engine/mysql/session_words.h"
#include "engine/mysql/sync_sql.h"
#include "engine/mysql/trigger_hazards.h"

namespace interlock::mysql {
namespace {

constexpr const char* kProof = "interlock_proof";
constexpr const char* kKey = "`~interlock_key`";
constexpr const char* kResult = "`~interlock_result`";

/// Which expression a message is about.
struct ExpressionPlace {
  const SyncSpec& spec;
  std::string part;  ///< "up of first_name"
  std::string expression;
};

Error About(const ExpressionPlace& place, Error error) {
  error.message = place.spec.id + ", " + place.part + ": " + error.message;
  return error;
}

tl::unexpected<Error> Refuse(const ExpressionPlace& place, const std::string& code,
                             const std::string& why) {
  return Fail(About(
      place, Error{ErrorKind::kConfig,
                   code,
                   place.expression + ": " + why,
                   {},
                   "an expression must be immutable (no NOW(), no session settings), use only "
                   "columns of the other side, and take NULL"}));
}

/// What the server refuses for good becomes a wrong file; a lost connection stays one.
tl::unexpected<Error> Refusal(const ExpressionPlace& place, Error error, const std::string& code,
                              const std::string& what) {
  if (error.kind != ErrorKind::kFailed) return Fail(About(place, std::move(error)));
  return Refuse(place, code, what + ": " + error.message);
}

/// A temporary table that ends with its block.
class ProofTable {
 public:
  ProofTable(SqlConnection& connection, const std::string& schema)
      : connection_(connection), name_(Quote(TableName{schema, kProof})) {
    Drop();
  }
  ProofTable(const ProofTable&) = delete;
  ProofTable& operator=(const ProofTable&) = delete;
  ~ProofTable() { Drop(); }
  const std::string& name() const { return name_; }

 private:
  void Drop() {
    // It goes with the session anyway.
    [[maybe_unused]] const auto ignored =
        connection_.Execute("DROP TEMPORARY TABLE IF EXISTS " + name_);
  }

  SqlConnection& connection_;
  const std::string name_;
};

class Prover {
 public:
  Prover(SqlConnection& connection, const SyncSpec& spec, ColumnTypes types, std::string collation)
      : connection_(connection),
        spec_(spec),
        types_(std::move(types)),
        collation_(std::move(collation)) {
    plain_.renamed.clear();
  }

  Result<void> All() {
    std::vector<std::string> new_names;
    for (const auto& derived : spec_.new_columns) new_names.push_back(derived.column.name);
    std::vector<Candidate> candidates;
    for (const auto& derived : spec_.new_columns) {
      IL_ASSIGN(Candidate candidate, Check({spec_, "up of " + derived.column.name, derived.up},
                                           spec_.old_columns, derived.column.name));
      candidates.push_back(std::move(candidate));
    }
    for (const auto& [column, expression] : spec_.down) {
      IL_ASSIGN(Candidate candidate,
                Check({spec_, "down of " + column, expression}, new_names, column));
      candidates.push_back(std::move(candidate));
    }
    IL_ASSIGN(const RowSql sql, MakeRowSql(plain_, types_, "p"));
    std::vector<SyncValue> values = sql.up;
    values.insert(values.end(), sql.down.begin(), sql.down.end());
    for (std::size_t i = 0; i < candidates.size(); ++i)
      IL_RETURN_IF_ERROR(Try(candidates[i], values[i].value));
    for (const auto& [column, expression] : spec_.fills)
      IL_RETURN_IF_ERROR(Fill({spec_, "fill of " + column, expression}, column));
    return {};
  }

 private:
  struct Candidate {
    ExpressionPlace place;
    ColumnTypes columns;  ///< that it may read
    std::string type;     ///< of the column that it is for
    std::string sql;      ///< in parentheses
  };

  /// What can be told without the server.
  Result<Candidate> Check(const ExpressionPlace& place, const std::vector<std::string>& inputs,
                          const std::string& target) const {
    IL_ASSIGN(ColumnTypes columns, Inputs(place, inputs));
    const auto type = types_.find(target);
    if (type == types_.end()) return Missing(target);
    if (type->second.generated || type->second.identity)
      return Refuse(place, "IL-E53", "the server itself gives column " + target + " its values");
    std::map<std::string, std::string> itself;
    for (const auto& name : inputs) itself[name] = Quote(name);
    auto rewritten = QualifyColumns(place.expression, spec_.table, itself);
    if (!rewritten) return Fail(About(place, std::move(rewritten).error()));
    if (const auto why = WhySessionDependent(place.expression, columns, type->second))
      return Refuse(place, "IL-E53", "its value is not the same in every session: " + *why);
    return Candidate{place, std::move(columns), type->second.name, Enclose(*rewritten)};
  }

  tl::unexpected<Error> Missing(const std::string& column) const {
    return Fail(ErrorKind::kRefused, "IL-E55",
                spec_.id + ": there is no column " + column + " in " + ToString(spec_.table));
  }

  /// Has the server make a generated column of it, and look at a row of NULLs.
  Result<void> Try(const Candidate& candidate, const std::string& value) {
    const ExpressionPlace& place = candidate.place;
    const ProofTable proof(connection_, spec_.table.schema);
    // A server may want a primary key of every table; MariaDB takes a timestamp for NOT NULL.
    std::string definitions = std::string(kKey) + " INT PRIMARY KEY";
    for (const auto& [name, column] : candidate.columns)
      definitions += ", " + Quote(name) + " " + column.name + " NULL";
    definitions += std::string(", ") + kResult + " " + candidate.type + " GENERATED ALWAYS AS " +
                   candidate.sql + " STORED";
    const auto made =
        connection_.Execute("CREATE TEMPORARY TABLE " + proof.name() + " (" + definitions +
                            ") ENGINE=InnoDB DEFAULT COLLATE " + collation_);
    if (!made)
      return Refusal(place, made.error(), "IL-E53",
                     "the server does not take it as a sync expression");
    const auto row =
        connection_.Execute("INSERT INTO " + proof.name() + " (" + kKey + ") VALUES (1)");
    if (!row) return Refusal(place, row.error(), "IL-E54", "it fails when columns are NULL");
    const auto read =
        connection_.Execute("SELECT " + value + " IS NULL FROM " + proof.name() + " AS p");
    if (!read)
      return Refusal(place, read.error(), "IL-E53",
                     "it is no value for a column of type " + candidate.type);
    return {};
  }

  /// What the trigger sees before the row is written.
  Result<ColumnTypes> Inputs(const ExpressionPlace& place,
                             const std::vector<std::string>& names) const {
    ColumnTypes out;
    for (const auto& name : names) {
      const auto type = types_.find(name);
      if (type == types_.end()) return Missing(name);
      out[name] = type->second;
    }
    IL_ASSIGN(const auto read, Read(place));
    for (const auto& name : read) IL_RETURN_IF_ERROR(RequireKnown(place, name));
    return out;
  }

  Result<std::vector<std::string>> Read(const ExpressionPlace& place) const {
    auto names = ColumnsOf(place.expression);
    if (!names) return Fail(About(place, std::move(names).error()));
    return names;
  }

  Result<void> RequireKnown(const ExpressionPlace& place, const std::string& name) const {
    const auto type = std::find_if(types_.begin(), types_.end(), [&](const auto& column) {
      return Lower(column.first) == Lower(name);
    });
    if (type == types_.end()) return {};
    if (type->second.identity)
      return Refuse(place, "IL-E53",
                    "column " + name + " has AUTO_INCREMENT: a trigger sees 0 in it");
    if (type->second.generated)
      return Refuse(place, "IL-E53",
                    "column " + name +
                        " is generated: a trigger sees what it was before other "
                        "triggers changed the row; write its expression instead");
    return {};
  }

  /// A fill need not be immutable; a WHERE clause refuses aggregates and window calls.
  Result<void> Fill(const ExpressionPlace& place, const std::string& column) {
    IL_ASSIGN(const auto read, Read(place));
    for (const auto& name : read)
      if (const auto type = types_.find(name); type != types_.end() && type->second.identity)
        IL_RETURN_IF_ERROR(RequireKnown(place, name));
    IL_ASSIGN(const RowSql sql, MakeRowSql(spec_, types_, "t"));
    const auto fill = std::find_if(sql.fills.begin(), sql.fills.end(), [&](const auto& value) {
      const auto renamed = spec_.renamed.find(column);
      return value.column == Quote(renamed == spec_.renamed.end() ? column : renamed->second);
    });
    const auto explained = connection_.Execute("EXPLAIN SELECT 1 FROM " + Quote(spec_.table) +
                                               " AS t WHERE " + fill->value + " IS NOT NULL");
    if (!explained)
      return Refusal(place, explained.error(), "IL-E53", "the server does not take it as a fill");
    return {};
  }

  SqlConnection& connection_;
  const SyncSpec& spec_;
  ColumnTypes types_;
  const std::string collation_;  ///< the table's
  SyncSpec plain_ = spec_;       ///< under logical names: the proof's table has no others
};

Result<std::string> CollationOf(SqlConnection& connection, const TableName& table) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute("SELECT table_collation FROM information_schema.tables WHERE "
                               "table_schema = $1 AND table_name = $2",
                               {table.schema, table.name}));
  if (rows.rows.empty())
    return Fail(ErrorKind::kRefused, "IL-E61", "there is no table " + ToString(table));
  return rows.rows[0].at(0).value_or("utf8mb4_bin");
}

}  // namespace

Result<void> ProveExpressions(SqlConnection& connection, const SyncSpec& spec) {
  IL_ASSIGN(const std::string collation, CollationOf(connection, spec.table));
  IL_RETURN_IF_ERROR(RequireTriggersHarmless(connection, spec));
  IL_ASSIGN(ColumnTypes types, ReadColumnTypes(connection, spec.table, {spec}, {}));
  return Prover(connection, spec, std::move(types), collation).All();
}

}  // namespace interlock::mysql
