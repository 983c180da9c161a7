#include "engine/postgres/answers.h"
#include "engine/postgres/observe_parts.h"
#include "engine/postgres/quote.h"

namespace interlock::postgres {
namespace {

/// All that makes an index what it is, but its name, its table and its storage.
constexpr const char* kSignature =
    "concat_ws(' | ', am.amname, i.indisunique, i.indnkeyatts, i.indoption, i.indclass,"
    " i.indcollation, to_jsonb(i) ->> 'indnullsnotdistinct',"
    " (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, false), ', ' ORDER BY k)"
    "    FROM generate_series(1, i.indnatts::int) k),"
    " (SELECT string_agg(ia.attnum || ' ' || ia.attoptions::text, ', ' ORDER BY ia.attnum)"
    "    FROM pg_attribute ia WHERE ia.attrelid = i.indexrelid AND ia.attoptions IS NOT NULL),"
    " 'where ' || pg_get_expr(i.indpred, i.indrelid))";

struct FoundIndex {
  std::string kind;
  bool on_table = false;
  bool valid = false;
  std::string signature;
  std::string definition;
};

Result<std::optional<FoundIndex>> FindIndex(SqlConnection& connection, const TableName& table,
                                            const std::string& name) {
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(
                std::string("SELECT ic.relkind, t.oid IS NOT NULL, i.indisvalid AND i.indisready"
                            " AND i.indislive, ") +
                    kSignature +
                    ", pg_get_indexdef(i.indexrelid) FROM pg_class ic"
                    " JOIN pg_namespace n ON n.oid = ic.relnamespace"
                    " LEFT JOIN pg_am am ON am.oid = ic.relam"
                    " LEFT JOIN pg_index i ON i.indexrelid = ic.oid"
                    " LEFT JOIN pg_class t ON t.oid = i.indrelid AND t.relname = $2"
                    "   AND t.relnamespace = ic.relnamespace"
                    " WHERE n.nspname = $1 AND ic.relname = $3",
                {table.schema, table.name, name}));
  if (rows.rows.empty()) return std::nullopt;
  const auto& row = rows.rows.front();
  return FoundIndex{row.at(0).value_or(""), row.at(1) == "t", row.at(2) == "t",
                    row.at(3).value_or(""), row.at(4).value_or("")};
}

/// What the server makes of the text on a table of the same columns.
Result<std::string> WantedSignature(SqlConnection& connection, const TableName& table,
                                    const IndexText& text) {
  IL_ASSIGN(Scratch scratch, Scratch::Open(connection, table));
  const std::string name = "interlock_scratch_index";
  IL_RETURN_IF_ERROR(connection.Execute(CreateIndexStatement(text, name, Scratch::Name(), false)));
  IL_RETURN_IF_ERROR(scratch.Pin());
  IL_ASSIGN(const SqlRows rows,
            connection.Execute(std::string("SELECT ") + kSignature +
                                   " FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid"
                                   " JOIN pg_am am ON am.oid = ic.relam"
                                   " WHERE i.indexrelid = to_regclass($1)",
                               {Quote(TableName{"pg_temp", name})}));
  IL_ASSIGN(const SqlValue signature, FirstValue(rows));
  return signature.value_or("");
}

}  // namespace

Result<Observation> ObserveIndex(SqlConnection& connection, const TableName& table,
                                 const std::string& name, const std::optional<IndexText>& text) {
  IL_ASSIGN(const auto found, FindIndex(connection, table, name));
  const std::string what = "index " + DisplayName(name);
  if (!found) {
    IL_ASSIGN(const auto kind, RelationKind(connection, table));
    if (!kind) return Seen(Observed::kConflicting, "there is no table " + ToString(table));
    return Seen(Observed::kAbsent, "there is no " + what);
  }
  if (!found->on_table)
    return Seen(Observed::kConflicting,
                what + " is not on " + ToString(table) + ": " +
                    (found->definition.empty() ? "it is no index" : found->definition));
  if (!text) {
    if (!found->valid)
      return Seen(Observed::kUndecidable, what + " is INVALID and what it was made from is gone");
    return Seen(Observed::kPresent, what + " is there; what it was made from is gone");
  }
  const auto wanted = WantedSignature(connection, table, *text);
  if (!wanted) return Incomparable(wanted.error(), what);
  if (*wanted != found->signature)
    return Seen(Observed::kConflicting, what + " is another one: " + found->definition);
  if (!found->valid) return Seen(Observed::kPartial, what + " is INVALID");
  return Seen(Observed::kPresent, what + " is there and valid");
}

Result<Observation> ObserveIndexGone(SqlConnection& connection, const action::DropIndex& drop) {
  IL_ASSIGN(const auto found, FindIndex(connection, drop.table, drop.name));
  const std::string what = "index " + DisplayName(drop.name);
  if (!found) return Seen(Observed::kPresent, what + " is gone");
  if (!found->on_table)
    return Seen(Observed::kConflicting, what + " is not on " + ToString(drop.table));
  // An interrupted DROP INDEX CONCURRENTLY leaves it INVALID; dropping it again is all it takes.
  return Seen(Observed::kAbsent, what + (found->valid ? " is there" : " is there, INVALID"));
}

}  // namespace interlock::postgres
